//! Billing plans: on which day which document bills which part of an order, and for which days of its service.
//!
//! Pure arithmetic over what was agreed. A plan says nothing about revenue: what is planned and not billed is no fact of the contract, and an
//! invoice becomes one when it is issued.
//!
//! - **Periods** are counted in months from the anchor, the first day of service of the order: from 31 January, the next begin on 28 February and
//!   31 March. By the calendar they begin on the first of January, April, July and October, or as the frequency has it.
//! - **Amounts.** Each whole period bills the same. A part of a period bills its share: by the calendar its days of the days of the period, else
//!   as the line's method counts it. An amount is rounded half away from zero and is never more than what is left; the last one takes the rest,
//!   so that all sum to the price.
//! - **Days.** In advance a period is due on its first day, in arrears on the day after its last one; nothing is due before the contract is signed.
//!   What falls on the same day is one document.
//! - **One-off lines** come with the first document on or after their day; in advance, at the signing.
//! - **A deposit, and amounts on agreed dates,** bill a part of the whole service, each line in proportion to its price.

mod agreed;
mod periods;
mod recurring;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::ids::ObligationId;
use crate::limits::{MAX_OBLIGATIONS, MAX_TERM_MONTHS};
use crate::policy::Method;
use crate::{Money, Period, Refusal};

/// Most documents of a plan: twenty years by the month.
///
/// ```
/// assert_eq!(tieout_accounting::billing::MAX_DOCUMENTS, 20 * 12);
/// ```
pub const MAX_DOCUMENTS: usize = 240;

/// How often is billed.
///
/// ```
/// use tieout_accounting::billing::Frequency;
/// assert_eq!(Frequency::default(), Frequency::Once); // what says nothing is billed at the signing
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Frequency {
    /// All in one document.
    #[default]
    Once,
    /// Every month.
    Monthly,
    /// Every three months.
    Quarterly,
    /// Every six months.
    HalfYearly,
    /// Every twelve months.
    Annual,
}

/// On which side of a period its document is due.
///
/// ```
/// use tieout_accounting::billing::Timing;
/// assert_eq!(Timing::default(), Timing::Advance);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Timing {
    /// On the first day of the period.
    #[default]
    Advance,
    /// On the day after its last one.
    Arrears,
}

/// Where periods begin.
///
/// ```
/// use tieout_accounting::billing::Alignment;
/// assert_eq!(Alignment::default(), Alignment::Anchored);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Alignment {
    /// On the day of the month on which the service begins.
    #[default]
    Anchored,
    /// With the months, quarters, halves and years of the calendar.
    Calendar,
}

/// What is billed when.
///
/// ```
/// use tieout_accounting::billing::{Alignment, Frequency, Schedule, Timing};
/// // On 1 January, April, July and October, whenever the service begins.
/// let schedule = Schedule::Recurring { frequency: Frequency::Quarterly, timing: Timing::Advance, alignment: Alignment::Calendar };
/// assert!(matches!(schedule, Schedule::Recurring { frequency: Frequency::Quarterly, .. }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Period by period; [`Frequency::Once`] is at the signing, or in arrears after the last day of service.
    Recurring {
        /// How often.
        frequency: Frequency,
        /// On which side of the period.
        timing: Timing,
        /// Where periods begin.
        alignment: Alignment,
    },
    /// On agreed days, in their order: milestones, or any list of dates.
    Agreed(Vec<Instalment>),
}

/// An amount that is due on an agreed day.
///
/// ```
/// use tieout_accounting::billing::{Instalment, Part};
/// use tieout_accounting::example::day;
/// let go_live = Instalment { on: day("2026-06-10"), part: Part::Percent(40.into()) };
/// assert_eq!(go_live.part, Part::Percent(40.into()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instalment {
    /// When.
    pub on: NaiveDate,
    /// How much.
    pub part: Part,
}

/// How much of the order's price an instalment is.
///
/// ```
/// use tieout_accounting::billing::Part;
/// assert_ne!(Part::Amount(40_00), Part::Percent(40.into())); // 40.00, and two fifths of the price
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// In minor units; those of a plan sum to the price.
    Amount(i64),
    /// In percent; those of a plan sum to 100. Rounded half away from zero, the last one takes the rest.
    Percent(Decimal),
}

/// How an order is billed.
///
/// ```
/// use tieout_accounting::billing::{Instalment, Part, Schedule, Terms};
/// use tieout_accounting::example::day;
/// let all = Instalment { on: day("2026-06-10"), part: Part::Percent(100.into()) };
/// // A fifth at the signing, the balance in June.
/// let terms = Terms { signed_on: day("2026-01-15"), deposit: Some(20.into()), schedule: Schedule::Agreed(vec![all]) };
/// assert_eq!(terms.deposit, Some(20.into()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The day of the signature.
    pub signed_on: NaiveDate,
    /// In percent of the price, due at the signing, rounded half away from zero; the balance follows the schedule. Above 0, below 100.
    pub deposit: Option<Decimal>,
    /// When the price, or the balance, is billed.
    pub schedule: Schedule,
}

/// A line of an order.
///
/// ```
/// use tieout_accounting::billing::{Line, Service};
/// use tieout_accounting::{Currency, Money, example::day};
/// let price = Money::parse_major("900.00", Currency::parse("GBP")?)?;
/// let line = Line { obligation: "onboarding".into(), price, service: Service::At(day("2026-02-01")) };
/// assert_eq!(line.price.minor, 900_00);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The obligation.
    pub obligation: ObligationId,
    /// Its price; zero or more.
    pub price: Money,
    /// When it is served.
    pub service: Service,
}

/// When a line is served.
///
/// ```
/// use tieout_accounting::{billing::Service, example::day, policy::Method};
/// let year = Service::Over { first: day("2026-01-01"), last: day("2026-12-31"), method: Method::Daily };
/// assert_ne!(year, Service::At(day("2026-01-01")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// On a day.
    At(NaiveDate),
    /// From a day to another one, both included.
    Over {
        /// The first day.
        first: NaiveDate,
        /// The last day.
        last: NaiveDate,
        /// How it is recognised, by which a part of a period is weighed.
        method: Method,
    },
}

/// A document to be made.
///
/// ```
/// use tieout_accounting::{billing::Planned, example::day};
/// let empty = Planned { on: day("2026-04-01"), slices: Vec::new() };
/// assert!(empty.slices.is_empty()); // a plan has none such: each document bills something
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The day on which it is due to be billed.
    pub on: NaiveDate,
    /// What it bills; a line more than once where it bills parts of its service that do not follow each other.
    pub slices: Vec<Slice>,
}

/// What a document bills of a line.
///
/// ```
/// use tieout_accounting::billing::Slice;
/// use tieout_accounting::{Currency, Money, example::day};
/// let amount = Money::parse_major("3000.00", Currency::parse("GBP")?)?;
/// let quarter = Slice { obligation: "seats".into(), amount, service: Some((day("2026-04-01"), day("2026-06-30"))) };
/// assert_eq!(quarter.service.map(|(first, _)| first), Some(day("2026-04-01")));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// The obligation.
    pub obligation: ObligationId,
    /// How much of its price.
    pub amount: Money,
    /// The first and the last day of the service that it bills; `None` where that is at a point.
    pub service: Option<(NaiveDate, NaiveDate)>,
}

/// The documents of an order, in the order of their days. For each line their amounts sum to its price.
///
/// # Errors
/// A price below zero, a service that ends before it begins, lines of two currencies, a deposit or instalments that do not fit the price, more than
/// [`MAX_DOCUMENTS`] documents: with the value and what to write instead.
///
/// ```
/// use tieout_accounting::billing::{Alignment, Frequency, Line, Schedule, Service, Terms, Timing, plan};
/// use tieout_accounting::{Currency, Money, example::day, policy::Method};
/// let line = Line {
///     obligation: "seats".into(),
///     price: Money::parse_major("1000.00", Currency::parse("GBP")?)?,
///     service: Service::Over { first: day("2026-01-31"), last: day("2026-04-29"), method: Method::Daily },
/// };
/// let schedule = Schedule::Recurring { frequency: Frequency::Monthly, timing: Timing::Advance, alignment: Alignment::Anchored };
/// let terms = Terms { signed_on: day("2026-01-15"), deposit: None, schedule };
/// let said: Vec<String> = plan(&terms, &[line])?
///     .iter()
///     .map(|document| format!("{} {}", document.on, document.slices[0].amount.to_major_string()))
///     .collect();
/// assert_eq!(said, ["2026-01-31 333.33", "2026-02-28 333.33", "2026-03-31 333.34"]);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
pub fn plan(terms: &Terms, lines: &[Line]) -> Result<Vec<Planned>, Refusal> {
    check(terms, lines)?;
    let mut documents = Documents::default();
    let mut left: Vec<i64> = lines.iter().map(|line| line.price.minor).collect();
    if let Some(percent) = terms.deposit {
        let deposit = agreed::deposit(percent, &left)?;
        documents.add_parts(terms.signed_on, lines, &deposit);
        left.iter_mut().zip(&deposit).for_each(|(left, part)| *left -= part);
    }
    match &terms.schedule {
        Schedule::Agreed(instalments) => {
            for (on, parts) in agreed::parts(instalments, &left)? {
                documents.add_parts(on.max(terms.signed_on), lines, &parts);
            }
        }
        Schedule::Recurring {
            frequency,
            timing,
            alignment,
        } => match frequency.months() {
            None => documents.add_parts(recurring::once(terms, *timing, lines), lines, &left),
            Some(months) => {
                let rhythm = recurring::Rhythm {
                    months,
                    timing: *timing,
                    alignment: *alignment,
                    signed_on: terms.signed_on,
                };
                for (on, slice) in rhythm.slices(lines, &left)? {
                    documents.add(on, slice);
                }
            }
        },
    }
    documents.add_free(terms.signed_on, lines);
    documents.finish()
}

impl Frequency {
    /// The months of a period; `None` where there are none.
    fn months(self) -> Option<u32> {
        match self {
            Self::Once => None,
            Self::Monthly => Some(1),
            Self::Quarterly => Some(3),
            Self::HalfYearly => Some(6),
            Self::Annual => Some(12),
        }
    }
}

impl Service {
    /// The first and the last day; `None` where it is at a point.
    fn days(self) -> Option<(NaiveDate, NaiveDate)> {
        match self {
            Self::At(_) => None,
            Self::Over { first, last, .. } => Some((first, last)),
        }
    }
}

fn check(terms: &Terms, lines: &[Line]) -> Result<(), Refusal> {
    if lines.len() > MAX_OBLIGATIONS {
        let problem = format!("more than {MAX_OBLIGATIONS} lines cannot be planned");
        return Err(Refusal::new("lines", lines.len(), problem, "split the order"));
    }
    for line in lines {
        let place = line.obligation.as_str();
        if line.price.minor < 0 {
            return Err(Refusal::new(
                place,
                line.price.to_major_string(),
                "is below zero",
                "plan what is billed; credit the rest",
            ));
        }
        if lines.first().is_some_and(|other| other.price.currency != line.price.currency) {
            let problem = "is another currency than that of the first line";
            return Err(Refusal::new(
                place,
                line.price.currency.code(),
                problem,
                "bill one currency in an order",
            ));
        }
        if let Some((first, last)) = line.service.days() {
            if last < first {
                let problem = format!("is before the first day of service, {first}");
                return Err(Refusal::new(place, last, problem, "correct one of the two days"));
            }
            if Period::of(last).since(Period::of(first)) >= MAX_TERM_MONTHS {
                let problem = format!("is more than {MAX_TERM_MONTHS} months after {first}");
                return Err(Refusal::new(place, last, problem, "correct the year"));
            }
        }
    }
    match terms.deposit {
        Some(percent) if percent <= Decimal::ZERO || percent >= Decimal::ONE_HUNDRED => {
            let problem = "is no part of the price in percent";
            Err(Refusal::new("deposit", percent, problem, "write a number above 0 and below 100"))
        }
        _ => Ok(()),
    }
}

/// Documents by their day.
#[derive(Default)]
struct Documents(BTreeMap<NaiveDate, Vec<Slice>>);

impl Documents {
    /// A part of each line, for all of its service.
    fn add_parts(&mut self, on: NaiveDate, lines: &[Line], parts: &[i64]) {
        for (line, part) in lines.iter().zip(parts) {
            let slice = Slice {
                obligation: line.obligation.clone(),
                amount: Money::new(*part, line.price.currency),
                service: line.service.days(),
            };
            self.add(on, slice);
        }
    }

    /// One slice; it is joined to the one before it where its service goes on from there. What bills nothing is left out.
    fn add(&mut self, on: NaiveDate, slice: Slice) {
        if slice.amount.minor == 0 {
            return;
        }
        let slices = self.0.entry(on).or_default();
        let before = slices.iter_mut().rev().find(|before| before.obligation == slice.obligation);
        match before {
            Some(before) if follows(before.service, slice.service) => {
                before.amount.minor += slice.amount.minor;
                before.service = before.service.zip(slice.service).map(|((first, _), (_, last))| (first, last));
            }
            _ => slices.push(slice),
        }
    }

    /// Lines without a price come with the first document.
    fn add_free(&mut self, signed_on: NaiveDate, lines: &[Line]) {
        let on = self.0.keys().next().copied().unwrap_or(signed_on);
        for line in lines.iter().filter(|line| line.price.minor == 0) {
            self.0.entry(on).or_default().push(Slice {
                obligation: line.obligation.clone(),
                amount: line.price,
                service: line.service.days(),
            });
        }
    }

    fn finish(self) -> Result<Vec<Planned>, Refusal> {
        if self.0.len() > MAX_DOCUMENTS {
            let problem = format!("documents are more than the {MAX_DOCUMENTS} of a plan");
            return Err(Refusal::new("plan", self.0.len(), problem, "bill less often, or split the order"));
        }
        Ok(self.0.into_iter().map(|(on, slices)| Planned { on, slices }).collect())
    }
}

fn follows(before: Option<(NaiveDate, NaiveDate)>, next: Option<(NaiveDate, NaiveDate)>) -> bool {
    match (before, next) {
        (None, None) => true,
        (Some(before), Some(next)) => before == next || before.1.succ_opt() == Some(next.0),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
