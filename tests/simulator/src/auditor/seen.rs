//! What is to be seen of the world from outside: the vendors' records, the table, the queues, what left, what was logged.
//!
//! Everything is passed as it lies there; the auditor reads it with its own eyes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// The whole world at one instant, for a full look. Costly: at closes, every so many steps, and at the end.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// When.
    pub at: DateTime<Utc>,
    /// Each Xero organisation by tenant.
    pub organisations: BTreeMap<String, Organisation>,
    /// All opportunities that are not deleted, by id, all set fields (`Salesforce::list("Opportunity")`).
    pub opportunities: BTreeMap<String, Map<String, Value>>,
    /// All items of the table as plain JSON: `{"pk": "…", "sk": "…", "version": 3, …}`, texts as strings and numbers as numbers.
    pub table: Vec<Value>,
    /// Each queue by name, dead-letter queues too, with all their messages, also those in flight.
    pub queues: BTreeMap<String, Vec<Message>>,
}

/// The books of one Xero organisation, in the JSON of its interface (`GET /_sandbox/{tenant}/…`).
#[derive(Debug, Clone, Default)]
pub struct Organisation {
    /// Invoices and credit notes, drafts and voided ones too, with lines, payments and allocations.
    pub documents: Vec<Value>,
    /// Manual journals, voided ones too, with lines.
    pub journals: Vec<Value>,
    /// Contacts.
    pub contacts: Vec<Value>,
}

/// A message in a queue.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// Its message id.
    pub id: String,
    /// Its body.
    pub body: String,
    /// Whether somebody has received it and not deleted it yet.
    pub in_flight: bool,
}

/// Looks into the table without copying it; for what is asked after every step.
pub trait Table {
    /// The item under its two keys, as plain JSON.
    fn item(&self, pk: &str, sk: &str) -> Option<Value>;
}

impl Table for Seen {
    fn item(&self, pk: &str, sk: &str) -> Option<Value> {
        let found = self.table.iter().find(|item| item["pk"] == pk && item["sk"] == sk);
        found.cloned()
    }
}

/// To whom a request goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vendor {
    /// The CRM, its login too.
    Salesforce,
    /// Xero's accounting interface, for one organisation.
    Xero(String),
    /// Xero's login.
    XeroIdentity,
}

/// A request as it leaves a function for a vendor. A copy of it that the network doubles is the same request, not another one.
#[derive(Debug, Clone)]
pub struct Request {
    /// Counts requests in the order in which they left.
    pub number: u64,
    /// When it left, by the true clock.
    pub at: DateTime<Utc>,
    /// Which function left it.
    pub function: String,
    /// To whom.
    pub vendor: Vendor,
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Header `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// What follows `Bearer ` in the header `Authorization`.
    pub bearer: Option<String>,
    /// Its body.
    pub body: String,
}

/// What became of a request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The request's number.
    pub number: u64,
    /// When the request was over for who had sent it: answered, lost, or its sender crashed.
    pub at: DateTime<Utc>,
    /// Whether the vendor got the request and acted on it (a refusal is an act too).
    pub arrived: bool,
    /// What the vendor answered; `None` where it never got the request or an injected answer replaces it.
    pub vendor_status: Option<u16>,
    /// The vendor's body, where it answered.
    pub vendor_body: String,
    /// The status that the function saw; `None` where no answer reached it.
    pub status: Option<u16>,
    /// The header `Retry-After` that the function saw, in seconds.
    pub retry_after_s: Option<u64>,
}

/// Something that was written where people read it.
#[derive(Debug, Clone)]
pub struct Emitted {
    /// `log`, `metric`, `error`, `answer`.
    pub kind: &'static str,
    /// The text.
    pub text: String,
}
