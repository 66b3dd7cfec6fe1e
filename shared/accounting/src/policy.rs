//! Policy: the choices that accounting standards leave to the entity.
//!
//! For example the method of recognition, where the cents go that do not divide, how the ledger codes its invoice lines.

use serde::{Deserialize, Serialize};

use crate::Refusal;
use crate::money::Rounding;

/// How an amount is spread over a service period (docs/accounting.md, Schedules). Each lives in its own file under `schedule`.
///
/// ```
/// use tieout_accounting::policy::Method;
/// assert_eq!(Method::default(), Method::Daily);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By days of service. The default.
    #[default]
    Daily,
    /// By seconds of service.
    Instant,
    /// Equal parts over the months touched.
    EqualTouched,
    /// Equal parts over the months of the term, counted from its first day.
    EqualAnniversary,
    /// Each month by the share of its days that is served.
    ProrataMonth,
    /// First and last month by time, the full months between them equally.
    EndsByTime,
    /// Months count whole or not at all, by the middle of the month.
    MidMonth,
    /// Half a month at either end.
    HalfMonth,
    /// Thirty-day months.
    #[serde(rename = "thirty_360")]
    Thirty360,
    /// Daily, over periods of four, four and five weeks.
    #[serde(rename = "fiscal_445")]
    Fiscal445,
    /// The user's own shares.
    User,
}

impl Method {
    /// All methods with their names in stories.
    ///
    /// ```
    /// use tieout_accounting::policy::Method;
    /// assert!(Method::ALL.contains(&("thirty_360", Method::Thirty360)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const ALL: [(&'static str, Self); 11] = [
        ("daily", Self::Daily),
        ("instant", Self::Instant),
        ("equal_touched", Self::EqualTouched),
        ("equal_anniversary", Self::EqualAnniversary),
        ("prorata_month", Self::ProrataMonth),
        ("ends_by_time", Self::EndsByTime),
        ("mid_month", Self::MidMonth),
        ("half_month", Self::HalfMonth),
        ("thirty_360", Self::Thirty360),
        ("fiscal_445", Self::Fiscal445),
        ("user", Self::User),
    ];

    /// The name in stories.
    ///
    /// ```
    /// use tieout_accounting::policy::Method;
    /// assert_eq!(Method::Fiscal445.name(), "fiscal_445");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, method)| *method == self)
            .map_or("daily", |(name, _)| name)
    }

    /// Reads the name.
    ///
    /// # Errors
    /// An unknown name, with the known ones listed.
    ///
    /// ```
    /// use tieout_accounting::policy::Method;
    /// assert_eq!(Method::parse("mid_month")?, Method::MidMonth);
    /// assert!(Method::parse("monthly").unwrap_err().to_string().contains("equal_touched")); // the known ones are listed
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let known = || Self::ALL.map(|(name, _)| name).join(", ");
        let found = Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, method)| *method);
        found.ok_or_else(|| Refusal::new("method", text, "is not a recognition method", format!("write one of {}", known())))
    }
}

/// Where the cents go that do not divide.
///
/// ```
/// use tieout_accounting::{example::day, policy::{Method, Policy, Remainder}, schedule::{Schedule, Service, Spread}};
/// // 100.00 by days from 10 January to 15 March: round the sum to date, or each month and the rest in the last.
/// let months = |remainder| -> Result<Vec<i128>, tieout_accounting::Refusal> {
///     let service = Service::days(day("2019-01-10"), day("2019-03-15"))?;
///     let policy = Policy { remainder, ..Policy::default() };
///     Ok(Spread::new(100_00, Schedule::new(Method::Daily, &service)?, &policy)?.amounts().map(|(_, minor)| minor).collect())
/// };
/// assert_eq!(months(Remainder::Cumulative)?, [33_85, 43_07, 23_08]);
/// assert_eq!(months(Remainder::Last)?, [33_85, 43_08, 23_07]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remainder {
    /// Round the sum to date, book the difference: nothing remains. The default.
    #[default]
    Cumulative,
    /// Round each period, the remainder in the last.
    Last,
    /// Round each period, the remainder in the first.
    First,
    /// Truncate the full months, the remainder in the last of them.
    LastFull,
    /// Round what is still to come.
    Balance,
}

/// Which account the ledger's own invoice lines are coded to.
///
/// ```
/// use tieout_accounting::policy::{Policy, RevenueCoding};
/// assert_eq!(Policy::default().revenue_coding, RevenueCoding::Liability);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevenueCoding {
    /// The contract liability (deferred revenue). The default.
    #[default]
    Liability,
    /// Revenue; the month-end takes the unearned part out.
    Revenue,
}

/// In which order advances in foreign currency are consumed (IFRIC 22).
///
/// ```
/// use tieout_accounting::policy::{FxLayers, Policy};
/// assert_eq!(Policy::default().fx_layers, FxLayers::Fifo);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FxLayers {
    /// First in, first out. The default.
    #[default]
    Fifo,
    /// All open layers in proportion.
    Proportional,
}

/// At which rate a bill in foreign currency becomes revenue.
///
/// ```
/// use tieout_accounting::policy::{FxRate, Policy};
/// assert_eq!(Policy::default().fx_rate, FxRate::default());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FxRate {
    /// The rate of each document's day, as the standards ask (830-20-30-1; IFRIC 22). The default.
    #[default]
    Document,
    /// The rate of the signing for all later invoices, the difference to FX: what Chargebee does.
    Contract,
}

/// The policy of an entity, as a story's `policy`.
///
/// ```
/// use tieout_accounting::policy::{Method, Policy};
/// let policy: Policy = serde_json::from_str(r#"{"method": "equal_touched"}"#)?;
/// assert_eq!(policy.method, Method::EqualTouched);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Default recognition method.
    pub method: Method,
    /// Where the remainder goes.
    #[serde(rename = "rounding")]
    pub remainder: Remainder,
    /// How a half is rounded.
    #[serde(rename = "round_half")]
    pub rounding: Rounding,
    /// Coding of the ledger's invoice lines.
    pub revenue_coding: RevenueCoding,
    /// Order in which currency layers are consumed.
    pub fx_layers: FxLayers,
    /// Rate at which bills become revenue.
    pub fx_rate: FxRate,
    /// Whether a significant financing component is accounted for (606-10-32-15; one year or less is exempt, 32-18).
    pub financing: bool,
}
