//! Translation for the group (830-30-45-3; IAS 21.39): assets and liabilities, the contract liability among them, at the
//! closing rate, revenue and expense at the average rate of their period, the difference to the translation adjustment (CTA).
//!
//! This is not remeasurement. A contract in another currency than its entity's books is remeasured inside these books, where
//! the contract liability keeps the rate of its invoices; only then are the whole books translated, and everything in them
//! moves with the closing rate. Example: an entity in GBP invoices 1,200.00 for a year; after January, at an average of 1.20 and
//! a closing rate of 1.30, its contract liability of 1,100.00 is 1,430.00 of the group and its revenue of 100.00 is 120.00.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::contract::Contract;
use crate::journal::{Entry, Role};
use crate::money::Rounding;
use crate::rates::{check_rate, translate};
use crate::{Currency, Period, Refusal};

/// The rates of one period: group units for one unit of the ledger's currency.
///
/// ```
/// use tieout_accounting::{example, translation::{self, Group, GroupRate}, journal::Role, Currency, Period};
/// let march = Period::parse("2026-03")?;
/// let rate = GroupRate { closing: "1.30".parse()?, average: "1.20".parse()? };
/// let rates = Period::parse("2026-01")?.to(march).map(|period| (period, rate)).collect();
/// let group = Group { currency: Currency::parse("USD")?, rates };
/// let books = translation::contracts(&[example::annual_plan()?], &group, march)?;
/// assert_eq!(books[&march].balances[&Role::ContractLiability], -1_170_00); // 900.00 at the closing rate
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupRate {
    /// On the last day.
    pub closing: Decimal,
    /// Over the period.
    pub average: Decimal,
}

/// The group's currency and its rates.
///
/// ```
/// use tieout_accounting::{example, translation::{self, Group, GroupRate}, journal::Role, Currency, Period};
/// let march = Period::parse("2026-03")?;
/// let rate = GroupRate { closing: "1.30".parse()?, average: "1.20".parse()? };
/// let rates = Period::parse("2026-01")?.to(march).map(|period| (period, rate)).collect();
/// let group = Group { currency: Currency::parse("USD")?, rates };
/// let books = translation::contracts(&[example::annual_plan()?], &group, march)?;
/// assert_eq!(books.len(), 3); // January to March, each with its rates
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Presentation currency of the group.
    pub currency: Currency,
    /// Rates by period.
    pub rates: BTreeMap<Period, GroupRate>,
}

/// The books of a period in the group's currency, minor units, debit positive.
///
/// ```
/// use tieout_accounting::{example, translation::{self, Group, GroupRate}, journal::Role, Currency, Period};
/// let march = Period::parse("2026-03")?;
/// let rate = GroupRate { closing: "1.30".parse()?, average: "1.20".parse()? };
/// let rates = Period::parse("2026-01")?.to(march).map(|period| (period, rate)).collect();
/// let group = Group { currency: Currency::parse("USD")?, rates };
/// let books = translation::contracts(&[example::annual_plan()?], &group, march)?;
/// assert_eq!(books[&march].movements[&Role::Revenue], -120_00); // 100.00 at the average rate
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Translated {
    /// Balances at the period's end of everything that is no revenue or expense.
    pub balances: BTreeMap<Role, i64>,
    /// Movements of the period of revenue, expense, losses and exchange differences.
    pub movements: BTreeMap<Role, i64>,
    /// Translation adjustment to date; debit positive, so a gain is below zero.
    pub cta: i64,
}

impl Translated {
    /// Whether an account is part of the result, translated at the average rate, or of the balance sheet.
    ///
    /// ```
    /// use tieout_accounting::{journal::Role, translation::Translated};
    /// assert!(Translated::is_result(Role::Revenue) && !Translated::is_result(Role::ContractLiability));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_result(role: Role) -> bool {
        matches!(
            role,
            Role::Revenue | Role::IcRevenue | Role::Refunds | Role::Fx | Role::CreditLoss | Role::Expense
        )
    }
}

/// Translates the books of contracts of one entity, period by period, from the first entry through a period.
///
/// ```
/// use tieout_accounting::{contract::Contract, translation::{self, Group, GroupRate}, journal::Role, Book, Currency, Event, Period};
/// let events = [
///     serde_json::json!({"type": "signed", "on": "2026-01-01", "obligations":
///         [{"id": "plan", "price": "1200.00", "satisfied": "over_time", "start": "2026-01-01", "end": "2026-12-31", "method": "equal_touched"}]}),
///     serde_json::json!({"type": "invoiced", "on": "2026-01-01", "invoice": "INV-1", "lines": [{"obligation": "plan", "amount": "1200.00"}]}),
/// ];
/// let events = events.into_iter().map(Event::from_value).collect::<Result<Vec<_>, _>>()?;
/// let contract = Contract::from_events(&"C1".into(), &events, &Book::new(Currency::parse("GBP")?))?;
/// let january = Period::parse("2026-01")?;
/// let rate = GroupRate { closing: "1.30".parse().unwrap_or_default(), average: "1.20".parse().unwrap_or_default() };
/// let group = Group { currency: Currency::parse("USD")?, rates: [(january, rate)].into() };
/// let books = translation::contracts(&[contract], &group, january)?;
/// assert_eq!(books[&january].balances[&Role::ContractLiability], -1_430_00);
/// assert_eq!(books[&january].movements[&Role::Revenue], -120_00);
/// assert_eq!(books[&january].cta, -10_00); // a gain: net assets of 100.00 stand at 1.30 and were earned at 1.20
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
///
/// # Errors
/// A period without rates, or an amount too large.
pub fn contracts(contracts: &[Contract], group: &Group, through: Period) -> Result<BTreeMap<Period, Translated>, Refusal> {
    let Some(ledger) = contracts.first().map(Contract::ledger_currency) else {
        return Ok(BTreeMap::new());
    };
    entries(contracts.iter().flat_map(Contract::entries), ledger, group, through)
}

/// Translates entries of books in one currency, as [`contracts`] does.
///
/// # Errors
/// A period without rates, or an amount too large.
///
/// ```
/// use tieout_accounting::{example, translation::{self, Group, GroupRate}, journal::Role, Currency, Period};
/// let march = Period::parse("2026-03")?;
/// let rate = GroupRate { closing: "1.30".parse()?, average: "1.20".parse()? };
/// let rates = Period::parse("2026-01")?.to(march).map(|period| (period, rate)).collect();
/// let group = Group { currency: Currency::parse("USD")?, rates };
/// let books = translation::contracts(&[example::annual_plan()?], &group, march)?;
/// let plan = example::annual_plan()?;
/// assert_eq!(translation::entries(plan.entries(), plan.ledger_currency(), &group, march)?, books);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn entries<'e>(
    entries: impl IntoIterator<Item = &'e Entry>,
    ledger: Currency,
    group: &Group,
    through: Period,
) -> Result<BTreeMap<Period, Translated>, Refusal> {
    let mut moved: BTreeMap<Period, BTreeMap<Role, i128>> = BTreeMap::new();
    for entry in entries.into_iter().filter(|entry| entry.posting_period <= through) {
        for line in &entry.lines {
            *moved.entry(entry.posting_period).or_default().entry(line.account).or_default() += i128::from(line.amount);
        }
    }
    let Some(first) = moved.keys().next().copied() else {
        return Ok(BTreeMap::new());
    };
    let narrow = |amount: i128| i64::try_from(amount).map_err(|_| Refusal::too_large("translation", amount));
    let mut held: BTreeMap<Role, i128> = BTreeMap::new();
    let mut result = 0i128;
    let mut books = BTreeMap::new();
    for period in first.to(through) {
        let rate = group.rate(period)?;
        let at = |minor: i128, rate: Decimal| translate(minor, ledger, group.currency, rate, Rounding::HalfAway);
        let mut translated = Translated::default();
        for (role, amount) in moved.remove(&period).into_iter().flatten() {
            if Translated::is_result(role) {
                let amount = at(amount, rate.average)?;
                result += amount;
                translated.movements.insert(role, narrow(amount)?);
            } else {
                *held.entry(role).or_default() += amount;
            }
        }
        let mut sum = result;
        for (role, amount) in &held {
            let amount = at(*amount, rate.closing)?;
            sum += amount;
            translated.balances.insert(*role, narrow(amount)?);
        }
        translated.cta = narrow(-sum)?;
        books.insert(period, translated);
    }
    Ok(books)
}

impl Group {
    fn rate(&self, period: Period) -> Result<GroupRate, Refusal> {
        let missing = || {
            Refusal::new(
                "group.rates",
                period,
                "has no rates of the group",
                "add its closing and average rate",
            )
        };
        let rate = self.rates.get(&period).copied().ok_or_else(missing)?;
        check_rate(rate.closing)?;
        check_rate(rate.average)?;
        Ok(rate)
    }
}

/// What changed net assets in a period, in minor units of the ledger's currency: a result at the average rate, capital at that of its
/// day, a dividend at the rate that its reserves came in at.
///
/// ```
/// use tieout_accounting::translation::Flow;
/// let dividend = Flow { amount: -10, rate: "13".parse()?, from_opening: true };
/// assert!(dividend.amount < 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Above zero what adds to net assets.
    pub amount: i64,
    /// Group units for one unit of the ledger's currency.
    pub rate: Decimal,
    /// It is paid out of the opening net assets.
    pub from_opening: bool,
}

/// Why the translation adjustment moved, in minor units of the group's currency; a gain above zero.
///
/// ```
/// use tieout_accounting::translation::CtaMovement;
/// assert_eq!(CtaMovement::default().total, 0);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct CtaMovement {
    /// From the opening net assets that were not paid out.
    pub opening: i64,
    /// From each flow, in their order.
    pub flows: Vec<i64>,
    pub total: i64,
}

/// Explains the movement of the translation adjustment (830-30-45-12; IAS 21.41): opening net assets at the closing rate in place of
/// the opening one, each flow at the closing rate in place of its own. Each part is rounded once.
///
/// ```
/// use tieout_accounting::{translation::{Flow, cta_movement}, Currency};
/// let currencies = (Currency::parse("USD")?, Currency::parse("EUR")?);
/// let result = Flow { amount: 20_00, rate: "11".parse()?, from_opening: false };
/// let moved = cta_movement(180_00, ("9".parse()?, "10".parse()?), &[result], currencies)?;
/// assert_eq!((moved.opening, moved.flows[0], moved.total), (180_00, -20_00, 160_00));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// An amount beyond 64 bits.
pub fn cta_movement(
    opening: i64,
    (opening_rate, closing_rate): (Decimal, Decimal),
    flows: &[Flow],
    (ledger, group): (Currency, Currency),
) -> Result<CtaMovement, Refusal> {
    let too_large = || Refusal::too_large("translation", opening);
    let at = |amount: i128, rate: Decimal| {
        let worth = translate(amount, ledger, group, rate, Rounding::HalfAway)?;
        i64::try_from(worth).map_err(|_| too_large())
    };
    let difference = |later: Decimal, earlier: Decimal| later.checked_sub(earlier).ok_or_else(too_large);
    let mut stays = i128::from(opening);
    let mut moved = CtaMovement::default();
    for flow in flows {
        let part = if flow.from_opening {
            stays += i128::from(flow.amount);
            at(-i128::from(flow.amount), difference(flow.rate, opening_rate)?)?
        } else {
            at(i128::from(flow.amount), difference(closing_rate, flow.rate)?)?
        };
        moved.flows.push(part);
    }
    moved.opening = at(stays, difference(closing_rate, opening_rate)?)?;
    let parts = moved.flows.iter().try_fold(moved.opening, |sum, part| sum.checked_add(*part));
    moved.total = parts.ok_or_else(too_large)?;
    Ok(moved)
}
