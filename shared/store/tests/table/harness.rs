//! A store over a table in memory, and a connector that loses, refuses and counts.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_accounting::Event;
use tieout_accounting::event::{EventKind, Paid};
use tieout_accounting::ids::{EntityId, InvoiceId};
use tieout_platform::aws::AwsSettings;
use tieout_platform::clock::ManualClock;
use tieout_platform::http::{Connector, Network, Request, Response, TransportError};
use tieout_store::{
    Created, Document, DocumentKind, NewContract, NewEvent, Order, OrderKey, OrderKind, OrderLine, OrderVersion, PlannedLine, Store,
    StoredContract,
};

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It arrives and takes effect; its answer does not come back.
    AnswerLost,
    /// It never arrives, and nobody can tell.
    RequestLost,
    /// It takes effect, and the server says 500.
    FailsAfter,
    /// The server says 503 without doing anything.
    Unavailable,
    /// Throttled.
    Throttled,
    /// Not permitted.
    Forbidden,
    /// A transaction that gave way to another.
    GaveWay,
}

/// The network with faults for the next requests of one operation.
#[derive(Debug)]
pub(crate) struct Faulty {
    network: Network,
    plan: Mutex<VecDeque<(&'static str, Fault)>>,
    pub(crate) calls: Mutex<Vec<String>>,
}

impl Faulty {
    /// The next `times` requests of `operation` meet `fault`.
    pub(crate) fn plan(&self, operation: &'static str, fault: Fault, times: usize) {
        let mut plan = self.plan.lock().unwrap();
        plan.extend(std::iter::repeat_n((operation, fault), times));
    }

    fn next(&self, request: &Request) -> Option<Fault> {
        let target = request.headers().get("x-amz-target")?.to_str().ok()?;
        let operation = target.rsplit('.').next().unwrap();
        self.calls.lock().unwrap().push(operation.to_owned());
        let mut plan = self.plan.lock().unwrap();
        let place = plan.iter().position(|(planned, _)| *planned == operation)?;
        plan.remove(place).map(|(_, fault)| fault)
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let lost = || TransportError::Unknown {
            host: "table".to_owned(),
            source: "lost".into(),
        };
        let refusal = |status: u16, code: &str, more: Value| {
            let mut body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "planned"});
            if let Some(reasons) = more.as_array() {
                body["CancellationReasons"] = json!(reasons);
            }
            let body = Bytes::from(body.to_string());
            let response = http::Response::builder().status(status);
            Ok(response.header("content-type", "application/x-amz-json-1.0").body(body).unwrap())
        };
        match self.next(&request) {
            None => self.network.send(request).await,
            Some(Fault::AnswerLost) => {
                self.network.send(request).await?;
                Err(lost())
            }
            Some(Fault::RequestLost) => Err(lost()),
            Some(Fault::FailsAfter) => {
                self.network.send(request).await?;
                refusal(500, "InternalServerError", Value::Null)
            }
            Some(Fault::Unavailable) => refusal(503, "ServiceUnavailable", Value::Null),
            Some(Fault::Throttled) => refusal(400, "ThrottlingException", Value::Null),
            Some(Fault::Forbidden) => refusal(400, "AccessDeniedException", Value::Null),
            Some(Fault::GaveWay) => refusal(
                400,
                "TransactionCanceledException",
                json!([{"Code": "TransactionConflict", "Message": "planned"}, {"Code": "None"}]),
            ),
        }
    }
}

impl Connector for Faulty {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

/// A table, its store, its clock and its troubles.
pub(crate) struct Local {
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) faulty: Arc<Faulty>,
    settings: AwsSettings,
}

impl Local {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let database = dynoxide::Database::memory().unwrap();
        tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, std::future::pending()));
        let faulty = Arc::new(Faulty {
            network: Network::new().unwrap(),
            plan: Mutex::default(),
            calls: Mutex::default(),
        });
        let clock = ManualClock::new(at(0));
        let settings = AwsSettings::local(&format!("http://{address}"), faulty.clone());
        let store = Store::new(&settings, "tieout".to_owned(), clock.clone());
        store.create_table().await.unwrap();
        Self {
            store,
            clock,
            faulty,
            settings,
        }
    }

    /// Another process over the same table.
    pub(crate) fn another(&self) -> Store {
        Store::new(&self.settings, "tieout".to_owned(), self.clock.clone())
    }

    /// The calls since the last look.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.faulty.calls.lock().unwrap())
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// So many seconds after the first of February 2026.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-02-01T00:00:00Z".parse().unwrap();
    start + TimeDelta::seconds(seconds)
}

/// The key of an order that begins a contract.
pub(crate) fn order_key(id: &str) -> OrderKey {
    OrderKey::new("crm", id).unwrap()
}

/// A contract that the order `id` begins, with one invoice to be made.
pub(crate) fn new_contract(id: &str, events: Vec<NewEvent>) -> NewContract {
    let line = PlannedLine {
        obligation: "seats".to_owned(),
        amount: Decimal::new(123_450, 2),
        service: Some(("2026-02-01".parse().unwrap(), "2027-01-31".parse().unwrap())),
        revenue_account: "200".to_owned(),
    };
    NewContract {
        entity: EntityId::new("uk"),
        customer: "001".to_owned(),
        currency: "GBP".to_owned(),
        order: order(id),
        documents: vec![Document::planned(1, DocumentKind::Invoice, vec![line])],
        events,
    }
}

pub(crate) fn order(id: &str) -> Order {
    Order {
        key: order_key(id),
        kind: OrderKind::New,
        fingerprint: "f".to_owned(),
        modified_at: at(7),
        rule: "uk customers".to_owned(),
        sells: None,
        booked: OrderVersion {
            kind: Some("Upsell".to_owned()),
            effective: None,
            stage: "Closed Won".to_owned(),
            is_won: true,
            close_date: "2026-01-31".parse().unwrap(),
            currency: "GBP".to_owned(),
            amount: Some(Decimal::new(123_450, 2)),
            customer: Some("001".to_owned()),
            lines: vec![OrderLine {
                id: "00k".to_owned(),
                product: Some("SEATS".to_owned()),
                quantity: Decimal::new(15, 1),
                unit_price: Decimal::new(823, 0),
                total_price: Decimal::new(123_450, 2),
                start: Some("2026-02-01".parse().unwrap()),
                end: None,
            }],
        },
    }
}

/// A payment with digits that a float would lose.
pub(crate) fn event(number: u32, fact: Option<&str>) -> NewEvent {
    let paid = Paid {
        invoice: InvoiceId::new(format!("INV-{number}")),
        amount: "123456789012345678901.10".parse().unwrap(),
        discount: None,
        rate: None,
    };
    NewEvent {
        event: Event::new("2026-01-31".parse().unwrap(), EventKind::Paid(paid)),
        cause: "the ledger".to_owned(),
        fact: fact.map(str::to_owned),
    }
}

impl Local {
    /// Begins a contract with `events`; gives it as it was stored.
    pub(crate) async fn begin(&self, id: &str, events: Vec<NewEvent>) -> StoredContract {
        let created = self.store.create(new_contract(id, events)).await.unwrap();
        assert!(matches!(created, Created::Done(_)), "{created:?}");
        self.read(id).await
    }

    /// The contract that the order `id` began.
    pub(crate) async fn read(&self, id: &str) -> StoredContract {
        self.store.contract(&order_key(id).contract()).await.unwrap().unwrap()
    }
}

impl Local {
    fn client(&self) -> aws_sdk_dynamodb::Client {
        let settings = &self.settings;
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::v2026_01_12())
            .region(aws_sdk_dynamodb::config::Region::new(settings.region.clone()))
            .credentials_provider(settings.credentials.clone())
            .http_client(settings.http_client())
            .endpoint_url(settings.endpoint_url.clone().unwrap());
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// Deletes an item behind the store's back.
    pub(crate) async fn delete(&self, pk: &str, sk: &str) {
        use aws_sdk_dynamodb::types::AttributeValue::S;
        let request = self.client().delete_item().table_name("tieout");
        let request = request.key("pk", S(pk.to_owned())).key("sk", S(sk.to_owned()));
        request.send().await.unwrap();
    }

    /// An attribute of an item, behind the store's back.
    pub(crate) async fn text(&self, pk: &str, sk: &str, attribute: &str) -> String {
        use aws_sdk_dynamodb::types::AttributeValue::S;
        let request = self.client().get_item().table_name("tieout");
        let request = request.key("pk", S(pk.to_owned())).key("sk", S(sk.to_owned()));
        let item = request.send().await.unwrap().item.unwrap();
        item[attribute].as_s().unwrap().clone()
    }

    /// Changes an attribute of an item behind the store's back.
    pub(crate) async fn set(&self, pk: &str, sk: &str, attribute: &str, value: &str) {
        use aws_sdk_dynamodb::types::AttributeValue::S;
        let request = self.client().update_item().table_name("tieout");
        let request = request.key("pk", S(pk.to_owned())).key("sk", S(sk.to_owned()));
        let request = request.update_expression("SET #name = :value");
        let request = request.expression_attribute_names("#name", attribute);
        let request = request.expression_attribute_values(":value", S(value.to_owned()));
        request.send().await.unwrap();
    }

    /// Copies the head of one contract to another behind the store's back.
    pub(crate) async fn copy(&self, from: &str, to: &str) {
        use aws_sdk_dynamodb::types::AttributeValue::S;
        let request = self.client().get_item().table_name("tieout");
        let request = request.key("pk", S(from.to_owned())).key("sk", S("1#HEAD".to_owned()));
        let mut item = request.send().await.unwrap().item.unwrap();
        item.insert("pk".to_owned(), S(to.to_owned()));
        let request = self.client().put_item().table_name("tieout").set_item(Some(item));
        request.send().await.unwrap();
    }

    /// Writes an item behind the store's back.
    pub(crate) async fn put_texts(&self, attributes: &[(&str, &str)]) {
        use aws_sdk_dynamodb::types::AttributeValue::S;
        let mut request = self.client().put_item().table_name("tieout");
        for (name, value) in attributes {
            request = request.item(*name, S((*value).to_owned()));
        }
        request.send().await.unwrap();
    }
}
