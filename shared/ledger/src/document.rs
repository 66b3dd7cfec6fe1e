//! What invoices and credit notes have in common.

use rust_decimal::Decimal;

use crate::ids::LineId;

/// Where an invoice or credit note stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocumentStatus {
    /// Made, and not in the books yet.
    Draft,
    /// Waiting for approval; not in the books yet.
    Submitted,
    /// In the books and open.
    Authorised,
    /// In the books and settled, by payments or credit.
    Paid,
    /// Was in the books, and voided.
    Voided,
    /// A draft that was deleted.
    Deleted,
}

impl DocumentStatus {
    /// Whether it is, or was, in the books and still counts.
    pub fn is_booked(self) -> bool {
        matches!(self, Self::Authorised | Self::Paid)
    }

    /// Whether it no longer counts: voided or deleted.
    pub fn is_dead(self) -> bool {
        matches!(self, Self::Voided | Self::Deleted)
    }

    /// Its name in plain English, as it is written to the CRM.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Submitted => "Submitted",
            Self::Authorised => "Authorised",
            Self::Paid => "Paid",
            Self::Voided => "Voided",
            Self::Deleted => "Deleted",
        }
    }
}

/// A dimension of analysis and where in it something belongs, by their names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tracking {
    /// The category, for instance `Region`.
    pub category: String,
    /// The option, for instance `North`.
    pub option: String,
}

/// A line to be written, without tax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// What is sold.
    pub description: String,
    /// How many.
    pub quantity: Decimal,
    /// The price of one, before any discount.
    pub unit_price: Decimal,
    /// The agreed amount of the line; it wins over quantity times price.
    pub amount: Decimal,
    /// The account's code.
    pub account_code: String,
    /// The ledger's tax type.
    pub tax_type: String,
    /// At most as many as the ledger's [`Capabilities`](crate::Capabilities) allow.
    pub tracking: Vec<Tracking>,
}

/// A line as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id; stays the same when the document is edited.
    pub line_id: Option<LineId>,
    /// Its text.
    pub description: String,
    /// How many; none on text-only lines.
    pub quantity: Option<Decimal>,
    /// The price of one.
    pub unit_amount: Option<Decimal>,
    /// The amount, without tax where the document is exclusive of tax.
    pub line_amount: Decimal,
    /// The tax on it.
    pub tax_amount: Decimal,
    /// The ledger's tax type.
    pub tax_type: Option<String>,
    /// The account's code; none on a line that nobody has coded.
    pub account_code: Option<String>,
    /// Its tracking.
    pub tracking: Vec<Tracking>,
}

/// What a write made, with the ledger's remarks. Remarks mean that somebody has to look; what was made is there all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "remarks of the ledger have to be looked at"]
pub struct Written<T> {
    /// What is there now.
    pub record: T,
    /// The ledger's warnings and what we found to differ from what we asked for, each at most 500 characters.
    pub remarks: Vec<String>,
}
