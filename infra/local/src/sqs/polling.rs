//! Receiving, at once or by a long poll.

use std::time::Duration;

use super::Sqs;
use super::errors::SqsError;
use super::receive::{self, ReceiveRequest, Received};

impl Sqs {
    /// Receives what is there now, without waiting.
    ///
    /// # Errors
    /// No such queue; a number out of bounds.
    pub fn receive_now(&self, queue: &str, request: &ReceiveRequest) -> Result<Vec<Received>, SqsError> {
        self.on_queue(queue, |db, queue, now_ms| receive::receive(db, queue, request, now_ms))
    }

    /// Receives, waiting in real time for as long as the request or else the queue says.
    ///
    /// # Errors
    /// As [`Sqs::receive_now`].
    pub async fn receive(&self, queue: &str, request: &ReceiveRequest) -> Result<Vec<Received>, SqsError> {
        let wait_s = match request.wait_s {
            Some(wait_s) => wait_s,
            None => self.on_queue(queue, |_, queue, _| Ok(queue.attributes.wait_s()))?,
        };
        let wait = Duration::from_secs(u64::try_from(wait_s).unwrap_or_default());
        if wait.is_zero() {
            return self.receive_now(queue, request);
        }
        let poll = self.poll_until_any(queue, request);
        tokio::time::timeout(wait, poll).await.unwrap_or_else(|_| Ok(Vec::new()))
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
            let due = self.until_visible(queue)?;
            tokio::select! {
                _ = changes.changed() => {}
                () = due => {}
                _ = closing.wait_for(|closing| *closing) => {}
            }
        }
    }

    /// Resolves, by the clock, when the next message of the queue becomes visible; never, if none is to.
    fn until_visible(&self, queue: &str) -> Result<impl Future<Output = ()>, SqsError> {
        let next = self.next_visible_at(queue)?;
        let wait = next.map(|at| (at - self.inner.clock.now()).to_std().unwrap_or_default());
        let clock = self.inner.clock.clone();
        Ok(async move {
            match wait {
                Some(wait) => clock.sleep(wait).await,
                None => std::future::pending().await,
            }
        })
    }
}
