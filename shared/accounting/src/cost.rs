//! Bills for services over time, by the same schedules as revenue.
//!
//! A bill before its service is a prepayment, released as the service is received; a service before its bill is accrued at
//! each month's end and taken back on the next day.

use chrono::NaiveDate;

use crate::ids::{ContractId, EntryId};
use crate::journal::{Case, Entry, Line, Reason, Role};
use crate::policy::{Method, Policy};
use crate::schedule::{Schedule, Service, Spread};
use crate::{Money, Period, Refusal};

/// A cost that belongs to a service period.
///
/// ```
/// use tieout_accounting::{cost::Cost, example::day, policy::Method, schedule::Service, Currency, Money};
/// let cost = Cost {
///     id: "BILL-1".into(), amount: Money::parse_major("1200.00", Currency::parse("GBP")?)?,
///     on: day("2026-01-01"), service: Service::days(day("2026-01-01"), day("2026-12-31"))?, method: Method::EqualTouched,
/// };
/// assert_eq!(cost.amount.to_major_string(), "1200.00"); // a year of hosting, billed in advance
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Cost {
    /// The bill.
    pub id: ContractId,
    /// In the ledger's currency, without tax.
    pub amount: Money,
    /// The day on which it was booked.
    pub on: NaiveDate,
    pub service: Service,
    pub method: Method,
}

/// The entries of a cost through a period.
///
/// ```
/// use tieout_accounting::cost::{self, Cost};
/// use tieout_accounting::journal::Role;
/// use tieout_accounting::{policy::{Method, Policy}, schedule::Service, Currency, Money, Period};
/// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap_or_default();
/// let cost = Cost {
///     id: "BILL-1".into(), amount: Money::parse_major("1200.00", Currency::parse("GBP")?)?,
///     on: day("2026-01-01"), service: Service::days(day("2026-01-01"), day("2026-12-31"))?, method: Method::EqualTouched,
/// };
/// let entries = cost::entries(&cost, &Policy::default(), Period::parse("2026-02")?)?;
/// assert_eq!(entries.iter().map(|entry| entry.sum(Role::Expense)).sum::<i64>(), 200_00);
/// assert_eq!(entries.iter().map(|entry| entry.sum(Role::Prepaid)).sum::<i64>(), 1000_00);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
///
/// # Errors
/// A service that cannot be spread, or an amount that cannot be multiplied exactly.
pub fn entries(cost: &Cost, policy: &Policy, through: Period) -> Result<Vec<Entry>, Refusal> {
    let amount = i128::from(cost.amount.minor);
    let spread = Spread::new(amount, Schedule::new(cost.method, &cost.service)?, policy)?;
    let mut writer = Writer { cost, entries: Vec::new() };
    let booked = Period::of(cost.on);
    let first = booked.min(spread.schedule().first());
    let (mut released, mut accrued) = (0i128, 0i128);
    for period in first.to(through) {
        if accrued != 0 {
            let mirror = [(Role::Expense, -accrued), (Role::AccruedExpense, accrued)];
            writer.post(Case::Reversal, period.first_day(), mirror)?;
        }
        if period == booked {
            writer.post(Case::Bill, cost.on, [(Role::Prepaid, amount), (Role::Clearing, -amount)])?;
        }
        let served = spread.through(period.last_day());
        let served = served.ok_or_else(|| Refusal::too_large(cost.id.as_str(), amount))?;
        accrued = if period < booked { served } else { 0 };
        if accrued != 0 {
            let lines = [(Role::Expense, accrued), (Role::AccruedExpense, -accrued)];
            writer.post(Case::Accrual, period.last_day(), lines)?;
        }
        if period >= booked {
            let lines = [(Role::Expense, served - released), (Role::Prepaid, released - served)];
            writer.post(Case::CostRelease, period.last_day(), lines)?;
            released = served;
        }
    }
    Ok(writer.entries)
}

struct Writer<'a> {
    cost: &'a Cost,
    entries: Vec<Entry>,
}

impl Writer<'_> {
    fn post(&mut self, case: Case, on: NaiveDate, lines: [(Role, i128); 2]) -> Result<(), Refusal> {
        if lines.iter().all(|(_, amount)| *amount == 0) {
            return Ok(());
        }
        let line = |(account, amount): (Role, i128)| {
            let amount = i64::try_from(amount).map_err(|_| Refusal::too_large(self.cost.id.as_str(), amount))?;
            let contract = self.cost.id.clone();
            Ok(Line {
                account,
                obligation: None,
                contract,
                amount,
                transaction: None,
            })
        };
        let lines = lines.into_iter().map(line).collect::<Result<Vec<_>, Refusal>>()?;
        let id = EntryId::new(format!("{}/{on}/{}", self.cost.id, case.words()));
        let accrual = self.entries.last().filter(|entry| entry.case == Case::Accrual);
        let reverses = accrual.filter(|_| case == Case::Reversal).map(|entry| entry.id.clone());
        let entry = Entry {
            id,
            on,
            economic_period: Period::of(on),
            posting_period: Period::of(on),
            case,
            reason: Reason::for_entry(case, &lines),
            lines,
            reverses,
            reversed_on: (case == Case::Accrual).then(|| Period::of(on).next().first_day()),
        };
        self.entries.push(entry.balanced()?);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::Currency;

    fn check(on: &str, through: &str, expected: &[(Role, i64)]) {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let cost = Cost {
            id: "X".into(),
            amount: Money::new(120_000, Currency::parse("GBP").unwrap()),
            on: day(on),
            service: Service::days(day("2026-01-01"), day("2026-12-31")).unwrap(),
            method: Method::EqualTouched,
        };
        let entries = entries(&cost, &Policy::default(), Period::parse(through).unwrap()).unwrap();
        for (role, balance) in expected {
            let sum: i64 = entries.iter().map(|entry| entry.sum(*role)).sum();
            assert_eq!(sum, *balance, "{on} {role}");
        }
    }

    #[test]
    fn bills_are_expense_where_their_service_is() {
        check("2025-12-15", "2025-12", &[(Role::Prepaid, 120_000), (Role::Expense, 0)]);
        check("2026-03-05", "2026-02", &[(Role::AccruedExpense, -20_000), (Role::Expense, 20_000)]);
        check(
            "2026-03-05",
            "2026-03",
            &[(Role::AccruedExpense, 0), (Role::Prepaid, 90_000), (Role::Expense, 30_000)],
        );
    }
}
