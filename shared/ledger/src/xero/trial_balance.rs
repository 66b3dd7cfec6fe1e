//! The trial balance, out of Xero's report tree: header, sections, rows of cells with texts.
//!
//! `Debit` and `Credit` of the report are the movement of the month; `YTD Debit` and `YTD Credit` the balance, which is what the
//! tie-out compares. Columns are found by their titles.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::client::{Call, XeroLedger};
use super::reply::{Kind, misfit};
use super::wire::{Read, need};
use crate::error::LedgerError;
use crate::trial_balance::{TrialBalance, TrialBalanceRow};

const READ: &str = "read trial balance";
/// Sections within sections; the report has one level.
const DEPTH_MAX: usize = 8;

/// Balances at the end of `date`, on the accruals basis.
///
/// # Errors
/// Those of a read.
pub(super) async fn trial_balance(books: &XeroLedger, date: NaiveDate) -> Result<TrialBalance, LedgerError> {
    let call = Call::get(READ, "Reports/TrialBalance")
        .with("date", date.to_string())
        .with("paymentsOnly", "false");
    let reports: Vec<ReportWire> = books.records(&call, "Reports").await?;
    let report = need("Reports[0]", reports.into_iter().next());
    let rows = report.and_then(|report| rows(&report));
    let rows = rows.map_err(|problem| misfit(READ, Kind::Read, problem))?;
    Ok(TrialBalance { date, rows })
}

/// Which cells hold the balance.
#[derive(Clone, Copy)]
struct Columns {
    debit: usize,
    credit: usize,
}

fn rows(report: &ReportWire) -> Read<Vec<TrialBalanceRow>> {
    let header = report.rows.iter().flatten().find(|row| row.is("Header"));
    let titles = header.map(|row| row.cells.as_deref().unwrap_or_default()).unwrap_or_default();
    let column = |title: &str| {
        let found = titles.iter().position(|cell| cell.text().eq_ignore_ascii_case(title));
        need(&format!("column '{title}'"), found)
    };
    let columns = Columns {
        debit: column("YTD Debit")?,
        credit: column("YTD Credit")?,
    };
    let mut found = Vec::new();
    collect(report.rows.as_deref().unwrap_or_default(), columns, DEPTH_MAX, &mut found)?;
    Ok(found)
}

fn collect(rows: &[RowWire], columns: Columns, depth: usize, found: &mut Vec<TrialBalanceRow>) -> Read<()> {
    if depth == 0 {
        return Err("sections lie too deep".to_owned());
    }
    for row in rows {
        if row.is("Row") {
            found.push(balance(row.cells.as_deref().unwrap_or_default(), columns)?);
        } else if row.is("Section") {
            collect(row.rows.as_deref().unwrap_or_default(), columns, depth - 1, found)?;
        }
    }
    Ok(())
}

fn balance(cells: &[CellWire], columns: Columns) -> Read<TrialBalanceRow> {
    let title = need("the account's cell", cells.first())?.text();
    let (account_name, account_code) = name_and_code(title);
    let amount = |at: usize| amount(cells.get(at).map(CellWire::text).unwrap_or_default());
    Ok(TrialBalanceRow {
        account_code,
        account_name,
        balance: need("a balance in range", amount(columns.debit)?.checked_sub(amount(columns.credit)?))?,
    })
}

/// `Sales (UK) (200)` is the account 200 named `Sales (UK)`.
fn name_and_code(title: &str) -> (String, Option<String>) {
    let title = title.trim();
    let split = title.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    match split {
        Some((name, code)) if !code.is_empty() => (name.to_owned(), Some(code.to_owned())),
        _ => (title.to_owned(), None),
    }
}

fn amount(text: &str) -> Read<Decimal> {
    let text = text.trim().replace(',', "");
    if text.is_empty() {
        return Ok(Decimal::ZERO);
    }
    Decimal::from_str_exact(&text).map_err(|_| "a cell of an amount holds no amount".to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReportWire {
    rows: Option<Vec<RowWire>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RowWire {
    row_type: Option<String>,
    cells: Option<Vec<CellWire>>,
    rows: Option<Vec<RowWire>>,
}

impl RowWire {
    fn is(&self, row_type: &str) -> bool {
        self.row_type.as_deref() == Some(row_type)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CellWire {
    value: Option<String>,
}

impl CellWire {
    fn text(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }
}
