//! What a contract's head remembers of what the CRM was told of its invoice: versions of the invoice, in milliseconds since 1970.

use chrono::{DateTime, Utc};
use serde_json::json;
use tieout_store::Head;

/// Where a head remembers the version of the invoice that the CRM was told of.
const TOLD: &str = "told_version_ms";
/// Where a head remembers the newest version that somebody is about to tell the CRM of.
const CLAIMED: &str = "telling_version_ms";

/// The version that the CRM was told of last.
pub fn told_ms(head: &Head) -> Option<i64> {
    version(head, TOLD)
}

/// The newest version that somebody is about to tell, or has told.
pub fn claimed_ms(head: &Head) -> Option<i64> {
    version(head, CLAIMED)
}

/// The newest version that the CRM was told of, or is about to be; heads of before claims have the former alone.
pub fn newest_ms(head: &Head) -> Option<i64> {
    told_ms(head).max(claimed_ms(head))
}

/// Whether the CRM was told of the version of `updated_at`, or of a newer one.
pub fn is_told(head: &Head, updated_at: DateTime<Utc>) -> bool {
    told_ms(head).is_some_and(|told_ms| told_ms >= updated_at.timestamp_millis())
}

/// Notes that a version is told, unless a newer one is.
pub fn note_told(head: &mut Head, version_ms: i64) {
    note(head, TOLD, version_ms);
}

/// Notes that a version is about to be told, unless a newer one is.
pub fn note_claimed(head: &mut Head, version_ms: i64) {
    note(head, CLAIMED, version_ms);
}

fn version(head: &Head, name: &str) -> Option<i64> {
    head.facts.get(name)?.as_str()?.parse().ok()
}

fn note(head: &mut Head, name: &str, version_ms: i64) {
    if version(head, name).is_none_or(|before_ms| before_ms < version_ms) {
        head.facts[name] = json!(version_ms.to_string());
    }
}
