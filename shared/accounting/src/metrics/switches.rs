//! The switches of recurring revenue: what vendors and boards do differently, each a choice with a name.

use serde::{Deserialize, Serialize};

use crate::Period;

/// Where the lines come from.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Basis::default(), tieout_accounting::metrics::Basis::Contract);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Lines of signed orders.
    #[default]
    Contract,
    /// Lines of invoices; their `signed` is the date of the invoice.
    Invoice,
}

/// In which months a line counts.
///
/// Example: 12,000.00 from 15 March to 14 March of the next year counts 1,000.00 in March and not in the next one by
/// `StartMonthFull` and `LastDay`, from April to March by `FirstDay`, in both by `Touched`.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Counted::default(), tieout_accounting::metrics::Counted::StartMonthFull);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// The month of the start in full, that of the end only where it ends on the month's last day. A term within one month counts
    /// there, unless it was ended early. ScaleXP.
    #[default]
    StartMonthFull,
    /// Each month that it touches; where another line of the customer begins the day after its end, that one has the month.
    Touched,
    /// Where it is live on the month's last day: a snapshot. Recurly, dbt_stripe, Polar, ChartMogul.
    LastDay,
    /// Where it is live on the month's first day.
    FirstDay,
    /// The amount of the month's days: revenue by days, which Flowglad calls MRR. Rounded cumulatively.
    ShareOfDays,
}

/// What is signed or under notice and not yet so.
///
/// Example: live 600,000.00, 24,000.00 signed for next month, 12,000.00 under notice: 600, 624, 588, 612 thousand.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Commitment::default(), tieout_accounting::metrics::Commitment::Live);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Commitment {
    /// What is in service.
    #[default]
    Live,
    /// From the month of its signing; a step or renewal then replaces what it follows. The SaaS Metrics Standards Board's CARR.
    SignedIn,
    /// Until the month in which notice was given. Polar's "committed".
    NoticeOut,
    /// Both. CARR of saasflow, PortfolioIQ, Abacum.
    SignedInNoticeOut,
}

impl Commitment {
    pub(super) fn signed_in(self) -> bool {
        matches!(self, Self::SignedIn | Self::SignedInNoticeOut)
    }

    pub(super) fn notice_out(self) -> bool {
        matches!(self, Self::NoticeOut | Self::SignedInNoticeOut)
    }
}

/// Metered service.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Usage::default(), tieout_accounting::metrics::Usage::Out);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Usage {
    /// Out. Stripe.
    #[default]
    Out,
    /// The minimum that the customer committed to, not what is used above it. Investors.
    CommitmentOnly,
    /// All of it. ProfitWell.
    In,
}

/// Which discounts are subtracted.
///
/// Example: 10.00 a month, half of it off for three months: 5.00 and then 10.00 as charged, 10.00 by `Lasting`, 8.75 on average.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Discounts::default(), tieout_accounting::metrics::Discounts::AsCharged);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discounts {
    /// Each in the months for which it is charged; those of a price for the whole term spread over it. ProfitWell, Baremetrics.
    #[default]
    AsCharged,
    /// Only those without an end. Stripe's default.
    Lasting,
    /// None: list prices. Paddle's report, Zuora's gross MRR.
    Never,
    /// All, spread over the term; over the first year where the term is open. Contract tools.
    TermAverage,
}

/// Prices by the week and the day as months.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Normalisation::default(), tieout_accounting::metrics::Normalisation::Civil);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalisation {
    /// 52 weeks or 365 days a year, a twelfth of it a month.
    #[default]
    Civil,
    /// 4 weeks or 30 days a month. Recurly.
    FourWeeks,
    /// 365.25 days a year.
    Julian,
}

/// Terms of a year or less.
///
/// Example: 6,000.00 for six months is an ARR of 12,000.00 annualised, 6,000.00 as contract amount.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::ShortTerms::default(), tieout_accounting::metrics::ShortTerms::Annualised);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShortTerms {
    /// As any other.
    #[default]
    Annualised,
    /// ARR is the amount of the contract; below a month MRR is too. NetSuite.
    ContractAmount,
}

/// How ARR follows from MRR.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Annual::default(), tieout_accounting::metrics::Annual::Exact);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Annual {
    /// Twelve times the exact MRR, rounded once: 52,866.67.
    #[default]
    Exact,
    /// Twelve times the printed MRR: 52,866.72.
    TwelveTimesRounded,
}

/// Steps of a price that were signed on one day.
///
/// Example: 120, 150 and 180 thousand for three years: each in its year, or 150 in all.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Ramp::default(), tieout_accounting::metrics::Ramp::Step);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ramp {
    /// Each step in its own months.
    #[default]
    Step,
    /// The average of all steps in all months. NetSuite.
    Average,
}

/// When a line under notice is lost.
///
/// Example: notice on 5 February, paid until 30 June: July, February, February.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::ChurnAt::default(), tieout_accounting::metrics::ChurnAt::ServiceEnd);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChurnAt {
    /// After the last day of what is paid. ChartMogul, ProfitWell, Recurly.
    #[default]
    ServiceEnd,
    /// In the month of the notice. Maxio; an option of Stripe.
    Notice,
    /// In the month of the day after the notice. ReCharge.
    DayAfterNotice,
}

/// Whether a renewal or step replaces the line that it follows.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Chain::default(), tieout_accounting::metrics::Chain::Linked);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chain {
    /// From its first month on.
    #[default]
    Linked,
    /// Never: the sum of lines, which counts an early renewal twice.
    Unlinked,
}

/// A gap between a term and its renewal.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Gaps::default(), tieout_accounting::metrics::Gaps::Churn);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gaps {
    /// Churn and reactivation.
    #[default]
    Churn,
    /// Shown apart for this many months at most, as lapsed and renewed late; then churn.
    Lapsed {
        /// Months.
        months: u8,
    },
    /// Filled by the renewal, as if it had begun the day after, where it is not longer than this many months.
    Filled {
        /// Months.
        months: u8,
    },
}

/// When a customer who comes back is a reactivation; else new.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Reactivation::default(), tieout_accounting::metrics::Reactivation::Ever);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reactivation {
    /// Whenever. ProfitWell, Chargebee, dbt.
    #[default]
    Ever,
    /// With revenue in this many months before the month: 24 in ScaleXP.
    WithinMonths {
        /// Months.
        months: u16,
    },
    /// At most this many days after the last day of service: 90 in Maxio.
    WithinDays {
        /// Days.
        days: u16,
    },
    /// Never.
    Never,
}

/// Who signs and leaves between two snapshots.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::SameMonth::default(), tieout_accounting::metrics::SameMonth::Ignored);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SameMonth {
    /// Neither new nor churn. ProfitWell, Recurly.
    #[default]
    Ignored,
    /// Both. Chargebee, Maxio, ReCharge.
    Both,
}

/// Whose movement is one.
///
/// Example: a product of 40.00 replaced by one of 52.00 is an expansion of 12.00 by customer, 52.00 new and 40.00 churn by item.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Grain::default(), tieout_accounting::metrics::Grain::Customer);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// The customer's. ChartMogul, ProfitWell, dbt.
    #[default]
    Customer,
    /// The contract's. Chargebee, Flowglad.
    Subscription,
    /// The line's. fivetran.
    Item,
}

/// Accounts that were merged.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Merges::default(), tieout_accounting::metrics::Merges::Followed);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Merges {
    /// One customer from the first month on: a merger is neither churn nor expansion. Displayr.
    #[default]
    Followed,
    /// As the lines name them.
    Ignored,
}

/// How other currencies become the reporting one.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Fx::default(), tieout_accounting::metrics::Fx::OneCurrency);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fx {
    /// Not at all: a line in another currency is refused.
    #[default]
    OneCurrency,
    /// Constant currency: the rates in force at the end of one month, for every month.
    Constant {
        /// The month.
        set: Period,
    },
    /// Spot: the rates in force at each month's end. Chargebee, Stripe.
    MonthEnd,
    /// The rate on the first day of the service period that is paid: monthly prices move, annual ones do not. ChartMogul.
    ServiceStart,
    /// The rate on the day of signing, which is that of the invoice where the lines are those of invoices. Fincome, ScaleXP.
    SigningDate,
}

/// Where the effect of rates stands in movements.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::FxRow::default(), tieout_accounting::metrics::FxRow::Apart);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FxRow {
    /// On its own line: a change in the customer's currency counts at its opening value, the rest is FX.
    #[default]
    Apart,
    /// Within expansion and contraction.
    Inside,
}

/// Whether reactivation makes up for churn.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::NetRetention::default(), tieout_accounting::metrics::NetRetention::OpeningCustomers);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetRetention {
    /// No: only who was there at the opening.
    #[default]
    OpeningCustomers,
    /// Yes. ChartMogul; Chargebee's expansion.
    WithReactivation,
}

/// What gross retention is capped by.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Cap::default(), tieout_accounting::metrics::Cap::Unit);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// Each customer (or whatever the grain is) at most with its opening.
    #[default]
    Unit,
    /// Each line at most with its opening.
    Line,
    /// The total of those who were there: growth hides losses. Chargebee's example.
    Total,
    /// As `Unit`, of those alone whose term ended in between. Displayr, Planhat.
    UpForRenewal,
}

/// Steps that were signed before the opening, in net retention.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::Escalators::default(), tieout_accounting::metrics::Escalators::Inside);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escalators {
    /// Expansion.
    #[default]
    Inside,
    /// Left out: sold in an earlier year.
    Outside,
}

/// What the number of lost customers is divided by.
///
/// ```
/// assert_eq!(tieout_accounting::metrics::LogoDivisor::default(), tieout_accounting::metrics::LogoDivisor::Opening);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogoDivisor {
    /// Customers at the opening.
    #[default]
    Opening,
    /// These and those who came. Stripe.
    OpeningAndNew,
    /// The average of opening and closing.
    Average,
}

/// All switches.
///
/// ```
/// use tieout_accounting::metrics::{Commitment, Switches};
/// let committed = Switches { commitment: Commitment::SignedIn, ..Switches::default() };
/// assert_ne!(committed, Switches::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Switches {
    pub basis: Basis,
    pub counted: Counted,
    pub commitment: Commitment,
    pub usage: Usage,
    pub discounts: Discounts,
    pub normalisation: Normalisation,
    pub short_terms: ShortTerms,
    pub annual: Annual,
    pub ramp: Ramp,
    pub churn_at: ChurnAt,
    pub chain: Chain,
    pub gaps: Gaps,
    /// Months in a row without revenue after which a customer is lost, at least 1; until then they are lapsed.
    pub lost_after: std::num::NonZeroU8,
    pub reactivation: Reactivation,
    pub same_month: SameMonth,
    pub grain: Grain,
    pub merges: Merges,
    pub fx: Fx,
    pub fx_row: FxRow,
    pub net_retention: NetRetention,
    pub cap: Cap,
    pub escalators: Escalators,
    pub logo_divisor: LogoDivisor,
}

impl Default for Switches {
    /// The first choice of each switch.
    fn default() -> Self {
        Self {
            basis: Basis::default(),
            counted: Counted::default(),
            commitment: Commitment::default(),
            usage: Usage::default(),
            discounts: Discounts::default(),
            normalisation: Normalisation::default(),
            short_terms: ShortTerms::default(),
            annual: Annual::default(),
            ramp: Ramp::default(),
            churn_at: ChurnAt::default(),
            chain: Chain::default(),
            gaps: Gaps::default(),
            lost_after: std::num::NonZeroU8::MIN,
            reactivation: Reactivation::default(),
            same_month: SameMonth::default(),
            grain: Grain::default(),
            merges: Merges::default(),
            fx: Fx::default(),
            fx_row: FxRow::default(),
            net_retention: NetRetention::default(),
            cap: Cap::default(),
            escalators: Escalators::default(),
            logo_divisor: LogoDivisor::default(),
        }
    }
}
