//! Receiving, at once or by a long poll.

use std::time::Duration;

use futures::future::BoxFuture;

use super::errors::SqsError;
use super::receive::{self, ReceiveRequest, Received};
use super::{Sqs, counts};

impl Sqs {
    /// Receives what is there now, without waiting.
    ///
    /// # Errors
    /// No such queue; a number out of bounds.
    pub fn receive_now(&self, queue: &str, request: &ReceiveRequest) -> Result<Vec<Received>, SqsError> {
        let (received, moved) = self.with_queue(queue, |db, queue, now_ms| receive::receive(db, queue, request, now_ms))?;
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
    fn next_visible(&self, queue: &str) -> Result<BoxFuture<'static, ()>, SqsError> {
        let next_ms = self.with_queue(queue, counts::next_visible_ms)?;
        let Some(next_ms) = next_ms else {
            return Ok(Box::pin(futures::future::pending()));
        };
        let in_ms = next_ms.saturating_sub(self.now_ms()).max(0);
        let wait = Duration::from_millis(u64::try_from(in_ms).unwrap_or_default());
        Ok(self.inner.clock.sleep(wait))
    }
}
