//! Recurring revenue: MRR, ARR, its movements, retention, cohorts, billings. No standard defines these figures and each has many
//! definitions, so every switch is typed, three presets are named, and each result carries the [`Method`] that made it.
//!
//! A [`Portfolio`] holds the lines of contracts; a [`Cube`] counts them by month. Money of two currencies is never added up: a
//! method names the reporting currency and how others are translated, or refuses them. An amount of a line is rounded once, to
//! the reporting currency; ARR is twelve times the exact MRR, rounded once.
//!
//! Example: 1,200.00 for a year is an MRR of 100.00 in each of its twelve months and an ARR of 1,200.00. A customer who goes
//! from 100.00 to 130.00 expands by 30.00, one who goes to nothing churns; opening and movements give the closing, for each
//! customer and in total.

// A field whose name says all has no comment.
#![allow(missing_docs)]

mod billings;
mod cohort;
mod cube;
mod exact;
mod from_contract;
mod line;
mod method;
mod movement;
mod notice;
mod rates;
mod retention;
mod span;
mod switches;
mod value;

pub use billings::{BillingsForecast, CalculatedBillings, PlannedBill, PlannedKind, forecast_billings};
pub use cohort::{Cohort, CohortBy, CohortMonth, Cohorts};
pub use cube::{Cube, Figure, Measure, Merge, Part, Portfolio};
pub use from_contract::lines;
pub use line::{Discount, Every, Interval, LineKey, Off, Price, Recurrence, RecurringLine};
pub use method::{Method, Preset, RateUsed};
pub use movement::{Movement, MovementRow, Movements, Unit};
pub use notice::rolling_notice_rate;
pub use rates::average_rate;
pub use retention::{Fraction, LogoCounts, Retention, lifetime_value};
pub use switches::{
    Annual, Basis, Cap, Chain, ChurnAt, Commitment, Counted, Discounts, Escalators, Fx, FxRow, Gaps, Grain, LogoDivisor, Merges,
    NetRetention, Normalisation, Ramp, Reactivation, SameMonth, ShortTerms, Switches, Usage,
};

/// Months of a year: ARR is this many MRRs.
pub(crate) const MONTHS_PER_YEAR: i128 = 12;
