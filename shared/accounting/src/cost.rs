//! Costs by the same schedules: bills for services over time, prepaid or accrued, and commissions (340-40).
//!
//! A bill before its service is a prepayment, released as the service is received; a service before its bill is accrued at
//! each month's end and taken back on the next day. A commission is the cost of obtaining a contract, an asset over the
//! period that it benefits, expected renewals included; at once where that is a year or less (340-40-25-4).

use chrono::{Months, NaiveDate};

use crate::ids::{ContractId, EntryId};
use crate::journal::{Case, Entry, Line, Reason, Role};
use crate::policy::{Method, Policy};
use crate::schedule::{Schedule, Service, Spread};
use crate::{Money, Period, Refusal};

/// Longest benefit of a commission that may be an expense at once, in months (340-40-25-4).
pub(crate) const COMMISSION_EXPEDIENT_MONTHS: u32 = 12;

/// What kind of cost.
///
/// ```
/// use tieout_accounting::{cost::{Cost, CostKind}, example::day, policy::Method, schedule::Service, Currency, Money};
/// let cost = Cost {
///     id: "BILL-1".into(), kind: CostKind::Bill, amount: Money::parse_major("1200.00", Currency::parse("GBP")?)?,
///     on: day("2026-01-01"), service: Service::days(day("2026-01-01"), day("2026-12-31"))?, method: Method::EqualTouched,
/// };
/// assert_eq!(cost.kind, CostKind::Bill); // a commission would be CostKind::Commission
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CostKind {
    /// A supplier's bill.
    Bill,
    /// A sales commission.
    Commission,
}

/// A cost that belongs to a service period.
///
/// ```
/// use tieout_accounting::{cost::{Cost, CostKind}, example::day, policy::Method, schedule::Service, Currency, Money};
/// let cost = Cost {
///     id: "BILL-1".into(), kind: CostKind::Bill, amount: Money::parse_major("1200.00", Currency::parse("GBP")?)?,
///     on: day("2026-01-01"), service: Service::days(day("2026-01-01"), day("2026-12-31"))?, method: Method::EqualTouched,
/// };
/// assert_eq!(cost.amount.to_major_string(), "1200.00"); // a year of hosting, billed in advance
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The bill, or the contract that was obtained.
    pub id: ContractId,
    /// What kind.
    pub kind: CostKind,
    /// How much, in the ledger's currency and without tax.
    pub amount: Money,
    /// The day on which the bill was booked, or the commission earned.
    pub on: NaiveDate,
    /// The period of the service, or of the benefit.
    pub service: Service,
    /// How it is spread.
    pub method: Method,
}

/// The entries of a cost through a period.
///
/// ```
/// use tieout_accounting::cost::{self, Cost, CostKind};
/// use tieout_accounting::journal::Role;
/// use tieout_accounting::{policy::{Method, Policy}, schedule::Service, Currency, Money, Period};
/// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap_or_default();
/// let cost = Cost {
///     id: "BILL-1".into(), kind: CostKind::Bill, amount: Money::parse_major("1200.00", Currency::parse("GBP")?)?,
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
    let asset = match cost.kind {
        CostKind::Bill => Role::Prepaid,
        CostKind::Commission => Role::CostToObtain,
    };
    let mut writer = Writer { cost, entries: Vec::new() };
    let booked = Period::of(cost.on);
    let first = booked.min(spread.schedule().first());
    let (mut released, mut accrued) = (0i128, 0i128);
    for period in first.to(through) {
        if accrued != 0 {
            let mirror = [(Role::Expense, -accrued), (Role::AccruedExpense, accrued)];
            writer.enter(Case::Reversal, period.first_day(), mirror)?;
        }
        if period == booked {
            writer.book(asset, at_once(cost))?;
        }
        let served = spread.through(period.last_day());
        let served = served.ok_or_else(|| Refusal::too_large(cost.id.as_str(), amount))?;
        accrued = if period < booked { served } else { 0 };
        if accrued != 0 {
            let lines = [(Role::Expense, accrued), (Role::AccruedExpense, -accrued)];
            writer.enter(Case::Accrual, period.last_day(), lines)?;
        }
        if period >= booked && !at_once(cost) {
            let lines = [(Role::Expense, served - released), (asset, released - served)];
            writer.enter(Case::CostRelease, period.last_day(), lines)?;
            released = served;
        }
    }
    Ok(writer.entries)
}

/// Whether a commission is an expense at once.
fn at_once(cost: &Cost) -> bool {
    let year = Months::new(COMMISSION_EXPEDIENT_MONTHS);
    let within = cost.service.start.checked_add_months(year);
    cost.kind == CostKind::Commission && within.is_some_and(|end| cost.service.end_exclusive <= end)
}

struct Writer<'a> {
    cost: &'a Cost,
    entries: Vec<Entry>,
}

impl Writer<'_> {
    /// The bill as the ledger books it, or the commission.
    fn book(&mut self, asset: Role, at_once: bool) -> Result<(), Refusal> {
        let amount = i128::from(self.cost.amount.minor);
        let debit = if at_once { Role::Expense } else { asset };
        match self.cost.kind {
            CostKind::Bill => self.enter(Case::Bill, self.cost.on, [(debit, amount), (Role::Clearing, -amount)]),
            CostKind::Commission => {
                let lines = [(debit, amount), (Role::AccruedExpense, -amount)];
                self.enter(Case::Commission, self.cost.on, lines)
            }
        }
    }

    fn enter(&mut self, case: Case, on: NaiveDate, lines: [(Role, i128); 2]) -> Result<(), Refusal> {
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

    fn check(kind: CostKind, on: &str, (start, end): (&str, &str), through: &str, expected: &[(Role, i64)]) {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let service = Service::days(day(start), day(end)).unwrap();
        let amount = Money::new(120_000, Currency::parse("GBP").unwrap());
        let cost = Cost {
            id: "X".into(),
            kind,
            amount,
            on: day(on),
            service,
            method: Method::EqualTouched,
        };
        let entries = entries(&cost, &Policy::default(), Period::parse(through).unwrap()).unwrap();
        for (role, balance) in expected {
            let sum: i64 = entries.iter().map(|entry| entry.sum(*role)).sum();
            assert_eq!(sum, *balance, "{kind:?} {on} {role}");
        }
    }

    #[test]
    fn costs_stand_where_their_service_is() {
        use CostKind::{Bill, Commission};
        let year = ("2026-01-01", "2026-12-31");
        let two_years = ("2026-01-01", "2027-12-31");
        check(Bill, "2025-12-15", year, "2025-12", &[(Role::Prepaid, 120_000), (Role::Expense, 0)]);
        check(
            Bill,
            "2026-03-05",
            year,
            "2026-02",
            &[(Role::AccruedExpense, -20_000), (Role::Expense, 20_000)],
        );
        check(
            Bill,
            "2026-03-05",
            year,
            "2026-03",
            &[(Role::AccruedExpense, 0), (Role::Prepaid, 90_000), (Role::Expense, 30_000)],
        );
        check(
            Commission,
            "2026-01-10",
            two_years,
            "2026-12",
            &[(Role::CostToObtain, 60_000), (Role::AccruedExpense, -120_000)],
        );
        check(
            Commission,
            "2026-01-10",
            year,
            "2026-01",
            &[(Role::CostToObtain, 0), (Role::Expense, 120_000)],
        );
    }
}
