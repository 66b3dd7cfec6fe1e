//! Outbound messages: authentication, invalid messages, and ids in all forms.

use tieout_platform::telemetry::{Metric, Metrics};
use tieout_sandbox::salesforce::to_15;

use super::{Counted, TOO_LARGE_BYTES, WebhookCall, check, counted, send, xml};
use crate::common::{UK, World};

const ORGANISATION: &str = "00D5g00000NwGrpEAF";
pub(super) const OPPORTUNITY: &str = "0065g00000AbCdEAAV";

pub(super) fn message(organisation: &str, notifications: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body><notifications xmlns=\"http://soap.sforce.com/2005/09/outbound\">\
         <OrganizationId>{organisation}</OrganizationId><ActionId>04k5g0000008QfBAAU</ActionId><SessionId xsi:nil=\"true\"/>\
         <EnterpriseUrl>https://x.example/c</EnterpriseUrl><PartnerUrl>https://x.example/u</PartnerUrl>{notifications}</notifications>\
         </soapenv:Body></soapenv:Envelope>"
    )
}

pub(super) fn notification(id: &str, record: &str, name: &str) -> String {
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

fn address(world: &World) -> &str {
    &world.stack.ready.salesforce_webhook
}

fn counters(counted: &Counted) -> (&Metrics, String) {
    let secret = tieout::stack::secrets::WEBHOOK_PATH;
    (&counted.salesforce, format!("{}/salesforce/{secret}", counted.gateway.url()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_refused_without_a_reason() {
    let with = |method, content_type, path, body| WebhookCall {
        method,
        content_type,
        path,
        body,
        ..xml(String::new())
    };
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
            Some(Metric::SignatureRefused),
        ),
        (
            "no path",
            with("POST", "text/xml", Some("x"), usual()),
            401,
            Some(Metric::SignatureRefused),
        ),
    ];
    check(rows, address, counters).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_message_is_refused_and_counted() {
    let nested = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
    let many: String = (0..101)
        .map(|place| notification(&format!("04l5g00000AAA{place:03}AA"), OPPORTUNITY, "A deal"))
        .collect();
    let second = "</sf:Name><OrganizationId>00D5g00000NwGrpEAF</OrganizationId><sf:Name>";
    let rows = [
        (
            "DOCTYPE",
            xml(usual().replace("<soapenv:Envelope", "<!DOCTYPE x [<!ENTITY a \"b\">]><soapenv:Envelope")),
        ),
        ("an entity", xml(usual().replace("A deal", "&a;"))),
        ("truncated", xml(usual()[..usual().len() / 2].to_owned())),
        ("empty", xml(String::new())),
        ("nested deeply", xml(usual().replace("A deal", &nested))),
        ("101 notifications", xml(message(ORGANISATION, &many))),
        ("no notification", xml(message(ORGANISATION, ""))),
        ("another namespace", xml(usual().replace("2005/09/outbound", "2005/09/inbound"))),
        ("another organisation", xml(usual().replace(ORGANISATION, "00D5g00000NwGrqEAF"))),
        ("a second organisation in a field", xml(usual().replace("A deal", second))),
    ];
    let rows = rows.into_iter().map(|(name, call)| (name, call, 400, Some(Metric::MessageRefused)));
    check(rows.collect(), address, counters).await;
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
            .any(|case| case.key.starts_with("notification/") && case.message.remedy.contains("recycle bin")),
        "{parked:?}"
    );
}
