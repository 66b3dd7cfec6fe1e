//! `Idempotency-Key`: a write's reply, refusals included, is kept for six minutes and given again (`docs/vendors/xero.md`).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::reply::Reply;
use super::world::World;
use crate::docs::{Change, DocsError};

/// How long a reply is kept.
pub(super) const KEPT_S: i64 = 360;
/// The longest key.
pub(super) const KEY_LENGTH_MAX: usize = 128;

/// A reply that was given under a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    request_hash: String,
    at: DateTime<Utc>,
    reply: Reply,
}

/// The place of a key: keys of two tenants do not meet.
pub(super) fn place(tenant: &str, key: &str) -> String {
    format!("{tenant}/{key}")
}

/// What tells two requests apart: method, path with its query, body.
pub(super) fn request_hash(method: &str, target: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(method.as_bytes());
    hash.update([0]);
    hash.update(target.as_bytes());
    hash.update([0]);
    hash.update(body);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a key leads to before the request is worked on: `Some` is the whole answer.
pub(super) fn earlier(world: &World, tenant: &str, key: &str, hash: &str, now: DateTime<Utc>) -> Option<Reply> {
    if key.len() > KEY_LENGTH_MAX {
        let message = "The Idempotency Key is too long: at most 128 characters are allowed.";
        return Some(Reply::refused(20, "InvalidIdempotencyKeyException", message));
    }
    let kept = world.kept.get(&place(tenant, key)).filter(|kept| kept.is_alive(now))?;
    if kept.request_hash == hash {
        return Some(kept.reply.clone());
    }
    let message = format!("Idempotency Key: {key} is used with a different request.");
    Some(Reply::refused(20, "IdempotencyKeyException", &message))
}

/// The change of the file that keeps a reply; the caller puts `Kept` into memory once it is written.
pub(super) fn keep(place: &str, hash: String, now: DateTime<Utc>, reply: &Reply) -> Result<(Kept, Change), DocsError> {
    let kept = Kept {
        request_hash: hash,
        at: now,
        reply: reply.clone(),
    };
    let change = Change::put("xero-idempotency", place, &kept)?;
    Ok((kept, change))
}

/// Takes out of memory what is too old, and gives the changes that take it out of the file.
pub(super) fn forget_old(world: &mut World, now: DateTime<Utc>) -> Vec<Change> {
    let mut changes = Vec::new();
    world.kept.retain(|place, kept| {
        let alive = kept.is_alive(now);
        if !alive {
            changes.push(Change::remove("xero-idempotency", place));
        }
        alive
    });
    changes
}

impl Kept {
    fn is_alive(&self, now: DateTime<Utc>) -> bool {
        now - self.at < TimeDelta::seconds(KEPT_S)
    }
}
