//! Opening an organisation: its configuration checked, its state loaded, its first records made.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Salesforce;
use super::config::SalesforceConfig;
use super::error::ApiError;
use super::http::{Cut, CuttableListener, router};
use super::ids::{mint, to_18};
use super::inner::{Access, Inner, Rule, members};
use super::outbound::{OutboundRule, Posted, Poster, Pump};
use super::schema::Schema;
use super::soql::{Source as _, bind, parse};
use super::state::State;
use crate::docs::DocsError;

/// How long Salesforce waits for an answer to an outbound message.
const POST_TIMEOUT_S: u64 = 60;

/// Why an organisation could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The sandbox asks nobody who they are: it listens on loopback only.
    #[error("the sandbox listens on loopback only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The address is taken or not there.
    #[error("the sandbox cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// Not an organisation's id.
    #[error("`{0}` is not the id of an organisation: 15 or 18 letters and digits that begin with 00D")]
    OrganisationId(String),
    /// The file belongs to another organisation.
    #[error("the data folder holds organisation {kept}, the configuration names {configured}: use another folder")]
    OtherOrganisation {
        /// In the file.
        kept: String,
        /// In the configuration.
        configured: String,
    },
    /// Not an RSA public key.
    #[error("the JWT public key is not an RSA public key in PEM: {0}")]
    PublicKey(jsonwebtoken::errors::Error),
    /// An outbound rule names what does not exist.
    #[error("the outbound message on {object} is wrong: {problem}")]
    OutboundRule {
        /// Its object.
        object: String,
        /// What is wrong.
        problem: String,
    },
    /// The file.
    #[error(transparent)]
    Docs(#[from] DocsError),
    /// The first records.
    #[error("the organisation's first records could not be made: {0}")]
    FirstRecords(#[from] ApiError),
    /// The client for outbound messages.
    #[error("no HTTP client for outbound messages: {0}")]
    Client(#[from] reqwest::Error),
}

/// The serving task; ends with its last owner.
#[derive(Debug)]
pub(super) struct Server(JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(super) async fn start(config: SalesforceConfig) -> Result<Salesforce, StartError> {
    if !config.listen.ip().is_loopback() {
        return Err(StartError::NotLoopback(config.listen));
    }
    let address = config.listen;
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|error| StartError::Listen(address, error))?;
    let bound = listener.local_addr().map_err(|error| StartError::Listen(address, error))?;
    let salesforce = without_listener(config, format!("http://{bound}"))?;
    let service = router(&salesforce.inner).into_make_service_with_connect_info::<Cut>();
    let server = tokio::spawn(async move {
        // It ends only when it is aborted.
        let _ = axum::serve(CuttableListener(listener), service).await;
    });
    Ok(Salesforce {
        _server: Some(Arc::new(Server(server))),
        ..salesforce
    })
}

/// The organisation at `url`, where nobody listens: its caller brings requests to its router.
pub(super) fn without_listener(config: SalesforceConfig, url: String) -> Result<Salesforce, StartError> {
    let organisation_id = to_18(&config.organisation_id)
        .filter(|id| id.starts_with("00D"))
        .ok_or_else(|| StartError::OrganisationId(config.organisation_id.clone()))?;
    let inner = Arc::new(open(config, organisation_id, url)?);
    seed(&inner)?;
    Ok(Salesforce::over(&inner))
}

fn open(config: SalesforceConfig, organisation_id: String, url: String) -> Result<Inner, StartError> {
    let currencies = config.multi_currency.then_some(config.currencies.as_slice());
    let schema = Schema::new(currencies, &config.custom_fields);
    let rules = config
        .outbound
        .into_iter()
        .enumerate()
        .map(|(place, rule)| understood(&schema, place, rule))
        .collect::<Result<_, _>>()?;
    let jwt_key = config
        .jwt_public_key_pem
        .as_ref()
        .map(|pem| DecodingKey::from_rsa_pem(pem.as_bytes()).map_err(StartError::PublicKey))
        .transpose()?;
    let poster = match config.poster {
        Some(poster) => poster,
        None => network()?,
    };
    Ok(Inner {
        state: Mutex::new(State::load(&config.docs)?),
        docs: config.docs,
        clock: config.clock,
        url,
        organisation_id,
        access: Access {
            client_id: config.client_id,
            client_secret: config.client_secret,
            jwt_key,
            audiences: config.audiences,
            username: config.username,
            session: config.session,
            daily_limit: config.daily_limit,
        },
        schema,
        rules,
        pump: Pump {
            poster,
            turn: tokio::sync::Mutex::new(()),
        },
        page_size: config.page_size.max(1),
        write_time: config.write_time,
        lock_status: config.lock_status,
        endpoint: Mutex::new(config.endpoint),
        bell: tokio::sync::Notify::new(),
    })
}

fn understood(schema: &Schema, place: usize, rule: OutboundRule) -> Result<Rule, StartError> {
    let fields: BTreeSet<&str> = rule.fields.iter().map(String::as_str).chain(["Id"]).collect();
    let names = fields.into_iter().collect::<Vec<_>>().join(", ");
    let filter = rule.condition.as_ref().map(|text| format!(" WHERE {text}")).unwrap_or_default();
    let query = format!("SELECT {names} FROM {}{filter}", rule.object);
    let condition = parse(&query).and_then(|query| bind(schema, &query));
    let condition = condition.map_err(|error| StartError::OutboundRule {
        object: rule.object.clone(),
        problem: error.message,
    })?;
    let number = u64::try_from(place).unwrap_or_default() + 1;
    Ok(Rule {
        rule,
        condition,
        action_id: mint("04k", number),
    })
}

/// The network, as Salesforce uses it for outbound messages.
fn network() -> Result<Poster, StartError> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(POST_TIMEOUT_S))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?;
    Ok(Arc::new(move |endpoint, body| {
        let client = client.clone();
        Box::pin(async move { post(&client, &endpoint, body).await })
    }))
}

async fn post(client: &reqwest::Client, endpoint: &str, body: String) -> Posted {
    let request = client
        .post(endpoint)
        .header("Content-Type", "text/xml; charset=UTF-8")
        .header("SOAPAction", "\"\"")
        .body(body);
    let response = request.send().await.map_err(|error| error.to_string())?;
    let status = response.status().as_u16();
    let body = response.text().await.map_err(|error| error.to_string())?;
    Ok((status, body))
}

/// The organisation itself, its user and its currencies, once.
fn seed(inner: &Inner) -> Result<(), StartError> {
    let kept = inner.with_state(|state| state.records_of("Organization").next().map(|kept| kept.id.clone()));
    match kept {
        Some(kept) if kept == inner.organisation_id => return Ok(()),
        Some(kept) => {
            return Err(StartError::OtherOrganisation {
                kept,
                configured: inner.organisation_id.clone(),
            });
        }
        None => {}
    }
    let object = |name: &str| inner.schema.object(name).ok_or_else(ApiError::not_found);
    let user = json!({
        "Name": "Tieout Integration", "Username": inner.access.username, "Email": "integration@sandbox.example",
        "TimeZoneSidKey": "GMT",
    });
    inner.by_hand(|work| work.create(object("User")?, &members(user)))?;
    inner.by_hand(|work| {
        let organisation = json!({
            "Name": "Sandbox Group", "IsSandbox": true, "InstanceName": "TI0", "OrganizationType": "Developer Edition",
            "TimeZoneSidKey": "GMT",
        });
        let mut organisation = members(organisation);
        if let Some(currencies) = currencies(inner) {
            for (place, iso) in currencies.iter().enumerate() {
                let currency = json!({
                    "IsoCode": iso, "ConversionRate": 1, "DecimalPlaces": 2, "IsActive": true, "IsCorporate": place == 0,
                });
                work.create(object("CurrencyType")?, &members(currency))?;
            }
            organisation.insert("DefaultCurrencyIsoCode".to_owned(), json!(currencies.first()));
        }
        work.create_as(object("Organization")?, &inner.organisation_id, &organisation)
    })?;
    tracing::debug!(at = %inner.clock.now(), "a new sandbox organisation");
    Ok(())
}

/// The currencies that the schema knows.
fn currencies(inner: &Inner) -> Option<Vec<String>> {
    let field = inner.schema.object("Opportunity")?.field("CurrencyIsoCode")?;
    match &field.kind {
        super::schema::FieldKind::Picklist(values) => Some(values.clone()),
        _ => None,
    }
}
