//! `salesforce-webhook`: outbound messages.

use tieout_platform::config::Salesforce;
use tieout_platform::runtime::variables::Function;
use tieout_queue::Hint;
use tieout_sandbox::salesforce::to_18;

use super::http::{Request, Shape};
use super::process::Process;
use super::webhooks::{Row, check, counted};
use super::world::{DEALS, WEBHOOK_PATH, World, assert_no_secret};

const ACKED: &str = "<Ack>true</Ack>";
/// One more than the limit of 256 KB.
const TOO_LARGE_BYTES: usize = 256 * 1024 + 1;

fn message(organisation: &str, records: &[&str]) -> String {
    let notifications: String = records
        .iter()
        .enumerate()
        .map(|(index, record)| {
            let id = to_18(&format!("04l5g0000000{index:03}")).unwrap();
            let record = to_18(record).unwrap();
            format!(
                "<Notification><Id>{id}</Id><sObject xsi:type=\"sf:Opportunity\" xmlns:sf=\"urn:sobject.enterprise.soap.sforce.com\">\
                 <sf:Id>{record}</sf:Id></sObject></Notification>"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>\
         <notifications xmlns=\"http://soap.sforce.com/2005/09/outbound\"><OrganizationId>{organisation}</OrganizationId>\
         <ActionId>04k5g00000000AbAAI</ActionId><SessionId>canary-session</SessionId><EnterpriseUrl>https://evil.example/c</EnterpriseUrl>\
         <PartnerUrl>https://evil.example/u</PartnerUrl>{notifications}</notifications></soapenv:Body></soapenv:Envelope>"
    )
}

/// A valid request about `records`.
fn valid(config: &Salesforce, records: &[&str]) -> Request {
    let body = message(&config.organisation_id, records);
    let certificate = &config.client_certificate;
    Request::post(format!("/salesforce/{WEBHOOK_PATH}"), "text/xml; charset=utf-8", body)
        .with(|request| request.certificate = Some((certificate.subject.clone(), certificate.issuer.clone())))
}

/// Requests that differ from a valid one in one point.
fn invalid(config: &Salesforce) -> Vec<Row> {
    let row = |name, status, change: &dyn Fn(&mut Request)| Row {
        name,
        request: valid(config, &["0065g00000000AA"]).with(change),
        status,
        body: if status == 400 { "<Ack>false</Ack>" } else { "" },
        queued: 0,
    };
    let issuer = &config.client_certificate.issuer;
    let other = "/salesforce/canary-another-path";
    vec![
        row("wrong secret", 401, &|request| request.path = other.to_owned()),
        row("no secret", 401, &|request| request.path = "/salesforce/".to_owned()),
        row("no certificate", 401, &|request| request.certificate = None),
        row("certificate of another subject", 401, &|request| {
            request.certificate = Some(("CN=evil".to_owned(), issuer.clone()));
        }),
        row("GET", 405, &|request| request.method = "GET"),
        row("too large", 413, &|request| request.body = vec![b' '; TOO_LARGE_BYTES]),
        row("JSON", 415, &|request| {
            request.headers.insert("content-type", "application/json".to_owned());
        }),
        row("another organisation", 400, &|request| {
            request.body = message("00D000000000001AAA", &["0065g00000000AA"]).into();
        }),
        row("not a SOAP message", 400, &|request| request.body = b"<!DOCTYPE a>".to_vec()),
    ]
}

#[tokio::test]
async fn outbound_messages_are_verified_queued_and_acknowledged() {
    let world = World::new().await;
    let function = Function::SalesforceWebhook;
    let process = Process::started(function, &world.variables(function)).await;
    let config = &world.config.config.salesforce;
    let accepted = |name, records: &[&str]| Row {
        name,
        request: valid(config, records),
        status: 200,
        body: ACKED,
        queued: records.len(),
    };
    let mut rows = invalid(config);
    rows.push(accepted("one", &["0065g00000000AA"]));
    rows.push(accepted("three", &["0065g00000000BB", "0065g00000000CC", "0065g00000000DD"]));
    let mut bodies = Vec::new();
    check(&process, rows, || {
        let received = world.receive(DEALS);
        bodies.extend(received.iter().map(|message| message.body.clone()));
        received.len()
    })
    .await;
    let record = |body: &String| Hint::read(body).unwrap().record().to_owned();
    let records: Vec<String> = bodies.iter().map(record).collect();
    let sent = ["0065g00000000AA", "0065g00000000BB", "0065g00000000CC", "0065g00000000DD"];
    assert_eq!(records, sent.map(|short| to_18(short).unwrap()));
    assert!(!bodies.concat().contains("evil.example") && !bodies.concat().contains("canary"));
    let lines = process.ended().await;
    // Four callers and two messages are refused, in four forms each.
    assert_eq!(counted(&lines, "SignatureRefused"), 16);
    assert_eq!(counted(&lines, "MessageRefused"), 8);
    assert_eq!(counted(&lines, "MessageQueued"), 16);
    assert_no_secret(&lines);
}

#[tokio::test]
async fn a_message_that_cannot_be_queued_is_not_acknowledged() {
    let world = World::new().await;
    let function = Function::SalesforceWebhook;
    let mut variables = world.variables(function);
    variables.insert("TIEOUT_DEALS_QUEUE_URL", world.services.queue_url("gone.fifo"));
    let process = Process::started(function, &variables).await;
    let request = valid(&world.config.config.salesforce, &["0065g00000000AA"]);
    let answer = process.answer(request.event(Shape::Http)).await;
    assert_eq!(answer["statusCode"].as_u64(), Some(503), "{answer}");
    assert!(!answer["body"].as_str().unwrap().contains(ACKED));
    assert_no_secret(&process.ended().await);
}
