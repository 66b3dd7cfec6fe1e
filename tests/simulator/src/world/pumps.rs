//! The vendors' own senders: outbound messages and webhooks, as they become due.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tieout_platform::clock::Clock;

use super::World;

/// How long a sender looks away where nothing is due.
const LOOK_AWAY_S: u64 = 12 * 3_600;
/// A sender does not look more often than this.
const LOOK_MS: u64 = 200;

impl World {
    /// Both senders, until the world stops.
    pub async fn pump(self: &Arc<Self>) {
        futures::future::join(self.pump_salesforce(), self.pump_xero()).await;
    }

    async fn pump_salesforce(self: &Arc<Self>) {
        while !self.is_stopped() {
            if self.salesforce.next_delivery_at().is_some_and(|due| due <= self.clock.now()) {
                let mix = self.mix();
                let (lost, doubled) = {
                    let mut dice = self.dice();
                    (dice.chance(mix.message_lost), dice.chance(mix.message_doubled))
                };
                // The sandbox keeps these in memory here, where nothing can fail.
                let _ = self.salesforce.lose_next_messages(u32::from(lost));
                let _ = self.salesforce.double_next_messages(u32::from(doubled));
                self.salesforce.deliver_due().await;
                let _ = self.salesforce.lose_next_messages(0);
                let _ = self.salesforce.double_next_messages(0);
            }
            self.pause(self.salesforce.next_delivery_at(), 0).await;
        }
    }

    async fn pump_xero(self: &Arc<Self>) {
        while !self.is_stopped() {
            if self.xero.next_webhook_at().is_some_and(|due| due <= self.clock.now()) {
                self.xero.deliver_due().await;
            }
            self.pause(self.xero.next_webhook_at(), 1).await;
        }
    }

    /// Until something is due, or something has happened.
    async fn pause(&self, due: Option<DateTime<Utc>>, bell: usize) {
        let wait = due.map_or(Duration::from_secs(LOOK_AWAY_S), |due| {
            (due - self.clock.now()).to_std().unwrap_or_default()
        });
        let rung = async {
            match self.vendor_bells.get(bell) {
                Some(bell) => bell.notified().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = rung => {}
            () = self.clock.sleep(wait.max(Duration::from_millis(LOOK_MS))) => {}
        }
        self.clock.sleep(Duration::from_millis(LOOK_MS)).await;
    }
}
