//! The message as JSON, read by hand: the workspace keeps numbers exact, which tagged enums would break.

use serde_json::{Map, Value, json};

use crate::error::Unreadable;

use super::{Hint, Kind, Source};

/// The version that this code writes.
const VERSION: u64 = 1;
/// The largest message; ten of them stay below the 256 KB of a batch.
const MESSAGE_SIZE_MAX_BYTES: usize = 24 * 1024;
/// The largest message that is parsed.
const READ_SIZE_MAX_BYTES: usize = 32 * 1024;
/// The most that `reported` may take.
const REPORTED_SIZE_MAX_BYTES: usize = 16 * 1024;
/// The longest identifier.
const IDENTIFIER_LENGTH_MAX_BYTES: usize = 128;
/// How much of an unknown word is repeated in an error.
const FOUND_LENGTH_MAX: usize = 40;

const KINDS: [(Kind, &str); 3] = [(Kind::Deal, "deal"), (Kind::Invoice, "invoice"), (Kind::CreditNote, "credit_note")];
const SOURCES: [(Source, &str); 2] = [(Source::Crm, "crm"), (Source::Ledger, "ledger")];

pub(super) fn kind_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Deal => "deal",
        Kind::Invoice => "invoice",
        Kind::CreditNote => "credit_note",
    }
}

pub(super) fn source_text(source: Source) -> &'static str {
    match source {
        Source::Crm => "crm",
        Source::Ledger => "ledger",
    }
}

pub(super) fn identifier(field: &'static str, id: &str) -> Result<String, Unreadable> {
    let id = id.trim();
    if is_none(id) || id.len() > IDENTIFIER_LENGTH_MAX_BYTES || id.chars().any(char::is_control) {
        return Err(Unreadable::Field {
            field,
            expected: "an identifier of 1 to 128 bytes",
        });
    }
    Ok(id.to_owned())
}

/// Some senders leave the id out, leave it empty or write a word such as `null`: that is none, and never used to distinguish messages.
pub(super) fn notification(id: Option<&str>) -> Result<Option<String>, Unreadable> {
    match id.map(str::trim) {
        None => Ok(None),
        Some(id) if is_none(id) => Ok(None),
        Some(id) => identifier("notification", id).map(Some),
    }
}

pub(super) fn reported(reported: Value) -> Result<Value, Unreadable> {
    let fits = reported.is_null() || reported.is_object();
    if !fits || reported.to_string().len() > REPORTED_SIZE_MAX_BYTES {
        return Err(Unreadable::Field {
            field: "reported",
            expected: "an object of at most 16384 bytes",
        });
    }
    Ok(reported)
}

pub(super) fn write(hint: &Hint) -> String {
    json!({
        "v": VERSION,
        "kind": kind_text(hint.kind),
        "source": source_text(hint.source),
        "organisation": hint.organisation,
        "record": hint.record,
        "reported": hint.reported,
        "notification": hint.notification,
    })
    .to_string()
}

pub(super) fn read(message: &str) -> Result<Hint, Unreadable> {
    if message.len() > READ_SIZE_MAX_BYTES {
        return Err(Unreadable::TooLarge { bytes: message.len() });
    }
    let Ok(Value::Object(mut fields)) = serde_json::from_str(message) else {
        return Err(Unreadable::NotJson);
    };
    let version = fields.get("v").and_then(Value::as_u64);
    if version != Some(VERSION) {
        return Err(unknown("v", fields.get("v")));
    }
    let kind = known("kind", &KINDS, &fields)?;
    let source = known("source", &SOURCES, &fields)?;
    let reported = fields.remove("reported").unwrap_or_default();
    Hint::new(
        kind,
        source,
        text("organisation", &fields)?,
        text("record", &fields)?,
        reported,
        fields.get("notification").and_then(Value::as_str),
    )
}

fn known<T: Copy>(field: &'static str, all: &[(T, &str)], fields: &Map<String, Value>) -> Result<T, Unreadable> {
    let word = fields.get(field).and_then(Value::as_str);
    let found = all.iter().find(|(_, text)| Some(*text) == word);
    found.map(|(known, _)| *known).ok_or_else(|| unknown(field, fields.get(field)))
}

fn text<'a>(field: &'static str, fields: &'a Map<String, Value>) -> Result<&'a str, Unreadable> {
    let text = fields.get(field).and_then(Value::as_str);
    text.ok_or(Unreadable::Field { field, expected: "text" })
}

fn unknown(field: &'static str, found: Option<&Value>) -> Unreadable {
    let found = found.map(Value::to_string).unwrap_or_default();
    Unreadable::Unknown {
        field,
        found: found.chars().take(FOUND_LENGTH_MAX).collect(),
    }
}

fn is_none(id: &str) -> bool {
    id.is_empty() || ["null", "none", "undefined"].iter().any(|word| id.eq_ignore_ascii_case(word))
}

/// Identifiers may double in length when they are escaped; the rest of the message is fixed.
const _: () = assert!(REPORTED_SIZE_MAX_BYTES + 3 * 2 * IDENTIFIER_LENGTH_MAX_BYTES + 256 < MESSAGE_SIZE_MAX_BYTES);
const _: () = assert!(MESSAGE_SIZE_MAX_BYTES <= READ_SIZE_MAX_BYTES && 10 * MESSAGE_SIZE_MAX_BYTES <= 256 * 1024);
