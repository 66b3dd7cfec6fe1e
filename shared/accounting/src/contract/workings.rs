//! Workings: the arithmetic behind each figure of revenue, in words, and the rate of each amount that was translated.
//!
//! For example "59 of 365 days x 1200.00 = 193.97 to date, less 101.92 before". They are made when somebody asks, by walking
//! through the events once more; the figures themselves do not depend on them.

use std::collections::BTreeMap;

use super::Contract;
use super::obligation::{Earn, Obligation, Segment};
use super::state::State;
use super::traced::{Closing, Rate, RateSource, Trace, Translated, Working};
use super::value::Stretch;
use super::walk::traced;
use crate::event::{Event, EventKind};
use crate::ids::ContractId;
use crate::money::{Currency, major};
use crate::policy::{FxRate, Method, Remainder};
use crate::schedule::Spread;
use crate::{Book, Period, Refusal};

/// Numbers with more digits than this are shown as shares in lowest terms.
const MAX_SHOWN_WEIGHT: i128 = 10_000;

/// What was worked out so far.
#[derive(Debug, Default)]
pub(super) struct Workings {
    done: Vec<Working>,
    /// What each working was translated from, in the same order.
    stretches: Vec<Vec<Stretch>>,
    closings: Vec<Closing>,
    /// Recognised at the last month's end, in both currencies.
    before: BTreeMap<usize, (i128, i128)>,
    /// Translated since the last month's end, by obligation.
    open: BTreeMap<usize, Vec<Stretch>>,
}

impl Workings {
    /// Revenue of an obligation was translated.
    pub(super) fn translate(&mut self, obligation: usize, stretches: Option<Vec<Stretch>>) {
        self.open.entry(obligation).or_default().extend(stretches.unwrap_or_default());
    }
}

impl Contract {
    /// The arithmetic of each obligation and period in which revenue moved.
    ///
    /// ```
    /// use tieout_accounting::{contract::Contract, Book, Currency, Event};
    /// let signed = Event::from_value(serde_json::json!({"type": "signed", "on": "2026-01-01", "obligations":
    ///     [{"id": "plan", "price": "1200.00", "satisfied": "over_time", "start": "2026-01-01", "end": "2026-12-31"}]}))?;
    /// let workings = Contract::workings(&"C1".into(), &[signed], &Book::new(Currency::parse("GBP")?))?;
    /// assert_eq!(workings[1].words, "59 of 365 days x 1200.00 = 193.97 to date, less 101.92 before");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    ///
    /// # Errors
    /// As [`Contract::from_events`].
    pub fn workings(id: &ContractId, events: &[Event], book: &Book) -> Result<Vec<Working>, Refusal> {
        Ok(Self::trace(id, events, book)?.workings)
    }

    /// The arithmetic of each figure, and the rate of each amount that was translated.
    ///
    /// ```
    /// use tieout_accounting::{example, Book, Contract, Currency};
    /// let trace = Contract::trace(&"C1".into(), &example::events()?, &Book::new(Currency::parse("GBP")?))?;
    /// assert_eq!((trace.workings.len(), trace.closings.len()), (12, 0)); // in the ledger's own currency
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    ///
    /// # Errors
    /// As [`Contract::from_events`].
    pub fn trace(id: &ContractId, events: &[Event], book: &Book) -> Result<Trace, Refusal> {
        let is_fact = |event: &&Event| !matches!(event.kind, EventKind::PeriodClosed(_) | EventKind::PeriodReopened(_));
        let facts: Vec<&Event> = events.iter().filter(is_fact).collect();
        let (mut state, _) = traced(id, &facts, book, book.until)?;
        let Some(traced) = state.workings.take() else {
            return Ok(Trace::default());
        };
        let rates = RatesUsed {
            state: &state,
            facts: &facts,
        };
        let mut workings = traced.done;
        for (working, stretches) in workings.iter_mut().zip(traced.stretches) {
            working.translated = rates.translated(working.amount, stretches);
        }
        Ok(Trace {
            workings,
            closings: traced.closings,
        })
    }
}

impl State<'_> {
    /// Writes down the arithmetic of the month whose revenue was just recognised.
    pub(super) fn work(&mut self) {
        let Some(mut workings) = self.workings.take() else { return };
        let (today, currency) = (self.world.today, self.world.currency);
        for (place, obligation) in self.obligations.iter().enumerate() {
            let now = (obligation.recognised, obligation.recognised_base);
            let before = workings.before.insert(place, now).unwrap_or_default();
            let stretches = workings.open.remove(&place).unwrap_or_default();
            if now == before {
                continue;
            }
            let mut words = arithmetic(obligation, today, currency);
            if before.0 != 0 {
                words += &format!(", less {} before", major(before.0, currency));
            }
            workings.done.push(Working {
                obligation: obligation.id().clone(),
                period: Period::of(today),
                amount: now.1 - before.1,
                words,
                translated: Vec::new(),
            });
            workings.stretches.push(stretches);
        }
        self.workings = Some(workings);
    }

    /// Writes down the monetary balances of the month that was just closed, at the closing rate.
    pub(super) fn work_closings(&mut self) -> Result<(), Refusal> {
        if self.workings.is_none() || !self.world.foreign() {
            return Ok(());
        }
        let closings = self.closings()?;
        if let Some(workings) = &mut self.workings {
            workings.closings.extend(closings);
        }
        Ok(())
    }

    /// Monetary balances of today at the closing rate.
    fn closings(&self) -> Result<Vec<Closing>, Refusal> {
        use crate::journal::Role;
        let mut balances = vec![(Role::Receivable, self.receivable()?.0)];
        for (place, group) in self.groups.iter().enumerate() {
            let position = group.position(&self.world)?;
            let asset = position.asset - self.hidden(place, position.asset)?.performed;
            let role = if group.metered {
                Role::AccruedReceivable
            } else {
                Role::ContractAsset
            };
            balances.extend([(role, asset), (Role::RefundLiability, position.refund)]);
        }
        let on = self.world.today;
        let closing = |(account, amount): (Role, i128)| {
            let rate = Rate {
                rate: self.world.rate(None)?,
                on,
                source: RateSource::Closing,
            };
            let translated = Translated {
                amount,
                ledger: self.world.base(amount)?,
                rate: Some(rate),
            };
            Ok(Closing { on, account, translated })
        };
        balances.into_iter().filter(|(_, amount)| *amount != 0).map(closing).collect()
    }
}

/// Finds the rate of a stretch of units.
struct RatesUsed<'s> {
    state: &'s State<'s>,
    facts: &'s [&'s Event],
}

impl RatesUsed<'_> {
    /// Neighbours at one rate as one; what they do not account for (units that a credit note took out or moved) in a last part
    /// without a rate, so that the parts sum to the amount.
    fn translated(&self, amount: i128, stretches: Vec<Stretch>) -> Vec<Translated> {
        if !self.state.world.foreign() {
            return Vec::new();
        }
        let mut parts: Vec<Translated> = Vec::new();
        for stretch in stretches {
            let rate = self.rate(&stretch);
            match parts.last_mut().filter(|part| part.rate == rate) {
                Some(part) => {
                    part.amount += stretch.units;
                    part.ledger += stretch.base;
                }
                None => parts.push(Translated {
                    amount: stretch.units,
                    ledger: stretch.base,
                    rate,
                }),
            }
        }
        let rest = amount - parts.iter().map(|part| part.ledger).sum::<i128>();
        if rest != 0 {
            parts.push(Translated {
                amount: 0,
                ledger: rest,
                rate: None,
            });
        }
        parts
    }

    fn rate(&self, stretch: &Stretch) -> Option<Rate> {
        let world = &self.state.world;
        if let Some(rate) = world.contract_rate.filter(|_| world.book.policy.fx_rate == FxRate::Contract) {
            let on = self.state.signed_on;
            return Some(Rate {
                rate,
                on,
                source: RateSource::Signing,
            });
        }
        let on = stretch.on?;
        let in_force = world.book.rates.in_force(world.currency, on);
        let Some(invoice) = stretch.invoice.and_then(|index| self.state.invoices.get(index)) else {
            let source = RateSource::Earned;
            return in_force.ok().map(|rate| Rate { rate, on, source });
        };
        let booked = self
            .facts
            .iter()
            .filter(|event| event.on == on)
            .find_map(|event| match &event.kind {
                EventKind::Invoiced(invoiced) if invoiced.invoice == invoice.id => invoiced.rate,
                EventKind::Paid(paid) if paid.invoice == invoice.id => paid.rate,
                _ => None,
            });
        let (rate, source) = match booked {
            Some(rate) => (rate, RateSource::Booked(invoice.id.to_string())),
            None => (in_force.ok()?, RateSource::Table(invoice.id.to_string())),
        };
        Some(Rate { rate, on, source })
    }
}

/// Revenue to date of an obligation: segment by segment, and their sum.
fn arithmetic(obligation: &Obligation, day: chrono::NaiveDate, currency: Currency) -> String {
    let to_date = major(obligation.recognised, currency);
    if obligation.metered && !obligation.ended {
        let metered = format!("metered to date {}", obligation.metered_sum);
        let adjusted = match obligation.metered_adjustment {
            0 => String::new(),
            change => format!(" and {} by estimates and credit notes", major(change, currency)),
        };
        return format!("{metered}{adjusted} = {to_date}");
    }
    if obligation.ended {
        return format!("ended, with {to_date} in all");
    }
    let parts: Vec<String> = obligation
        .segments
        .iter()
        .filter(|segment| segment.amount != 0)
        .map(|segment| part(segment, obligation, day, currency))
        .collect();
    match parts.as_slice() {
        [] => format!("{to_date} to date"),
        parts => format!("{} = {to_date} to date", parts.join(" + ")),
    }
}

fn part(segment: &Segment, obligation: &Obligation, day: chrono::NaiveDate, currency: Currency) -> String {
    let amount = major(segment.amount, currency);
    match &segment.earn {
        Earn::Done => format!("{amount} that stood before"),
        Earn::Waiting => format!("nothing of {amount} before the customer decides"),
        Earn::Measured { from } if from.num == 0 => match obligation.quantity {
            Some(quantity) => format!("{} of {quantity} units x {amount}", obligation.units.min(quantity)),
            None if obligation.progress.num == obligation.progress.den => format!("{amount} in full"),
            None => format!("progress of {} x {amount}", shown(obligation.progress.num, obligation.progress.den)),
        },
        Earn::Measured { from } => {
            let beyond = obligation
                .progress
                .beyond(*from)
                .map_or_else(|| "1".to_owned(), |share| shown(share.num, share.den));
            format!("{beyond} of what was left x {amount}")
        }
        Earn::Over(spread) => over(spread, day, &amount),
    }
}

/// Weights to date of all weights, with the unit that the method counts in.
fn over(spread: &Spread, day: chrono::NaiveDate, amount: &str) -> String {
    let schedule = spread.schedule();
    let (weights, total) = schedule.weights();
    let served: i128 = weights
        .take_while(|(period, _)| *period <= Period::of(day))
        .map(|(_, weight)| weight)
        .sum();
    let unit = match schedule.method() {
        Method::Daily | Method::Fiscal445
            if total
                == schedule
                    .service()
                    .days_between(schedule.service().start, schedule.service().end_exclusive) =>
        {
            "days"
        }
        Method::Thirty360 => "days of thirty a month",
        Method::EqualTouched | Method::EqualAnniversary | Method::MidMonth => "months",
        Method::HalfMonth => "half months",
        Method::Instant if total <= MAX_SHOWN_WEIGHT => "seconds",
        _ => "",
    };
    let way = match spread.remainder() {
        Remainder::Cumulative => String::new(),
        Remainder::Last => ", each period rounded, the remainder in the last".to_owned(),
        Remainder::First => ", each period rounded, the remainder in the first".to_owned(),
        Remainder::LastFull => ", full months cut off, the remainder in the last of them".to_owned(),
        Remainder::Balance => ", what is still to come rounded".to_owned(),
    };
    match unit {
        "" => format!("a share of {} x {amount}{way}", shown(served, total)),
        unit => format!("{served} of {total} {unit} x {amount}{way}"),
    }
}

/// A fraction in lowest terms, as a decimal where it is one.
fn shown(num: i128, den: i128) -> String {
    let ratio = crate::arithmetic::Ratio::new(num, den);
    let decimal = rust_decimal::Decimal::try_from_i128_with_scale(ratio.num, 0)
        .ok()
        .zip(rust_decimal::Decimal::try_from_i128_with_scale(ratio.den, 0).ok());
    let exact = decimal.and_then(|(num, den)| num.checked_div(den).filter(|share| share * den == num && share.scale() <= 14));
    exact.map_or_else(|| format!("{}/{}", ratio.num, ratio.den), |share| share.normalize().to_string())
}
