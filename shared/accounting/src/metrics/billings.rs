//! Billings: calculated from revenue and the change of deferred revenue, and forecast from plans.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::line::LineKey;
use crate::arithmetic::Ratio;
use crate::money::Rounding;
use crate::{Money, Period, Refusal};

/// Billings as analysts calculate them: revenue, the change of the contract liability, less that of unbilled revenue. All in one
/// unit of one currency.
///
/// ```
/// use tieout_accounting::metrics::CalculatedBillings;
/// let fireeye = CalculatedBillings { revenue: 199_070, opening: 910_100, closing: 886_136, change_of_unbilled: 0 };
/// assert_eq!(fireeye.billings(), Some(175_106));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalculatedBillings {
    pub revenue: i64,
    /// Contract liability at the start.
    pub opening: i64,
    /// Contract liability at the end.
    pub closing: i64,
    /// Contract asset and accrued receivable at the end, less those at the start.
    pub change_of_unbilled: i64,
}

impl CalculatedBillings {
    /// None beyond 64 bits.
    ///
    /// ```
    /// use tieout_accounting::metrics::CalculatedBillings;
    /// let of = CalculatedBillings { revenue: 165_138, opening: 321_685, closing: 332_887, change_of_unbilled: -1_559 };
    /// assert_eq!(of.billings(), Some(177_899)); // 1,559 of what was unbilled was billed
    /// ```
    pub fn billings(&self) -> Option<i64> {
        let deferred = self.closing.checked_sub(self.opening)?;
        self.revenue.checked_add(deferred)?.checked_sub(self.change_of_unbilled)
    }
}

/// Why a bill is planned.
///
/// ```
/// use tieout_accounting::metrics::PlannedKind;
/// assert_ne!(PlannedKind::Signed, PlannedKind::Renewal);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannedKind {
    /// By a signed contract.
    Signed,
    /// By a signed contract, for what is metered and earned already: a bill, and no longer revenue to come.
    Accrued,
    /// By its expected renewal: counts at the renewal rate.
    Renewal,
}

/// A bill that is planned, without tax.
///
/// ```
/// use tieout_accounting::{example::day, metrics::{LineKey, PlannedBill, PlannedKind}, Currency, Money};
/// let amount = Money::parse_major("500.00", Currency::parse("GBP")?)?;
/// let bill = PlannedBill { key: LineKey::new("Ivy", "C1", "plan"), on: day("2026-07-01"), amount, kind: PlannedKind::Signed };
/// assert_eq!(bill.amount.minor, 500_00);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedBill {
    pub key: LineKey,
    pub on: NaiveDate,
    pub amount: Money,
    pub kind: PlannedKind,
}

/// Billings to come by month, minor units of one currency.
///
/// ```
/// use tieout_accounting::{example::day, metrics::forecast_billings};
/// let nothing = forecast_billings(&[], day("2026-06-30"), 12, "1".parse()?)?;
/// assert_eq!((nothing.signed_total, nothing.bills.len()), (0, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingsForecast {
    pub as_of: NaiveDate,
    /// Last month that is shown.
    pub through: Period,
    pub renewal_rate: Decimal,
    /// Signed, with what is accrued.
    pub signed: BTreeMap<Period, i64>,
    /// Renewals at their rate, each bill rounded once.
    pub renewals: BTreeMap<Period, i64>,
    pub signed_total: i64,
    pub renewals_total: i64,
    /// Of what is signed: earned and not invoiced.
    pub accrued: i64,
    /// Signed and unbilled, whenever it is due, without what is accrued: the unbilled part of the remaining performance obligations.
    pub unbilled: i64,
    /// The part of it that is due after the last month shown.
    pub unbilled_after: i64,
    /// What each figure is made of: the bills after the day, at the amount that counts.
    pub bills: Vec<PlannedBill>,
}

/// Puts planned bills after a day together, for so many months after it.
///
/// # Errors
/// Bills in two currencies, a renewal rate outside 0 to 1, or a sum beyond 64 bits.
///
/// ```
/// use tieout_accounting::{example::day, metrics::{LineKey, PlannedBill, PlannedKind, forecast_billings}, Currency, Money, Period};
/// let bill = |customer, on, major, kind| Ok::<_, tieout_accounting::Refusal>(PlannedBill {
///     key: LineKey::new(customer, "C1", "plan"), on: day(on), amount: Money::parse_major(major, Currency::parse("GBP")?)?, kind });
/// let plan = [
///     bill("Ivy", "2026-07-01", "500.00", PlannedKind::Signed)?,
///     bill("Hazel", "2026-07-01", "75.50", PlannedKind::Accrued)?,
///     bill("Cedar", "2028-03-01", "12000.00", PlannedKind::Signed)?,
///     bill("Alder", "2027-01-01", "15666.67", PlannedKind::Renewal)?,
/// ];
/// let forecast = forecast_billings(&plan, day("2026-06-30"), 12, "0.9".parse().unwrap_or_default())?;
/// assert_eq!(forecast.signed[&Period::parse("2026-07")?], 575_50);
/// assert_eq!((forecast.unbilled, forecast.unbilled_after, forecast.renewals_total), (12_500_00, 12_000_00, 14_100_00));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
pub fn forecast_billings(plan: &[PlannedBill], as_of: NaiveDate, months: u16, renewal_rate: Decimal) -> Result<BillingsForecast, Refusal> {
    if !(Decimal::ZERO..=Decimal::ONE).contains(&renewal_rate) {
        return Err(Refusal::new(
            "renewal rate",
            renewal_rate,
            "is not a share",
            "write a number from 0 to 1",
        ));
    }
    let through = Period::of(as_of).plus(i32::from(months));
    let mut forecast = BillingsForecast {
        as_of,
        through,
        renewal_rate,
        signed: BTreeMap::new(),
        renewals: BTreeMap::new(),
        signed_total: 0,
        renewals_total: 0,
        accrued: 0,
        unbilled: 0,
        unbilled_after: 0,
        bills: Vec::new(),
    };
    let currency = plan.first().map(|bill| bill.amount.currency);
    for bill in plan.iter().filter(|bill| bill.on > as_of) {
        if let Some(first) = currency.filter(|first| *first != bill.amount.currency) {
            let problem = format!("is added to {first}");
            return Err(Refusal::new(
                format!("bill of {}", bill.key),
                bill.amount.currency,
                problem,
                "forecast each currency apart",
            ));
        }
        forecast.add(bill)?;
    }
    Ok(forecast)
}

impl BillingsForecast {
    fn add(&mut self, bill: &PlannedBill) -> Result<(), Refusal> {
        let too_large = || Refusal::too_large(format!("bill of {}", bill.key), bill.amount.minor);
        let add = |sum: &mut i64, amount: i64| {
            *sum = sum.checked_add(amount).ok_or_else(too_large)?;
            Ok::<(), Refusal>(())
        };
        let (period, within) = (Period::of(bill.on), Period::of(bill.on) <= self.through);
        let mut amount = bill.amount.minor;
        if bill.kind == PlannedKind::Renewal {
            let counted = Ratio::of(self.renewal_rate).of_amount(i128::from(amount), Rounding::HalfAway);
            amount = counted.and_then(|counted| i64::try_from(counted).ok()).ok_or_else(too_large)?;
        }
        if bill.kind == PlannedKind::Signed {
            add(&mut self.unbilled, amount)?;
            if !within {
                add(&mut self.unbilled_after, amount)?;
            }
        }
        if !within {
            return Ok(());
        }
        let (months, total) = match bill.kind {
            PlannedKind::Signed | PlannedKind::Accrued => (&mut self.signed, &mut self.signed_total),
            PlannedKind::Renewal => (&mut self.renewals, &mut self.renewals_total),
        };
        add(months.entry(period).or_default(), amount)?;
        add(total, amount)?;
        if bill.kind == PlannedKind::Accrued {
            add(&mut self.accrued, amount)?;
        }
        self.bills.push(PlannedBill {
            amount: Money::new(amount, bill.amount.currency),
            ..bill.clone()
        });
        Ok(())
    }
}
