//! The JSON of requests: structs whose field order is the order on the wire.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// An exact JSON number without needless zeros: 1.50 and 1.5 are one amount and must be one text.
pub(super) struct Number(pub(super) Decimal);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        rust_decimal::serde::arbitrary_precision::serialize(&self.0.normalize(), serializer)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Contacts<'a> {
    pub(super) contacts: [ContactBody<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContactBody<'a> {
    pub(super) name: &'a str,
    pub(super) contact_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email_address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default_currency: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Invoices<'a> {
    pub(super) invoices: [InvoiceBody<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InvoiceBody<'a> {
    #[serde(rename = "Type")]
    pub(super) kind: &'static str,
    pub(super) invoice_number: &'a str,
    pub(super) url: String,
    pub(super) reference: &'a str,
    pub(super) contact: ContactReference<'a>,
    pub(super) date: NaiveDate,
    pub(super) due_date: NaiveDate,
    pub(super) line_amount_types: &'static str,
    pub(super) currency_code: &'a str,
    pub(super) status: &'static str,
    pub(super) line_items: Vec<LineBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreditNotes<'a> {
    pub(super) credit_notes: [CreditNoteBody<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreditNoteBody<'a> {
    #[serde(rename = "Type")]
    pub(super) kind: &'static str,
    pub(super) credit_note_number: &'a str,
    pub(super) reference: &'a str,
    pub(super) contact: ContactReference<'a>,
    pub(super) date: NaiveDate,
    pub(super) line_amount_types: &'static str,
    pub(super) currency_code: &'a str,
    pub(super) status: &'static str,
    pub(super) line_items: Vec<LineBody<'a>>,
}

#[derive(Serialize)]
pub(super) struct ContactReference<'a> {
    #[serde(rename = "ContactID")]
    pub(super) contact_id: &'a str,
}

#[derive(Serialize)]
pub(super) struct InvoiceReference<'a> {
    #[serde(rename = "InvoiceID")]
    pub(super) invoice_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LineBody<'a> {
    pub(super) description: String,
    pub(super) quantity: Number,
    pub(super) unit_amount: Number,
    pub(super) account_code: &'a str,
    pub(super) tax_type: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tracking: Vec<TrackingBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TrackingBody<'a> {
    pub(super) name: &'a str,
    pub(super) option: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Allocations<'a> {
    pub(super) allocations: [AllocationBody<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AllocationBody<'a> {
    pub(super) amount: Number,
    pub(super) date: NaiveDate,
    pub(super) invoice: InvoiceReference<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ManualJournals<'a> {
    pub(super) manual_journals: [JournalBody<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct JournalBody<'a> {
    pub(super) narration: String,
    pub(super) date: NaiveDate,
    pub(super) line_amount_types: &'static str,
    pub(super) status: &'static str,
    pub(super) url: String,
    pub(super) show_on_cash_basis_reports: bool,
    pub(super) journal_lines: Vec<JournalLineBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct JournalLineBody<'a> {
    pub(super) line_amount: Number,
    pub(super) account_code: &'a str,
    pub(super) description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tracking: Vec<TrackingBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VoidedJournals<'a> {
    pub(super) manual_journals: [VoidedJournal<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VoidedJournal<'a> {
    #[serde(rename = "ManualJournalID")]
    pub(super) manual_journal_id: &'a str,
    pub(super) narration: &'a str,
    pub(super) status: &'static str,
}
