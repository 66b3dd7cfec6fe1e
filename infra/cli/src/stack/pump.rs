//! What moves messages: step by step for the demo and the tests, or for ever for `tieout up`.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tieout_platform::clock::Clock as _;
use tokio::sync::watch;

use super::clock::{EACH_LOOK_MS, StandingClock, machine_sleep};
use super::{BILLING_TIMER, SWEEP_TIMER, Stack, StackError};

/// Steps until a stack has to be still; more would mean that something feeds itself.
const STEPS_MAX: usize = 10_000;
/// Looks without any traffic after which who waits for the clock waits for nothing else.
const STILL_LOOKS: u32 = 3;
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
            Some(match name {
                SWEEP_TIMER => &self.functions.sweep,
                BILLING_TIMER => &self.functions.billing,
                _ => &self.functions.month_end,
            })
        };
        let fired = self
            .pending
            .scheduler
            .deliver(self.clock.now(), target)
            .await
            .map_err(StackError::embedded)?;
        Ok(fired.len())
    }

    /// Steps until nothing moves and nothing becomes due within hours; `clock` goes to what is due next, after `reached` was told.
    ///
    /// # Errors
    /// Where a service fails, or the stack does not come to rest.
    pub async fn settle(&self, clock: &StandingClock, reached: impl Fn(DateTime<Utc>)) -> Result<(), StackError> {
        let horizon = clock.now() + TimeDelta::hours(HORIZON_H);
        for _ in 0..STEPS_MAX {
            if self.running(clock, self.step()).await?? > 0 {
                continue;
            }
            match self.pending.messages_due()?.into_iter().min().filter(|due| *due <= horizon) {
                Some(due) => {
                    reached(due);
                    clock.jump(due).map_err(StackError::clock)?;
                }
                None => return Ok(()),
            }
        }
        Err(StackError::service("the stack")("does not come to rest".into()))
    }

    /// Brings `work` to its end on a clock that stands still: where it does nothing but wait for the clock, this one moves.
    ///
    /// # Errors
    /// Where the clock cannot be moved.
    pub async fn running<T>(&self, clock: &StandingClock, work: impl Future<Output = T>) -> Result<T, StackError> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => {
                    clock.rested();
                    return Ok(done);
                }
                until = self.stuck(clock) => clock.jump(until).map_err(StackError::clock)?,
            }
        }
    }

    /// Resolves when what runs on `clock` waits for it and for no answer of anybody: with the end of the first wait.
    pub(super) async fn stuck(&self, clock: &StandingClock) -> DateTime<Utc> {
        let (mut sent, mut looks) = (self.traffic.sent(), 0);
        loop {
            machine_sleep(Duration::from_millis(EACH_LOOK_MS)).await;
            let is_still = !self.traffic.is_busy() && self.traffic.sent() == sent;
            sent = self.traffic.sent();
            match clock.first_wait().filter(|_| is_still) {
                Some(until) if looks + 1 >= STILL_LOOKS => return until,
                Some(_) => looks += 1,
                None => looks = 0,
            }
        }
    }

    /// When waiting work becomes due, timers included; what is due and does not move is among it.
    pub(super) fn falls_due(&self) -> Result<Vec<DateTime<Utc>>, StackError> {
        let mut due = self.pending.messages_due()?;
        due.extend(self.pending.next_timer()?);
        Ok(due)
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
