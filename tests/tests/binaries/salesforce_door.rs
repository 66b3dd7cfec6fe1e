//! `salesforce-webhook`: outbound messages.

use tieout_platform::runtime::variables::Function;
use tieout_queue::Hint;
use tieout_sandbox::salesforce::to_18;

use super::doors::{Row, check, counted};
use super::http::{Request, Shape};
use super::process::Process;
use super::world::{DEALS, WEBHOOK_PATH, World, assert_no_secret};

const ACKED: &str = "<Ack>true</Ack>";
/// Above the 256 KB that are looked at.
const TOO_LARGE_BYTES: usize = 256 * 1024 + 1;

fn message(organisation: &str, records: &[&str]) -> String {
    let notifications: String = records
        .iter()
        .enumerate()
        .map(|(place, record)| {
            let id = to_18(&format!("04l5g0000000{place:03}")).unwrap();
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

#[tokio::test]
async fn outbound_messages_are_verified_queued_and_acknowledged() {
    let world = World::new().await;
    let process = Process::started(
        Function::SalesforceWebhook,
        &world.variables(Function::SalesforceWebhook),
    )
    .await;
    let salesforce = &world.config.config.salesforce;
    let certificate = &salesforce.client_certificate;
    let right = |records: &[&str]| {
        let body = message(&salesforce.organisation_id, records);
        Request::post(format!("/salesforce/{WEBHOOK_PATH}"), "text/xml; charset=utf-8", body)
            .with(|request| request.certificate = Some((certificate.subject.clone(), certificate.issuer.clone())))
    };
    let one = || right(&["0065g00000000AA"]);
    let row = |name, status, request| Row {
        name,
        request,
        status,
        body: "",
        queued: 0,
    };
    let rows = vec![
        row(
            "wrong secret",
            401,
            one().with(|request| request.path = "/salesforce/canary-path-of-somebody-else".to_owned()),
        ),
        row(
            "no secret",
            401,
            one().with(|request| request.path = "/salesforce/".to_owned()),
        ),
        row("no certificate", 401, one().with(|request| request.certificate = None)),
        row(
            "another's certificate",
            401,
            one().with(|request| request.certificate = Some(("CN=evil".to_owned(), certificate.issuer.clone()))),
        ),
        row("GET", 405, one().with(|request| request.method = "GET")),
        row(
            "too large",
            413,
            one().with(|request| request.body = vec![b' '; TOO_LARGE_BYTES]),
        ),
        row(
            "JSON",
            415,
            one().with(|request| drop(request.headers.insert("content-type", "application/json".to_owned()))),
        ),
        Row {
            body: "<Ack>false</Ack>",
            ..row(
                "another organisation",
                400,
                one().with(|request| request.body = message("00D000000000001AAA", &["0065g00000000AA"]).into()),
            )
        },
        Row {
            body: "<Ack>false</Ack>",
            ..row(
                "no XML",
                400,
                one().with(|request| request.body = b"<!DOCTYPE a>".to_vec()),
            )
        },
        Row {
            body: ACKED,
            queued: 1,
            ..row("one", 200, one())
        },
        Row {
            body: ACKED,
            queued: 3,
            ..row(
                "three",
                200,
                right(&["0065g00000000BB", "0065g00000000CC", "0065g00000000DD"]),
            )
        },
    ];
    let mut bodies = Vec::new();
    check(&process, rows, || {
        let received = world.receive(DEALS);
        bodies.extend(received.iter().map(|message| message.body.clone()));
        received.len()
    })
    .await;
    let records: Vec<String> = bodies
        .iter()
        .map(|body| Hint::read(body).unwrap().record().to_owned())
        .collect();
    let sent = [
        "0065g00000000AA",
        "0065g00000000BB",
        "0065g00000000CC",
        "0065g00000000DD",
    ];
    assert_eq!(records, sent.map(|short| to_18(short).unwrap()));
    assert!(!bodies.concat().contains("evil.example") && !bodies.concat().contains("canary"));
    let lines = process.ended().await;
    // Four wrong callers in four forms each.
    assert_eq!(counted(&lines, "SignatureRefused"), 16);
    assert_eq!(counted(&lines, "MessageRefused"), 8);
    assert_no_secret(&lines);
}

#[tokio::test]
async fn a_message_that_cannot_be_queued_is_to_be_sent_again() {
    let world = World::new().await;
    let mut variables = world.variables(Function::SalesforceWebhook);
    variables.insert("TIEOUT_DEALS_QUEUE_URL", world.services.queue_url("gone.fifo"));
    let process = Process::started(Function::SalesforceWebhook, &variables).await;
    let salesforce = &world.config.config.salesforce;
    let certificate = &salesforce.client_certificate;
    let request = Request::post(
        format!("/salesforce/{WEBHOOK_PATH}"),
        "text/xml",
        message(&salesforce.organisation_id, &["0065g00000000AA"]),
    )
    .with(|request| request.certificate = Some((certificate.subject.clone(), certificate.issuer.clone())));
    let answer = process.answer(request.event(Shape::Http)).await;
    assert_eq!(answer["statusCode"].as_u64(), Some(503), "{answer}");
    assert!(!answer["body"].as_str().unwrap().contains(ACKED));
    assert_no_secret(&process.ended().await);
}
