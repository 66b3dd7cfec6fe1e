//! The whole stack on one machine: embedded AWS services, the functions behind them, the sandbox, and the wires between.

pub mod clock;
mod driver;
mod endpoint;
mod functions;
mod pending;
mod pump;
mod reading;
mod ready;
pub mod sandbox;
pub mod secrets;
mod traffic;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tieout_local::data_folder::DataFolder;
use tieout_local::event_source::EventSource;
use tieout_local::gateway::{ClientCertificate, Gateway, Route};
use tieout_local::scheduler::{Schedule, Scheduler};
use tieout_local::stack::{Ports, Services, ServicesConfig};
use tieout_platform::clock::SharedClock;
use tieout_platform::config::{Checked, Config, Finding, SalesforceLogin, XeroLogin};
use tieout_platform::http::{Network, SharedConnector};
use tieout_platform::runtime::{Function, StartError};
use tieout_platform::secret::Secret;
use tieout_platform::vendor::{StoredToken, TokenVault};
use tieout_sandbox::xero::WebhookTarget;
use tieout_store::Store;
use tieout_workflow::Deployment;
use tieout_workflow::start::XERO_CONNECTION;

pub use driver::{ClockRequest, MOVE_DAYS_MAX, Refused, ask};
pub use endpoint::{Endpoint, View};
pub use functions::{Functions, Starts};

pub use reading::Reading;
pub use ready::Ready;
pub use sandbox::Sandbox;

/// The table's name.
pub const TABLE: &str = "tieout";
/// The queue of deals.
pub const DEALS_QUEUE: &str = "deals.fifo";
/// The queue of invoices and credit notes.
pub const INVOICES_QUEUE: &str = "invoices.fifo";
/// Receptions before a message is a dead letter; the same as in the template.
const RECEPTIONS_MAX: u16 = 5;
/// How long a received message is kept from others; the same as in the template.
const VISIBILITY_S: u64 = 720;
/// Messages of one invocation.
const BATCH_SIZE: u8 = 10;
/// When the close of an entity is looked after, in its own time zone; the same as in the template.
const MONTH_END_CRON: &str = "cron(0 6 * * ? *)";
/// When what falls due is looked for; the same as in the template.
const BILLING_CRON: &str = "cron(0 5 * * ? *)";
/// The name of its timer.
const BILLING_TIMER: &str = "billing";
/// The name of the sweep's timer.
const SWEEP_TIMER: &str = "sweep";

/// What a stack is made of.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder that keeps everything; none keeps it in memory.
    pub data: Option<DataFolder>,
    /// `tieout.toml`.
    pub config: Checked,
    /// The time.
    pub clock: SharedClock,
    /// By what the functions' time limits count; the machine's time without one.
    pub time_limits: Option<SharedClock>,
    /// How often the sweep looks, as a Scheduler expression.
    pub sweep: &'static str,
    /// Used instead of the sandbox's Salesforce.
    pub salesforce_url: Option<String>,
    /// Used instead of the sandbox's Xero.
    pub xero_url: Option<String>,
    /// Used instead of the sandbox's Xero identity server.
    pub xero_identity_url: Option<String>,
    /// Another connector beneath all functions, for tests that lose and double requests; the network without one.
    pub connector: Option<SharedConnector>,
}

/// Why the stack does not start.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The configuration has mistakes.
    #[error("{}", findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Config {
        /// All of them.
        findings: Vec<Finding>,
    },
    /// A function refuses to start.
    #[error(transparent)]
    Function(#[from] StartError),
    /// One of the services or the sandbox cannot be started or used.
    #[error("{what}: {source}")]
    Service {
        /// Which.
        what: &'static str,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StackError {
    fn service(what: &'static str) -> impl Fn(Box<dyn std::error::Error + Send + Sync>) -> Self {
        move |source| Self::Service { what, source }
    }

    pub(crate) fn sandbox(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::service("the sandbox")(Box::new(source))
    }

    fn clock(source: std::io::Error) -> Self {
        Self::service("the clock cannot be kept in the data folder, so it does not move")(Box::new(source))
    }

    fn embedded(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::service("the embedded services")(Box::new(source))
    }
}

/// A running stack.
pub struct Stack {
    /// The embedded services.
    pub services: Services,
    /// The sandbox.
    pub sandbox: Sandbox,
    /// The use cases' dependencies, for commands and reports.
    pub deployment: Deployment,
    /// The functions.
    pub functions: Functions,
    /// Where everything is.
    pub ready: Ready,
    /// The time.
    pub clock: SharedClock,
    deals: EventSource,
    invoices: EventSource,
    pending: pending::PendingWork,
    traffic: Arc<traffic::Traffic>,
    _gateway: Gateway,
    _keeper: Option<clock::Keeper>,
    _folder: Option<DataFolder>,
}

impl Stack {
    /// Starts everything, on what the folder holds.
    ///
    /// # Errors
    /// See [`StackError`].
    pub async fn start(options: Options) -> Result<Self, StackError> {
        let Options {
            data, mut config, clock, ..
        } = options.clone();
        let folder = data;
        let data = folder.as_ref().map(DataFolder::path);
        let sandbox = Sandbox {
            salesforce: match &options.salesforce_url {
                Some(_) => None,
                None => Some(sandbox::salesforce(&config.config, data, clock.clone()).await?),
            },
            xero: match &options.xero_url {
                Some(_) => None,
                None => Some(sandbox::xero(&config.config, data, clock.clone()).await?),
            },
        };
        localise(&mut config.config, &options, &sandbox);
        let services = services(data, clock.clone()).await?;
        let connector: SharedConnector = match &options.connector {
            Some(connector) => connector.clone(),
            None => Arc::new(Network::new().map_err(StackError::embedded)?),
        };
        let traffic = Arc::new(traffic::Traffic::default());
        let starts = Starts {
            services: &services,
            config: &config,
            clock: clock.clone(),
            time_limits: options.time_limits.clone(),
            connector: traffic.counting(connector),
        };
        prepare_table(&starts).await?;
        let functions = starts.functions().await?;
        let deployment = tieout_workflow::start::deployment(&starts.of(Function::Sweep)).await?;
        let gateway = gateway(&config.config, &functions, clock.clone()).await?;
        let ready = Ready::new(&config.config, &services, &gateway.url());
        point_webhooks(&sandbox, &ready)?;
        let source = |queue: &str, function: &tieout_local::function::LocalFunction| {
            EventSource::new(services.sqs().clone(), queue, function.clone(), BATCH_SIZE)
        };
        Ok(Self {
            deals: source(DEALS_QUEUE, &functions.deal_worker),
            invoices: source(INVOICES_QUEUE, &functions.invoice_worker),
            pending: pending::PendingWork {
                sqs: services.sqs().clone(),
                sandbox: sandbox.clone(),
                scheduler: Arc::new(scheduler(&services, &config.config, options.sweep)?),
            },
            traffic,
            _keeper: data.and_then(|data| clock::Keeper::start(data, clock.clone())),
            _gateway: gateway,
            _folder: folder,
            services,
            sandbox,
            deployment,
            functions,
            ready,
            clock,
        })
    }
}

/// The configuration with the addresses of the sandbox.
fn localise(config: &mut Config, options: &Options, sandbox: &Sandbox) {
    let sandboxed = sandbox.salesforce.as_ref().map(|salesforce| salesforce.url.clone());
    if let Some(url) = options.salesforce_url.clone().or(sandboxed) {
        config.salesforce.audience.clone_from(&url);
        config.salesforce.url = url;
        // The local secrets hold a client's secret and no private key.
        config.salesforce.login = SalesforceLogin::ClientCredentials;
    }
    let sandboxed = sandbox.xero.as_ref().map(|xero| xero.url().to_owned());
    if let Some(url) = options.xero_url.clone().or(sandboxed) {
        config.xero.identity_url = options.xero_identity_url.clone().unwrap_or_else(|| url.clone());
        config.xero.url = url;
    }
}

async fn services(data: Option<&Path>, clock: SharedClock) -> Result<Services, StackError> {
    let services = Services::start(ServicesConfig {
        data: data.map(Path::to_owned),
        clock,
        secrets: secrets::all(),
        ports: Ports::default(),
    })
    .await
    .map_err(StackError::embedded)?;
    for queue in [DEALS_QUEUE, INVOICES_QUEUE] {
        services
            .create_fifo_queue_with_dead_letter(queue, RECEPTIONS_MAX, Duration::from_secs(VISIBILITY_S))
            .map_err(StackError::embedded)?;
    }
    Ok(services)
}

/// The table, and in it the refresh token that a person's consent would have given.
async fn prepare_table(starts: &Starts<'_>) -> Result<(), StackError> {
    let settings = tieout_platform::aws::AwsSettings::local(&starts.services.dynamodb_url, starts.connector.clone());
    let store = Store::new(&settings, TABLE.to_owned(), starts.clock.clone());
    store.create_table().await.map_err(StackError::embedded)?;
    let vault: &dyn TokenVault = &store;
    let stored = vault.read(XERO_CONNECTION).await.map_err(StackError::embedded)?;
    if starts.config.config.xero.login == XeroLogin::RefreshToken && stored.is_none() {
        let token = StoredToken {
            refresh_token: Secret::new(secrets::XERO_REFRESH_TOKEN),
            access_token: None,
            version: 0,
        };
        vault.rotate(XERO_CONNECTION, token).await.map_err(StackError::embedded)?;
    }
    Ok(())
}

async fn gateway(config: &Config, functions: &Functions, clock: SharedClock) -> Result<Gateway, StackError> {
    let certificate = &config.salesforce.client_certificate;
    let mut salesforce = Route::any("/salesforce/{secret}", functions.salesforce_webhook.clone());
    if certificate.required {
        salesforce = salesforce.with_client_certificate(ClientCertificate::new(&certificate.subject, &certificate.issuer));
    }
    let routes = vec![salesforce, Route::any("/xero", functions.xero_webhook.clone())];
    Gateway::start(routes, clock, 0).await.map_err(StackError::embedded)
}

fn point_webhooks(sandbox: &Sandbox, ready: &Ready) -> Result<(), StackError> {
    if let Some(salesforce) = &sandbox.salesforce {
        salesforce.set_endpoint(Some(ready.salesforce_webhook.clone()));
    }
    if let Some(xero) = &sandbox.xero {
        let target = WebhookTarget {
            url: ready.xero_webhook.clone(),
            key: ready.xero_webhook_key.clone(),
        };
        xero.set_webhook(target).map_err(StackError::sandbox)?;
    }
    Ok(())
}

fn scheduler(services: &Services, config: &Config, sweep: &str) -> Result<Scheduler, StackError> {
    let input = json!({ "time": "<aws.scheduler.scheduled-time>" });
    let mut schedules = Vec::new();
    for (name, expression) in [(SWEEP_TIMER, sweep), (BILLING_TIMER, BILLING_CRON)] {
        let schedule = Schedule::new(name, expression, "UTC", Some(input.clone()));
        schedules.push(schedule.map_err(StackError::embedded)?);
    }
    for entity in &config.entities {
        let input = json!({ "entity": entity.id, "time": "<aws.scheduler.scheduled-time>" });
        let schedule = Schedule::new(entity.id.clone(), MONTH_END_CRON, &entity.time_zone, Some(input));
        schedules.push(schedule.map_err(StackError::embedded)?);
    }
    let file = services.schedules_file();
    Scheduler::open(file.as_deref(), schedules, services.clock().now()).map_err(StackError::embedded)
}
