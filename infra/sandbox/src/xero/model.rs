//! What an organisation holds: contacts, documents (invoices and credit notes), payments, manual journals.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A customer or supplier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Contact {
    pub(super) id: String,
    pub(super) number: Option<String>,
    pub(super) account_number: Option<String>,
    pub(super) name: String,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) tax_number: Option<String>,
    pub(super) company_number: Option<String>,
    pub(super) archived: bool,
    pub(super) updated: DateTime<Utc>,
}

/// The four types of document, and with them the sign of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DocumentType {
    SalesInvoice,
    Bill,
    SalesCredit,
    BillCredit,
}

impl DocumentType {
    pub(super) const INVOICES: [Self; 2] = [Self::SalesInvoice, Self::Bill];
    pub(super) const CREDIT_NOTES: [Self; 2] = [Self::SalesCredit, Self::BillCredit];

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::SalesInvoice => "ACCREC",
            Self::Bill => "ACCPAY",
            Self::SalesCredit => "ACCRECCREDIT",
            Self::BillCredit => "ACCPAYCREDIT",
        }
    }

    pub(super) fn is_sale(self) -> bool {
        matches!(self, Self::SalesInvoice | Self::SalesCredit)
    }

    pub(super) fn is_credit(self) -> bool {
        matches!(self, Self::SalesCredit | Self::BillCredit)
    }
}

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    Draft,
    Submitted,
    Authorised,
    Paid,
    Voided,
    Deleted,
}

impl Status {
    const ALL: [Self; 6] = [
        Self::Draft,
        Self::Submitted,
        Self::Authorised,
        Self::Paid,
        Self::Voided,
        Self::Deleted,
    ];

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Submitted => "SUBMITTED",
            Self::Authorised => "AUTHORISED",
            Self::Paid => "PAID",
            Self::Voided => "VOIDED",
            Self::Deleted => "DELETED",
        }
    }

    pub(super) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// In the general ledger.
    pub(super) fn is_posted(self) -> bool {
        matches!(self, Self::Authorised | Self::Paid)
    }

    /// Shown only to who asks for it.
    pub(super) fn is_gone(self) -> bool {
        matches!(self, Self::Voided | Self::Deleted)
    }
}

/// Whether line amounts hold tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum LineAmountTypes {
    Exclusive,
    Inclusive,
    NoTax,
}

impl LineAmountTypes {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Exclusive => "Exclusive",
            Self::Inclusive => "Inclusive",
            Self::NoTax => "NoTax",
        }
    }

    /// The case matters, as in the real one.
    pub(super) fn parse(code: &str) -> Option<Self> {
        [Self::Exclusive, Self::Inclusive, Self::NoTax]
            .into_iter()
            .find(|types| types.code() == code)
    }
}

/// A tracking category and the option chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tracking {
    pub(super) category: String,
    pub(super) option: String,
}

/// A line of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) id: String,
    pub(super) description: Option<String>,
    pub(super) quantity: Decimal,
    pub(super) unit_amount: Decimal,
    pub(super) item_code: Option<String>,
    pub(super) account_code: Option<String>,
    pub(super) tax_type: Option<String>,
    pub(super) tax_amount: Decimal,
    pub(super) line_amount: Decimal,
    pub(super) discount_rate: Option<Decimal>,
    pub(super) discount_amount: Option<Decimal>,
    pub(super) tracking: Vec<Tracking>,
}

/// A credit note's share that settles an invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Allocation {
    pub(super) id: String,
    pub(super) invoice_id: String,
    pub(super) amount: Decimal,
    pub(super) date: NaiveDate,
}

/// An invoice, bill or credit note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) kind: DocumentType,
    pub(super) id: String,
    pub(super) number: String,
    pub(super) reference: String,
    pub(super) url: Option<String>,
    pub(super) contact_id: String,
    pub(super) date: NaiveDate,
    pub(super) due_date: Option<NaiveDate>,
    pub(super) line_amount_types: LineAmountTypes,
    pub(super) currency: String,
    /// Foreign units per base unit.
    pub(super) rate: Decimal,
    pub(super) status: Status,
    pub(super) lines: Vec<Line>,
    pub(super) sub_total: Decimal,
    pub(super) total_tax: Decimal,
    pub(super) total: Decimal,
    /// By payments; for a credit note, refunded.
    pub(super) paid: Decimal,
    /// By allocations: of credit notes to this invoice, or of this credit note to invoices.
    pub(super) credited: Decimal,
    pub(super) fully_paid_on: Option<NaiveDate>,
    pub(super) sent_to_contact: bool,
    /// Only of a credit note.
    pub(super) allocations: Vec<Allocation>,
    pub(super) updated: DateTime<Utc>,
}

impl Document {
    /// What is still to be settled; nothing on a draft has been.
    pub(super) fn due(&self) -> Decimal {
        self.total - self.paid - self.credited
    }

    pub(super) fn is_settled_in_part(&self) -> bool {
        !self.paid.is_zero() || !self.credited.is_zero()
    }
}

/// Money that settled a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Payment {
    pub(super) id: String,
    pub(super) document_id: String,
    pub(super) account_code: String,
    pub(super) date: NaiveDate,
    /// In the document's currency.
    pub(super) amount: Decimal,
    pub(super) rate: Decimal,
    pub(super) reference: String,
    pub(super) deleted: bool,
    pub(super) updated: DateTime<Utc>,
}

/// Where a manual journal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum JournalStatus {
    Draft,
    Posted,
    Deleted,
    Voided,
}

impl JournalStatus {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Posted => "POSTED",
            Self::Deleted => "DELETED",
            Self::Voided => "VOIDED",
        }
    }

    pub(super) fn parse(code: &str) -> Option<Self> {
        [Self::Draft, Self::Posted, Self::Deleted, Self::Voided]
            .into_iter()
            .find(|status| status.code() == code)
    }
}

/// A line of a manual journal: debit positive, credit negative.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct JournalLine {
    pub(super) amount: Decimal,
    pub(super) account_code: String,
    pub(super) description: Option<String>,
    pub(super) tax_type: String,
    pub(super) tax_amount: Decimal,
    pub(super) tracking: Vec<Tracking>,
}

/// A manual journal, always in the base currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Journal {
    pub(super) id: String,
    pub(super) narration: String,
    pub(super) date: NaiveDate,
    pub(super) status: JournalStatus,
    pub(super) line_amount_types: LineAmountTypes,
    pub(super) url: Option<String>,
    pub(super) show_on_cash_basis: bool,
    pub(super) lines: Vec<JournalLine>,
    pub(super) updated: DateTime<Utc>,
}

/// The instant of a change: always later than the one before, even on a clock that stands still.
pub(super) fn bumped(before: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
    before.map_or(now, |before| now.max(before + TimeDelta::milliseconds(1)))
}
