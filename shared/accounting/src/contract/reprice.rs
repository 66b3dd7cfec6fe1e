//! New prices of an obligation: for all of it, for what is not earned, or for good.
//!
//! A credit note for a lower price changes all of it, a modification what is not earned, a cancellation ends it for good.

use chrono::NaiveDate;

use super::obligation::{Earn, Obligation, Segment};
use crate::Refusal;
use crate::arithmetic::{Ratio, split};
use crate::policy::{Method, Policy};
use crate::schedule::{Schedule, Service, Spread};

impl Obligation {
    /// Adds to the price, earned and unearned parts alike: a change of the price with catch-up.
    pub(super) fn reprice(&mut self, change: i128, policy: &Policy) -> Result<(), Refusal> {
        if self.metered && !self.ended {
            self.metered_adjustment += change;
            return Ok(());
        }
        let weights: Vec<i128> = self.segments.iter().map(|segment| segment.amount).collect();
        let last = self.segments.len().saturating_sub(1);
        let parts = if weights.iter().all(|weight| *weight <= 0) {
            (0..=last).map(|place| if place == last { change } else { 0 }).collect()
        } else {
            split(change, &weights).ok_or_else(|| self.too_large())?
        };
        for (segment, part) in self.segments.iter_mut().zip(parts) {
            segment.amount += part;
            if let Earn::Over(spread) = &segment.earn {
                segment.earn = Earn::Over(Spread::new(segment.amount, spread.schedule().clone(), policy)?);
            }
        }
        Ok(())
    }

    /// Adds to the price, and progress times the new price is revenue to date (606-10-25-13(b)): what earlier modifications froze
    /// is measured again with the rest.
    pub(super) fn catch_up(&mut self, change: i128, policy: &Policy) -> Result<(), Refusal> {
        if self.metered || !matches!(self.segments.last().map(|segment| &segment.earn), Some(Earn::Measured { .. })) {
            return self.reprice(change, policy);
        }
        self.segments = vec![Segment {
            amount: self.price() + change,
            earn: Earn::Measured { from: Ratio::ZERO },
        }];
        Ok(())
    }

    /// Changes the price of a part of its service: what of that was served is earned, the rest follows its days.
    pub(super) fn reprice_service(&mut self, start: NaiveDate, end: NaiveDate, change: i128, policy: &Policy) -> Result<(), Refusal> {
        let within = |service: &&Service| service.start <= start && end <= service.last_day();
        let Some(service) = self.service.as_ref().filter(within).filter(|_| self.is_over_time()) else {
            let problem = format!("has no service from {start} to {end} that a credit could be for");
            return Err(Refusal::new(
                "credited: for",
                self.id(),
                problem,
                "write days of its service, or leave it out",
            ));
        };
        let mut part = Service::days(start, end)?;
        part.fiscal.clone_from(&service.fiscal);
        let method = match self.terms.method.unwrap_or(policy.method) {
            Method::User => Method::Daily,
            method => method,
        };
        let spread = Spread::new(change, Schedule::new(method, &part)?, policy)?;
        let segment = Segment {
            amount: change,
            earn: Earn::Over(spread),
        };
        self.segments.insert(0, segment);
        Ok(())
    }

    /// Adds to the part of the price that is not frozen.
    pub(super) fn reprice_rest(&mut self, change: i128, policy: &Policy) -> Result<(), Refusal> {
        if let Some(segment) = self.segments.last_mut() {
            segment.amount += change;
            if let Earn::Over(spread) = &segment.earn {
                segment.earn = Earn::Over(Spread::new(segment.amount, spread.schedule().clone(), policy)?);
            }
        }
        Ok(())
    }

    /// Adds to what was to be served from a day on. Where the obligation was restarted since, that is its last segment; else the
    /// amount has a schedule of its own, `progress` being what was transferred by that day.
    pub(super) fn reprice_since(&mut self, on: NaiveDate, progress: Option<Ratio>, change: i128, policy: &Policy) -> Result<(), Refusal> {
        if change == 0 {
            return Ok(());
        }
        let restarted = self.restarts.last().is_some_and(|(day, _)| *day >= on);
        let earn = match self.segments.last().map(|segment| &segment.earn) {
            Some(Earn::Over(spread)) if !restarted && on > spread.schedule().service().start => {
                let schedule = spread.schedule();
                let served = schedule
                    .share_through(on.pred_opt().unwrap_or(on))
                    .ok_or_else(|| self.too_large())?;
                let over = served.rest().num <= 0;
                if over {
                    Earn::Done
                } else {
                    Earn::Over(Spread::new(change, schedule.from(on)?, policy)?)
                }
            }
            Some(Earn::Measured { from }) if !restarted => Earn::Measured {
                from: progress.unwrap_or(*from),
            },
            Some(Earn::Done) if !self.ended => Earn::Done,
            _ => return self.reprice_rest(change, policy),
        };
        self.segments.insert(0, Segment { amount: change, earn });
        Ok(())
    }

    /// Adds an amount that is earned already.
    pub(super) fn add_earned(&mut self, amount: i128) {
        match self.ended {
            true => self.end(self.price() + amount),
            false => self.segments.insert(0, Segment { amount, earn: Earn::Done }),
        }
    }

    /// Changes only the price of what is not yet earned: the schedule goes on from `today` with the rest.
    pub(super) fn reprice_unearned(&mut self, earned: i128, change: i128, today: NaiveDate, policy: &Policy) -> Result<(), Refusal> {
        let rest = self.price() - earned + change;
        match self.segments.last().map(|segment| &segment.earn) {
            Some(Earn::Over(spread)) => {
                let schedule = spread.schedule().from(today)?;
                let segment = Segment {
                    amount: rest,
                    earn: Earn::Over(Spread::new(rest, schedule, policy)?),
                };
                self.segments = vec![
                    Segment {
                        amount: earned,
                        earn: Earn::Done,
                    },
                    segment,
                ];
                Ok(())
            }
            _ => self.restart(earned, rest, None, policy),
        }
    }

    /// Freezes what was earned before a day and gives the rest a new amount and, where it is a service, a new schedule.
    pub(super) fn restart(
        &mut self,
        earned: i128,
        rest: i128,
        service: Option<(Service, Schedule)>,
        policy: &Policy,
    ) -> Result<(), Refusal> {
        let waiting = matches!(self.segments.last().map(|segment| &segment.earn), Some(Earn::Waiting));
        let (service, schedule) = service.unzip();
        let earn = match schedule {
            _ if waiting => Earn::Waiting,
            Some(schedule) => Earn::Over(Spread::new(rest, schedule, policy)?),
            None => Earn::Measured { from: self.progress },
        };
        self.segments = vec![
            Segment {
                amount: earned,
                earn: Earn::Done,
            },
            Segment { amount: rest, earn },
        ];
        if earned == 0 {
            self.segments.remove(0);
        }
        self.service = service.or_else(|| self.service.take());
        Ok(())
    }

    /// Ends it at a final amount.
    pub(super) fn end(&mut self, amount: i128) {
        self.ended = true;
        self.segments = vec![Segment { amount, earn: Earn::Done }];
    }
}
