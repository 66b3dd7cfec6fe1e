//! The method of a figure: preset, switches, currency, what was known. Each result carries it.

use std::num::NonZeroU8;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::switches::{Basis, Commitment, Counted, Fx, Gaps, NetRetention, Reactivation, Switches, Usage};
use crate::{Currency, Period};

/// Named sets of switches.
///
/// ```
/// use tieout_accounting::metrics::{Counted, Preset};
/// let opening = tieout_accounting::Period::parse("2025-12")?;
/// assert_eq!(Preset::Subscription.switches(opening).counted, Counted::LastDay);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// For the board: service dates, minimum commitments in, lapsed renewals apart for two months, constant currency.
    Contract,
    /// As ScaleXP: lines of invoices, the rate of the invoice, reactivation within 24 months. For the comparison in a switch-over.
    FullMonth,
    /// As ChartMogul and Stripe: the snapshot at the month's end, spot rates with an FX line, reactivation in net retention.
    Subscription,
}

impl Preset {
    /// Its switches. `opening` is the last month before the financial year: constant currency takes the rates at its end.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Fx, Preset};
    /// let set = tieout_accounting::Period::parse("2025-12")?;
    /// assert_eq!(Preset::Contract.switches(set).fx, Fx::Constant { set });
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn switches(self, opening: Period) -> Switches {
        let plain = Switches::default();
        match self {
            Self::Contract => Switches {
                usage: Usage::CommitmentOnly,
                gaps: Gaps::Lapsed { months: 2 },
                fx: Fx::Constant { set: opening },
                ..plain
            },
            Self::FullMonth => Switches {
                basis: Basis::Invoice,
                reactivation: Reactivation::WithinMonths { months: 24 },
                lost_after: NonZeroU8::MIN,
                fx: Fx::SigningDate,
                ..plain
            },
            Self::Subscription => Switches {
                counted: Counted::LastDay,
                fx: Fx::MonthEnd,
                net_retention: NetRetention::WithReactivation,
                ..plain
            },
        }
    }
}

/// What a figure was made with. A stored month never changes with it: another method is another series.
///
/// ```
/// use tieout_accounting::metrics::{Grain, Method, Preset};
/// let (gbp, opening) = (tieout_accounting::Currency::parse("GBP")?, tieout_accounting::Period::parse("2025-12")?);
/// let mut method = Method::of(Preset::Contract, opening, gbp);
/// assert!(method.changed().is_empty());
/// method.switches.grain = Grain::Item;
/// assert_eq!(method.changed(), ["grain"]);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// Where it began, and the last month before the financial year.
    pub preset: Option<(Preset, Period)>,
    pub switches: Switches,
    /// Reporting currency.
    pub currency: Currency,
    /// Lines that were signed and notices that were given after this day are left out: what was known then.
    pub as_of: Option<NaiveDate>,
}

impl Method {
    /// A preset as it is, with all that is known.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Method, Preset};
    /// let (gbp, opening) = (tieout_accounting::Currency::parse("GBP")?, tieout_accounting::Period::parse("2025-12")?);
    /// assert_eq!(Method::of(Preset::FullMonth, opening, gbp).preset, Some((Preset::FullMonth, opening)));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn of(preset: Preset, opening: Period, currency: Currency) -> Self {
        Self {
            preset: Some((preset, opening)),
            switches: preset.switches(opening),
            currency,
            as_of: None,
        }
    }

    /// Switches of one's own.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Method, Switches};
    /// let gbp = tieout_accounting::Currency::parse("GBP")?;
    /// assert_eq!(Method::new(Switches::default(), gbp).preset, None);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn new(switches: Switches, currency: Currency) -> Self {
        Self {
            preset: None,
            switches,
            currency,
            as_of: None,
        }
    }

    /// Names of the switches that differ from the preset, or from the first choices where there is none.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Commitment, Method, Switches};
    /// let gbp = tieout_accounting::Currency::parse("GBP")?;
    /// let method = Method::new(Switches { commitment: Commitment::SignedIn, ..Switches::default() }, gbp);
    /// assert_eq!(method.changed(), ["commitment"]);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn changed(&self) -> Vec<&'static str> {
        let preset = self
            .preset
            .map_or_else(Switches::default, |(preset, opening)| preset.switches(opening));
        macro_rules! differing {
            ($($switch:ident),+) => {
                [$((stringify!($switch), self.switches.$switch != preset.$switch)),+]
            };
        }
        let all = differing!(
            basis,
            counted,
            commitment,
            usage,
            discounts,
            normalisation,
            short_terms,
            annual,
            ramp,
            churn_at,
            chain,
            gaps,
            lost_after,
            reactivation,
            same_month,
            grain,
            merges,
            fx,
            fx_row,
            net_retention,
            cap,
            escalators,
            logo_divisor
        );
        all.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }

    /// Whether a fact of this day was known.
    pub(super) fn knows(&self, on: NaiveDate) -> bool {
        self.as_of.is_none_or(|as_of| on <= as_of)
    }

    /// Where the commitment is the board's CARR.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Commitment, Method, Preset};
    /// let (gbp, opening) = (tieout_accounting::Currency::parse("GBP")?, tieout_accounting::Period::parse("2025-12")?);
    /// let carr = Method::of(Preset::Contract, opening, gbp).committed();
    /// assert_eq!(carr.switches.commitment, Commitment::SignedInNoticeOut);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    #[must_use]
    pub fn committed(mut self) -> Self {
        self.switches.commitment = Commitment::SignedInNoticeOut;
        self
    }
}

/// A rate that a figure was translated at: `rate` of the reporting currency for one of `currency`, in force on `on`.
///
/// ```
/// use tieout_accounting::{example::day, metrics::RateUsed, Currency};
/// let used = RateUsed { currency: Currency::parse("USD")?, on: day("2026-01-31"), rate: "0.76".parse()? };
/// assert_eq!(used.rate.to_string(), "0.76");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RateUsed {
    pub currency: Currency,
    pub on: NaiveDate,
    pub rate: Decimal,
}
