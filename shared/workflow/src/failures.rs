//! What failed five times: listed with its cause, sent back or thrown away, each act recorded with who did it.

use tieout_platform::config::Right;
use tieout_queue::{DeadLetter, DeadLetters, LOOK_VISIBILITY_S, Queue};
use tieout_store::{Act, FailureAct};

use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::people::check_right;

/// The most dead letters that a list shows.
pub const LIST_MAX: usize = 500;

/// A queue and its dead letters.
pub struct Failures {
    /// What it stands on.
    pub deployment: Deployment,
    /// Each source queue by name, with its dead letters.
    pub queues: Vec<(String, Queue, DeadLetters)>,
}

/// A dead letter and why it is one.
#[derive(Debug)]
pub struct Failure {
    /// The source queue's name.
    pub queue: String,
    /// The message.
    pub letter: DeadLetter,
    /// What its last handling came to; `None` where it never came to an end, as in a crash.
    pub cause: Option<String>,
}

impl Failures {
    /// All dead letters, with their causes.
    ///
    /// # Errors
    /// Those of the queue and the store.
    pub async fn list(&self) -> Result<Vec<Failure>, WorkflowError> {
        let mut failures = Vec::new();
        for (name, _, letters) in &self.queues {
            for letter in letters.list(LIST_MAX).await? {
                failures.push(self.failure(name, letter).await?);
            }
        }
        Ok(failures)
    }

    /// One dead letter.
    ///
    /// # Errors
    /// Where there is none of that id.
    pub async fn show(&self, message_id: &str) -> Result<Failure, WorkflowError> {
        for (name, _, letters) in &self.queues {
            if let Some(letter) = letters.find(message_id).await? {
                return self.failure(name, letter).await;
            }
        }
        Err(not_found(message_id))
    }

    /// Sends a dead letter back to its queue.
    ///
    /// # Errors
    /// Where there is none of that id, or `by` may not operate.
    pub async fn replay(&self, message_id: &str, by: &str) -> Result<(), WorkflowError> {
        check_right(&self.deployment, by, Right::Operate)?;
        for (name, queue, letters) in &self.queues {
            if letters.find(message_id).await?.is_some() {
                self.record(name, message_id, Act::Replayed, by).await?;
                letters.replay(message_id, queue).await?;
                return Ok(());
            }
        }
        Err(not_found(message_id))
    }

    /// Throws a dead letter away; what it pointed at is found by the sweep if it changes again, or if it is a deal
    /// that is won and was not booked.
    ///
    /// # Errors
    /// Where there is none of that id, or `by` may not operate.
    pub async fn discard(&self, message_id: &str, by: &str) -> Result<(), WorkflowError> {
        check_right(&self.deployment, by, Right::Operate)?;
        for (name, _, letters) in &self.queues {
            if letters.find(message_id).await?.is_some() {
                self.record(name, message_id, Act::Discarded, by).await?;
                letters.discard(message_id).await?;
                return Ok(());
            }
        }
        Err(not_found(message_id))
    }

    /// Recorded before it is done: an act without its effect can be repeated, an effect without its act cannot be explained.
    async fn record(&self, queue: &str, message_id: &str, act: Act, by: &str) -> Result<(), WorkflowError> {
        let cause = self.deployment.store.failure_cause(message_id).await?;
        let act = FailureAct {
            message_id: message_id.to_owned(),
            queue: queue.to_owned(),
            act,
            by: by.to_owned(),
            at: self.deployment.clock.now(),
            cause: cause.map(|cause| cause.cause).unwrap_or_default(),
        };
        self.deployment.store.record_act(&act).await?;
        Ok(())
    }

    async fn failure(&self, queue: &str, letter: DeadLetter) -> Result<Failure, WorkflowError> {
        let cause = self.deployment.store.failure_cause(&letter.message_id).await?;
        Ok(Failure {
            queue: queue.to_owned(),
            letter,
            cause: cause.map(|cause| cause.cause),
        })
    }
}

fn not_found(message_id: &str) -> WorkflowError {
    WorkflowError::NotFound {
        what: "dead letter",
        name: message_id.to_owned(),
        known: format!(
            "one that somebody else is looking at is hidden for {LOOK_VISIBILITY_S} seconds; `tieout failures list` shows the others"
        ),
    }
}
