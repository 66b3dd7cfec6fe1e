//! The environment of the binaries: embedded services, the sandbox, a `tieout.toml`, secrets and variables.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_local::event_source::sqs_event;
use tieout_local::secrets::Secrets;
use tieout_local::sqs::{Outgoing, ReceiveRequest, Received};
use tieout_local::stack::{Ports, Services, ServicesConfig};
use tieout_platform::aws::AwsSettings;
use tieout_platform::clock::{SharedClock, SystemClock};
use tieout_platform::config::{Checked, Config, Entity};
use tieout_platform::http::Network;
use tieout_platform::runtime::variables::{Function, Source};
use tieout_platform::secret::Secret;
use tieout_platform::vendor::{StoredToken, TokenVault};
use tieout_sandbox::docs::Docs;
use tieout_sandbox::salesforce::{CustomField, FieldKind, Salesforce, SalesforceConfig};
use tieout_sandbox::xero::{Account, Organisation, TaxRate, TrackingCategory, Xero, XeroConfig};
use tieout_store::Store;
use tieout_workflow::start::XERO_CONNECTION;

pub const DEALS: &str = "deals.fifo";
pub const INVOICES: &str = "invoices.fifo";
// Secrets; no log may show one.
pub const WEBHOOK_PATH: &str = "canary-path-7d1f0b44c2e9";
pub const WEBHOOK_KEY: &str = "canary-signing-key-0c8+/==";
/// The next signing key, during a rotation.
pub const NEXT_WEBHOOK_KEY: &str = "canary-next-signing-key-41d+/==";
pub const CLIENT_SECRET: &str = "canary-client-secret-9b31";
const REFRESH_TOKEN: &str = "canary-refresh-token-55e0";
const CLIENT_ID: &str = "client-of-the-test";
const TABLE: &str = "tieout";
const VISIBILITY: Duration = Duration::from_secs(720);

pub struct World {
    pub services: Services,
    pub salesforce: Salesforce,
    pub xero: Xero,
    pub config: Checked,
    pub folder: tempfile::TempDir,
}

impl World {
    /// Without data, except for the organisations and a stored refresh token.
    pub async fn new() -> Self {
        let clock: SharedClock = Arc::new(SystemClock::default());
        let example = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../tieout.toml")).unwrap();
        let config = Config::check(&example).unwrap().config;
        let salesforce = salesforce(&config, clock.clone()).await;
        let xero = xero(&config, clock.clone()).await;
        let text = example
            .replace(&config.salesforce.url, &salesforce.url)
            .replace(&config.xero.identity_url, xero.url())
            .replace(&config.xero.url, xero.url());
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tieout.toml"), &text).unwrap();
        let secrets = Secrets::default();
        let services = ServicesConfig {
            data: None,
            clock: clock.clone(),
            secrets: secrets.clone(),
            ports: Ports::default(),
        };
        let services = Services::start(services).await.unwrap();
        for queue in [DEALS, INVOICES] {
            let receptions = u16::try_from(tieout_queue::RECEPTIONS_MAX).unwrap();
            services.create_fifo_queue_with_dead_letter(queue, receptions, VISIBILITY).unwrap();
        }
        let settings = AwsSettings::local(&services.dynamodb_url, Arc::new(Network::new().unwrap()));
        let store = Store::new(&settings, TABLE.to_owned(), clock);
        store.create_table().await.unwrap();
        let token = StoredToken {
            refresh_token: Secret::new(REFRESH_TOKEN),
            access_token: None,
            version: 0,
        };
        let vault: &dyn TokenVault = &store;
        assert!(vault.rotate(XERO_CONNECTION, token).await.unwrap());
        let client = json!({ "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET }).to_string();
        secrets.set("salesforce-webhook", json!({ "path": WEBHOOK_PATH }).to_string());
        secrets.set("xero-webhook", json!({ "keys": [WEBHOOK_KEY, NEXT_WEBHOOK_KEY] }).to_string());
        secrets.set("salesforce", client.clone());
        secrets.set("xero", client);
        secrets.set("empty", "{}");
        let config = Config::check(&text).unwrap();
        Self {
            services,
            salesforce,
            xero,
            config,
            folder,
        }
    }

    /// The environment of `function`: the template's variables, and the addresses of the embedded services.
    pub fn variables(&self, function: Function) -> BTreeMap<&'static str, String> {
        let ours = function.variables().filter(|variable| variable.source != Source::Lambda);
        ours.map(|variable| (variable.name, self.value(variable.name))).collect()
    }

    fn value(&self, variable: &str) -> String {
        match variable {
            "TIEOUT_CONFIG" => self.folder.path().join("tieout.toml").display().to_string(),
            "TIEOUT_LOG" => "info".to_owned(),
            "TIEOUT_TABLE" => TABLE.to_owned(),
            "TIEOUT_DEALS_QUEUE_URL" => self.services.queue_url(DEALS),
            "TIEOUT_INVOICES_QUEUE_URL" => self.services.queue_url(INVOICES),
            "TIEOUT_ENDPOINT_DYNAMODB" => self.services.dynamodb_url.clone(),
            "TIEOUT_ENDPOINT_SQS" => self.services.sqs_url.clone(),
            "TIEOUT_ENDPOINT_SECRETS" => self.services.secrets_url.clone(),
            secret => {
                let name = secret
                    .strip_prefix("TIEOUT_SECRET_")
                    .unwrap_or_else(|| panic!("unknown variable {secret}"));
                format!(
                    "arn:aws:secretsmanager:us-east-1:000000000000:secret:{}",
                    name.to_lowercase().replace('_', "-")
                )
            }
        }
    }

    /// Queues a message in the group `group`.
    pub fn send(&self, queue: &str, body: &str, group: &str) {
        let message = Outgoing {
            body: body.to_owned(),
            group_id: Some(group.to_owned()),
            deduplication_id: Some(group.to_owned()),
            ..Outgoing::default()
        };
        self.services.sqs().send(queue, &message).unwrap();
    }

    /// Receives up to ten messages.
    pub fn receive(&self, queue: &str) -> Vec<Received> {
        let ten = ReceiveRequest {
            max_messages: 10,
            ..ReceiveRequest::default()
        };
        self.services.sqs().receive_now(queue, &ten).unwrap()
    }

    /// Receives up to ten messages; gives them with the event that a worker would get.
    pub fn batch(&self, queue: &str) -> (Value, Vec<Received>) {
        let received = self.receive(queue);
        (sqs_event(queue, &received), received)
    }
}

pub fn assert_no_secret(lines: &[String]) {
    for line in lines {
        assert!(!line.contains("canary-"), "a secret in the log: {line}");
    }
}

async fn salesforce(config: &Config, clock: SharedClock) -> Salesforce {
    let mut settings = SalesforceConfig::new(Docs::in_memory().unwrap(), clock);
    settings.custom_fields = vec![
        CustomField::new(
            "Opportunity",
            "Amends_Opportunity__c",
            FieldKind::Reference("Opportunity".to_owned()),
        ),
        CustomField::new("Opportunity", "Change_Effective_Date__c", FieldKind::Date),
        CustomField::new("Opportunity", "Billing_Frequency__c", FieldKind::Text(40)),
        CustomField::new("Opportunity", "Billing_Timing__c", FieldKind::Text(40)),
    ];
    settings.organisation_id.clone_from(&config.salesforce.organisation_id);
    settings.client_id = CLIENT_ID.to_owned();
    settings.client_secret = CLIENT_SECRET.to_owned();
    Salesforce::start(settings).await.unwrap()
}

async fn xero(config: &Config, clock: SharedClock) -> Xero {
    let settings = XeroConfig {
        data: Docs::in_memory().unwrap(),
        clock,
        listen: ([127, 0, 0, 1], 0).into(),
        webhook: None,
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned(),
        refresh_token: Some(REFRESH_TOKEN.to_owned()),
    };
    let xero = Xero::start(settings).await.unwrap();
    for entity in &config.entities {
        xero.create_organisation(organisation(entity)).unwrap();
    }
    xero
}

fn organisation(entity: &Entity) -> Organisation {
    let accounts = &entity.accounts;
    let mut organisation = Organisation::new(&entity.xero_tenant, &entity.name, &entity.currency)
        .with_account(Account::new(&accounts.contract_liability, "Deferred revenue", "CURRLIAB", "NONE"))
        .with_account(Account::new(&accounts.contract_asset, "Accrued revenue", "CURRENT", "NONE"));
    if entity.invoices.tax_type != "NONE" {
        organisation = organisation.with_tax_rate(TaxRate::income(&entity.invoices.tax_type, "VAT", Decimal::from(20)));
    }
    for (category, option) in &entity.invoices.tracking {
        organisation = organisation.with_tracking(TrackingCategory::new(category, &[option.as_str()]));
    }
    organisation
}
