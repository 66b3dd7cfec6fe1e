//! The sandbox over real HTTP: every promise and every refusal has a row.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod faults;
mod outbound;
mod query;
mod restart;
mod sandbox;
mod token;
mod writes;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use tieout_platform::clock::ManualClock;

use super::*;
use crate::docs::Docs;

const JWT_PUBLIC_KEY: &str = include_str!("jwt_test_public.pem");
const JWT_PRIVATE_KEY: &str = include_str!("jwt_test_key.pem");
const BASE: &str = "/services/data/v60.0";

/// A sandbox, its clock and a client with a session.
struct World {
    salesforce: Salesforce,
    clock: Arc<ManualClock>,
    http: reqwest::Client,
    token: String,
}

/// An answer.
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The status and the error's code, of a call or of the first failed record.
    fn verdict(&self) -> String {
        let body = self.json();
        let code = body[0]["errorCode"].as_str();
        let record = body.as_array().into_iter().flatten();
        let failed = record.filter_map(|record| record["errors"][0]["statusCode"].as_str()).next();
        match code.or(failed).or(body["error"].as_str()) {
            Some(code) => format!("{} {code}", self.status),
            None => self.status.to_string(),
        }
    }
}

fn start_of_time() -> DateTime<Utc> {
    "2026-09-08T23:40:33Z".parse().unwrap()
}

fn config(docs: &Docs, clock: &Arc<ManualClock>) -> SalesforceConfig {
    let mut config = SalesforceConfig::new(docs.clone(), Arc::clone(clock) as _);
    config.organisation_id = "00Dxx0000001gPF".to_owned();
    config.jwt_public_key_pem = Some(JWT_PUBLIC_KEY.to_owned());
    let key = CustomField::new("Account", "Key__c", FieldKind::Text(40)).external_id();
    config.custom_fields.push(key);
    config
}

impl World {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut SalesforceConfig)) -> Self {
        let clock = ManualClock::new(start_of_time());
        let docs = Docs::in_memory().unwrap();
        let mut config = config(&docs, &clock);
        change(&mut config);
        let salesforce = Salesforce::start(config).await.unwrap();
        Self::over(salesforce, clock).await
    }

    async fn over(salesforce: Salesforce, clock: Arc<ManualClock>) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut world = Self {
            salesforce,
            clock,
            http,
            token: String::new(),
        };
        world.log_in().await;
        world
    }

    async fn log_in(&mut self) {
        let form = "grant_type=client_credentials&client_id=tieout-local-client&client_secret=tieout-local-secret";
        let answer = self.post_form(form, None).await;
        self.token = answer.json()["access_token"].as_str().unwrap_or_default().to_owned();
    }

    async fn post_form(&self, form: &str, authorization: Option<&str>) -> Answer {
        let mut request = self
            .http
            .post(format!("{}/services/oauth2/token", self.salesforce.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        read(request).await.unwrap()
    }

    async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, reqwest::Error> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}{}", self.salesforce.url, path);
        let mut request = self
            .http
            .request(method, url)
            .header("authorization", format!("Bearer {}", self.token));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        read(request).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", &format!("{BASE}{path}"), None).await.unwrap()
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", &format!("{BASE}{path}"), Some(&body)).await.unwrap()
    }

    async fn query(&self, soql: &str) -> Answer {
        self.get(&format!("/query?q={}", encoded(soql))).await
    }

    /// An account and a deal of two lines.
    fn deal(&self) -> (String, AddedOpportunity) {
        let account = self
            .salesforce
            .add_account(NewAccount {
                name: "Acme".to_owned(),
                ..NewAccount::default()
            })
            .unwrap();
        let deal = self.salesforce.add_opportunity(NewOpportunity {
            name: "Acme 2026".to_owned(),
            account_id: account.clone(),
            close_date: "2026-09-30".parse().unwrap(),
            currency: Some("USD".to_owned()),
            lines: vec![line("Support", 12, 100_050), line("Licence", 1, 5_000_000)],
            ..NewOpportunity::default()
        });
        (account, deal.unwrap())
    }
}

fn line(product: &str, quantity: i64, price_cents: i64) -> NewLine {
    NewLine {
        product: product.to_owned(),
        product_code: Some(product.to_uppercase()),
        quantity: Decimal::from(quantity),
        unit_price: Decimal::new(price_cents, 2),
        start_date: "2026-10-01".parse().ok(),
        end_date: "2027-09-30".parse().ok(),
        ..NewLine::default()
    }
}

fn fields(value: Value) -> Map<String, Value> {
    inner::members(value)
}

/// The rows of a table in text: a line each, its cells between ` | `, `~` for an empty one.
fn rows<const N: usize>(table: &'static str) -> Vec<[&'static str; N]> {
    let lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    let cells = lines.map(|line| line.split(" | ").map(str::trim).map(|cell| if cell == "~" { "" } else { cell }));
    cells.map(|cells| cells.collect::<Vec<_>>().try_into().unwrap()).collect()
}

/// JSON in a cell; nothing for an empty one.
fn body_of(cell: &str) -> Option<Value> {
    (!cell.is_empty()).then(|| serde_json::from_str(cell).unwrap())
}

/// Every byte as `%XX`.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn read(request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    Ok(Answer { status, headers, text })
}

#[tokio::test]
async fn a_wrong_configuration_does_not_start() {
    type Change = fn(&mut SalesforceConfig);
    let rows: [(Change, &str); 5] = [
        (|config| config.listen = "0.0.0.0:0".parse().unwrap(), "loopback only"),
        (
            |config| config.organisation_id = "001Ti0000000001".to_owned(),
            "not the id of an organisation",
        ),
        (
            |config| config.jwt_public_key_pem = Some("no key".to_owned()),
            "not an RSA public key",
        ),
        (
            |config| config.outbound[0].fields.push("Nothing__c".to_owned()),
            "No such column 'Nothing__c'",
        ),
        (
            |config| config.outbound[0].condition = Some("IsWon = 'x'".to_owned()),
            "must be of type boolean",
        ),
    ];
    for (change, wanted) in rows {
        let clock = ManualClock::new(start_of_time());
        let mut config = config(&Docs::in_memory().unwrap(), &clock);
        change(&mut config);
        let error = Salesforce::start(config).await.unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}
