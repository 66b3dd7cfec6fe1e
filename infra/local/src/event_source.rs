//! The SQS event source mapping: receives a batch, invokes the function with the event that Lambda would give it,
//! deletes what was handled and leaves what failed to its visibility timeout.
//!
//! It reads the queues' state in the process rather than over their wire protocol: on AWS the poller is the service's,
//! not code that ships, so there is nothing of ours to test on that way, and a poll stays deterministic under a clock
//! that the test moves.

mod batch;

use tokio::sync::watch;

use crate::function::LocalFunction;
use crate::sqs::{ReceiveRequest, Received, Sqs, SqsError, queue_name};

pub use batch::{BatchFailure, sqs_event};

use batch::failures_in;

/// The most messages of a batch from a FIFO queue (and of one without a batching window).
pub const BATCH_SIZE_MAX: u8 = 10;
/// How long one poll of [`EventSource::run`] waits for a message, in seconds.
const POLL_WAIT_S: i64 = 20;

/// What became of the messages of one poll, or of several; both are zero if there was no message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Polled {
    /// Handled and deleted.
    pub handled: usize,
    /// Left in the queue, to come back after their visibility timeout: the function failed, reported them as failed, or
    /// answered what cannot be understood.
    pub failed: usize,
}

/// A queue and the function that handles its messages.
#[derive(Debug, Clone)]
pub struct EventSource {
    sqs: Sqs,
    queue: String,
    function: LocalFunction,
    batch_size: u8,
}

impl EventSource {
    /// Maps `queue` (URL, ARN or name) to `function`, with batches of at most `batch_size` (1 to 10).
    pub fn new(sqs: Sqs, queue: &str, function: LocalFunction, batch_size: u8) -> Self {
        Self {
            sqs,
            queue: queue_name(queue).to_owned(),
            function,
            batch_size: batch_size.clamp(1, BATCH_SIZE_MAX),
        }
    }

    pub fn queue(&self) -> &str {
        &self.queue
    }

    /// Handles one batch of what is there now, without waiting.
    ///
    /// # Errors
    /// The queue is not there, or its store failed. That the function failed is a [`Polled`].
    pub async fn poll_once(&self) -> Result<Polled, SqsError> {
        let batch = self.sqs.receive_now(&self.queue, &self.request(0))?;
        self.handle(batch).await
    }

    /// Handles batches until none can be received now; gives how many messages were handled and how many failed.
    ///
    /// A message that fails is not seen again in this call, unless the queue's visibility timeout is zero.
    ///
    /// # Errors
    /// As [`EventSource::poll_once`].
    pub async fn drain(&self) -> Result<(usize, usize), SqsError> {
        let mut total = (0, 0);
        loop {
            let polled = self.poll_once().await?;
            if polled == Polled::default() {
                return Ok(total);
            }
            total = (total.0 + polled.handled, total.1 + polled.failed);
        }
    }

    /// Polls with `concurrency` pollers side by side until `stop` is true, its sender gone or the queues' server
    /// shut down; batches under way are finished. The group lock of a FIFO queue keeps a group's messages in order all the same.
    ///
    /// # Errors
    /// As [`EventSource::poll_once`].
    pub async fn run(&self, concurrency: usize, stop: watch::Receiver<bool>) -> Result<(), SqsError> {
        let pollers = (0..concurrency.max(1)).map(|_| self.poll_until(stop.clone()));
        futures::future::try_join_all(pollers).await?;
        Ok(())
    }

    async fn poll_until(&self, mut stop: watch::Receiver<bool>) -> Result<(), SqsError> {
        let request = self.request(POLL_WAIT_S);
        loop {
            let batch = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return Ok(()),
                batch = self.sqs.receive(&self.queue, &request) => batch?,
            };
            self.handle(batch).await?;
            // Once the queues' server is shut down a long poll no longer waits.
            if self.sqs.is_closed() {
                return Ok(());
            }
        }
    }

    fn request(&self, wait_s: i64) -> ReceiveRequest {
        ReceiveRequest {
            max_messages: i64::from(self.batch_size),
            wait_s: Some(wait_s),
            visibility_timeout_s: None,
        }
    }

    async fn handle(&self, batch: Vec<Received>) -> Result<Polled, SqsError> {
        let messages = batch.len();
        if messages == 0 {
            return Ok(Polled::default());
        }
        let answer = self.function.call(sqs_event(&self.queue, &batch)).await;
        let failures = answer.map_err(BatchFailure::from).and_then(|answer| failures_in(&answer, &batch));
        let failed = match failures {
            Ok(failed) => failed,
            Err(reason) => {
                tracing::warn!(queue = %self.queue, messages, %reason, "a batch failed");
                return Ok(Polled {
                    handled: 0,
                    failed: messages,
                });
            }
        };
        for message in &batch {
            if !failed.contains(&message.message_id) {
                self.delete(message)?;
            }
        }
        Ok(Polled {
            handled: messages - failed.len(),
            failed: failed.len(),
        })
    }

    /// A handle that has expired meanwhile means that the message comes again; that is no failure of the poll.
    fn delete(&self, message: &Received) -> Result<(), SqsError> {
        match self.sqs.delete(&self.queue, &message.receipt_handle) {
            Err(SqsError::InvalidParameterValue(_)) => {
                tracing::warn!(queue = %self.queue, message = %message.message_id, "handled after its visibility timeout");
                Ok(())
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests;
