//! What the notes to the accounts say about contracts with customers (606-10-50-8..15; IFRS 15.116-122).
//!
//! Revenue from the opening contract liability, and the current part of the closing one, are counted by obligation and service:
//! 1,000.00 billed in December 2025 for 2027 is no revenue of 2026, whatever else was earned in that year, and non-current.
//!
//! Example: 3,000.00 for three years, invoiced and begun on 1 January 2026. At the end of 2026 the contract liability is
//! 2,000.00: 1,000.00 current, 1,000.00 non-current. In 2027, 1,000.00 of revenue was in the opening liability.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::Contract;
use crate::ids::{ContractId, ObligationId};
use crate::journal::{Case, Role};
use crate::{Period, Refusal};

/// Longest service that 606-10-50-14(a) leaves out.
const EXPEDIENT_MONTHS: u32 = 12;

/// The note for a reporting period, in minor units of the ledger's currency.
///
/// ```
/// use tieout_accounting::{disclosure, Period};
/// let plan = tieout_accounting::example::annual_plan()?;
/// let note = disclosure::note(&[plan], Period::parse("2026-01")?, Period::parse("2026-06")?)?;
/// assert_eq!((note.revenue, note.liability_current, note.liability_non_current), (600_00, 600_00, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Balances at the start (50-8(a)), each on its natural side.
    pub opening: Balances,
    /// Balances at the end.
    pub closing: Balances,
    /// Revenue of the period (by the books).
    pub revenue: i64,
    /// The part of it that stood in the opening contract liability (50-8(b)).
    pub revenue_from_opening: i64,
    /// The part of the closing contract liability whose service is due within twelve months (210-10-45).
    pub liability_current: i64,
    /// The rest of it.
    pub liability_non_current: i64,
    /// Remaining performance obligations (50-13), by the year in which they are expected to be satisfied.
    pub remaining: Bands,
}

/// Balances that 50-8(a) asks for.
///
/// ```
/// use tieout_accounting::{disclosure, Period};
/// let plan = tieout_accounting::example::annual_plan()?;
/// let note = disclosure::note(&[plan], Period::parse("2026-01")?, Period::parse("2026-06")?)?;
/// assert_eq!((note.opening.contract_liability, note.closing.contract_liability, note.closing.receivable), (0, 600_00, 1_440_00));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Balances {
    pub receivable: i64,
    pub contract_asset: i64,
    pub contract_liability: i64,
}

/// Remaining performance obligations by time bands from the end of the period.
///
/// ```
/// use tieout_accounting::{disclosure, Period};
/// let plan = tieout_accounting::example::annual_plan()?;
/// let note = disclosure::note(&[plan], Period::parse("2026-01")?, Period::parse("2026-06")?)?;
/// assert_eq!((note.remaining.whole, note.remaining.first_year, note.remaining.later), (600_00, 600_00, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bands {
    /// All of them.
    pub whole: i64,
    /// Within twelve months.
    pub first_year: i64,
    /// In the twelve months after.
    pub second_year: i64,
    /// In the twelve months after these.
    pub third_year: i64,
    /// Later.
    pub later: i64,
}

/// The note of contracts of one ledger for the periods from `first` to `last`, both included.
///
/// ```
/// use tieout_accounting::{contract::Contract, disclosure, Book, Currency, Event, Period};
/// let events = [
///     serde_json::json!({"type": "signed", "on": "2026-01-01", "obligations":
///         [{"id": "plan", "price": "3000.00", "satisfied": "over_time", "start": "2026-01-01", "end": "2028-12-31", "method": "equal_touched"}]}),
///     serde_json::json!({"type": "invoiced", "on": "2026-01-01", "invoice": "INV-1", "lines": [{"obligation": "plan", "amount": "3000.00"}]}),
/// ];
/// let events = events.into_iter().map(Event::from_value).collect::<Result<Vec<_>, _>>()?;
/// let contract = Contract::from_events(&"C1".into(), &events, &Book::new(Currency::parse("GBP")?))?;
/// let note = disclosure::note(&[contract], Period::parse("2027-01")?, Period::parse("2027-12")?)?;
/// assert_eq!((note.opening.contract_liability, note.closing.contract_liability), (2_000_00, 1_000_00));
/// assert_eq!((note.revenue, note.revenue_from_opening), (1_000_00, 1_000_00));
/// assert_eq!((note.liability_current, note.liability_non_current), (1_000_00, 0));
/// assert_eq!((note.remaining.whole, note.remaining.first_year), (1_000_00, 1_000_00));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
///
/// # Errors
/// A sum beyond 64 bits.
pub fn note(contracts: &[Contract], first: Period, last: Period) -> Result<Note, Refusal> {
    let mut note = Note::default();
    let too_large = || Refusal::too_large("disclosure", last);
    let add = |sum: &mut i64, amount: i64| {
        *sum = sum.checked_add(amount).ok_or_else(too_large)?;
        Ok::<(), Refusal>(())
    };
    let (before, on) = (first.previous().last_day(), last.last_day());
    for contract in contracts {
        let (opening, closing) = (contract.balances(before), contract.balances(on));
        for (sum, of) in [(&mut note.opening, opening), (&mut note.closing, closing)] {
            add(&mut sum.receivable, of.receivable)?;
            let accrued = of.contract_asset.checked_add(of.accrued_receivable).ok_or_else(too_large)?;
            add(&mut sum.contract_asset, accrued)?;
            add(&mut sum.contract_liability, of.contract_liability)?;
        }
        for entry in contract.posted_within(first, last) {
            add(&mut note.revenue, -entry.sum(Role::Revenue))?;
        }
        add(&mut note.revenue_from_opening, revenue_from_opening(contract, first, last)?)?;
        let non_current = contract.non_current_liability(on).minor.clamp(0, closing.contract_liability.max(0));
        add(&mut note.liability_non_current, non_current)?;
        add(&mut note.liability_current, closing.contract_liability - non_current)?;
        note.remaining.add(&contract.rpo_bands(on)).ok_or_else(too_large)?;
    }
    Ok(note)
}

/// Which remaining performance obligations are left out (606-10-50-14). Metered service is never in them (50-14(b)).
///
/// ```
/// use tieout_accounting::disclosure::Expedients;
/// assert!(!Expedients::default().short_contracts);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expedients {
    /// Contracts whose service was signed for a year or less (50-14(a)).
    pub short_contracts: bool,
}

/// Remaining performance obligations of contracts, in minor units of the ledger's currency.
///
/// ```
/// use tieout_accounting::{disclosure::{self, Expedients}, Period};
/// let plan = tieout_accounting::example::annual_plan()?;
/// let remaining = disclosure::remaining(&[plan], Period::parse("2026-06")?, Expedients { short_contracts: true })?;
/// assert_eq!((remaining.bands.whole, remaining.left_out, remaining.parts.len()), (0, 600_00, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Remaining {
    pub bands: Bands,
    /// By contract, those with any.
    pub parts: Vec<(ContractId, Bands)>,
    /// What the expedients leave out.
    pub left_out: i64,
    pub expedients: Expedients,
}

/// Remaining performance obligations at the end of a period (50-13), without those that the expedients leave out.
///
/// ```
/// use tieout_accounting::{disclosure::{self, Expedients}, Period};
/// let plan = tieout_accounting::example::annual_plan()?;
/// let remaining = disclosure::remaining(&[plan], Period::parse("2026-06")?, Expedients::default())?;
/// assert_eq!((remaining.bands.whole, remaining.parts[0].0.as_str()), (600_00, "C1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A sum beyond 64 bits.
pub fn remaining(contracts: &[Contract], last: Period, expedients: Expedients) -> Result<Remaining, Refusal> {
    let mut remaining = Remaining {
        expedients,
        ..Remaining::default()
    };
    let too_large = || Refusal::too_large("remaining performance obligations", last);
    for contract in contracts {
        let bands = contract.rpo_bands(last.last_day());
        if bands == Bands::default() {
            continue;
        }
        if expedients.short_contracts && is_short(contract) {
            remaining.left_out = remaining.left_out.checked_add(bands.whole).ok_or_else(too_large)?;
            continue;
        }
        remaining.bands.add(&bands).ok_or_else(too_large)?;
        remaining.parts.push((contract.id().clone(), bands));
    }
    Ok(remaining)
}

/// Whether the service as signed takes a year or less; what has no dates takes no time.
fn is_short(contract: &Contract) -> bool {
    let year = chrono::Months::new(EXPEDIENT_MONTHS);
    contract
        .term_as_signed()
        .is_none_or(|(start, end)| start.checked_add_months(year).is_some_and(|year_later| end < year_later))
}

impl Bands {
    fn add(&mut self, other: &Self) -> Option<()> {
        let pairs = [
            (&mut self.whole, other.whole),
            (&mut self.first_year, other.first_year),
            (&mut self.second_year, other.second_year),
            (&mut self.third_year, other.third_year),
            (&mut self.later, other.later),
        ];
        for (sum, amount) in pairs {
            *sum = sum.checked_add(amount)?;
        }
        Some(())
    }
}

/// What one obligation's contract liability did in a period, in minor units of the ledger's currency.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    opening: i64,
    /// Invoiced less credited.
    billed: i64,
    revenue: i64,
    closing: i64,
}

/// Revenue of a contract that stood in its opening contract liability (50-8(b)): of each obligation its revenue, at most what was
/// held for it. What was held for an obligation and went neither to its revenue nor into a credit note was taken by others of the
/// contract, by netting or a modification: their revenue that no bill of the period covers came from it.
fn revenue_from_opening(contract: &Contract, first: Period, last: Period) -> Result<i64, Refusal> {
    let opening = contract.liability_by_obligation(first.previous().last_day())?;
    if opening.values().all(|held| *held <= 0) {
        return Ok(0);
    }
    let mut by_obligation: BTreeMap<ObligationId, Held> = BTreeMap::new();
    for (id, held) in opening {
        by_obligation.entry(id).or_default().opening = held.max(0);
    }
    for (id, held) in contract.liability_by_obligation(last.last_day())? {
        by_obligation.entry(id).or_default().closing = held.max(0);
    }
    let too_large = || Refusal::too_large(contract.id().as_str(), last);
    let add = |sum: &mut i64, amount: i64| {
        *sum = sum.checked_add(amount).ok_or_else(too_large)?;
        Ok::<(), Refusal>(())
    };
    for entry in contract.posted_within(first, last) {
        let document = matches!(entry.case, Case::Invoice | Case::CreditNote | Case::Payment);
        for line in &entry.lines {
            let Some(id) = &line.obligation else { continue };
            let held = by_obligation.entry(id.clone()).or_default();
            if document {
                add(&mut held.billed, -line.amount)?;
            }
            if line.account == Role::Revenue {
                add(&mut held.revenue, -line.amount)?;
            }
        }
    }
    let (mut own, mut released, mut unbilled) = (0i64, 0i64, 0i64);
    for held in by_obligation.values() {
        let revenue = held.opening.min(held.revenue).max(0);
        let credited = (-held.billed).max(0);
        add(&mut own, revenue)?;
        add(&mut released, (held.opening - revenue - credited - held.closing).max(0))?;
        add(&mut unbilled, (held.revenue - revenue - held.billed.max(0)).max(0))?;
    }
    own.checked_add(released.min(unbilled)).ok_or_else(too_large)
}
