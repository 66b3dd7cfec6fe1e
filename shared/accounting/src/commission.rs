//! Commissions: the cost of obtaining a contract (340-40; IFRS 15.91-104).
//!
//! An asset over the period that it benefits: the contract's term and the renewals that are expected, unless these earn a
//! commission of their own that is commensurate, then the term alone (340-40-35-1). At once where that is a year or less
//! (25-4). Impaired where less can still be earned than is carried (35-3); gone when the contract ends.
//!
//! Example: 1,200.00 for a contract of a year that is expected to run for three: 33.33 a month. If each renewal pays the same
//! commission again, it benefits the first year alone and is an expense at once.

use chrono::{Months, NaiveDate};

use crate::ids::{ContractId, EntryId};
use crate::journal::{Case, Entry, Line, Reason, Role};
use crate::money::major;
use crate::policy::{Method, Policy};
use crate::schedule::{Schedule, Service, Spread};
use crate::{Money, Period, Refusal};

/// Longest benefit that may be an expense at once (340-40-25-4).
const EXPEDIENT_MONTHS: u32 = 12;

/// What the contract will still bring in and cost, looked at anew (340-40-35-3).
///
/// ```
/// use tieout_accounting::{commission::{self, Commission, Impairment}, example::day, policy::{Method, Policy}, Currency, Money, Period};
/// let commission = Commission {
///     id: "C1".into(), amount: Money::parse_major("1200.00", Currency::parse("GBP")?)?, on: day("2026-01-01"),
///     term: (day("2026-01-01"), day("2026-12-31")), renewed_until: Some(day("2028-12-31")), commensurate: false,
///     method: Method::EqualTouched, impairments: Vec::new(), ended: None,
/// };
/// use tieout_accounting::journal::Role;
/// let gbp = commission.amount.currency;
/// let look = Impairment { on: day("2026-06-30"), remaining: Money::new(500_00, gbp), costs: Money::new(100_00, gbp) };
/// let commission = Commission { impairments: vec![look], ..commission };
/// let entries = commission::entries(&commission, &Policy::default(), Period::parse("2026-06")?)?;
/// // 1,000.00 would be carried; 400.00 can still be earned.
/// assert!(entries.iter().map(|entry| entry.sum(Role::CostToObtain)).sum::<i64>() <= 400_00);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Impairment {
    /// The day of the look.
    pub on: NaiveDate,
    /// Consideration expected and not yet recognised.
    pub remaining: Money,
    /// Costs that relate directly to providing what remains.
    pub costs: Money,
}

/// A commission.
///
/// ```
/// use tieout_accounting::{commission::Commission, example::day, policy::Method, Currency, Money};
/// let commission = Commission {
///     id: "C1".into(), amount: Money::parse_major("1200.00", Currency::parse("GBP")?)?, on: day("2026-01-01"),
///     term: (day("2026-01-01"), day("2026-12-31")), renewed_until: Some(day("2028-12-31")), commensurate: false,
///     method: Method::EqualTouched, impairments: Vec::new(), ended: None,
/// };
/// assert_eq!(commission.benefit_until(), day("2028-12-31")); // three years, with the renewals that are expected
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commission {
    /// The contract that was obtained, or the commission's own number.
    pub id: ContractId,
    /// How much, in the ledger's currency.
    pub amount: Money,
    /// The day on which it was earned.
    pub on: NaiveDate,
    /// First and last day of the contract.
    pub term: (NaiveDate, NaiveDate),
    /// Last day of the renewals that are expected.
    pub renewed_until: Option<NaiveDate>,
    /// Each renewal pays a commission that is commensurate with this one.
    pub commensurate: bool,
    /// How it is spread.
    pub method: Method,
    /// Looks at what is recoverable, by date.
    pub impairments: Vec<Impairment>,
    /// The first day without the contract, where it ended early.
    pub ended: Option<NaiveDate>,
}

impl Commission {
    /// The last day of the period that it benefits.
    ///
    /// ```
    /// use tieout_accounting::{commission::Commission, policy::Method, Currency, Money};
    /// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap_or_default();
    /// let mut commission = Commission {
    ///     id: "C1".into(), amount: Money::parse_major("1200.00", Currency::parse("GBP")?)?, on: day("2026-01-01"),
    ///     term: (day("2026-01-01"), day("2026-12-31")), renewed_until: Some(day("2028-12-31")), commensurate: false,
    ///     method: Method::EqualTouched, impairments: Vec::new(), ended: None,
    /// };
    /// assert_eq!(commission.benefit_until(), day("2028-12-31"));
    /// commission.commensurate = true;
    /// assert_eq!(commission.benefit_until(), day("2026-12-31"));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn benefit_until(&self) -> NaiveDate {
        let renewed = self.renewed_until.filter(|_| !self.commensurate);
        renewed.map_or(self.term.1, |renewed| renewed.max(self.term.1))
    }

    /// Whether it may be an expense at once (340-40-25-4).
    ///
    /// ```
    /// use tieout_accounting::{commission::Commission, example::day, policy::Method, Currency, Money};
    /// let commission = Commission {
    ///     id: "C1".into(), amount: Money::parse_major("1200.00", Currency::parse("GBP")?)?, on: day("2026-01-01"),
    ///     term: (day("2026-01-01"), day("2026-12-31")), renewed_until: Some(day("2028-12-31")), commensurate: false,
    ///     method: Method::EqualTouched, impairments: Vec::new(), ended: None,
    /// };
    /// assert!(!commission.at_once()); // it benefits three years
    /// assert!(Commission { commensurate: true, ..commission }.at_once()); // one year: each renewal pays its own
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn at_once(&self) -> bool {
        let year = self.term.0.checked_add_months(Months::new(EXPEDIENT_MONTHS));
        year.is_some_and(|year| self.benefit_until() < year)
    }
}

/// The entries of a commission through a period.
///
/// ```
/// use tieout_accounting::commission::{self, Commission, Impairment};
/// use tieout_accounting::{journal::Role, policy::{Method, Policy}, Currency, Money, Period};
/// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap_or_default();
/// let gbp = Currency::parse("GBP")?;
/// let commission = Commission {
///     id: "C1".into(), amount: Money::parse_major("1200.00", gbp)?, on: day("2026-01-01"), term: (day("2026-01-01"), day("2028-12-31")),
///     renewed_until: None, commensurate: false, method: Method::EqualTouched, ended: None,
///     impairments: vec![Impairment { on: day("2027-01-01"), remaining: Money::parse_major("900.00", gbp)?, costs: Money::parse_major("400.00", gbp)? }],
/// };
/// let carried = |through: &str| -> Result<i64, tieout_accounting::Refusal> {
///     let entries = commission::entries(&commission, &Policy::default(), Period::parse(through)?)?;
///     Ok(entries.iter().map(|entry| entry.sum(Role::CostToObtain)).sum())
/// };
/// assert_eq!(carried("2026-12")?, 800_00);
/// assert_eq!(carried("2028-12")?, 0);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
///
/// # Errors
/// A benefit that cannot be spread, or an amount that cannot be multiplied exactly.
///
/// ```
/// use tieout_accounting::{commission::{self, Commission}, example::day, policy::{Method, Policy}, Currency, Money, Period};
/// let commission = Commission {
///     id: "C1".into(), amount: Money::parse_major("1200.00", Currency::parse("GBP")?)?, on: day("2026-01-01"),
///     term: (day("2026-01-01"), day("2026-12-31")), renewed_until: Some(day("2028-12-31")), commensurate: false,
///     method: Method::EqualTouched, impairments: Vec::new(), ended: None,
/// };
/// use tieout_accounting::journal::Role;
/// let entries = commission::entries(&commission, &Policy::default(), Period::parse("2026-01")?)?;
/// assert_eq!(entries.iter().map(|entry| entry.sum(Role::Expense)).sum::<i64>(), 33_33); // a thirty-sixth
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn entries(commission: &Commission, policy: &Policy, through: Period) -> Result<Vec<Entry>, Refusal> {
    let mut asset = Asset::new(commission, policy)?;
    for period in Period::of(commission.on).to(through) {
        asset.month(period, policy)?;
    }
    Ok(asset.entries)
}

/// The asset in the course of its life.
struct Asset<'c> {
    commission: &'c Commission,
    /// Carried now, in minor units.
    carried: i128,
    /// What was carried when the schedule in force began, and that schedule; none once nothing is carried any more.
    running: Option<(i128, Spread)>,
    entries: Vec<Entry>,
}

impl<'c> Asset<'c> {
    fn new(commission: &'c Commission, policy: &Policy) -> Result<Self, Refusal> {
        let amount = i128::from(commission.amount.minor);
        let mut asset = Self {
            commission,
            carried: 0,
            running: None,
            entries: Vec::new(),
        };
        let (debit, words) = if commission.at_once() {
            (Role::Expense, "it benefits a year or less, so it is an expense at once".to_owned())
        } else {
            let service = Service::days(commission.term.0, commission.benefit_until())?;
            let schedule = Schedule::new(commission.method, &service)?;
            asset.running = Some((amount, Spread::new(amount, schedule, policy)?));
            asset.carried = amount;
            (
                Role::CostToObtain,
                format!("it benefits the contract through {}", commission.benefit_until()),
            )
        };
        asset.post(
            Case::Commission,
            commission.on,
            [(debit, amount), (Role::AccruedExpense, -amount)],
            words,
        )?;
        Ok(asset)
    }

    fn month(&mut self, period: Period, policy: &Policy) -> Result<(), Refusal> {
        let looks = self.commission.impairments.iter().filter(|look| Period::of(look.on) == period);
        for look in looks {
            self.release(look.on.pred_opt().unwrap_or(look.on), look.on)?;
            self.impair(look, policy)?;
        }
        match self.commission.ended.filter(|ended| Period::of(*ended) == period) {
            Some(ended) => {
                self.release(ended.pred_opt().unwrap_or(ended), ended)?;
                let words = "the contract ended, nothing more is recovered".to_owned();
                self.expense(Case::Impairment, ended, self.carried, words)?;
                self.running = None;
                Ok(())
            }
            None => self.release(period.last_day(), period.last_day()),
        }
    }

    /// Brings the asset to what is carried at the end of a day.
    fn release(&mut self, through: NaiveDate, on: NaiveDate) -> Result<(), Refusal> {
        let Some((began_with, spread)) = &self.running else {
            return Ok(());
        };
        let released = spread
            .through(through)
            .ok_or_else(|| Refusal::too_large("commission", began_with))?;
        let expense = self.carried - (began_with - released);
        self.expense(
            Case::CostRelease,
            on,
            expense,
            "the part of its benefit that fell into the period".to_owned(),
        )
    }

    fn impair(&mut self, look: &Impairment, policy: &Policy) -> Result<(), Refusal> {
        let recoverable = i128::from(look.remaining.minor) - i128::from(look.costs.minor);
        let loss = (self.carried - recoverable.max(0)).max(0);
        let Some((_, spread)) = self.running.as_ref().filter(|_| loss > 0) else {
            return Ok(());
        };
        let currency = self.commission.amount.currency;
        let words = format!(
            "{} is carried, {} can still be recovered: {} less costs of {}",
            major(self.carried, currency),
            major(recoverable.max(0), currency),
            look.remaining.to_major_string(),
            look.costs.to_major_string()
        );
        let schedule = spread.schedule().from(look.on)?;
        self.expense(Case::Impairment, look.on, loss, words)?;
        self.running = Some((self.carried, Spread::new(self.carried, schedule, policy)?));
        Ok(())
    }

    fn expense(&mut self, case: Case, on: NaiveDate, amount: i128, words: String) -> Result<(), Refusal> {
        self.carried -= amount;
        self.post(case, on, [(Role::Expense, amount), (Role::CostToObtain, -amount)], words)
    }

    fn post(&mut self, case: Case, on: NaiveDate, lines: [(Role, i128); 2], words: String) -> Result<(), Refusal> {
        if lines.iter().all(|(_, amount)| *amount == 0) {
            return Ok(());
        }
        let id = &self.commission.id;
        let line = |(account, amount): (Role, i128)| {
            let amount = i64::try_from(amount).map_err(|_| Refusal::too_large(id.as_str(), amount))?;
            Ok(Line {
                account,
                obligation: None,
                contract: id.clone(),
                amount,
                transaction: None,
            })
        };
        let general = Reason::of(case);
        let entry = Entry {
            id: EntryId::new(format!("{id}/{on}/{}/{}", case.words(), self.entries.len())),
            on,
            economic_period: Period::of(on),
            posting_period: Period::of(on),
            case,
            lines: lines.into_iter().map(line).collect::<Result<Vec<_>, Refusal>>()?,
            reverses: None,
            reversed_on: None,
            reason: Reason::new(format!("{}: {words}", general.words), general.paragraph),
        };
        self.entries.push(entry.balanced()?);
        Ok(())
    }
}
