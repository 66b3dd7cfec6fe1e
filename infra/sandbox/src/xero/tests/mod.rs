//! Tests over real HTTP: a sandbox on a free port, a clock that stands still until told.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod books;
mod contacts;
mod gate;
mod invoices;
mod journals;
mod pages;
mod settling;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use tieout_platform::clock::{Clock, ManualClock};

use super::*;

const TENANT: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";

/// A running sandbox with two organisations: GBP with 20 % tax, two tracking categories, EUR and USD; and a bare one.
struct Bench {
    xero: Xero,
    clock: Arc<ManualClock>,
    docs: Docs,
    http: reqwest::Client,
}

/// An answer.
struct Answer {
    status: u16,
    headers: http::HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Every validation message, with one space between.
    fn messages(&self) -> String {
        let body = self.json();
        let elements = body["Elements"].as_array().cloned().unwrap_or_default();
        let errors = elements
            .iter()
            .flat_map(|element| element["ValidationErrors"].as_array().cloned().unwrap_or_default());
        let texts: Vec<String> = errors.map(|error| error["Message"].as_str().unwrap().to_owned()).collect();
        texts.join(" ")
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn start_of_tests() -> DateTime<Utc> {
    "2026-04-01T09:00:00Z".parse().unwrap()
}

fn organisation() -> Organisation {
    Organisation::new(TENANT, "Tieout UK Ltd", "GBP")
        .with_tax_rate(TaxRate::income("OUTPUT2", "20% (VAT on Income)", 20.into()))
        .with_tax_rate(TaxRate {
            for_income: false,
            ..TaxRate::income("INPUT2", "20% (VAT on Expenses)", 20.into())
        })
        .with_account(Account::new("850", "Deferred Revenue", "CURRLIAB", "OUTPUT2"))
        .with_account(Account {
            active: false,
            ..Account::new("299", "Old Sales", "REVENUE", "OUTPUT2")
        })
        .with_tracking(TrackingCategory::new("Region", &["North", "South"]))
        .with_tracking(TrackingCategory::new("Product", &["Core", "Extra"]))
        .with_rate("EUR", day("2025-01-01"), "1.25".parse().unwrap())
        .with_rate("EUR", day("2026-05-01"), "1.1".parse().unwrap())
        .with_rate("USD", day("2025-01-01"), "1.3".parse().unwrap())
}

async fn started(docs: Docs, clock: Arc<ManualClock>) -> Xero {
    Xero::start(XeroConfig {
        data: docs,
        clock,
        listen: "127.0.0.1:0".parse().unwrap(),
        webhook: None,
        client_id: "id".to_owned(),
        client_secret: "secret".to_owned(),
        refresh_token: Some("consented".to_owned()),
    })
    .await
    .unwrap()
}

impl Bench {
    async fn new() -> Self {
        let docs = Docs::in_memory().unwrap();
        let clock = ManualClock::new(start_of_tests());
        let xero = started(docs.clone(), Arc::clone(&clock)).await;
        xero.create_organisation(organisation()).unwrap();
        xero.create_organisation(Organisation::new(OTHER, "Tieout Inc", "USD")).unwrap();
        Self {
            xero,
            clock,
            docs,
            http: delivery::client().unwrap(),
        }
    }

    /// The process dies and comes again on the same memory.
    async fn restarted(self) -> Self {
        let Self { xero, clock, docs, http } = self;
        drop(xero);
        let xero = started(docs.clone(), Arc::clone(&clock)).await;
        Self { xero, clock, docs, http }
    }

    async fn token(&self, form: &str) -> Answer {
        let url = format!("{}/connect/token", self.xero.url());
        let request = self.http.post(url).header("content-type", "application/x-www-form-urlencoded");
        answer(request.body(form.to_owned())).await.unwrap()
    }

    async fn bearer(&self) -> String {
        let answer = self.token("grant_type=client_credentials&client_id=id&client_secret=secret").await;
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// A call as a good client makes it; more headers may be given.
    async fn try_call(&self, method: &str, path: &str, body: &Value, headers: &[(&str, &str)]) -> Option<Answer> {
        // Ahead by so much that the minute's limit is never met by chance.
        self.clock.advance(Duration::from_millis(1_100));
        self.call_now(method, path, body, headers).await
    }

    async fn call_now(&self, method: &str, path: &str, body: &Value, headers: &[(&str, &str)]) -> Option<Answer> {
        let url = format!("{}/api.xro/2.0/{path}", self.xero.url());
        let mut request = self.http.request(method.parse().unwrap(), url).bearer_auth(self.bearer().await);
        for (name, value) in [("xero-tenant-id", TENANT), ("accept", "application/json")] {
            if !headers.iter().any(|(other, _)| *other == name) {
                request = request.header(name, value);
            }
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        answer(request).await
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.try_call(method, path, &body, &[]).await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.call("GET", path, Value::Null).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    /// A write that must pass; gives the first record.
    async fn write(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.call(method, path, body.clone()).await;
        assert_eq!(answer.status, 200, "{path} {body}: {}", answer.text);
        let name = path.split(['/', '?']).find(|part| part.ends_with('s')).unwrap();
        let name = if path.contains("Allocations") { "Allocations" } else { name };
        answer.json()[name][0].clone()
    }

    /// A write that must be refused with exactly these messages.
    async fn refused(&self, method: &str, path: &str, body: Value, messages: &str) {
        let answer = self.call(method, path, body.clone()).await;
        assert_eq!(answer.status, 400, "{path} {body}: {}", answer.text);
        assert_eq!(answer.json()["ErrorNumber"], json!(10));
        assert_eq!(answer.json()["Type"], json!("ValidationException"));
        assert_eq!(answer.messages(), messages, "{path} {body}");
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    Some(Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.ok()?,
    })
}

/// A draft invoice of one line with tax: 100.00 and 20.00.
fn draft(number: &str) -> Value {
    json!({
        "Type": "ACCREC", "InvoiceNumber": number, "Contact": {"Name": "Acme Ltd"}, "Date": "2026-04-01", "DueDate": "2026-05-01",
        "LineItems": [{"Description": "Subscription", "Quantity": 1, "UnitAmount": 100, "AccountCode": "850", "TaxType": "OUTPUT2"}],
    })
}

/// The same with other fields put in; null takes a field out.
fn with(mut base: Value, fields: Value) -> Value {
    query::extend(&mut base, fields);
    base.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    base
}

fn authorised(number: &str) -> Value {
    with(draft(number), json!({"Status": "AUTHORISED"}))
}
