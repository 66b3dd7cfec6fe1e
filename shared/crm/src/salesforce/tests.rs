//! The client against scripted answers: no network, no waiting.

mod deals;
mod failures;
mod login;
mod write_back;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::future::BoxFuture;
use tieout_platform::clock::ManualClock;
use tieout_platform::config::{Billing, LineFields, Orders, WriteBack};
use tieout_platform::http::{Connector, Request, Response, TransportError};
use tieout_platform::secret::Secret;

use super::*;
use crate::ids::RecordId;
use crate::port::Crm;

pub(super) const DEAL: &str = "0067F000003pmdWQAQ";
const CANARY: &str = "canary-secret";
const TOKEN: &str = r#"{"access_token":"canary-token","instance_url":"https://evil.example","token_type":"Bearer"}"#;

/// One scripted end of a request.
#[derive(Debug, Clone)]
pub(super) enum End {
    Answer(u16, String),
    AnswerWith(u16, &'static str, &'static str, String),
    NotSent,
    Lost,
    TooLarge,
}

pub(super) fn ok(body: impl Into<String>) -> End {
    End::Answer(200, body.into())
}

/// Gives the scripted ends one after the other and keeps what was asked.
#[derive(Debug, Default)]
pub(super) struct Script {
    ends: Mutex<VecDeque<End>>,
    asked: Mutex<Vec<Request>>,
}

impl Script {
    pub(super) fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }

    /// What was asked, as `METHOD path`, without the token's request where that is the first.
    pub(super) fn lines(&self) -> Vec<String> {
        self.asked()
            .iter()
            .map(|request| format!("{} {}", request.method(), request.uri()))
            .collect()
    }
}

impl Connector for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        self.asked.lock().unwrap().push(request);
        let end = self.ends.lock().unwrap().pop_front().expect("one more request than scripted");
        let answer = |status: u16, body: String| {
            let mut response = Response::new(Bytes::from(body));
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            response
        };
        let result = match end {
            End::Answer(status, body) => Ok(answer(status, body)),
            End::AnswerWith(status, header, value, body) => {
                let mut response = answer(status, body);
                response.headers_mut().insert(header, value.parse().unwrap());
                Ok(response)
            }
            End::NotSent => Err(TransportError::NotSent {
                host,
                source: "refused".into(),
            }),
            End::Lost => Err(TransportError::Unknown {
                host,
                source: "reset".into(),
            }),
            End::TooLarge => Err(TransportError::TooLarge { host }),
        };
        Box::pin(async move { result })
    }
}

pub(super) fn settings() -> SalesforceSettings {
    SalesforceSettings {
        organisation: ids::OrganisationId::parse("00D7F00000107XsUAI").unwrap(),
        url: "https://northwind.my.salesforce.com".to_owned(),
        api_version: "62.0".to_owned(),
        login: Login::ClientCredentials {
            id: "the-app".to_owned(),
            secret: Secret::new(CANARY),
        },
        fields: LineFields::default(),
        orders: Orders::default(),
        billing: Billing::default(),
        write_back: WriteBack::default(),
        multi_currency: true,
        currency: None,
    }
}

pub(super) fn id() -> RecordId {
    ids::record_id(DEAL).unwrap()
}

pub(super) fn clock() -> Arc<ManualClock> {
    ManualClock::new("2026-11-22T10:00:00Z".parse().unwrap())
}

/// A client that meets `ends`, a token being the first of them.
pub(super) fn client(ends: impl IntoIterator<Item = End>) -> (Salesforce, Arc<Script>) {
    let ends = std::iter::once(ok(TOKEN)).chain(ends).collect();
    client_with(settings(), ends)
}

pub(super) fn client_with(settings: SalesforceSettings, ends: Vec<End>) -> (Salesforce, Arc<Script>) {
    let script = Arc::new(Script {
        ends: Mutex::new(ends.into()),
        asked: Mutex::default(),
    });
    let client = Salesforce::new(Arc::clone(&script) as SharedConnector, clock(), settings).unwrap();
    (client, script)
}

/// A percent-encoded text as it was before.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn settings_that_cannot_be_used_are_refused_at_once() {
    type Edit = fn(&mut SalesforceSettings);
    let rows: [(&str, Edit); 12] = [
        ("url", |settings| settings.url = String::new()),
        ("url", |settings| settings.url = "northwind.my.salesforce.com".to_owned()),
        ("url", |settings| settings.url = "ftp://northwind.my.salesforce.com".to_owned()),
        ("url", |settings| settings.url = "https://a@evil.example".to_owned()),
        ("url", |settings| {
            settings.url = "https://northwind.my.salesforce.com?x=1".to_owned()
        }),
        ("api_version", |settings| settings.api_version = "62".to_owned()),
        ("api_version", |settings| settings.api_version = "62.0/../..".to_owned()),
        ("currency", |settings| settings.multi_currency = false),
        ("line_fields.start", |settings| settings.fields.start = "Id FROM User".to_owned()),
        ("line_fields.end", |settings| settings.fields.end = Some("a,b".to_owned())),
        ("line_fields.term_months", |settings| {
            settings.fields.term_months = Some("1x".to_owned())
        }),
        ("write_back.invoice_link", |settings| {
            settings.write_back.invoice_link = "a'".to_owned()
        }),
    ];
    for (wanted, edit) in rows {
        let mut edited = settings();
        edit(&mut edited);
        match Salesforce::new(Arc::new(Script::default()), clock(), edited) {
            Err(CrmError::Setting { name, .. }) => assert_eq!(name, wanted),
            other => panic!("{wanted}: {other:?}"),
        }
    }
}
