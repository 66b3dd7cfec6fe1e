//! Workings: the arithmetic behind each figure of revenue, in words.
//!
//! For example "59 of 365 days x 1,200.00 = 193.97 to date, less 101.92 before". They are made when somebody asks, by walking
//! through the events once more; the figures themselves do not depend on them.

use std::collections::BTreeMap;

use super::Contract;
use super::obligation::{Earn, Obligation, Segment};
use super::state::State;
use super::walk::traced;
use crate::event::{Event, EventKind};
use crate::ids::{ContractId, ObligationId};
use crate::money::{Currency, major};
use crate::policy::{Method, Remainder};
use crate::schedule::Spread;
use crate::{Book, Period, Refusal};

/// Numbers with more digits than this are shown as shares in lowest terms.
const MAX_SHOWN_WEIGHT: i128 = 10_000;

/// How a figure came about.
///
/// ```
/// use tieout_accounting::{example, Book, Contract, Currency};
/// let workings = Contract::workings(&"C1".into(), &example::events()?, &Book::new(Currency::parse("GBP")?))?;
/// assert_eq!((workings[1].period.to_string(), workings[1].amount), ("2026-02".into(), 100_00));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Working {
    /// Whose revenue.
    pub obligation: ObligationId,
    /// The period to which it belongs by its cause.
    pub period: Period,
    /// Minor units of the ledger's currency.
    pub amount: i128,
    /// The arithmetic, in the contract's currency.
    pub words: String,
}

/// What was worked out so far.
#[derive(Debug, Default)]
pub(super) struct Workings {
    pub(super) done: Vec<Working>,
    /// Recognised at the last month's end, in both currencies.
    before: BTreeMap<usize, (i128, i128)>,
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
        let is_fact = |event: &&Event| !matches!(event.kind, EventKind::PeriodClosed(_) | EventKind::PeriodReopened(_));
        let facts: Vec<&Event> = events.iter().filter(is_fact).collect();
        let (state, _) = traced(id, &facts, book, book.until)?;
        Ok(state.workings.map(|workings| workings.done).unwrap_or_default())
    }
}

impl State<'_> {
    /// Writes down the arithmetic of the month that was just settled.
    pub(super) fn work(&mut self) {
        let Some(workings) = &mut self.workings else { return };
        let (today, currency) = (self.world.today, self.world.currency);
        for (place, obligation) in self.obligations.iter().enumerate() {
            let now = (obligation.recognised, obligation.recognised_base);
            let before = workings.before.insert(place, now).unwrap_or_default();
            if now == before {
                continue;
            }
            let mut words = arithmetic(obligation, today, currency);
            if before.0 != 0 {
                words += &format!(", less {} before", major(before.0, currency));
            }
            if self.world.foreign() {
                let base = |amount: i128| major(amount, self.world.book.ledger_currency);
                let change = base(now.1 - before.1);
                words += &format!("; at the rates of the days on which it was billed or earned: {change}");
            } else if now.1 - before.1 != now.0 - before.0 {
                let interest = major(now.1 - before.1 - (now.0 - before.0), currency);
                words += &format!("; and interest of {interest} on what was paid in advance");
            }
            workings.done.push(Working {
                obligation: obligation.id().clone(),
                period: Period::of(today),
                amount: now.1 - before.1,
                words,
            });
        }
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
