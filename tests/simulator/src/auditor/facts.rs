//! What happened in the company's history, as plain data: the simulator reports it, and the auditor believes nothing else.
//!
//! Report each fact when it has taken effect, in the order in which facts did. What a vendor's page shows is passed as it is
//! (`serde_json`), so that whoever reports needs no translation: the auditor reads it by itself.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

/// The group as `tieout.toml` describes it, as far as books depend on it.
#[derive(Debug, Clone, Default)]
pub struct Company {
    /// Its legal entities.
    pub entities: Vec<Entity>,
    /// Products that are recognised or coded in a way of their own.
    pub products: Vec<Product>,
    /// Who may approve a close, by id.
    pub approvers: Vec<String>,
    /// What Xero allows for each organisation.
    pub limits: Limits,
    /// The CRM's fields that Tieout writes.
    pub write_back: WriteBack,
    /// Secrets and personal data that must appear in no log line, metric or error text.
    pub canaries: Vec<String>,
}

/// A legal entity.
#[derive(Debug, Clone, Default)]
pub struct Entity {
    /// Our short name for it.
    pub id: String,
    /// Its Xero organisation.
    pub tenant: String,
    /// ISO 4217.
    pub currency: String,
    /// The account of revenue, where a product names no other.
    pub revenue: String,
    /// The account of contract liabilities.
    pub liability: String,
    /// The account of contract assets.
    pub asset: String,
    /// What its invoice numbers begin with; a deal's id follows.
    pub number_prefix: String,
    /// `daily`, `prorata_month`, `equal_touched`, `equal_anniversary`.
    pub method: String,
    /// Whether another person than the preparer has to approve a close.
    pub approval_required: bool,
    /// Whether invoice lines are coded to revenue, not to the contract liability.
    pub codes_to_revenue: bool,
}

/// How a product is booked.
#[derive(Debug, Clone, Default)]
pub struct Product {
    /// Its code in the CRM.
    pub code: String,
    /// Recognised on its service date, not over a period.
    pub at_point: bool,
    /// Where not the entity's method.
    pub method: Option<String>,
    /// Where not the entity's revenue account, by entity.
    pub revenue_accounts: BTreeMap<String, String>,
}

/// What Xero allows.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Calls in any 60 seconds.
    pub per_minute_max: usize,
    /// Calls under way at once.
    pub at_once_max: usize,
    /// Calls in a day of UTC.
    pub per_day_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_minute_max: 60,
            at_once_max: 5,
            per_day_max: 5_000,
        }
    }
}

/// Names of the opportunity's fields that Tieout writes; empty where not written.
#[derive(Debug, Clone, Default)]
pub struct WriteBack {
    /// The invoice's number.
    pub invoice_number: String,
    /// `Draft`, `Authorised`, `Part paid`, `Paid`, `Credited`, `Voided`.
    pub invoice_status: String,
    /// What is due.
    pub amount_due: String,
    /// What is paid.
    pub amount_paid: String,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Fact {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: What,
}

/// The kinds of facts.
#[derive(Debug, Clone)]
pub enum What {
    /// A seller saved an opportunity or one of its lines: sold, edited, reopened, whatever it is now.
    DealSaved {
        /// Its 18-character id.
        id: String,
        /// All its set fields (`Salesforce::record`).
        record: Map<String, Value>,
        /// All set fields of each of its lines, in order (`Salesforce::lines`).
        lines: Vec<Map<String, Value>>,
    },
    /// A seller deleted an opportunity.
    DealDeleted {
        /// Its id.
        id: String,
    },
    /// A person did something with a document in the ledger.
    Finance {
        /// The organisation.
        tenant: String,
        /// What was done.
        act: FinanceAct,
        /// `InvoiceID`, `CreditNoteID` or `ManualJournalID` of what was acted on or made.
        document: String,
    },
    /// A person moved a lock date of the ledger.
    LockMoved {
        /// The organisation.
        tenant: String,
        /// To this day; `None`: lifted.
        until: Option<NaiveDate>,
    },
    /// `tieout close plan` (or month-end) ended well and showed this proposal.
    Planned(Proposal),
    /// Somebody tried to approve.
    Approved {
        /// What they had seen when they decided.
        seen: Proposal,
        /// Who.
        by: String,
        /// Whether Tieout let them.
        accepted: bool,
    },
    /// `tieout close post` (or month-end) ended well.
    Closed {
        /// The entity.
        entity: String,
        /// `2026-01`.
        period: String,
    },
    /// A webhook answered a message with its acknowledgement: Salesforce's `<Ack>true`, or 200 to Xero.
    Accepted {
        /// Which record it was about, for each of its notifications or events.
        records: Vec<Record>,
        /// When the vendor wrote it: of what changed while it was on its way it says nothing.
        written_at: DateTime<Utc>,
        /// Whether the message was what the vendor sent: `false` where signature, path, certificate or organisation was wrong.
        genuine: bool,
    },
    /// A function came to the end of a batch of messages, or did not.
    Batch {
        /// The messages that were brought.
        messages: Vec<Delivered>,
        /// What it answered; `None` where it crashed or ran out of time.
        answer: Option<Value>,
    },
    /// A person replayed or discarded a dead letter.
    DeadLetter {
        /// Its message id.
        message: String,
        /// Its body.
        body: String,
        /// `true`: thrown away. `false`: sent back.
        discarded: bool,
    },
}

/// What a person did in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FinanceAct {
    /// Approved a draft.
    Authorised,
    /// Changed lines, number or other fields.
    Edited,
    /// Voided it, or deleted a draft.
    Voided,
    /// Recorded a payment on it.
    Paid,
    /// Took a payment back.
    Unpaid,
    /// Made a credit note for it, approved and allocated.
    Credited,
    /// Made this document by hand, as a copy of ours.
    MadeByHand,
    /// Voided or deleted a manual journal.
    JournalVoided,
    /// Made a manual journal by hand.
    JournalByHand,
}

/// A proposal of a close as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The entity.
    pub entity: String,
    /// `2026-01`.
    pub period: String,
    /// The hash that was shown.
    pub hash: String,
    /// Who prepared it.
    pub by: String,
    /// The proposal's JSON (`PeriodRecord::proposal`, or `Proposal::canonical_json`).
    pub text: String,
}

/// What a message is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// `deal`, `invoice` or `credit_note`.
    pub kind: String,
    /// Salesforce's organisation id, or Xero's tenant.
    pub organisation: String,
    /// The record's id.
    pub id: String,
}

/// A message as a batch brings it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Its message id.
    pub id: String,
    /// Its body.
    pub body: String,
}
