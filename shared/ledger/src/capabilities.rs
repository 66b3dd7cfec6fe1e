//! What a ledger can and cannot do, said by the ledger itself.

use tieout_platform::vendor::CallLimits;

/// Which currencies the lines of a journal may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalCurrency {
    /// The organisation's base currency only.
    Base,
    /// Any currency, at a rate of our choice.
    Any,
}

/// What the callers of a [`Ledger`](crate::Ledger) have to respect. Limits of texts are not among them: the ledger's own
/// bodies keep to these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether invoices and credit notes begin as drafts that are not in the books.
    pub drafts: bool,
    /// The most lines of one invoice or credit note.
    pub document_lines_max: usize,
    /// The most documents that one call may create.
    pub batch_max: usize,
    /// Which currencies journals may have.
    pub journal_currency: JournalCurrency,
    /// The contact's field that holds the CRM's id of the customer, by the name that people see; `None` where contacts are
    /// found by name only.
    pub contact_key: Option<&'static str>,
    /// The most tracking categories of one line.
    pub line_tracking_max: usize,
    /// Decimals of amounts, in every currency.
    pub amount_decimals: u32,
    /// Decimals of quantities and unit prices.
    pub unit_decimals: u32,
    /// Calls to one organisation: the ledger's own limits, or what the configuration allows where that is less.
    pub calls: CallLimits,
}
