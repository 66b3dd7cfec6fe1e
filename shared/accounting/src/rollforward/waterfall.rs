//! The waterfall: month in which an amount was booked, by month in which it is earned.
//!
//! Example: 31.00 for 21 July to 20 August, invoiced in July, by days: booked 31.00 in July, earned 11.00 in July and 20.00 in
//! August. A credit note of all of it in September is a row of its own: booked -31.00, earned -31.00.
//!
//! Each row foots: booked is earned and remaining. The columns are the months' revenue; what remains is the contract liability of
//! each obligation, or what is signed and not earned.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::contract::Contract;
use crate::ids::{ContractId, ObligationId};
use crate::journal::{Case, Role};
use crate::{Period, Refusal};

/// When an amount is booked.
///
/// ```
/// use tieout_accounting::rollforward::Booked;
/// assert_ne!(Booked::Billed, Booked::Signed);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Booked {
    /// When it is billed; what is earned before, such as use, when it is earned.
    Billed,
    /// When it is signed; what is added later or metered, when it is first billed or earned.
    Signed,
}

/// A row, or an obligation's part of it, in minor units of the ledger's currency.
///
/// ```
/// use tieout_accounting::rollforward::WaterfallRow;
/// assert_eq!(WaterfallRow::default().remaining, 0);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct WaterfallRow {
    pub booked: i64,
    /// By month, later ones as they are scheduled.
    pub recognised: BTreeMap<Period, i64>,
    /// Through the last month.
    pub recognised_to_date: i64,
    /// Booked less recognised to date.
    pub remaining: i64,
}

/// The grid as of a month.
///
/// ```
/// use tieout_accounting::{rollforward::{self, Booked}, Period};
/// let plan = tieout_accounting::example::annual_plan()?;
/// let grid = rollforward::waterfall(&[plan], Period::parse("2026-03")?, Booked::Billed)?;
/// assert_eq!(grid.rows[&Period::parse("2026-03")?].remaining, 900_00);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Waterfall {
    pub as_of: Period,
    pub booked: Booked,
    /// By month of booking.
    pub rows: BTreeMap<Period, WaterfallRow>,
    /// The rows of each obligation, which sum to them.
    pub parts: Vec<WaterfallPart>,
}

/// The rows of an obligation.
///
/// ```
/// use tieout_accounting::{rollforward::{self, Booked}, Period};
/// let plan = tieout_accounting::example::annual_plan()?;
/// let grid = rollforward::waterfall(&[plan], Period::parse("2026-03")?, Booked::Signed)?;
/// assert_eq!(grid.parts[0].obligation.as_str(), "plan");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct WaterfallPart {
    pub customer: Option<String>,
    pub contract: ContractId,
    pub obligation: ObligationId,
    pub rows: BTreeMap<Period, WaterfallRow>,
}

/// The waterfall of contracts of one ledger as of a month, from their entries.
///
/// # Errors
/// A sum beyond 64 bits.
///
/// ```
/// use tieout_accounting::{rollforward::{self, Booked}, Period};
/// let plan = tieout_accounting::example::annual_plan()?;
/// let month = Period::parse("2026-06")?;
/// let grid = rollforward::waterfall(&[plan], month, Booked::Signed)?;
/// let january = &grid.rows[&Period::parse("2026-01")?]; // the month of the signing
/// assert_eq!((january.booked, january.recognised_to_date, january.remaining), (1_200_00, 600_00, 600_00));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn waterfall(contracts: &[Contract], as_of: Period, booked: Booked) -> Result<Waterfall, Refusal> {
    let mut grid = Waterfall {
        as_of,
        booked,
        rows: BTreeMap::new(),
        parts: Vec::new(),
    };
    for contract in contracts {
        for (obligation, months) in months_of(contract)? {
            let mut part = Rows::new(contract.id());
            let signed = contract.first_period();
            if booked == Booked::Signed && contract.allocation().contains_key(&obligation) {
                part.sign(&months, signed, as_of)?;
            } else {
                part.bill(&months, as_of)?;
            }
            let rows = part.finish(as_of)?;
            if rows.is_empty() {
                continue;
            }
            for (period, row) in &rows {
                add_row(grid.rows.entry(*period).or_default(), row, contract.id())?;
            }
            grid.parts.push(WaterfallPart {
                customer: contract.customer().map(str::to_owned),
                contract: contract.id().clone(),
                obligation,
                rows,
            });
        }
    }
    Ok(grid)
}

/// What the entries of a month say of an obligation.
#[derive(Debug, Clone, Copy, Default)]
struct Month {
    billed: i64,
    /// Below zero.
    credited: i64,
    revenue: i64,
}

fn months_of(contract: &Contract) -> Result<BTreeMap<ObligationId, BTreeMap<Period, Month>>, Refusal> {
    let mut obligations: BTreeMap<ObligationId, BTreeMap<Period, Month>> = BTreeMap::new();
    for entry in contract.entries() {
        for line in &entry.lines {
            let Some(obligation) = &line.obligation else { continue };
            let months = obligations.entry(obligation.clone()).or_default();
            let month = months.entry(entry.posting_period).or_default();
            match entry.case {
                Case::Invoice => add(&mut month.billed, -line.amount, contract.id())?,
                Case::CreditNote | Case::Payment => add(&mut month.credited, -line.amount, contract.id())?,
                _ => {}
            }
            if line.account == Role::Revenue {
                add(&mut month.revenue, -line.amount, contract.id())?;
            }
        }
    }
    Ok(obligations)
}

fn add(sum: &mut i64, amount: i64, contract: &ContractId) -> Result<(), Refusal> {
    *sum = sum
        .checked_add(amount)
        .ok_or_else(|| Refusal::too_large(format!("waterfall of {contract}"), amount))?;
    Ok(())
}

fn add_row(sum: &mut WaterfallRow, row: &WaterfallRow, contract: &ContractId) -> Result<(), Refusal> {
    add(&mut sum.booked, row.booked, contract)?;
    add(&mut sum.recognised_to_date, row.recognised_to_date, contract)?;
    add(&mut sum.remaining, row.remaining, contract)?;
    for (period, amount) in &row.recognised {
        add(sum.recognised.entry(*period).or_default(), *amount, contract)?;
    }
    Ok(())
}

/// The rows of one obligation while its months are gone through.
struct Rows<'c> {
    contract: &'c ContractId,
    rows: BTreeMap<Period, WaterfallRow>,
    /// Booked and not earned, the earliest first.
    open: VecDeque<(Period, i64)>,
    /// Earned before it was billed, and booked then.
    advance: i64,
}

impl<'c> Rows<'c> {
    fn new(contract: &'c ContractId) -> Self {
        Self {
            contract,
            rows: BTreeMap::new(),
            open: VecDeque::new(),
            advance: 0,
        }
    }

    /// All that it will ever earn is booked at the signing.
    fn sign(&mut self, months: &BTreeMap<Period, Month>, signed: Period, as_of: Period) -> Result<(), Refusal> {
        if signed > as_of {
            return Ok(());
        }
        for (period, month) in months {
            let row = self.rows.entry(signed).or_default();
            add(&mut row.booked, month.revenue, self.contract)?;
            if month.revenue != 0 {
                add(row.recognised.entry(*period).or_default(), month.revenue, self.contract)?;
            }
        }
        Ok(())
    }

    fn bill(&mut self, months: &BTreeMap<Period, Month>, as_of: Period) -> Result<(), Refusal> {
        for (period, month) in months {
            let mut revenue = month.revenue;
            if *period <= as_of {
                let covered = month.billed.min(self.advance).max(0);
                self.advance -= covered;
                self.book(*period, month.billed - covered)?;
                if month.credited < 0 {
                    revenue = self.credit(*period, month.credited, revenue)?;
                }
            }
            self.earn(*period, revenue, *period <= as_of)?;
        }
        Ok(())
    }

    fn book(&mut self, period: Period, amount: i64) -> Result<(), Refusal> {
        if amount != 0 {
            add(&mut self.rows.entry(period).or_default().booked, amount, self.contract)?;
            self.open.push_back((period, amount));
        }
        Ok(())
    }

    /// A credit note is a row of its month; what of it was earned is taken back there, the rest from what was booked last. Gives the
    /// revenue that is left.
    fn credit(&mut self, period: Period, credited: i64, revenue: i64) -> Result<i64, Refusal> {
        let taken_back = revenue.clamp(credited, 0);
        let row = self.rows.entry(period).or_default();
        add(&mut row.booked, credited, self.contract)?;
        if taken_back != 0 {
            add(row.recognised.entry(period).or_default(), taken_back, self.contract)?;
        }
        let mut unearned = taken_back - credited;
        while let Some((_, amount)) = self.open.back_mut().filter(|_| unearned > 0) {
            let cut = unearned.min(*amount);
            (*amount, unearned) = (*amount - cut, unearned - cut);
            if *amount == 0 {
                self.open.pop_back();
            }
        }
        Ok(revenue - taken_back)
    }

    /// The earliest that was booked is earned first; what is not booked yet is booked now.
    fn earn(&mut self, period: Period, revenue: i64, known: bool) -> Result<(), Refusal> {
        let mut revenue = revenue;
        while revenue > 0 {
            let Some((booked, amount)) = self.open.front_mut() else { break };
            let part = revenue.min(*amount);
            let booked = *booked;
            (*amount, revenue) = (*amount - part, revenue - part);
            if *amount == 0 {
                self.open.pop_front();
            }
            self.recognise(booked, period, part)?;
        }
        if revenue != 0 && known {
            add(&mut self.advance, revenue, self.contract)?;
            add(&mut self.rows.entry(period).or_default().booked, revenue, self.contract)?;
            self.recognise(period, period, revenue)?;
        }
        Ok(())
    }

    fn recognise(&mut self, booked: Period, period: Period, amount: i64) -> Result<(), Refusal> {
        let row = self.rows.entry(booked).or_default();
        add(row.recognised.entry(period).or_default(), amount, self.contract)
    }

    fn finish(mut self, as_of: Period) -> Result<BTreeMap<Period, WaterfallRow>, Refusal> {
        for row in self.rows.values_mut() {
            row.recognised.retain(|_, amount| *amount != 0);
            for amount in row.recognised.range(..=as_of).map(|(_, amount)| *amount).collect::<Vec<_>>() {
                add(&mut row.recognised_to_date, amount, self.contract)?;
            }
            row.remaining = row.booked;
            add(&mut row.remaining, -row.recognised_to_date, self.contract)?;
        }
        self.rows.retain(|_, row| row.booked != 0 || !row.recognised.is_empty());
        Ok(self.rows)
    }
}
