//! The port: what the use cases ask of a CRM. A vendor's module implements it, and nobody else names the vendor.

use std::fmt;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use serde_json::Value;
use tieout_platform::effect::{Intent, Performer, Permit};
use tieout_platform::failure::Failure;

use crate::deal::{Deal, InvoiceFacts};
use crate::error::CrmError;
use crate::ids::{IdError, RecordId};

/// What a call comes to. The classes of [`CrmError`] say what the caller may do.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, CrmError>>;

/// One organisation of a CRM.
///
/// Reads may be repeated. The one write asks for a [`Permit`] and sends its body byte for byte.
pub trait Crm: fmt::Debug + Send + Sync {
    /// What people call the CRM, for their instructions: `Salesforce`.
    fn name(&self) -> &'static str;

    /// The organisation, as messages and hints name it.
    fn organisation_id(&self) -> &str;

    /// What the intent of a write names as its target; unlike any ledger's.
    fn target(&self) -> String;

    /// How people find what a finding is about.
    fn fields(&self) -> &DealFields;

    /// The id in its one form.
    ///
    /// # Errors
    /// Where the text is not an id of this CRM.
    fn record_id(&self, text: &str) -> Result<RecordId, IdError>;

    /// The address of a deal, for who looks at it in a browser.
    fn deal_url(&self, deal: &RecordId) -> String;

    /// What the record of a hint is, by its id and by what the message said.
    fn subject(&self, record: &str, said: &Value) -> Subject;

    /// The deal as it is now, with all its lines; `None` where it is deleted or was never there.
    fn read_deal<'a>(&'a self, id: &'a RecordId) -> Answer<'a, Option<Deal>>;

    /// Which deals changed or were deleted at or after `since`, the oldest first, as far as one answer goes.
    fn changed_since(&self, since: DateTime<Utc>) -> Answer<'_, ChangedDeals>;

    /// The body that writes back what became of a deal's invoice: always the same bytes for the same facts.
    fn write_back_body(&self, deal: &RecordId, facts: &InvoiceFacts) -> String;

    /// Writes the body of [`write_back_body`](Crm::write_back_body); gives the record's id.
    fn write_back<'a>(&'a self, permit: Permit<'a>) -> Answer<'a, String>;

    /// Whether all that a body of [`write_back_body`](Crm::write_back_body) would write is there already: the record's id then.
    fn look_up_write_back<'a>(&'a self, body: &'a str) -> Answer<'a, Option<String>>;
}

/// What a hint is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A deal.
    Deal(RecordId),
    /// A record of another kind.
    Other,
    /// The message named no record: it was deleted before the message was sent.
    Deleted,
}

/// The names of a deal's fields, as people see them in the CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DealFields {
    /// The deal's id.
    pub id: String,
    /// What the deal does to a contract.
    pub kind: String,
    /// The earlier deal; empty where `tieout.toml` names no field.
    pub amends: String,
    /// The first day of a change; empty where `tieout.toml` names no field.
    pub effective: String,
    /// What says whether it is approved; empty where `tieout.toml` names no field.
    pub approval: String,
    /// How often it is billed; empty where `tieout.toml` names no field.
    pub frequency: String,
    /// The values of it that have a meaning.
    pub frequencies: Vec<String>,
    /// On which side of a period it is billed; empty where `tieout.toml` names no field.
    pub timing: String,
    /// The values of it that have a meaning.
    pub timings: Vec<String>,
    /// The currency of its amounts.
    pub currency: String,
    /// The customer.
    pub customer: String,
    /// The CRM's own total.
    pub amount: String,
    /// The lines.
    pub lines: String,
    /// How many, on a line.
    pub quantity: String,
    /// What the line costs.
    pub total_price: String,
    /// The first day of service, on a line.
    pub start: String,
    /// What says when the service ends, on a line: the last day, or the term.
    pub end: String,
    /// Where the fields of the write-back are configured.
    pub write_back: String,
    /// Where it is configured what orders do to contracts.
    pub orders: String,
    /// Where it is configured how they are billed.
    pub billing: String,
}

/// A deal that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedDeal {
    /// Which.
    pub record: RecordId,
    /// When.
    pub system_modstamp: DateTime<Utc>,
    /// Whether it is closed-won.
    pub is_won: bool,
    /// Whether it is deleted, and can be restored.
    pub is_deleted: bool,
}

/// What changed since an instant, as far as one answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedDeals {
    /// The oldest first.
    pub changed: Vec<ChangedDeal>,
    /// From where to ask on, where there are more; what is of this very second comes again then.
    pub more_since: Option<DateTime<Utc>>,
}

/// The write-back as an effect: give it to [`tieout_platform::effect::perform`].
#[derive(Debug, Clone, Copy)]
pub struct WriteBackEffect<'a>(pub &'a dyn Crm);

impl Performer for WriteBackEffect<'_> {
    async fn send(&self, permit: Permit<'_>) -> Result<String, Failure> {
        Ok(self.0.write_back(permit).await?)
    }

    async fn look_up(&self, intent: &Intent) -> Result<Option<String>, Failure> {
        Ok(self.0.look_up_write_back(&intent.body).await?)
    }
}
