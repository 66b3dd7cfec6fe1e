//! What people do with the command line: each command is a process of its own, on the same wire.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tieout::stack::{DEALS_QUEUE, INVOICES_QUEUE};
use tieout_local::stack::dead_letter_queue_name;
use tieout_platform::failure::chain;
use tieout_platform::runtime::variables::TIEOUT_ENDPOINT_SQS;
use tieout_platform::runtime::{Function, Start};
use tieout_queue::{DeadLetters, Queue};
use tieout_workflow::failures::Failures;
use tieout_workflow::{Deployment, start};

use super::begin::queue_url;
use super::{COMMAND, Lost, World};

/// What a command stands on.
pub struct Command {
    /// What use cases stand on.
    pub deployment: Deployment,
    start: Start,
}

impl Command {
    /// The queues and their dead letters.
    ///
    /// # Errors
    /// Where the environment lacks something.
    pub fn failures(self) -> Result<Failures, String> {
        let settings = self.start.aws(&TIEOUT_ENDPOINT_SQS).map_err(|error| chain(&error))?;
        let queues = [DEALS_QUEUE, INVOICES_QUEUE].map(|name| {
            let letters = DeadLetters::new(&settings, queue_url(&dead_letter_queue_name(name)));
            (name.to_owned(), Queue::new(&settings, queue_url(name)), letters)
        });
        Ok(Failures {
            deployment: self.deployment,
            queues: queues.into(),
        })
    }
}

impl World {
    /// Runs a command; none where its process died, or it did not start.
    pub async fn command<T>(self: &Arc<Self>, work: impl FnOnce(Command) -> BoxFuture<'static, T>) -> Result<T, Lost> {
        let (lifetime, clock) = self.new_lifetime(COMMAND);
        let end = self.fate(&lifetime);
        let start = self.start(Function::Sweep, &lifetime, &clock);
        let run = async {
            let deployment = start::deployment(&start).await.map_err(|error| Lost::Failed(chain(&error)))?;
            Ok(work(Command { deployment, start }).await)
        };
        let result = tokio::select! {
            biased;
            () = lifetime.died() => Err(Lost::Died),
            () = end => Err(Lost::Died),
            done = std::panic::AssertUnwindSafe(run).catch_unwind() => done.unwrap_or(Err(Lost::Panicked)),
        };
        lifetime.kill();
        self.show_logs();
        result
    }
}
