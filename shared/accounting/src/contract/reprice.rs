//! New prices of an obligation: for all of it, for what is not earned, or for good.
//!
//! A credit note for a lower price changes all of it, a modification what is not earned, a cancellation ends it for good.

use chrono::NaiveDate;

use super::obligation::{Earn, Obligation, Segment};
use crate::Refusal;
use crate::arithmetic::split;
use crate::policy::Policy;
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
