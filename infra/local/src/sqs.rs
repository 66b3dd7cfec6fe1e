//! An SQS of our own: the queue service on one file, time from a clock that is given.
//!
//! `Sqs` is the state with typed calls; `SqsServer` puts the AWS JSON protocol before it. Visibility timeouts, delays,
//! retention and deduplication windows run on the clock; a long poll waits in real time, so that a clock that stands
//! still does not hang it, and wakes when a message comes or the clock moves.

mod attributes;
mod dead_letters;
mod depth;
mod errors;
mod limits;
mod message;
mod names;
mod polling;
mod protocol;
mod queues;
mod receipt;
mod receive;
mod send;
mod server;
mod store;

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use tieout_platform::clock::SharedClock;
use tokio::sync::watch;

pub use attributes::AttributeMap;
pub use depth::{Peeked, QueueDepth};
pub use errors::SqsError;
pub use message::{MessageAttribute, MessageAttributes, Outgoing, Sent};
pub use names::{FIFO_SUFFIX, LOCAL_ACCOUNT, LOCAL_REGION, queue_arn, queue_name, queue_url};
pub use receive::{ReceiveRequest, Received};
pub use server::SqsServer;

use queues::Queue;
use store::Store;

/// The queues. A clone is the same queues.
#[derive(Debug, Clone)]
pub struct Sqs {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: SharedClock,
    /// Counts changes; who waits for a message looks again at each.
    changes: watch::Sender<u64>,
    closing: watch::Sender<bool>,
}

impl Sqs {
    /// Opens the queues in `file`, made if it is not there; in memory without one.
    ///
    /// # Errors
    /// The file cannot be opened or is no store of queues.
    pub fn open(file: Option<&Path>, clock: SharedClock) -> Result<Self, SqsError> {
        Ok(Self {
            inner: Arc::new(Inner {
                store: Store::open(file)?,
                clock,
                changes: watch::channel(0).0,
                closing: watch::channel(false).0,
            }),
        })
    }

    /// Makes a queue, or finds the one with the same attributes.
    ///
    /// # Errors
    /// A bad name or attribute; a queue of the name with other attributes.
    pub fn create_queue(&self, name: &str, attributes: &AttributeMap) -> Result<(), SqsError> {
        self.transaction(|db, now_ms| queues::create(db, name, attributes, &AttributeMap::new(), now_ms))
    }

    /// Changes attributes of a queue, named by URL, ARN or name as everywhere here.
    ///
    /// # Errors
    /// No such queue; a bad attribute.
    pub fn set_attributes(&self, queue: &str, attributes: &AttributeMap) -> Result<(), SqsError> {
        self.on_queue(queue, |db, queue, now_ms| queues::set_attributes(db, queue, attributes, now_ms))
    }

    /// Sends one message.
    ///
    /// # Errors
    /// No such queue; a message that the service refuses.
    pub fn send(&self, queue: &str, message: &Outgoing) -> Result<Sent, SqsError> {
        self.on_queue(queue, |db, queue, now_ms| send::send(db, queue, message, now_ms))
    }

    /// Deletes a message by the handle of its reception.
    ///
    /// # Errors
    /// No such queue; not a handle of it; an expired one of a FIFO queue.
    pub fn delete(&self, queue: &str, handle: &str) -> Result<(), SqsError> {
        self.on_queue(queue, |db, queue, now_ms| receipt::delete(db, queue, handle, now_ms))
    }

    /// Lets a message become visible again in `timeout_s` seconds.
    ///
    /// # Errors
    /// No such queue; not a handle of it; a message that is not in flight.
    pub fn change_visibility(&self, queue: &str, handle: &str, timeout_s: i64) -> Result<(), SqsError> {
        self.on_queue(queue, |db, queue, now_ms| {
            receipt::change_visibility(db, queue, handle, timeout_s, now_ms)
        })
    }

    /// Work in a transaction, at the clock's present instant; who waits for a message looks again if it changed anything.
    fn transaction<T>(&self, work: impl FnOnce(&Connection, i64) -> Result<T, SqsError>) -> Result<T, SqsError> {
        let now_ms = self.inner.clock.now().timestamp_millis();
        let (result, changed) = self.inner.store.transaction(|db| work(db, now_ms))?;
        if changed {
            self.inner.changes.send_modify(|count| *count = count.wrapping_add(1));
        }
        Ok(result)
    }

    /// As [`Sqs::transaction`], on a queue named by URL, ARN or name.
    fn on_queue<T>(&self, queue: &str, work: impl FnOnce(&Connection, &Queue, i64) -> Result<T, SqsError>) -> Result<T, SqsError> {
        self.transaction(|db, now_ms| work(db, &queues::find(db, queue_name(queue))?, now_ms))
    }
}

#[cfg(test)]
mod tests;
