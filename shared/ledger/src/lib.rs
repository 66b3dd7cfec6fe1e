//! What we ask of a ledger (contacts, draft invoices, credit notes, journals, lock dates, balances), and Xero as one.
//!
//! Types outside [`xero`] say nothing about any vendor's wire form. Reads may be repeated freely; each write asks for a
//! [`Permit`](tieout_platform::effect::Permit), which only the effect code makes, and sends its body byte for byte.
//! Amounts are exact decimals, positive for debits in journals and balances.

mod capabilities;
mod contact;
mod credit_note;
mod document;
mod error;
mod ids;
mod invoice;
mod journal;
mod organisation;
mod port;
mod totals;
mod trial_balance;
pub mod xero;

pub use capabilities::{Capabilities, JournalCurrency};
pub use contact::{Contact, ContactMatch, NewContact};
pub use credit_note::{Allocation, CreditNote, CreditNoteSummary, NewAllocation, NewCreditNote};
pub use document::{DocumentStatus, Line, NewLine, Tracking, Written};
pub use error::{LedgerError, Throttle, WORDS_LENGTH_MAX};
pub use ids::{
    AllocationId, ContactId, CreditNoteId, CurrencyCode, ID_LENGTH_MAX, IdError, InvoiceId, JournalId, LineId, OrganisationId, PaymentId,
};
pub use invoice::{AppliedCredit, Invoice, InvoiceSummary, NewInvoice, Payment};
pub use journal::{Journal, JournalFault, JournalLine, JournalStatus, JournalSummary, LINES_MIN, NewJournal, NewJournalLine};
pub use organisation::{Account, Organisation, TaxRate, TrackingCategory};
pub use port::{Answer, Ledger};
pub use totals::{Totals, TotalsError, round, totals_by_line};
pub use trial_balance::{TrialBalance, TrialBalanceRow};
