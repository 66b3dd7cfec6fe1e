//! What moves messages: step by step for the demo and the tests, or for ever for `tieout up`.

use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;
use tokio::sync::watch;

use super::{SWEEP_TIMER, Stack, StackError};

/// Steps until a stack has to be still; more would mean that something feeds itself.
const STEPS_MAX: usize = 10_000;
/// How long a waiting webhook of Xero may take to be due again, at most, in seconds.
const WEBHOOK_STEP_S: i64 = 5;
/// How far ahead waiting work is waited for when a stack settles; what comes later has its own day.
const HORIZON_H: i64 = 6;
/// Workers behind each queue.
const POLLERS: usize = 2;
/// How often timers and webhooks are looked after, in milliseconds.
const LOOK_MS: u64 = 500;

impl Stack {
    /// Brings what is due now to where it is to go, once; gives how much moved.
    ///
    /// # Errors
    /// Where a service fails; a function's failure is the business of its queue.
    pub async fn step(&self) -> Result<usize, StackError> {
        let mut moved = 0;
        if let Some(salesforce) = &self.sandbox.salesforce {
            moved += salesforce.deliver_due().await;
        }
        if let Some(xero) = &self.sandbox.xero {
            moved += xero.deliver_due().await;
        }
        for source in [&self.deals, &self.invoices] {
            let (handled, failed) = source.drain().await.map_err(StackError::embedded)?;
            moved += handled + failed;
        }
        moved += self.fire().await?;
        Ok(moved)
    }

    /// Fires the timers that are due.
    async fn fire(&self) -> Result<usize, StackError> {
        let target = |name: &str| {
            Some(if name == SWEEP_TIMER {
                &self.functions.sweep
            } else {
                &self.functions.month_end
            })
        };
        let fired = self
            .scheduler
            .deliver(self.clock.now(), target)
            .await
            .map_err(StackError::embedded)?;
        Ok(fired.len())
    }

    /// Steps until nothing moves and nothing becomes due within hours; `jump` is asked to move the clock to what is due next.
    ///
    /// # Errors
    /// Where a service fails, or the stack does not come to rest.
    pub async fn settle(&self, jump: impl Fn(DateTime<Utc>)) -> Result<(), StackError> {
        let horizon = self.clock.now() + TimeDelta::hours(HORIZON_H);
        for _ in 0..STEPS_MAX {
            if self.step().await? > 0 {
                continue;
            }
            match self.next_due()?.filter(|due| *due <= horizon) {
                Some(due) => jump(due),
                None => return Ok(()),
            }
        }
        Err(StackError::service("the stack")("does not come to rest".into()))
    }

    /// When waiting work becomes due, timers aside.
    fn next_due(&self) -> Result<Option<DateTime<Utc>>, StackError> {
        let depth = self.services.depth().map_err(StackError::embedded)?;
        let live = depth.iter().filter(|queue| !queue.is_dead_letter);
        let hidden = live.filter_map(|queue| queue.next_visible_at).min();
        let messages = self
            .sandbox
            .salesforce
            .as_ref()
            .and_then(|salesforce| salesforce.next_delivery_at());
        let webhooks = self.sandbox.xero.as_ref().filter(|xero| xero.webhooks_waiting() > 0);
        let webhooks = webhooks.map(|_| self.clock.now() + TimeDelta::seconds(WEBHOOK_STEP_S));
        Ok([hidden, messages, webhooks].into_iter().flatten().min())
    }

    /// Runs until `stop` says so: pollers behind the queues, timers, the sandbox's messages.
    ///
    /// # Errors
    /// Where a service fails.
    pub async fn run(&self, stop: watch::Receiver<bool>) -> Result<(), StackError> {
        let queues = async {
            let deals = self.deals.run(POLLERS, stop.clone());
            let invoices = self.invoices.run(POLLERS, stop.clone());
            futures::future::try_join(deals, invoices).await.map_err(StackError::embedded)
        };
        let mut stopped = stop.clone();
        let timers = async {
            while !*stopped.borrow_and_update() {
                if let Some(salesforce) = &self.sandbox.salesforce {
                    salesforce.deliver_due().await;
                }
                if let Some(xero) = &self.sandbox.xero {
                    xero.deliver_due().await;
                }
                self.fire().await?;
                self.clock.sleep(Duration::from_millis(LOOK_MS)).await;
            }
            Ok(((), ()))
        };
        futures::future::try_join(queues, timers).await?;
        Ok(())
    }
}
