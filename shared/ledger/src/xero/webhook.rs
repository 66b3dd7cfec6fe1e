//! Xero's webhook deliveries: who sent one, and what it points at.
//!
//! The signature is HMAC-SHA256 over the raw bytes; the key is the text that Xero's portal shows, not base64-decoded
//! (`docs/vendors/xero.md`). A delivery only says what to read again: nothing in it is believed
//! beyond ids, and its `resourceUrl` is never followed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;
use tieout_platform::secret::Secret;

use super::dates::parse_instant;
use crate::ids::{ID_LENGTH_MAX, OrganisationId};

/// The header that bears the signature, in small letters.
pub const SIGNATURE_HEADER: &str = "x-xero-signature";
/// The largest body that is parsed.
pub const BODY_SIZE_MAX_BYTES: usize = 256 * 1024;
/// The most events of one delivery.
pub const EVENTS_MAX: usize = 2_000;
/// A signature is 32 bytes, which base64 writes as 44 characters.
const SIGNATURE_LENGTH: usize = 44;

/// Whether one of `keys` signed `body`.
///
/// There must be exactly one signature header. All keys are tried, whichever fits, so that the time taken does not tell
/// which did; an empty key signs nothing.
pub fn verify(signature_headers: &[&str], body: &[u8], keys: &[Secret]) -> bool {
    let [header] = signature_headers else {
        return false;
    };
    if header.len() != SIGNATURE_LENGTH {
        return false;
    }
    let Ok(signature) = STANDARD.decode(header) else {
        return false;
    };
    if signature.len() != 32 {
        return false;
    }
    keys.iter().fold(false, |verified, key| verified | signed_by(key, body, &signature))
}

fn signed_by(key: &Secret, body: &[u8], signature: &[u8]) -> bool {
    let text = key.expose();
    if text.trim().is_empty() {
        return false;
    }
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(text.as_bytes()) else {
        return false;
    };
    mac.update(body);
    mac.verify_slice(signature).is_ok()
}

/// What kind of record changed. There is none for payments and journals: a payment shows as a changed invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// An invoice or a bill.
    Invoice,
    /// A credit note of either side.
    CreditNote,
    /// A contact.
    Contact,
}

/// The id of the changed record, a UUID in small letters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(String);

impl ResourceId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Option<Self> {
        const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
        let mut groups = text.split('-');
        let fits = text.len() <= ID_LENGTH_MAX
            && GROUPS.iter().all(|length| {
                let group = groups.next().unwrap_or_default();
                group.len() == *length && group.bytes().all(|byte| byte.is_ascii_hexdigit())
            })
            && groups.next().is_none();
        fits.then(|| Self(text.to_ascii_lowercase()))
    }
}

/// Something to read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Whose.
    pub organisation: OrganisationId,
    /// What kind of record.
    pub category: Category,
    /// Which record.
    pub resource: ResourceId,
    /// When it changed, by Xero; the latest of all events of this record. None where Xero's text is not an instant.
    pub event_at: Option<DateTime<Utc>>,
}

/// A delivery, with one hint for each distinct record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// In the order in which records first appear.
    pub events: Vec<Hint>,
    /// Events that the delivery holds, repeats and skipped ones included.
    pub received: usize,
    /// Events of kinds and organisations that we do not follow, or without usable ids.
    pub skipped: usize,
    /// The first sequence number; counted per webhook, so a gap is a matter for an alarm only.
    pub first_sequence: Option<u64>,
    /// The last sequence number.
    pub last_sequence: Option<u64>,
}

impl Delivery {
    /// Whether this is Xero asking if we check signatures: no events at all. The answer is the same as to any other.
    pub fn is_intent_to_receive(&self) -> bool {
        self.received == 0
    }
}

/// Why a signed body is not a delivery.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// Too large.
    #[error("the body has {size} bytes, more than {BODY_SIZE_MAX_BYTES}")]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// No JSON.
    #[error("the body is not JSON (line {line}, column {column})")]
    NotJson {
        /// Where it goes wrong.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// No `events` list.
    #[error("the body has no list of events")]
    NoEvents,
    /// Too many.
    #[error("the body has {count} events, more than {EVENTS_MAX}")]
    TooManyEvents {
        /// How many.
        count: usize,
    },
}

/// Reads a delivery whose signature was verified.
///
/// # Errors
/// See [`WebhookError`]; an event that cannot be used is skipped and counted, not an error.
pub fn parse(body: &[u8]) -> Result<Delivery, WebhookError> {
    if body.len() > BODY_SIZE_MAX_BYTES {
        return Err(WebhookError::TooLarge { size: body.len() });
    }
    let value: Value = serde_json::from_slice(body).map_err(|error| WebhookError::NotJson {
        line: error.line(),
        column: error.column(),
    })?;
    let events = value.get("events").and_then(Value::as_array).ok_or(WebhookError::NoEvents)?;
    if events.len() > EVENTS_MAX {
        return Err(WebhookError::TooManyEvents { count: events.len() });
    }
    let hints: Vec<Hint> = events.iter().filter_map(|event| hint(event.as_object()?)).collect();
    Ok(Delivery {
        received: events.len(),
        skipped: events.len() - hints.len(),
        events: coalesced(hints),
        first_sequence: value.get("firstEventSequence").and_then(Value::as_u64),
        last_sequence: value.get("lastEventSequence").and_then(Value::as_u64),
    })
}

fn hint(event: &Map<String, Value>) -> Option<Hint> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let followed_type = ["CREATE", "UPDATE"].iter().any(|kind| text("eventType").eq_ignore_ascii_case(kind));
    // The schema does not promise a tenant's type: only another one than ours is none of our business.
    let tenant_type = text("tenantType");
    let of_organisation = tenant_type.is_empty() || tenant_type.eq_ignore_ascii_case("ORGANISATION");
    if !followed_type || !of_organisation {
        return None;
    }
    let category = match text("eventCategory").to_ascii_uppercase().as_str() {
        "INVOICE" => Category::Invoice,
        "CREDITNOTE" => Category::CreditNote,
        "CONTACT" => Category::Contact,
        _ => return None,
    };
    Some(Hint {
        organisation: OrganisationId::parse(text("tenantId")).ok()?,
        category,
        resource: ResourceId::parse(text("resourceId"))?,
        event_at: parse_instant(text("eventDateUtc")),
    })
}

/// One hint for each record, with the latest time; deliveries are small, so the look-up may be linear in distinct records.
fn coalesced(hints: Vec<Hint>) -> Vec<Hint> {
    let mut distinct: Vec<Hint> = Vec::with_capacity(hints.len());
    for hint in hints {
        let same = |known: &&mut Hint| {
            known.resource == hint.resource && known.category == hint.category && known.organisation == hint.organisation
        };
        match distinct.iter_mut().find(same) {
            Some(known) => known.event_at = known.event_at.max(hint.event_at),
            None => distinct.push(hint),
        }
    }
    distinct
}
