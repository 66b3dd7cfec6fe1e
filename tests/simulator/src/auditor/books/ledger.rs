//! Documents and manual journals as Xero shows them.

use chrono::NaiveDate;
use serde_json::Value;

use crate::auditor::json::{cents, day, list, text, ticks_ms};

/// An invoice or a credit note.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// `InvoiceID` or `CreditNoteID`.
    pub id: String,
    /// Its number.
    pub number: String,
    /// `ACCREC`, `ACCRECCREDIT`, …
    pub kind: String,
    /// `DRAFT`, `AUTHORISED`, …
    pub status: String,
    /// Its date.
    pub date: Option<NaiveDate>,
    /// ISO 4217.
    pub currency: String,
    /// Without tax.
    pub net_cents: i64,
    /// Tax.
    pub tax_cents: i64,
    /// With tax.
    pub total_cents: i64,
    /// By payments.
    pub paid_cents: i64,
    /// What is left.
    pub due_cents: i64,
    /// Credit notes set against it: id and amount.
    pub credits: Vec<(String, i64)>,
    /// Payments on it: id and amount.
    pub payments: Vec<(String, i64)>,
    /// The address of its source: our key of it.
    pub source: String,
    /// Its version: when it was changed last, in milliseconds since 1970.
    pub version_ms: i64,
}

impl Document {
    /// In the books of the organisation.
    pub fn is_booked(&self) -> bool {
        ["AUTHORISED", "PAID"].contains(&self.status.as_str())
    }
}

/// Reads an invoice or a credit note.
pub fn document(value: &Value) -> Document {
    let id = ["InvoiceID", "CreditNoteID"]
        .iter()
        .map(|field| text(value, field))
        .find(|id| !id.is_empty());
    let number = ["InvoiceNumber", "CreditNoteNumber"]
        .iter()
        .map(|field| text(value, field))
        .find(|number| !number.is_empty());
    let alive = |payment: &&Value| text(payment, "Status") != "DELETED";
    Document {
        id: id.unwrap_or_default().to_owned(),
        number: number.unwrap_or_default().to_owned(),
        kind: text(value, "Type").to_owned(),
        status: text(value, "Status").to_owned(),
        date: day(value, "Date"),
        currency: text(value, "CurrencyCode").to_owned(),
        net_cents: cents(value, "SubTotal"),
        tax_cents: cents(value, "TotalTax"),
        total_cents: cents(value, "Total"),
        paid_cents: cents(value, "AmountPaid"),
        due_cents: cents(value, "AmountDue"),
        credits: list(value, "CreditNotes")
            .iter()
            .map(|credit| (text(credit, "CreditNoteID").to_owned(), cents(credit, "AppliedAmount")))
            .collect(),
        payments: list(value, "Payments")
            .iter()
            .filter(alive)
            .map(|payment| (text(payment, "PaymentID").to_owned(), cents(payment, "Amount")))
            .collect(),
        source: text(value, "Url").to_owned(),
        version_ms: ticks_ms(value, "UpdatedDateUTC").unwrap_or_default(),
    }
}

/// A manual journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    /// `ManualJournalID`.
    pub id: String,
    /// What stands in brackets at the end of its narration: our key. Empty for a journal that is not ours.
    pub mark: String,
    /// `POSTED`, `VOIDED`, …
    pub status: String,
    /// Its date.
    pub date: Option<NaiveDate>,
    /// Account and cents, debit positive, in order of account.
    pub lines: Vec<(String, i64)>,
}

/// Reads a manual journal, or the body that makes one.
pub fn journal(value: &Value) -> Journal {
    let mut lines: Vec<(String, i64)> = list(value, "JournalLines")
        .iter()
        .map(|line| (text(line, "AccountCode").to_owned(), cents(line, "LineAmount")))
        .collect();
    lines.sort();
    Journal {
        id: text(value, "ManualJournalID").to_owned(),
        mark: mark(text(value, "Narration")).to_owned(),
        status: text(value, "Status").to_owned(),
        date: day(value, "Date"),
        lines,
    }
}

fn mark(narration: &str) -> &str {
    let inside = narration.trim_end().strip_suffix(']').and_then(|before| before.rsplit_once('['));
    inside.map_or("", |(_, mark)| mark)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn our_key_is_at_the_end_of_the_narration() {
        let cases = [
            ("Revenue recognised: uk 2026-01 [uk/2026-01/release/1]", "uk/2026-01/release/1"),
            ("By hand", ""),
            ("By hand [not at the end] indeed", ""),
        ];
        for (narration, expected) in cases {
            let read = journal(&json!({"Narration": narration, "JournalLines": [{"AccountCode": "850", "LineAmount": 1.5}]}));
            assert_eq!((read.mark.as_str(), read.lines), (expected, vec![("850".to_owned(), 150)]));
        }
    }
}
