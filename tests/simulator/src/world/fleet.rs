//! Processes of functions: started, used again, killed in the middle.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use futures::FutureExt;
use serde_json::Value;
use tieout::stack::{DEALS_QUEUE, INVOICES_QUEUE, TABLE, secrets};
use tieout_platform::clock::Clock;
use tieout_platform::failure::{Failure, chain};
use tieout_platform::runtime::variables as names;
use tieout_platform::runtime::{Deadline, Environment, Function, Start, StartError, Variable};
use tieout_platform::telemetry::Metrics;

use super::{DYNAMODB, SECRETS, SQS, World, lock};
use crate::wire::{End, Lifetime, Wire};

/// The longest that a webhook takes; the same as in the template.
const WEBHOOK_TIMEOUT_S: u64 = 20;
/// The longest that a worker takes.
const WORKER_TIMEOUT_S: u64 = 120;
/// The longest that a timer's function takes.
const TIMER_TIMEOUT_S: u64 = 900;
/// A process that is to die does so within this many requests.
const CRASH_WITHIN_REQUESTS: u64 = 60;
/// A process that is to be killed is so within this time.
const KILL_WITHIN_MS: u64 = 20_000;

/// Why an invocation has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// The process died.
    Died,
    /// Its time was over.
    TimedOut,
    /// It panicked.
    Panicked,
    /// It answered an error, or did not start.
    Failed(String),
}

enum Code {
    SalesforceWebhook(salesforce_webhook::Handler),
    XeroWebhook(xero_webhook::Handler),
    DealWorker(deal_worker::Handler),
    InvoiceWorker(invoice_worker::Handler),
    Sweep(sweep::Handler),
    Billing(billing::Handler),
    MonthEnd(month_end::Handler),
}

impl Code {
    async fn init(start: Start) -> Result<Self, StartError> {
        Ok(match start.function {
            Function::SalesforceWebhook => Self::SalesforceWebhook(salesforce_webhook::Handler::init(start).await?),
            Function::XeroWebhook => Self::XeroWebhook(xero_webhook::Handler::init(start).await?),
            Function::DealWorker => Self::DealWorker(deal_worker::Handler::init(start).await?),
            Function::InvoiceWorker => Self::InvoiceWorker(invoice_worker::Handler::init(start).await?),
            Function::Sweep => Self::Sweep(sweep::Handler::init(start).await?),
            Function::Billing => Self::Billing(billing::Handler::init(start).await?),
            Function::MonthEnd => Self::MonthEnd(month_end::Handler::init(start).await?),
        })
    }

    async fn handle(&self, event: Value, deadline: Deadline) -> Result<Value, Failure> {
        match self {
            Self::SalesforceWebhook(handler) => handler.handle(event, deadline).await,
            Self::XeroWebhook(handler) => handler.handle(event, deadline).await,
            Self::DealWorker(handler) => handler.handle(event, deadline).await,
            Self::InvoiceWorker(handler) => handler.handle(event, deadline).await,
            Self::Sweep(handler) => handler.handle(event, deadline).await,
            Self::Billing(handler) => handler.handle(event, deadline).await,
            Self::MonthEnd(handler) => handler.handle(event, deadline).await,
        }
    }
}

struct Process {
    lifetime: Arc<Lifetime>,
    clock: Arc<crate::time::SimClock>,
    code: Code,
}

/// Processes that wait for work.
#[derive(Default)]
pub struct Fleet {
    idle: Mutex<BTreeMap<Function, Vec<Process>>>,
    started: Mutex<u64>,
}

impl Fleet {
    /// Puts all clocks right, and forgets who was about to die.
    pub fn put_right(&self) {
        for process in lock(&self.idle).values().flatten() {
            process.clock.put_right();
            process.lifetime.survives();
        }
    }

    /// Ends all processes that wait: a new version is deployed.
    pub fn replace(&self) {
        lock(&self.idle).clear();
    }
}

fn timeout_of(function: Function) -> Duration {
    Duration::from_secs(match function {
        Function::SalesforceWebhook | Function::XeroWebhook => WEBHOOK_TIMEOUT_S,
        Function::DealWorker | Function::InvoiceWorker => WORKER_TIMEOUT_S,
        Function::Sweep | Function::Billing | Function::MonthEnd => TIMER_TIMEOUT_S,
    })
}

impl World {
    /// Invokes a function with an event, in a process that waits or a new one.
    ///
    /// # Errors
    /// See [`Lost`].
    pub async fn invoke(self: &Arc<Self>, function: Function, event: Value) -> Result<Value, Lost> {
        self.count();
        let cold = self.dice().chance(self.mix().cold);
        let waiting = lock(&self.fleet.idle).get_mut(&function).and_then(Vec::pop).filter(|_| !cold);
        let (lifetime, clock) = match &waiting {
            Some(process) => (Arc::clone(&process.lifetime), Arc::clone(&process.clock)),
            None => self.new_lifetime(function.name()),
        };
        let end = self.fate(&lifetime);
        let work = async {
            let process = match waiting {
                Some(process) => process,
                None => self.process(function, &lifetime, &clock).await?,
            };
            let timeout = TimeDelta::from_std(timeout_of(function)).unwrap_or_default();
            let deadline = Deadline::at(process.clock.now() + timeout);
            let mut answer = process.code.handle(event, deadline).await;
            if let (Some(seam), Ok(answer)) = (self.disabled, &mut answer) {
                seam.answer_of_function(function, answer);
            }
            Ok::<_, StartError>((process, answer))
        };
        let guarded = AssertUnwindSafe(work).catch_unwind();
        let result = tokio::select! {
            biased;
            () = lifetime.died() => Err(Lost::Died),
            () = end => Err(Lost::Died),
            done = guarded => match done {
                Ok(Ok((process, answer))) => {
                    lifetime.survives();
                    lock(&self.fleet.idle).entry(function).or_default().push(process);
                    answer.map_err(|failure| Lost::Failed(chain(&failure)))
                }
                Ok(Err(error)) => Err(Lost::Failed(chain(&error))),
                Err(_) => Err(Lost::Panicked),
            },
            () = self.clock.sleep(timeout_of(function)) => Err(Lost::TimedOut),
        };
        if let Err(lost) = &result {
            lifetime.kill();
            if let Lost::Failed(text) = lost {
                self.said("error", text);
            }
            self.step(&lifetime.name, format_args!("no answer: {lost:?}"));
        }
        result
    }

    /// A process's lifetime and clock, before its first request.
    pub(super) fn new_lifetime(&self, process: &'static str) -> (Arc<Lifetime>, Arc<crate::time::SimClock>) {
        let number = {
            let mut started = lock(&self.fleet.started);
            *started += 1;
            *started
        };
        let skew_max_ms = self.mix().skew_max_ms;
        let skew_ms =
            i64::try_from(self.dice().between(0, 2 * skew_max_ms)).unwrap_or_default() - i64::try_from(skew_max_ms).unwrap_or_default();
        (Arc::new(Lifetime::new(process, number)), self.clock.skewed(skew_ms))
    }

    /// Whether and when the process dies in this invocation.
    pub(super) fn fate(&self, lifetime: &Lifetime) -> futures::future::BoxFuture<'static, ()> {
        let mix = self.mix();
        let mut dice = self.dice();
        if dice.chance(mix.crash) {
            let at = u32::try_from(dice.between(0, CRASH_WITHIN_REQUESTS)).unwrap_or_default();
            let at = if dice.chance(500) { at / 6 } else { at };
            lifetime.dies_at(at, if dice.chance(500) { End::Before } else { End::After });
        }
        if dice.chance(mix.kill) {
            let after = Duration::from_millis(dice.between(0, KILL_WITHIN_MS));
            return self.clock.sleep(after);
        }
        Box::pin(std::future::pending())
    }

    async fn process(
        self: &Arc<Self>,
        function: Function,
        lifetime: &Arc<Lifetime>,
        clock: &Arc<crate::time::SimClock>,
    ) -> Result<Process, StartError> {
        let code = Code::init(self.start(function, lifetime, clock)).await?;
        Ok(Process {
            lifetime: Arc::clone(lifetime),
            clock: Arc::clone(clock),
            code,
        })
    }

    /// From what a process starts, in the environment that the template would give it.
    pub(super) fn start(self: &Arc<Self>, function: Function, lifetime: &Arc<Lifetime>, clock: &Arc<crate::time::SimClock>) -> Start {
        let environment = Environment::from_pairs(function, variables());
        let wire = Wire::new(self, Arc::clone(lifetime));
        let clock: tieout_platform::clock::SharedClock = Arc::clone(clock) as _;
        Start::new(function, environment, wire, clock.clone())
            .with_config(self.config.clone())
            .with_ids(self.ids.clone())
            .with_metrics(Metrics::kept(function.name(), clock))
    }
}

fn variables() -> Vec<(&'static Variable, String)> {
    let at = |host: &str| format!("http://{host}");
    vec![
        (&names::AWS_REGION, tieout_local::sqs::LOCAL_REGION.to_owned()),
        (&names::AWS_ACCESS_KEY_ID, "simulated".to_owned()),
        (&names::AWS_SECRET_ACCESS_KEY, "simulated".to_owned()),
        (&names::TIEOUT_TABLE, TABLE.to_owned()),
        (&names::TIEOUT_DEALS_QUEUE_URL, super::begin::queue_url(DEALS_QUEUE)),
        (&names::TIEOUT_INVOICES_QUEUE_URL, super::begin::queue_url(INVOICES_QUEUE)),
        (
            &names::TIEOUT_SECRET_SALESFORCE_WEBHOOK,
            secrets::SALESFORCE_WEBHOOK_NAME.to_owned(),
        ),
        (&names::TIEOUT_SECRET_XERO_WEBHOOK, secrets::XERO_WEBHOOK_NAME.to_owned()),
        (&names::TIEOUT_SECRET_SALESFORCE, secrets::SALESFORCE_NAME.to_owned()),
        (&names::TIEOUT_SECRET_XERO, secrets::XERO_NAME.to_owned()),
        (&names::TIEOUT_ENDPOINT_DYNAMODB, at(DYNAMODB)),
        (&names::TIEOUT_ENDPOINT_SQS, at(SQS)),
        (&names::TIEOUT_ENDPOINT_SECRETS, at(SECRETS)),
    ]
}
