//! Receipt handles, and what is done with one: delete the message, or change its visibility.

use crate::ids::new_uuid;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rusqlite::{Connection, OptionalExtension, params};

use super::errors::SqsError;
use super::limits::{VISIBILITY_MAX_S, within};
use super::queues::Queue;

/// What a handle holds: the queue, the message, and which reception it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Receipt {
    queue_id: i64,
    position: i64,
    pub(super) nonce: String,
}

impl Receipt {
    /// The receipt of a new reception.
    pub(super) fn new(queue_id: i64, position: i64) -> Self {
        Self {
            queue_id,
            position,
            nonce: new_uuid().simple().to_string(),
        }
    }

    pub(super) fn to_handle(&self) -> String {
        BASE64.encode(format!("{}/{}/{}", self.queue_id, self.position, self.nonce))
    }

    fn parse(queue: &Queue, handle: &str) -> Result<Self, SqsError> {
        let read = || -> Option<Self> {
            let text = String::from_utf8(BASE64.decode(handle).ok()?).ok()?;
            let mut parts = text.split('/');
            let receipt = Self {
                queue_id: parts.next()?.parse().ok()?,
                position: parts.next()?.parse().ok()?,
                nonce: parts.next()?.to_owned(),
            };
            (parts.next().is_none() && receipt.queue_id == queue.id).then_some(receipt)
        };
        read().ok_or_else(|| SqsError::ReceiptHandleInvalid(handle.to_owned()))
    }
}

/// A message as its handle finds it.
struct Held {
    /// Whether the handle is that of its latest reception.
    latest: bool,
    /// Whether it is still hidden.
    hidden: bool,
    last_received_ms: i64,
}

/// Deletes the message. A message that is gone already is no error; a standard queue takes a handle whose visibility
/// timeout is over, a FIFO queue refuses it.
pub(super) fn delete(db: &Connection, queue: &Queue, handle: &str, now_ms: i64) -> Result<(), SqsError> {
    let receipt = Receipt::parse(queue, handle)?;
    let Some(held) = held(db, &receipt, now_ms)? else {
        return Ok(());
    };
    if queue.attributes.is_fifo() && !(held.latest && held.hidden) {
        return Err(SqsError::value(handle, "ReceiptHandle", "The receipt handle has expired."));
    }
    if held.latest {
        db.prepare_cached("DELETE FROM messages WHERE position = ?1")?
            .execute([receipt.position])?;
    }
    Ok(())
}

/// Lets the message become visible `timeout_s` seconds from now (0 to 43,200, and not beyond 12 hours after its receipt).
pub(super) fn change_visibility(db: &Connection, queue: &Queue, handle: &str, timeout_s: i64, now_ms: i64) -> Result<(), SqsError> {
    within("VisibilityTimeout", timeout_s, 0, VISIBILITY_MAX_S)?;
    let receipt = Receipt::parse(queue, handle)?;
    let Some(held) = held(db, &receipt, now_ms)? else {
        let reason = "Message does not exist or is not available for visibility timeout change.";
        return Err(SqsError::value(handle, "ReceiptHandle", reason));
    };
    if !(held.latest && held.hidden) {
        return Err(SqsError::MessageNotInFlight);
    }
    let visible_ms = now_ms + timeout_s * 1_000;
    if visible_ms > held.last_received_ms + VISIBILITY_MAX_S * 1_000 {
        let reason = format!("Total VisibilityTimeout for the message is beyond the limit [{VISIBILITY_MAX_S} seconds].");
        return Err(SqsError::value(timeout_s, "VisibilityTimeout", &reason));
    }
    db.prepare_cached("UPDATE messages SET visible_ms = ?2 WHERE position = ?1")?
        .execute(params![receipt.position, visible_ms])?;
    Ok(())
}

fn held(db: &Connection, receipt: &Receipt, now_ms: i64) -> Result<Option<Held>, SqsError> {
    let mut statement = db.prepare_cached(
        "SELECT receipt IS ?3, visible_ms > ?4, COALESCE(last_received_ms, sent_ms) FROM messages WHERE position = ?1 AND queue_id = ?2",
    )?;
    let held = statement.query_row(params![receipt.position, receipt.queue_id, receipt.nonce, now_ms], |row| {
        Ok(Held {
            latest: row.get(0)?,
            hidden: row.get(1)?,
            last_received_ms: row.get(2)?,
        })
    });
    Ok(held.optional()?)
}
