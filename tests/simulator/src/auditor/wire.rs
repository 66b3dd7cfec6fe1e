//! What a request is about: the one thing in the vendor's books that it makes or changes.

use serde_json::Value;

use super::json::{list, text};
use super::seen::{Request, Vendor};

/// The kinds of calls that change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A draft invoice.
    Invoice,
    /// A manual journal.
    Journal,
    /// A contact.
    Contact,
    /// A push of a document's state to the CRM.
    WriteBack,
    /// Anything else: Tieout has no business with it.
    Other,
}

/// The business key of a mutating call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Where.
    pub vendor: Vendor,
    /// What.
    pub kind: Kind,
    /// Which: number, mark, contact number, opportunity.
    pub id: String,
}

/// Whether a request may change something.
pub fn is_mutating(request: &Request) -> bool {
    request.method != "GET" && request.method != "HEAD" && request.vendor != Vendor::XeroIdentity && !is_login(request)
}

/// Whether a request asks for a token.
pub fn is_login(request: &Request) -> bool {
    request.vendor == Vendor::XeroIdentity || request.path.contains("/oauth2/token")
}

/// The last word of the path that names a collection of Xero's: `Invoices`.
pub fn collection(request: &Request) -> &str {
    let path = request.path.split('?').next().unwrap_or_default();
    let after = path.split_once("api.xro/2.0/").map_or(path, |(_, after)| after);
    after.split('/').next().unwrap_or_default()
}

/// What a mutating request is about, with its record of the body; `None` for reads.
pub fn key(request: &Request) -> Option<(Key, Value)> {
    if !is_mutating(request) {
        return None;
    }
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    let (kind, record, id) = match (&request.vendor, collection(request)) {
        (Vendor::Salesforce, _) if request.path.ends_with("/composite/sobjects") => named(&body, Kind::WriteBack, "records", "id"),
        (Vendor::Xero(_), "Invoices") => named(&body, Kind::Invoice, "Invoices", "Url"),
        (Vendor::Xero(_), "Contacts") => named(&body, Kind::Contact, "Contacts", "ContactNumber"),
        (Vendor::Xero(_), "ManualJournals") => {
            let (kind, record, _) = named(&body, Kind::Journal, "ManualJournals", "Narration");
            let mark = super::books::journal(&record).mark;
            (kind, record, mark)
        }
        _ => (Kind::Other, body, request.path.clone()),
    };
    let vendor = request.vendor.clone();
    Some((Key { vendor, kind, id }, record))
}

fn named(body: &Value, kind: Kind, records: &str, id: &str) -> (Kind, Value, String) {
    match list(body, records) {
        [record] => (kind, record.clone(), text(record, id).to_owned()),
        _ => (Kind::Other, body.clone(), "not one record".to_owned()),
    }
}

/// The ids that a vendor's answer to a mutating request gives.
pub fn made(kind: Kind, answer: &str) -> Option<String> {
    let body: Value = serde_json::from_str(answer).ok()?;
    let (records, id) = match kind {
        Kind::Invoice => ("Invoices", "InvoiceID"),
        Kind::Journal => ("ManualJournals", "ManualJournalID"),
        Kind::Contact => ("Contacts", "ContactID"),
        Kind::WriteBack | Kind::Other => return None,
    };
    let id = text(list(&body, records).first()?, id);
    (!id.is_empty()).then(|| id.to_owned())
}
