//! From a function's start to what it works with: one constructor for each function, all failing closed.

use std::collections::BTreeMap;
use std::sync::Arc;

use tieout_crm::salesforce::ids::OrganisationId;
use tieout_crm::salesforce::{Login, Salesforce, SalesforceSettings};
use tieout_ledger::xero::{GRANULAR_SCOPES, Xero, XeroLogin as Grant, XeroSettings};
use tieout_ledger::{Ledger, OrganisationId as LedgerOrganisationId};
use tieout_platform::config::{Checked, Config, SalesforceLogin, XeroLogin};
use tieout_platform::rules::Rules;
use tieout_platform::runtime::variables::{
    TIEOUT_DEALS_QUEUE_URL, TIEOUT_ENDPOINT_DYNAMODB, TIEOUT_ENDPOINT_SQS, TIEOUT_INVOICES_QUEUE_URL, TIEOUT_SECRET_SALESFORCE,
    TIEOUT_SECRET_SALESFORCE_WEBHOOK, TIEOUT_SECRET_XERO, TIEOUT_SECRET_XERO_WEBHOOK, TIEOUT_TABLE, Variable,
};
use tieout_platform::runtime::{Start, StartError};
use tieout_platform::secrets::{SalesforceKey, SalesforceSecret, SalesforceWebhookSecret, XeroSecret, XeroWebhookSecret};
use tieout_queue::Queue;
use tieout_store::Store;

use crate::billing::Biller;
use crate::close::MonthEndRun;
use crate::deployment::Deployment;
use crate::sweep::Sweeper;
use crate::webhooks::{SalesforceWebhook, XeroWebhook};
use crate::workers::Worker;

/// Under which name the vault keeps Xero's rotating token.
pub const XERO_CONNECTION: &str = "xero";
/// Who publishes a configuration that a function finds in its package.
const PUBLISHER: &str = "deployment";

/// The webhook for outbound messages.
///
/// # Errors
/// Where anything is missing.
pub async fn salesforce_webhook(start: Start) -> Result<SalesforceWebhook, StartError> {
    let checked = start.config()?;
    let secret: SalesforceWebhookSecret = start.secret(&TIEOUT_SECRET_SALESFORCE_WEBHOOK).await?;
    let organisation = organisation(&checked.config)?;
    let salesforce = checked.config.salesforce;
    Ok(SalesforceWebhook {
        organisation,
        certificate: salesforce.client_certificate,
        path: secret.path,
        deals: queue(&start, &TIEOUT_DEALS_QUEUE_URL)?,
        metrics: start.metrics,
    })
}

/// The webhook for Xero's webhooks.
///
/// # Errors
/// Where anything is missing.
pub async fn xero_webhook(start: Start) -> Result<XeroWebhook, StartError> {
    start.config()?;
    let secret: XeroWebhookSecret = start.secret(&TIEOUT_SECRET_XERO_WEBHOOK).await?;
    Ok(XeroWebhook {
        keys: secret.keys,
        invoices: queue(&start, &TIEOUT_INVOICES_QUEUE_URL)?,
        metrics: start.metrics,
    })
}

/// The worker behind the queue of deals.
///
/// # Errors
/// Where anything is missing.
pub async fn deal_worker(start: Start) -> Result<Worker, StartError> {
    worker(start, &TIEOUT_DEALS_QUEUE_URL).await
}

/// The worker behind the queue of the ledger's documents.
///
/// # Errors
/// Where anything is missing.
pub async fn invoice_worker(start: Start) -> Result<Worker, StartError> {
    worker(start, &TIEOUT_INVOICES_QUEUE_URL).await
}

async fn worker(start: Start, source: &Variable) -> Result<Worker, StartError> {
    let queue = queue(&start, source)?;
    Ok(Worker {
        deployment: deployment(&start).await?,
        queue,
    })
}

/// The sweep.
///
/// # Errors
/// Where anything is missing.
pub async fn sweeper(start: Start) -> Result<Sweeper, StartError> {
    let (deals, invoices) = (queue(&start, &TIEOUT_DEALS_QUEUE_URL)?, queue(&start, &TIEOUT_INVOICES_QUEUE_URL)?);
    Ok(Sweeper {
        deployment: deployment(&start).await?,
        deals,
        invoices,
    })
}

/// What falls due. It speaks to no vendor: the deals' worker makes the documents.
///
/// # Errors
/// Where anything is missing.
pub async fn biller(start: Start) -> Result<Biller, StartError> {
    let checked = start.config()?;
    let organisation = organisation(&checked.config)?.to_string();
    Ok(Biller {
        store: store(&start, &checked).await?,
        config: Arc::new(checked.config),
        organisation,
        deals: queue(&start, &TIEOUT_DEALS_QUEUE_URL)?,
        clock: start.clock,
    })
}

/// The close.
///
/// # Errors
/// Where anything is missing.
pub async fn month_end(start: Start) -> Result<MonthEndRun, StartError> {
    Ok(MonthEndRun {
        deployment: deployment(&start).await?,
    })
}

/// What the use cases stand on. The configuration in the package is stored with its version before anything is done under it.
///
/// # Errors
/// Where anything is missing; a function without the right to a secret has no client for it.
pub async fn deployment(start: &Start) -> Result<Deployment, StartError> {
    let checked = start.config()?;
    let config = &checked.config;
    let rules = Rules::compile(&config.rules)?;
    let store = store(start, &checked).await?;
    let crm = salesforce(start, config).await?;
    let ledgers = ledgers(start, config, &store).await?;
    Ok(Deployment {
        config: Arc::new(checked.config),
        rules: Arc::new(rules),
        store,
        crm: Arc::new(crm),
        ledgers,
        clock: start.clock.clone(),
        metrics: start.metrics.clone(),
    })
}

/// The table, whose records bear the version of the configuration.
async fn store(start: &Start, checked: &Checked) -> Result<Store, StartError> {
    let table = start.environment.read(&TIEOUT_TABLE)?.to_owned();
    let store = Store::new(&start.aws(&TIEOUT_ENDPOINT_DYNAMODB)?, table, start.clock.clone());
    let config_version = publish(start, &store, checked).await?;
    Ok(store.under(config_version))
}

async fn publish(start: &Start, store: &Store, checked: &Checked) -> Result<u64, StartError> {
    let published = store.publish_config(&checked.text, PUBLISHER, start.clock.now()).await;
    published.map_err(|error| client("the stored configuration", error))
}

fn organisation(config: &Config) -> Result<OrganisationId, StartError> {
    OrganisationId::parse(&config.salesforce.organisation_id).map_err(|error| client("salesforce.organisation_id", error))
}

/// A function whose environment names no secret of Salesforce has no business there: its client can log in nowhere.
async fn salesforce(start: &Start, config: &Config) -> Result<Salesforce, StartError> {
    let settings = SalesforceSettings {
        organisation: organisation(config)?,
        url: config.salesforce.url.clone(),
        api_version: config.salesforce.api_version.clone(),
        login: salesforce_login(start, config).await?,
        fields: config.salesforce.line_fields.clone(),
        orders: config.salesforce.orders.clone(),
        billing: config.salesforce.billing.clone(),
        write_back: config.salesforce.write_back.clone(),
        multi_currency: config.salesforce.multi_currency,
        currency: config.salesforce.currency.clone(),
    };
    Salesforce::new(start.connector.clone(), start.clock.clone(), settings).map_err(|error| client("the client of Salesforce", error))
}

async fn salesforce_login(start: &Start, config: &Config) -> Result<Login, StartError> {
    if start.environment.get(&TIEOUT_SECRET_SALESFORCE).is_none()
        && !start
            .function
            .variables()
            .any(|variable| variable.name == TIEOUT_SECRET_SALESFORCE.name)
    {
        return Ok(Login::ClientCredentials {
            id: String::new(),
            secret: tieout_platform::secret::Secret::new(""),
        });
    }
    let secret: SalesforceSecret = start.secret(&TIEOUT_SECRET_SALESFORCE).await?;
    let client_id = secret.client_id.expose().to_owned();
    match (config.salesforce.login, secret.key()) {
        (SalesforceLogin::ClientCredentials, Some(SalesforceKey::ClientSecret(secret))) => {
            Ok(Login::ClientCredentials { id: client_id, secret })
        }
        (SalesforceLogin::JwtBearer, Some(SalesforceKey::PrivateKeyPem(private_key_pem))) => Ok(Login::JwtBearer {
            client_id,
            username: config.salesforce.username.clone().unwrap_or_default(),
            audience: config.salesforce.audience.clone(),
            private_key_pem,
        }),
        (login, _) => Err(client(
            "the login to Salesforce",
            Mismatch(format!("salesforce.login is {login:?}, but its secret holds the other kind of key")),
        )),
    }
}

/// Each entity's ledger. Today all are in Xero.
async fn ledgers(start: &Start, config: &Config, store: &Store) -> Result<BTreeMap<String, Arc<dyn Ledger>>, StartError> {
    let xero = xero(start, config, store).await?;
    let bound = config.entities.iter().map(|entity| {
        let organisation = LedgerOrganisationId::parse(&entity.xero_tenant);
        let organisation = organisation.map_err(|error| client("entities.xero_tenant", error))?;
        let ledger: Arc<dyn Ledger> = Arc::new(xero.ledger(organisation));
        Ok((entity.id.clone(), ledger))
    });
    bound.collect()
}

async fn xero(start: &Start, config: &Config, store: &Store) -> Result<Xero, StartError> {
    let secret: XeroSecret = start.secret(&TIEOUT_SECRET_XERO).await?;
    let client_id = secret.client_id.expose().to_owned();
    let login = match config.xero.login {
        XeroLogin::ClientCredentials => Grant::ClientCredentials {
            client_id,
            client_secret: secret.client_secret,
            scopes: GRANULAR_SCOPES.to_owned(),
        },
        XeroLogin::RefreshToken => Grant::RefreshToken {
            client_id,
            client_secret: secret.client_secret,
            connection: XERO_CONNECTION.to_owned(),
            holder: start.ids.new_uuid().to_string(),
        },
    };
    let settings = XeroSettings {
        url: config.xero.url.clone(),
        identity_url: config.xero.identity_url.clone(),
        login,
        calls: config.xero.calls(),
    };
    let store = Arc::new(store.clone());
    Ok(Xero::new(
        start.connector.clone(),
        start.clock.clone(),
        settings,
        store.clone(),
        store,
    ))
}

fn queue(start: &Start, url: &Variable) -> Result<Queue, StartError> {
    let url = start.environment.read(url)?.to_owned();
    Ok(Queue::new(&start.aws(&TIEOUT_ENDPOINT_SQS)?, url))
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Mismatch(String);

fn client(what: &'static str, source: impl std::error::Error + Send + Sync + 'static) -> StartError {
    StartError::Client {
        what,
        source: Box::new(source),
    }
}
