//! The terms of a performance obligation.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::ids::ObligationId;
use crate::{Period, policy::Method};

/// How an obligation is satisfied (606-10-25-23..37).
///
/// ```
/// use tieout_accounting::event::Satisfied;
/// assert_eq!(Satisfied::default(), Satisfied::OverTime);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Satisfied {
    /// Evenly over its service period. The default where a period is given.
    #[default]
    OverTime,
    /// When it is delivered.
    AtPoint,
    /// By measured progress.
    ByProgress,
    /// As it is used.
    ByUsage,
    /// Unit by unit, as delivered.
    ByDelivery,
    /// An option that the customer exercises or lets expire (606-10-55-42).
    MaterialRight,
}

impl Satisfied {
    /// The names in stories.
    ///
    /// ```
    /// use tieout_accounting::event::Satisfied;
    /// assert!(Satisfied::ALL.contains(&("by_progress", Satisfied::ByProgress)));
    /// ```
    pub const ALL: [(&'static str, Self); 6] = [
        ("over_time", Self::OverTime),
        ("at_point", Self::AtPoint),
        ("by_progress", Self::ByProgress),
        ("by_usage", Self::ByUsage),
        ("by_delivery", Self::ByDelivery),
        ("material_right", Self::MaterialRight),
    ];

    /// The name in stories.
    ///
    /// ```
    /// use tieout_accounting::event::Satisfied;
    /// assert_eq!(Satisfied::MaterialRight.name(), "material_right");
    /// ```
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, satisfied)| *satisfied == self)
            .map_or("over_time", |(name, _)| name)
    }
}

/// The stand-alone selling price of an obligation.
///
/// ```
/// use tieout_accounting::event::{ObligationTerms, Satisfied, Ssp};
/// let training = ObligationTerms { ssp: Ssp::Amount(1800.into()), price: Some(1500.into()), ..ObligationTerms::new("training", Satisfied::AtPoint) };
/// assert_eq!(training.ssp, Ssp::Amount(1800.into())); // sold alone it costs more than here
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ssp {
    /// The stated price is it.
    #[default]
    AsPriced,
    /// An amount in major units.
    Amount(Decimal),
    /// What is left of the price when the others have theirs (606-10-32-34(c)), plausible within the range.
    Residual {
        /// Lowest and highest plausible price, in major units.
        range: Option<(Decimal, Decimal)>,
    },
}

/// A promise as written in the contract.
///
/// ```
/// use tieout_accounting::event::{ObligationTerms, Satisfied};
/// use tieout_accounting::example::day;
/// let plan = ObligationTerms {
///     price: Some(1200.into()), start: Some(day("2026-01-01")), end: Some(day("2026-12-31")), ..ObligationTerms::new("plan", Satisfied::OverTime)
/// };
/// assert!(plan.method.is_none()); // by the entity's policy
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObligationTerms {
    /// Its id, unique in the contract.
    pub id: ObligationId,
    /// Stated price, in major units.
    pub price: Option<Decimal>,
    /// Stand-alone selling price.
    pub ssp: Ssp,
    /// The item of the list of selling prices that gives its selling price, where no `ssp` is written.
    pub item: Option<String>,
    /// We are the agent of a supplier, to whom this share of what is billed belongs; price, unit price and document lines
    /// are written gross, everything else is our part alone (606-10-55-36..40). Left out: we are the principal.
    pub supplier_share: Option<Decimal>,
    /// How it is satisfied.
    pub satisfied: Satisfied,
    /// First day of service.
    pub start: Option<NaiveDate>,
    /// Last day of service.
    pub end: Option<NaiveDate>,
    /// Recognition method; the policy's when left out.
    pub method: Option<Method>,
    /// Shares of the method `user`.
    pub weights: Option<BTreeMap<Period, Decimal>>,
    /// First instant of service, in place of `start`.
    pub start_at: Option<DateTime<Utc>>,
    /// First instant after the service, in place of `end`.
    pub end_before: Option<DateTime<Utc>>,
    /// Units promised.
    pub quantity: Option<Decimal>,
    /// Price of a unit, in major units; may have more decimals than the currency.
    pub unit_price: Option<Decimal>,
    /// A series of distinct services (606-10-25-14(b)); default true over time.
    pub series: Option<bool>,
    /// Distinct from the other promises (606-10-25-19); default true.
    pub distinct: bool,
    /// Dimensions for journals, such as the tracking categories of a ledger.
    pub tracking: BTreeMap<String, String>,
}

impl ObligationTerms {
    /// An obligation with an id and nothing else yet.
    ///
    /// ```
    /// use tieout_accounting::event::{ObligationTerms, Satisfied};
    /// let terms = ObligationTerms { price: Some(1500.into()), ..ObligationTerms::new("training", Satisfied::AtPoint) };
    /// assert!(terms.distinct);
    /// ```
    pub fn new(id: impl Into<ObligationId>, satisfied: Satisfied) -> Self {
        Self {
            id: id.into(),
            price: None,
            ssp: Ssp::AsPriced,
            item: None,
            supplier_share: None,
            satisfied,
            start: None,
            end: None,
            method: None,
            weights: None,
            start_at: None,
            end_before: None,
            quantity: None,
            unit_price: None,
            series: None,
            distinct: true,
            tracking: BTreeMap::new(),
        }
    }
}
