//! An SQS of our own: the queue service on one file, time from a clock that is given.
//!
//! `Sqs` is the state with typed calls; `SqsServer` puts the AWS JSON protocol before it. Visibility timeouts, delays,
//! retention and deduplication windows run on the clock; a long poll waits in real time, so that a clock that stands
//! still does not hang it, and wakes when a message comes or the clock moves.

mod attributes;
mod batch;
mod dedup;
mod errors;
mod fifo;
mod limits;
mod message_attributes;
mod move_tasks;
mod names;
mod protocol;
mod queues;
mod receipt;
mod receive;
mod redrive;
mod requests;
mod send;
mod server;
mod store;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use rusqlite::Connection;
use tieout_platform::clock::SharedClock;
use tokio::sync::watch;

pub use attributes::AttributeMap;
pub use errors::SqsError;
pub use message_attributes::{MessageAttribute, MessageAttributes};
pub use names::{FIFO_SUFFIX, LOCAL_ACCOUNT, LOCAL_REGION, queue_arn, queue_name, queue_url};
pub use receive::{ReceiveRequest, Received};
pub use send::{Outgoing, Sent};
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

/// How full a queue is, for whoever must know whether all is drained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDepth {
    /// The queue's name.
    pub queue: String,
    /// Whether another queue sends its dead letters here.
    pub is_dead_letter: bool,
    /// Messages not in flight and not delayed (in a FIFO queue some may be behind a locked group).
    pub visible: u64,
    /// Messages received and neither deleted nor back yet.
    pub in_flight: u64,
    /// Messages whose delay is not over.
    pub delayed: u64,
    /// When the next one that is in flight or delayed becomes visible.
    pub next_visible_at: Option<DateTime<Utc>>,
}

impl QueueDepth {
    /// All that is in the queue, in whatever state.
    pub fn total(&self) -> u64 {
        self.visible + self.in_flight + self.delayed
    }
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
        self.change(|db, now_ms| queues::create(db, name, attributes, &AttributeMap::new(), now_ms))
    }

    /// Changes attributes of a queue, named by URL, ARN or name as everywhere here.
    ///
    /// # Errors
    /// No such queue; a bad attribute.
    pub fn set_attributes(&self, queue: &str, attributes: &AttributeMap) -> Result<(), SqsError> {
        self.change_queue(queue, |db, queue, now_ms| {
            queues::set_attributes(db, queue, attributes, now_ms)
        })
    }

    /// Sends one message.
    ///
    /// # Errors
    /// No such queue; a message that the service refuses.
    pub fn send(&self, queue: &str, message: &Outgoing) -> Result<Sent, SqsError> {
        self.change_queue(queue, |db, queue, now_ms| send::send(db, queue, message, now_ms))
    }

    /// Receives what is there now, without waiting.
    ///
    /// # Errors
    /// No such queue; a number out of bounds.
    pub fn receive_now(&self, queue: &str, request: &ReceiveRequest) -> Result<Vec<Received>, SqsError> {
        let (received, moved) =
            self.with_queue(queue, |db, queue, now_ms| receive::receive(db, queue, request, now_ms))?;
        if moved {
            self.announce();
        }
        Ok(received)
    }

    /// Receives, waiting in real time for as long as the request or else the queue says.
    ///
    /// # Errors
    /// As [`Sqs::receive_now`].
    pub async fn receive(&self, queue: &str, request: &ReceiveRequest) -> Result<Vec<Received>, SqsError> {
        let wait_s = match request.wait_s {
            Some(wait_s) => wait_s,
            None => self.with_queue(queue, |_, queue, _| Ok(queue.attributes.wait_s()))?,
        };
        let wait = Duration::from_secs(u64::try_from(wait_s).unwrap_or_default());
        if wait.is_zero() {
            return self.receive_now(queue, request);
        }
        let poll = self.poll_until_any(queue, request);
        match tokio::time::timeout(wait, poll).await {
            Ok(result) => result,
            Err(_) => Ok(Vec::new()),
        }
    }

    /// Deletes a message by the handle of its reception.
    ///
    /// # Errors
    /// No such queue; not a handle of it; an expired one of a FIFO queue.
    pub fn delete(&self, queue: &str, handle: &str) -> Result<(), SqsError> {
        self.change_queue(queue, |db, queue, now_ms| receipt::delete(db, queue, handle, now_ms))
    }

    /// Lets a message become visible again in `timeout_s` seconds.
    ///
    /// # Errors
    /// No such queue; not a handle of it; a message that is not in flight.
    pub fn change_visibility(&self, queue: &str, handle: &str, timeout_s: i64) -> Result<(), SqsError> {
        self.change_queue(queue, |db, queue, now_ms| {
            receipt::change_visibility(db, queue, handle, timeout_s, now_ms)
        })
    }

    /// How full every queue is, by name.
    ///
    /// # Errors
    /// The store failed.
    pub fn depth(&self) -> Result<Vec<QueueDepth>, SqsError> {
        self.read(|db, now_ms| {
            let all = queues::list(db, "")?;
            let is_target = |name: &str| {
                let mut redrives = all.iter().filter_map(|queue| queue.attributes.redrive());
                redrives.any(|redrive| redrive.dead_letter_queue == name)
            };
            let mut depths = Vec::with_capacity(all.len());
            for queue in &all {
                let counts = queues::count(db, queue, now_ms)?;
                depths.push(QueueDepth {
                    queue: queue.name.clone(),
                    is_dead_letter: is_target(&queue.name),
                    visible: counts.visible,
                    in_flight: counts.in_flight,
                    delayed: counts.delayed,
                    next_visible_at: counts
                        .next_visible_ms
                        .and_then(|ms| Utc.timestamp_millis_opt(ms).single()),
                });
            }
            Ok(depths)
        })
    }

    /// Ends all long polls, now and later: they return what is there.
    pub(crate) fn close(&self) {
        self.inner.closing.send_replace(true);
    }

    /// Whether long polls have been ended for good.
    pub(crate) fn is_closed(&self) -> bool {
        *self.inner.closing.borrow()
    }

    /// Looks for messages until there is one, at each change and at each instant at which one becomes visible.
    async fn poll_until_any(&self, queue: &str, request: &ReceiveRequest) -> Result<Vec<Received>, SqsError> {
        let mut changes = self.inner.changes.subscribe();
        let mut closing = self.inner.closing.subscribe();
        loop {
            changes.borrow_and_update();
            let received = self.receive_now(queue, request)?;
            if !received.is_empty() || self.is_closed() {
                return Ok(received);
            }
            let due = self.next_visible(queue)?;
            tokio::select! {
                _ = changes.changed() => {}
                () = due => {}
                _ = closing.wait_for(|closing| *closing) => {}
            }
        }
    }

    /// Resolves, by the clock, when the next message of the queue becomes visible; never, if none is to.
    fn next_visible(&self, queue: &str) -> Result<futures::future::BoxFuture<'static, ()>, SqsError> {
        let next_ms = self.with_queue(queue, |db, queue, now_ms| queues::next_visible_ms(db, queue, now_ms))?;
        let Some(next_ms) = next_ms else {
            return Ok(Box::pin(futures::future::pending()));
        };
        let in_ms = next_ms.saturating_sub(self.now_ms()).max(0);
        let wait = Duration::from_millis(u64::try_from(in_ms).unwrap_or_default());
        Ok(self.inner.clock.sleep(wait))
    }

    fn now_ms(&self) -> i64 {
        self.inner.clock.now().timestamp_millis()
    }

    /// Work in a transaction, at the clock's present instant.
    fn read<T>(&self, work: impl FnOnce(&Connection, i64) -> Result<T, SqsError>) -> Result<T, SqsError> {
        let now_ms = self.now_ms();
        self.inner.store.transaction(|db| work(db, now_ms))
    }

    /// As [`Sqs::read`], and who waits is told.
    fn change<T>(&self, work: impl FnOnce(&Connection, i64) -> Result<T, SqsError>) -> Result<T, SqsError> {
        let result = self.read(work);
        self.announce();
        result
    }

    fn with_queue<T>(
        &self,
        queue: &str,
        work: impl FnOnce(&Connection, &Queue, i64) -> Result<T, SqsError>,
    ) -> Result<T, SqsError> {
        self.read(|db, now_ms| {
            let queue = queues::find(db, queue_name(queue))?;
            work(db, &queue, now_ms)
        })
    }

    fn change_queue<T>(
        &self,
        queue: &str,
        work: impl FnOnce(&Connection, &Queue, i64) -> Result<T, SqsError>,
    ) -> Result<T, SqsError> {
        let result = self.with_queue(queue, work);
        self.announce();
        result
    }

    fn announce(&self) {
        self.inner.changes.send_modify(|count| *count = count.wrapping_add(1));
    }
}

#[cfg(test)]
mod tests;
