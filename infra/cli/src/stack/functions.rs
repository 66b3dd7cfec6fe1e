//! The functions, as the local stack deploys them: the shipped handlers behind the events that AWS would send.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use serde_json::Value;
use tieout_local::function::{Function as LocalHandler, FunctionError, LocalFunction};
use tieout_local::stack::Services;
use tieout_platform::clock::SharedClock;
use tieout_platform::config::Checked;
use tieout_platform::failure::{Failure, chain};
use tieout_platform::http::SharedConnector;
use tieout_platform::runtime::variables as names;
use tieout_platform::runtime::{Deadline, Environment, Function, Start, StartError, Variable};
use tieout_platform::telemetry::Metrics;

use super::secrets;
use super::{DEALS_QUEUE, INVOICES_QUEUE, TABLE};

/// The time limit of a webhook, in seconds; the same as in the template.
const DOOR_TIMEOUT_S: u64 = 20;
/// The longest that a worker takes.
const WORKER_TIMEOUT_S: u64 = 120;
/// The longest that a timer's function takes.
const TIMER_TIMEOUT_S: u64 = 900;

macro_rules! local {
    ($name:ident, $handler:ty) => {
        struct $name($handler);

        impl LocalHandler for $name {
            fn invoke(&self, event: Value, deadline: DateTime<Utc>) -> BoxFuture<'_, Result<Value, FunctionError>> {
                Box::pin(async move { self.0.handle(event, Deadline::at(deadline)).await.map_err(reported) })
            }
        }
    };
}

local!(SalesforceWebhook, salesforce_webhook::Handler);
local!(XeroWebhook, xero_webhook::Handler);
local!(DealWorker, deal_worker::Handler);
local!(InvoiceWorker, invoice_worker::Handler);
local!(Sweep, sweep::Handler);
local!(Billing, billing::Handler);
local!(MonthEnd, month_end::Handler);

fn reported(failure: Failure) -> FunctionError {
    FunctionError::failed(format!("{:?}", failure.class()), chain(&failure))
}

/// All functions of the deployment.
#[derive(Debug, Clone)]
pub struct Functions {
    /// Behind the gateway.
    pub salesforce_webhook: LocalFunction,
    /// Behind the gateway.
    pub xero_webhook: LocalFunction,
    /// Behind the queue of deals.
    pub deal_worker: LocalFunction,
    /// Behind the queue of invoices.
    pub invoice_worker: LocalFunction,
    /// Behind a timer.
    pub sweep: LocalFunction,
    /// Behind a timer.
    pub billing: LocalFunction,
    /// Behind a timer for each entity.
    pub month_end: LocalFunction,
}

/// From what each function's start is made.
pub struct Starts<'a> {
    /// The embedded services.
    pub services: &'a Services,
    /// The configuration, with local addresses.
    pub config: &'a Checked,
    /// The time.
    pub clock: SharedClock,
    /// By what time limits count; the machine's time without one.
    pub time_limits: Option<SharedClock>,
    /// The network.
    pub connector: SharedConnector,
}

impl Starts<'_> {
    /// Starts all functions, as Lambda would: configuration, secrets, clients.
    ///
    /// # Errors
    /// Those of the functions' own starts.
    pub async fn functions(&self) -> Result<Functions, StartError> {
        use Function as F;
        let clock = &self.clock;
        let deploy = |function: F, handler: Arc<dyn LocalHandler>, timeout_s: u64| {
            let deployed = LocalFunction::new(function.name(), handler, Duration::from_secs(timeout_s), clock.clone());
            match &self.time_limits {
                Some(clock) => deployed.timed_by(clock.clone()),
                None => deployed,
            }
        };
        let salesforce = SalesforceWebhook(salesforce_webhook::Handler::init(self.of(F::SalesforceWebhook)).await?);
        let xero = XeroWebhook(xero_webhook::Handler::init(self.of(F::XeroWebhook)).await?);
        let deals = DealWorker(deal_worker::Handler::init(self.of(F::DealWorker)).await?);
        let invoices = InvoiceWorker(invoice_worker::Handler::init(self.of(F::InvoiceWorker)).await?);
        let sweep = Sweep(sweep::Handler::init(self.of(F::Sweep)).await?);
        let billing = Billing(billing::Handler::init(self.of(F::Billing)).await?);
        let month_end = MonthEnd(month_end::Handler::init(self.of(F::MonthEnd)).await?);
        Ok(Functions {
            salesforce_webhook: deploy(F::SalesforceWebhook, Arc::new(salesforce), DOOR_TIMEOUT_S),
            xero_webhook: deploy(F::XeroWebhook, Arc::new(xero), DOOR_TIMEOUT_S),
            deal_worker: deploy(F::DealWorker, Arc::new(deals), WORKER_TIMEOUT_S),
            invoice_worker: deploy(F::InvoiceWorker, Arc::new(invoices), WORKER_TIMEOUT_S),
            sweep: deploy(F::Sweep, Arc::new(sweep), TIMER_TIMEOUT_S),
            billing: deploy(F::Billing, Arc::new(billing), TIMER_TIMEOUT_S),
            month_end: deploy(F::MonthEnd, Arc::new(month_end), TIMER_TIMEOUT_S),
        })
    }

    /// The start of one function, in the environment that the template would give it.
    pub fn of(&self, function: Function) -> Start {
        let environment = Environment::from_pairs(function, self.variables());
        Start::new(function, environment, self.connector.clone(), self.clock.clone())
            .with_config(self.config.clone())
            .with_metrics(Metrics::kept(function.name(), self.clock.clone()))
    }

    fn variables(&self) -> Vec<(&'static Variable, String)> {
        let local = "local".to_owned();
        let services = self.services;
        vec![
            (&names::AWS_REGION, tieout_local::sqs::LOCAL_REGION.to_owned()),
            (&names::AWS_ACCESS_KEY_ID, local.clone()),
            (&names::AWS_SECRET_ACCESS_KEY, local),
            (&names::TIEOUT_TABLE, TABLE.to_owned()),
            (&names::TIEOUT_DEALS_QUEUE_URL, services.queue_url(DEALS_QUEUE)),
            (&names::TIEOUT_INVOICES_QUEUE_URL, services.queue_url(INVOICES_QUEUE)),
            (
                &names::TIEOUT_SECRET_SALESFORCE_WEBHOOK,
                secrets::SALESFORCE_WEBHOOK_NAME.to_owned(),
            ),
            (&names::TIEOUT_SECRET_XERO_WEBHOOK, secrets::XERO_WEBHOOK_NAME.to_owned()),
            (&names::TIEOUT_SECRET_SALESFORCE, secrets::SALESFORCE_NAME.to_owned()),
            (&names::TIEOUT_SECRET_XERO, secrets::XERO_NAME.to_owned()),
            (&names::TIEOUT_ENDPOINT_DYNAMODB, services.dynamodb_url.clone()),
            (&names::TIEOUT_ENDPOINT_SQS, services.sqs_url.clone()),
            (&names::TIEOUT_ENDPOINT_SECRETS, services.secrets_url.clone()),
        ]
    }
}
