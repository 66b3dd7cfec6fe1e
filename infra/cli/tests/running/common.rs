//! A stack whose clock, wire and queues the test controls.

mod acts;
mod wire;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tieout::stack::{DEALS_QUEUE, Functions, INVOICES_QUEUE, Options, Stack, Starts};
use tieout_local::event_source::EventSource;
use tieout_local::function::LocalFunction;
use tieout_local::sqs::ReceiveRequest;
use tieout_platform::clock::{Clock, ManualClock};
use tieout_platform::config::{Checked, Config};
use tieout_platform::http::Connector as _;
use tieout_platform::runtime::{Function, Start};
use tieout_workflow::Deployment;
use tokio::task::JoinHandle;

pub use acts::*;
pub use wire::{Trouble, Wire};

pub const CONFIG: &str = include_str!("../../../../tieout.toml");
/// Looks at the wire before the clock of a world that stands still moves on; in real milliseconds.
const LOOK_MS: u64 = 2;
/// Looks without any move after which somebody waits for the clock.
const STILL_LOOKS: u32 = 3;
/// How far the clock moves then.
const NUDGE_MS: u64 = 200;
/// Longer than the visibility of a message, the leases of effects and the longest wait between two tries.
const PATIENCE_S: i64 = 905;
/// Rounds in which everything has to be at its end.
const ROUNDS_MAX: u32 = 6;

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A stack and its world.
pub struct World {
    pub stack: Stack,
    pub clock: Arc<ManualClock>,
    pub wire: Arc<Wire>,
    config: Checked,
    functions: std::sync::Mutex<Functions>,
    nudger: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.nudger.abort();
    }
}

impl World {
    /// A world under the repository's configuration, at nine in the morning of `today`.
    pub async fn new(today: &str) -> Self {
        Self::with(today, CONFIG).await
    }

    /// A world under another configuration.
    pub async fn with(today: &str, config: &str) -> Self {
        let clock = ManualClock::new(day(today).and_time(NaiveTime::from_hms_opt(9, 0, 0).unwrap()).and_utc());
        let wire = Wire::new();
        let config = Config::check(config).unwrap();
        let nudger = tokio::spawn(nudge(clock.clone(), wire.clone()));
        let stack = Stack::start(Options {
            data: None,
            config: config.clone(),
            clock: clock.clone(),
            time_limits: None,
            sweep: "rate(30 minutes)",
            salesforce_url: None,
            xero_url: None,
            xero_identity_url: None,
            connector: Some(wire.clone()),
        })
        .await
        .unwrap();
        let config = Checked {
            config: (*stack.deployment.config).clone(),
            ..config
        };
        let functions = std::sync::Mutex::new(stack.functions.clone());
        Self {
            stack,
            clock,
            wire,
            config,
            functions,
            nudger,
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }

    pub fn pass(&self, seconds: i64) {
        self.clock.set(self.now() + TimeDelta::seconds(seconds));
    }

    /// Nine in the morning of `date`.
    pub fn morning(&self, date: NaiveDate) {
        self.clock.set(date.and_time(NaiveTime::from_hms_opt(9, 0, 0).unwrap()).and_utc());
    }

    pub fn functions(&self) -> Functions {
        self.functions.lock().unwrap().clone()
    }

    /// Replaces processes that died: nothing in memory survives.
    pub async fn restart(&self) {
        let functions = self.starts().functions().await.unwrap();
        *self.functions.lock().unwrap() = functions;
    }

    /// What commands stand on, in a process of its own.
    pub async fn command(&self) -> Deployment {
        tieout_workflow::start::deployment(&self.starts().of(Function::Sweep))
            .await
            .unwrap()
    }

    /// From what a function's process starts.
    pub fn start(&self, function: Function) -> Start {
        self.starts().of(function)
    }

    fn starts(&self) -> Starts<'_> {
        Starts {
            services: &self.stack.services,
            config: &self.config,
            clock: self.clock.clone(),
            time_limits: None,
            connector: self.wire.clone(),
        }
    }

    /// Delivers messages and webhooks until none is left.
    pub async fn deliver(&self) {
        for _ in 0..1_000 {
            let delivered = self.salesforce().deliver_due().await + self.xero().deliver_due().await;
            if self.salesforce().waiting_notifications() == 0 && self.xero().webhooks_waiting() == 0 {
                return;
            }
            if delivered == 0 {
                self.pass(1);
            }
        }
        panic!("messages do not arrive");
    }

    /// Lets the workers handle what they may receive now.
    pub async fn work(&self) {
        self.drain(DEALS_QUEUE).await;
        self.drain(INVOICES_QUEUE).await;
    }

    pub async fn drain(&self, queue: &str) {
        self.source(queue).drain().await.unwrap();
    }

    pub fn source(&self, queue: &str) -> EventSource {
        let functions = self.functions();
        let function = if queue == DEALS_QUEUE {
            functions.deal_worker
        } else {
            functions.invoice_worker
        };
        EventSource::new(self.stack.services.sqs().clone(), queue, function, 10)
    }

    /// Runs everything to its end: webhooks, queues, and waits between tries.
    pub async fn settle(&self) {
        for _ in 0..ROUNDS_MAX {
            self.deliver().await;
            self.work().await;
            self.deliver().await;
            if self.waiting() == 0 {
                return;
            }
            self.pass(PATIENCE_S);
        }
    }

    /// Deletes all messages on the queues, as after fourteen days among the dead letters.
    pub fn lose_messages(&self) {
        let request = ReceiveRequest {
            max_messages: 10,
            wait_s: Some(0),
            visibility_timeout_s: None,
        };
        for queue in [DEALS_QUEUE, INVOICES_QUEUE] {
            let sqs = self.stack.services.sqs();
            loop {
                let batch = sqs.receive_now(queue, &request).unwrap();
                if batch.is_empty() {
                    break;
                }
                for message in batch {
                    sqs.delete(queue, &message.receipt_handle).unwrap();
                }
            }
        }
    }

    /// Messages on the queues in any state, without dead letters.
    pub fn waiting(&self) -> u64 {
        let depth = self.stack.services.depth().unwrap();
        depth
            .iter()
            .filter(|queue| !queue.is_dead_letter)
            .map(tieout_local::sqs::QueueDepth::total)
            .sum()
    }

    pub fn dead_letters(&self) -> u64 {
        let depth = self.stack.services.depth().unwrap();
        depth
            .iter()
            .filter(|queue| queue.is_dead_letter)
            .map(tieout_local::sqs::QueueDepth::total)
            .sum()
    }

    /// Invokes a timer's function for an entity.
    pub async fn timer(&self, function: &LocalFunction, entity: Option<&str>) -> Result<Value, String> {
        let event = json!({ "entity": entity, "time": self.now().to_rfc3339() });
        function.call(event).await.map_err(|error| error.to_string())
    }

    /// One look of the sweep.
    pub async fn sweep(&self) -> Result<Value, String> {
        let function = self.functions().sweep;
        self.timer(&function, None).await
    }

    /// One look for what falls due.
    pub async fn billing(&self) -> Result<Value, String> {
        let function = self.functions().billing;
        self.timer(&function, None).await
    }

    /// One morning of an entity.
    pub async fn month_end(&self, entity: &str) -> Result<Value, String> {
        let function = self.functions().month_end;
        self.timer(&function, Some(entity)).await
    }

    /// What a person sees at one of the sandbox's own addresses.
    pub async fn look(&self, path: &str) -> Value {
        let request = http::Request::get(format!("{}{path}", self.xero().url()));
        let answer = self.wire.send(request.body(bytes::Bytes::new()).unwrap()).await.unwrap();
        serde_json::from_slice(answer.body()).unwrap()
    }
}

/// Moves the clock when nothing else happens: then something waits for it.
async fn nudge(clock: Arc<ManualClock>, wire: Arc<Wire>) {
    let mut looks = tokio::time::interval(Duration::from_millis(LOOK_MS));
    let (mut seen, mut still) = (0, 0);
    loop {
        looks.tick().await;
        let moves = wire.moves.load(Ordering::Relaxed);
        still = if moves == seen { still + 1 } else { 0 };
        seen = moves;
        if still >= STILL_LOOKS {
            clock.advance(Duration::from_millis(NUDGE_MS));
        }
    }
}
