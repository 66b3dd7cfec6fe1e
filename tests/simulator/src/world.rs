//! The world of a run: services, vendors and functions in one process, joined by the wire.

mod begin;
mod company;
mod fleet;
mod logs;
mod look;
mod people;
mod pollers;
mod pumps;
mod timers;
mod watch;
mod webhooks;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tieout_local::gateway::Route;
use tieout_local::secrets::Secrets;
use tieout_local::sqs::Sqs;
use tieout_platform::clock::Clock;
use tieout_platform::config::Checked;
use tieout_platform::entropy::SharedIds;
use tieout_sandbox::salesforce::Salesforce;
use tieout_sandbox::xero::Xero;
use tokio::sync::Notify;

pub use company::company;
pub use fleet::{Fleet, Lost};
pub use logs::Logs;
pub use people::Command;
pub(crate) use webhooks::SALESFORCE_ENDPOINT;

use crate::auditor::facts::{Fact, What};
use crate::dice::Dice;
use crate::faults::Mix;
use crate::guards::Seam;
use crate::table::Table;
use crate::time::SimClock;
use crate::trace::Trace;
use crate::wire::End;
use crate::witness;

/// The host of the table.
pub const DYNAMODB: &str = "dynamodb.sim";
/// The host of the queues.
pub const SQS: &str = "sqs.sim";
/// The host of the secrets.
pub const SECRETS: &str = "secrets.sim";
/// The queues, each with its dead letters.
pub const QUEUES: [&str; 2] = [tieout::stack::DEALS_QUEUE, tieout::stack::INVOICES_QUEUE];

/// The vendors' servers.
pub struct Routers {
    /// Salesforce's.
    pub salesforce: axum::Router,
    /// Xero's and its identity server's.
    pub xero: axum::Router,
}

/// The world of a run.
pub struct World {
    /// The group, by its configuration.
    pub config: Checked,
    /// The true time.
    pub clock: Arc<SimClock>,
    /// Where the product's ids come from.
    pub ids: SharedIds,
    /// The queues.
    pub sqs: Sqs,
    /// The secrets.
    pub secrets: Secrets,
    /// The CRM.
    pub salesforce: Salesforce,
    /// The ledger.
    pub xero: Xero,
    /// The vendors' servers.
    pub routers: Routers,
    /// Processes of functions.
    pub fleet: Fleet,
    /// What the functions say.
    pub logs: Logs,
    table: Mutex<Table>,
    mix: Mutex<Mix>,
    dice: Mutex<Dice>,
    trace: Mutex<Trace>,
    requests: AtomicU64,
    /// Acts, deliveries and invocations.
    events: AtomicU64,
    stopped: AtomicBool,
    alarm: AtomicBool,
    queue_bells: [Notify; 4],
    vendor_bells: [Notify; 2],
    routes: OnceLock<Vec<Route>>,
    considered: Mutex<watch::Considered>,
    crash: Mutex<Option<CrashPoint>>,
    /// The seam at which a guard is disabled.
    pub(crate) disabled: Option<Seam>,
}

/// One request of one kind of process, on one side of which the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrashPoint {
    /// The function's name, or [`COMMAND`].
    pub process: &'static str,
    /// Counts the requests of all its processes, from 0.
    pub at: u32,
    /// Before or after the request's effect.
    pub end: End,
}

/// The name of a process that is a person's command.
pub const COMMAND: &str = "command";

impl fmt::Debug for World {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("World")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// The table.
    pub fn table(&self) -> MutexGuard<'_, Table> {
        lock(&self.table)
    }

    /// The faults of now.
    pub fn mix(&self) -> Mix {
        lock(&self.mix).clone()
    }

    /// The chance of faults.
    pub fn dice(&self) -> MutexGuard<'_, Dice> {
        lock(&self.dice)
    }

    /// The trace.
    pub fn trace(&self) -> MutexGuard<'_, Trace> {
        lock(&self.trace)
    }

    /// From now on nothing goes wrong any more; clocks are right, and dead processes stay dead.
    pub fn calm_down(&self) {
        let visibility_s = self.mix().visibility_s;
        *lock(&self.mix) = Mix {
            visibility_s,
            page_items_max: self.mix().page_items_max,
            ..Mix::calm()
        };
        self.fleet.put_right();
        self.step("world", format_args!("faults have stopped"));
    }

    /// Notes a step.
    pub fn step(&self, who: &str, what: fmt::Arguments<'_>) {
        self.trace().step(self.clock.now(), who, what);
    }

    /// Reports to the auditor what happened.
    pub fn report(&self, what: What) {
        let fact = Fact {
            at: self.clock.now(),
            what,
        };
        witness::with(|auditor| auditor.learn(&fact, &*self.table()));
    }

    /// Counts an event: an act of somebody, a delivery to a webhook, an invocation.
    pub fn count(&self) {
        self.events.fetch_add(1, Ordering::Relaxed);
    }

    /// Events so far.
    pub fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    /// Requests to vendors so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(crate) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// Something was put on a queue, or let go.
    pub fn ring_queues(&self) {
        self.queue_bells.iter().for_each(Notify::notify_one);
    }

    /// Something happened at a vendor that may have a message to send.
    pub fn ring_vendors(&self) {
        self.vendor_bells.iter().for_each(Notify::notify_one);
    }

    /// Ends pollers and pumps.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        self.ring_queues();
        self.ring_vendors();
    }

    /// From now on the process dies at this point.
    pub fn dies_at(&self, point: CrashPoint) {
        *lock(&self.crash) = Some(point);
    }

    /// Whether the point at which a process was to die has been met.
    pub fn has_crashed(&self) -> bool {
        lock(&self.crash).is_none()
    }

    pub(crate) fn crash_point(&self, process: &str) -> Option<End> {
        let mut crash = lock(&self.crash);
        let point = crash.as_mut().filter(|point| point.process == process)?;
        if point.at > 0 {
            point.at -= 1;
            return None;
        }
        crash.take().map(|point| point.end)
    }

    /// Somebody has to connect the ledger again.
    pub fn raise_alarm(&self) {
        self.alarm.store(true, Ordering::Relaxed);
    }

    /// Whether somebody has to; who asks is taken to do it.
    pub fn takes_alarm(&self) -> bool {
        self.alarm.swap(false, Ordering::Relaxed)
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}
