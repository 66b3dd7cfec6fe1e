//! Every row of "Bad input" that needs the running stack: what the doors answer and queue, and what waits for a person with which words.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sha2::Sha256;
use tieout_local::function::{Function as Handler, FunctionError, LocalFunction};
use tieout_local::gateway::{ClientCertificate, Gateway, Route};
use tieout_platform::http::Connector as _;
use tieout_platform::runtime::{Deadline, Function};
use tieout_platform::telemetry::{Metric, Metrics};
use tieout_sandbox::salesforce::{NewLine, to_15};

use crate::common::{CONFIG, Sold, UK, World, day, line};

const ORGANISATION: &str = "00D5g00000NwGrpEAF";
const OPPORTUNITY: &str = "0065g00000AbCdEAAV";
/// More than the doors look at.
const TOO_LARGE_BYTES: usize = 256 * 1024 + 1;

/// What is sent to a door.
struct Knock {
    method: &'static str,
    content_type: &'static str,
    signatures: Vec<String>,
    path: Option<&'static str>,
    body: String,
}

/// What it answers.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    body: String,
}

async fn send(world: &World, url: &str, knock: &Knock) -> Answer {
    let url = match knock.path {
        Some(path) => format!("{}/{path}", url.rsplit_once('/').unwrap().0),
        None => url.to_owned(),
    };
    let mut request = http::Request::builder()
        .method(knock.method)
        .uri(url)
        .header("content-type", knock.content_type);
    for signature in &knock.signatures {
        request = request.header("x-xero-signature", signature);
    }
    let answer = world
        .wire
        .send(request.body(Bytes::from(knock.body.clone())).unwrap())
        .await
        .unwrap();
    Answer {
        status: answer.status().as_u16(),
        body: String::from_utf8_lossy(answer.body()).into_owned(),
    }
}

struct SalesforceDoor(salesforce_webhook::Handler);

impl Handler for SalesforceDoor {
    fn invoke(&self, event: Value, deadline: DateTime<Utc>) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin(async move {
            self.0
                .handle(event, Deadline::at(deadline))
                .await
                .map_err(|error| FunctionError::failed("Failed", error.to_string()))
        })
    }
}

struct XeroDoor(xero_webhook::Handler);

impl Handler for XeroDoor {
    fn invoke(&self, event: Value, deadline: DateTime<Utc>) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin(async move {
            self.0
                .handle(event, Deadline::at(deadline))
                .await
                .map_err(|error| FunctionError::failed("Failed", error.to_string()))
        })
    }
}

/// The same doors behind a gateway of their own, whose counters are to be seen.
struct Counted {
    gateway: Gateway,
    salesforce: Metrics,
    xero: Metrics,
}

async fn counted(world: &World) -> Counted {
    let (salesforce, xero) = (world.start(Function::SalesforceWebhook), world.start(Function::XeroWebhook));
    let metrics = (salesforce.metrics.clone(), xero.metrics.clone());
    let local =
        |name: &str, handler: Arc<dyn Handler>| LocalFunction::new(name, handler, std::time::Duration::from_secs(20), world.clock.clone());
    let salesforce = local(
        "salesforce",
        Arc::new(SalesforceDoor(salesforce_webhook::Handler::init(salesforce).await.unwrap())),
    );
    let xero = local("xero", Arc::new(XeroDoor(xero_webhook::Handler::init(xero).await.unwrap())));
    let certificate = world.stack.deployment.config.salesforce.client_certificate.clone();
    let shown = ClientCertificate::new(&certificate.subject, &certificate.issuer);
    let stranger = ClientCertificate::new("CN=stranger.example", &certificate.issuer);
    let routes = vec![
        Route::any("/salesforce/{secret}", salesforce.clone()).with_client_certificate(shown),
        Route::any("/stranger/{secret}", salesforce.clone()).with_client_certificate(stranger),
        Route::any("/nobody/{secret}", salesforce),
        Route::any("/xero", xero),
    ];
    Counted {
        gateway: Gateway::start(routes, world.clock.clone(), 0).await.unwrap(),
        salesforce: metrics.0,
        xero: metrics.1,
    }
}

fn message(organisation: &str, notifications: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body><notifications xmlns=\"http://soap.sforce.com/2005/09/outbound\">\
         <OrganizationId>{organisation}</OrganizationId><ActionId>04k5g0000008QfBAAU</ActionId><SessionId xsi:nil=\"true\"/>\
         <EnterpriseUrl>https://x.example/c</EnterpriseUrl><PartnerUrl>https://x.example/u</PartnerUrl>{notifications}</notifications>\
         </soapenv:Body></soapenv:Envelope>"
    )
}

fn notification(id: &str, record: &str, name: &str) -> String {
    let id = if id.is_empty() { String::new() } else { format!("<Id>{id}</Id>") };
    let record = match record {
        "" => String::new(),
        record => format!("<sf:Id>{record}</sf:Id><sf:Name>{name}</sf:Name>"),
    };
    format!(
        "<Notification>{id}<sObject xsi:type=\"sf:Opportunity\" xmlns:sf=\"urn:sobject.enterprise.soap.sforce.com\">{record}</sObject></Notification>"
    )
}

fn usual() -> String {
    message(ORGANISATION, &notification("04l5g00000AAAAAAA4", OPPORTUNITY, "A deal"))
}

fn xml(body: String) -> Knock {
    Knock {
        method: "POST",
        content_type: "text/xml; charset=utf-8",
        signatures: Vec::new(),
        path: None,
        body,
    }
}

/// What a refused knock is answered and counted as.
async fn check(rows: Vec<(&str, Knock, u16, Option<Metric>)>, door: fn(&World) -> &str, of: fn(&Counted) -> (&Metrics, String)) {
    let world = World::new("2026-01-05").await;
    let counted = counted(&world).await;
    let (metrics, url) = of(&counted);
    for (name, knock, status, metric) in rows {
        let answer = send(&world, door(&world), &knock).await;
        assert_eq!(answer.status, status, "{name}");
        if status != 400 {
            assert_eq!(answer.body, "", "{name}: no reason is given");
        } else {
            assert!(answer.body.contains("<Ack>false</Ack>"), "{name}: {}", answer.body);
        }
        let before = metric.map(|metric| metrics.kept_count(metric));
        assert_eq!(send(&world, &url, &knock).await, answer, "{name}");
        assert_eq!(
            metric.map(|metric| metrics.kept_count(metric)),
            before.map(|before| before + 1),
            "{name}"
        );
        assert_eq!(world.waiting(), 0, "{name}: nothing is queued");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_door_for_salesforce_refuses() {
    use Metric::{MessageRefused, SignatureRefused};
    let with = |method, content_type, path, body| Knock {
        method,
        content_type,
        path,
        body,
        ..xml(String::new())
    };
    let nested = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
    let many: String = (0..101)
        .map(|place| notification(&format!("04l5g00000AAA{place:03}AA"), OPPORTUNITY, "A deal"))
        .collect();
    let second = "</sf:Name><OrganizationId>00D5g00000NwGrpEAF</OrganizationId><sf:Name>";
    let rows = vec![
        ("GET", with("GET", "text/xml", None, String::new()), 405, None),
        ("PUT", with("PUT", "text/xml", None, usual()), 405, None),
        ("JSON", with("POST", "application/json", None, usual()), 415, None),
        (
            "a form",
            with("POST", "application/x-www-form-urlencoded", None, usual()),
            415,
            None,
        ),
        ("over 256 KB", xml(usual() + &" ".repeat(TOO_LARGE_BYTES)), 413, None),
        (
            "another path",
            with("POST", "text/xml", Some("local-path-5f2c9b1e7a40d864"), usual()),
            401,
            Some(SignatureRefused),
        ),
        ("no path", with("POST", "text/xml", Some("x"), usual()), 401, Some(SignatureRefused)),
        (
            "DOCTYPE",
            xml(usual().replace("<soapenv:Envelope", "<!DOCTYPE x [<!ENTITY a \"b\">]><soapenv:Envelope")),
            400,
            Some(MessageRefused),
        ),
        ("an entity", xml(usual().replace("A deal", "&a;")), 400, Some(MessageRefused)),
        ("truncated", xml(usual()[..usual().len() / 2].to_owned()), 400, Some(MessageRefused)),
        ("empty", xml(String::new()), 400, Some(MessageRefused)),
        ("nested deeply", xml(usual().replace("A deal", &nested)), 400, Some(MessageRefused)),
        ("101 notifications", xml(message(ORGANISATION, &many)), 400, Some(MessageRefused)),
        ("no notification", xml(message(ORGANISATION, "")), 400, Some(MessageRefused)),
        (
            "another namespace",
            xml(usual().replace("2005/09/outbound", "2005/09/inbound")),
            400,
            Some(MessageRefused),
        ),
        (
            "another organisation",
            xml(usual().replace(ORGANISATION, "00D5g00000NwGrqEAF")),
            400,
            Some(MessageRefused),
        ),
        (
            "a second organisation in a field",
            xml(usual().replace("A deal", second)),
            400,
            Some(MessageRefused),
        ),
    ];
    check(
        rows,
        |world| &world.stack.ready.salesforce_webhook,
        |counted| {
            (
                &counted.salesforce,
                format!("{}/salesforce/{}", counted.gateway.url(), tieout::stack::secrets::WEBHOOK_PATH),
            )
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_door_for_salesforce_knows_who_shows_which_certificate() {
    let world = World::new("2026-01-05").await;
    let counted = counted(&world).await;
    for (route, status, refused) in [("nobody", 401, 1), ("stranger", 401, 2), ("salesforce", 200, 2)] {
        let url = format!("{}/{route}/{}", counted.gateway.url(), tieout::stack::secrets::WEBHOOK_PATH);
        assert_eq!(send(&world, &url, &xml(usual())).await.status, status, "{route}");
        assert_eq!(counted.salesforce.kept_count(Metric::SignatureRefused), refused, "{route}");
    }
    assert_eq!(world.waiting(), 1);
}

fn signature(key: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_door_for_xero_refuses() {
    use Metric::SignatureRefused;
    let body = json!({"events": [{
        "resourceUrl": "https://api.xero.com/api.xro/2.0/Invoices/717f2bfc-c6d4-41fd-b238-3f2f0c0cf777",
        "resourceId": "717f2bfc-c6d4-41fd-b238-3f2f0c0cf777", "tenantId": UK, "tenantType": "ORGANISATION",
        "eventCategory": "INVOICE", "eventType": "UPDATE", "eventDateUtc": "2026-01-05T09:00:00.000",
    }], "firstEventSequence": 1, "lastEventSequence": 1, "entropy": "S0m3r4Nd0mt3xt"})
    .to_string();
    let right = signature(tieout::stack::secrets::XERO_WEBHOOK_KEY, &body);
    let wrong = signature("another key", &body);
    let knock = |signatures: &[&String]| Knock {
        content_type: "application/json",
        signatures: signatures.iter().map(|text| (*text).clone()).collect(),
        ..xml(body.clone())
    };
    let rows = vec![
        (
            "GET",
            Knock {
                method: "GET",
                ..knock(&[&right])
            },
            405,
            None,
        ),
        (
            "XML",
            Knock {
                content_type: "text/xml",
                ..knock(&[&right])
            },
            415,
            None,
        ),
        (
            "over 256 KB",
            Knock {
                body: body.clone() + &" ".repeat(TOO_LARGE_BYTES),
                ..knock(&[&right])
            },
            413,
            None,
        ),
        ("no signature", knock(&[]), 401, Some(SignatureRefused)),
        ("a wrong signature", knock(&[&wrong]), 401, Some(SignatureRefused)),
        ("two signatures", knock(&[&right, &right]), 401, Some(SignatureRefused)),
        ("a right and a wrong one", knock(&[&right, &wrong]), 401, Some(SignatureRefused)),
        ("no base64", knock(&[&"x".to_owned()]), 401, Some(SignatureRefused)),
        (
            "another body",
            Knock {
                body: body.clone() + " ",
                ..knock(&[&right])
            },
            401,
            Some(SignatureRefused),
        ),
    ];
    check(
        rows,
        |world| &world.stack.ready.xero_webhook,
        |counted| (&counted.xero, format!("{}/xero", counted.gateway.url())),
    )
    .await;
    let world = World::new("2026-01-05").await;
    assert_eq!(
        send(&world, &world.stack.ready.xero_webhook, &knock(&[&right])).await,
        Answer {
            status: 200,
            body: String::new()
        }
    );
    assert_eq!(world.waiting(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notification_without_id_is_never_taken_for_another() {
    let world = World::new("2026-01-05").await;
    let (one, other) = (OPPORTUNITY, "0065g00000AbCdFAAV");
    let all: String = [
        ("", one, "A"),
        ("null", one, "B"),
        ("null", other, "A"),
        ("", other, "B"),
        ("", "", ""),
        ("null", "null", "C"),
    ]
    .into_iter()
    .map(|(id, record, name)| notification(id, record, name))
    .collect();
    let answer = send(&world, &world.stack.ready.salesforce_webhook, &xml(message(ORGANISATION, &all))).await;
    assert!(answer.status == 200 && answer.body.contains("<Ack>true</Ack>"), "{answer:?}");
    assert_eq!(
        world.waiting(),
        3,
        "both records are on the queue, and the one that nobody can name"
    );
    world.settle().await;
    let parked = world.stack.deployment.store.parked().await.unwrap();
    assert!(parked.iter().all(|case| case.kind == "record_deleted"), "{parked:?}");
    assert_eq!((parked.len(), world.waiting(), world.dead_letters()), (3, 0, 0), "{parked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn short_ids_are_understood_and_deleted_records_parked() {
    let world = World::new("2026-01-05").await;
    world.salesforce().lose_next_messages(10).unwrap();
    let (short, gone) = (world.sell("Umbra Ltd", "GBP"), world.sell("Penumbra Ltd", "GBP"));
    world.deliver().await;
    let ids = [to_15(&short.opportunity).unwrap(), gone.opportunity.clone()];
    let all = notification("04l5g00000AAAAA", &ids[0], "A")
        + &notification("04l5g00000AAAAB", &ids[1], "B")
        + &notification("04l5g00000AAAAC", "", "");
    let body = message(&to_15(ORGANISATION).unwrap(), &all);
    assert_eq!(send(&world, &world.stack.ready.salesforce_webhook, &xml(body)).await.status, 200);
    world.salesforce().delete(&gone.opportunity).unwrap();
    world.settle().await;
    assert_eq!(world.invoices(UK, &short).len(), 1);
    assert_eq!(world.parked(&gone).await.unwrap().kind, "record_deleted");
    let parked = world.stack.deployment.store.parked().await.unwrap();
    assert_eq!(parked.len(), 2, "{parked:?}");
    assert!(
        parked
            .iter()
            .any(|case| case.key.starts_with("notification/") && case.message.mend.contains("recycle bin")),
        "{parked:?}"
    );
}

/// The group's rules, one of which takes yen, and one that takes what is large, whoever else does.
fn config() -> String {
    let rules = "[[rules]]\nname = \"Large\"\nwhen = \"deal.amount >= 1000000\"\nentity = \"us\"\n\n[[rules]]\nname = \"Sterling\"\n";
    CONFIG
        .replace("[[rules]]\nname = \"Sterling\"\n", rules)
        .replace("deal.currency == 'GBP'\"\nentity", "deal.currency in ['GBP', 'JPY']\"\nentity")
}

/// What waits, and what mends it.
struct Case {
    currency: &'static str,
    line: NewLine,
    kind: &'static str,
    field: &'static str,
    value: &'static str,
    words: &'static str,
    mend: Option<Value>,
}

fn usual_line() -> NewLine {
    line("Platform", "PLATFORM", "1200.00", day("2026-01-05"), 364)
}

fn cases() -> Vec<Case> {
    let case = |line: NewLine, field, value, words, mend| Case {
        currency: "GBP",
        line,
        kind: "findings",
        field,
        value,
        words,
        mend,
    };
    let mut undated = usual_line();
    undated.service_date = None;
    undated.end_date = None;
    let mut backwards = usual_line();
    backwards.end_date = Some(day("2026-01-04"));
    let endless = NewLine {
        end_date: Some(day("2062-01-05")),
        ..usual_line()
    };
    let negative = NewLine {
        quantity: -Decimal::ONE,
        ..usual_line()
    };
    let yen = NewLine {
        unit_price: Decimal::new(120_050, 2),
        ..usual_line()
    };
    let large = NewLine {
        unit_price: Decimal::from(1_000_000),
        ..usual_line()
    };
    vec![
        case(
            undated,
            "line 1 (Platform) › ServiceDate",
            "empty",
            "we would propose 2026-01-05 to 2027-01-04",
            Some(json!({ "ServiceDate": "2026-01-05", "End_Date__c": "2027-01-04" })),
        ),
        case(
            backwards,
            "line 1 (Platform) › End_Date__c",
            "2026-01-04",
            "correct one of the two dates",
            Some(json!({ "End_Date__c": "2027-01-04" })),
        ),
        case(
            endless,
            "line 1 (Platform) › End_Date__c",
            "2062-01-05",
            "correct the last day",
            Some(json!({ "End_Date__c": "2027-01-04" })),
        ),
        case(negative, "line 1 (Platform) › Quantity", "-1", "a return is a credit note", None),
        Case {
            currency: "JPY",
            ..case(
                yen,
                "line 1 (Platform) › TotalPrice",
                "1200.50",
                "round the price",
                Some(json!({ "UnitPrice": 1200 })),
            )
        },
        Case {
            currency: "CHF",
            kind: "no_rule",
            ..case(usual_line(), "rules", "CHF", "add a rule to tieout.toml", None)
        },
        Case {
            kind: "several_rules",
            ..case(
                large,
                "rules",
                "Large, Sterling",
                "exactly one matches",
                Some(json!({ "UnitPrice": 1000 })),
            )
        },
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_booked_waits_with_field_value_and_mend() {
    let world = World::with("2026-01-05", &config()).await;
    for (place, case) in cases().into_iter().enumerate() {
        let customer = world.customer(&format!("Customer {place}"));
        let sold: Sold = world.open_deal(&customer, "A deal", case.currency, vec![case.line]);
        world.salesforce().close_won(&sold.opportunity).unwrap();
        world.settle().await;
        let parked = world.parked(&sold).await.unwrap_or_else(|| panic!("{} is not parked", case.field));
        assert_eq!(
            (parked.kind.as_str(), parked.message.field.as_str()),
            (case.kind, case.field),
            "{parked:?}"
        );
        assert!(parked.message.value.contains(case.value), "{parked:?}");
        assert!(parked.message.mend.contains(case.words), "{parked:?}");
        assert!(world.contract(&sold).await.is_none(), "{}: nothing is half done", case.field);
        let Some(mend) = case.mend else { continue };
        world
            .salesforce()
            .edit_line(&sold.lines[0], mend.as_object().unwrap().clone())
            .unwrap();
        world.pass(301);
        world.edit(&sold.opportunity, json!({ "Description": "mended" }));
        world.settle().await;
        assert!(
            world.parked(&sold).await.is_none(),
            "{}: {:?}",
            case.field,
            world.parked(&sold).await
        );
        assert_eq!(world.events(&sold).await, ["signed"], "{}", case.field);
    }
    assert_eq!((world.dead_letters(), world.waiting()), (0, 0));
}
