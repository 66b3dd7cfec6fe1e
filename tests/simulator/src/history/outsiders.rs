//! What comes from outside and must do nothing: forged messages, spoilt ones, and those of other versions.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use serde_json::json;
use sha2::Sha256;
use tieout::stack::secrets;
use tieout_local::sqs::Outgoing;

use super::actors::Actors;
use crate::world::{QUEUES, World};

/// base64(HMAC-SHA256(key, body)), as Xero signs.
pub fn signature(key: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A message from somebody who may not send one: wrong signature, wrong path, no certificate, another organisation.
pub fn forge(world: &Arc<World>, actors: &mut Actors) -> Option<BoxFuture<'static, ()>> {
    let deal = actors
        .dice
        .pick(&actors.deals)
        .map_or_else(|| "006Ti00000000ZZAAA".to_owned(), |deal| deal.id.clone());
    let tenant = actors.entity()?.tenant;
    let organisation = &world.config.config.salesforce.organisation_id;
    let path = secrets::WEBHOOK_PATH;
    let soap = |address: &str, organisation: &str| {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body><notifications xmlns=\"http://soap.sforce.com/2005/09/outbound\"><OrganizationId>{organisation}</OrganizationId><ActionId>04kTi0000000001IAA</ActionId><Notification><Id>04lTi00000000ZZIAY</Id><sObject xsi:type=\"sf:Opportunity\" xmlns:sf=\"urn:sobject.enterprise.soap.sforce.com\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><sf:Id>{deal}</sf:Id></sObject></Notification></notifications></soapenv:Body></soapenv:Envelope>"
        );
        Request::post(address)
            .header("content-type", "text/xml; charset=UTF-8")
            .body(Bytes::from(body))
    };
    let request = match actors.dice.between(0, 3) {
        0 => soap("https://webhooks.sim/salesforce/guessed-path-00000000000000000", organisation),
        1 => soap(&format!("https://webhooks.sim/uncertified/{path}"), organisation),
        2 => soap(&format!("https://webhooks.sim/salesforce/{path}"), "00DXX0000000000AAA"),
        _ => {
            let body = json!({ "events": [{ "tenantId": tenant, "resourceId": "11111111-1111-4111-8111-111111111111", "eventCategory": "INVOICE",
                "eventType": "UPDATE", "tenantType": "ORGANISATION", "eventDateUtc": "2026-01-01T00:00:00.000" }],
                "firstEventSequence": 1, "lastEventSequence": 1, "entropy": "S" });
            let body = Bytes::from(body.to_string());
            let wrong = signature("somebody else's key", &body);
            let request = Request::post("https://webhooks.sim/xero").header("content-type", "application/json");
            request.header("x-xero-signature", wrong).body(body)
        }
    };
    let request = request.ok()?;
    let world = Arc::clone(world);
    Some(Box::pin(async move {
        world.deliver(request, false).await;
    }))
}

/// A message that no worker can read, or that another version wrote.
pub fn poison(world: &World, actors: &mut Actors) {
    let organisation = &world.config.config.salesforce.organisation_id;
    let deal = actors.dice.pick(&actors.deals).map(|deal| deal.id.clone()).unwrap_or_default();
    let body = match actors.dice.between(0, 5) {
        0 => "{\"poison\": ".to_owned(),
        1 => json!({ "poison": "no version" }).to_string(),
        2 => json!({ "v": 99, "kind": "deal", "from": "the future", "poison": true }).to_string(),
        3 => format!("\"poison\" {}", "x".repeat(40_000)),
        4 => json!({ "v": 1, "kind": "subscription", "source": "crm", "organisation": organisation, "record": deal, "poison": true })
            .to_string(),
        // As version 1 wrote it on its first day: no notification, no facts.
        _ => json!({ "v": 1, "kind": "deal", "source": "crm", "organisation": organisation, "record": deal }).to_string(),
    };
    let number = actors.number();
    let queue = actors.dice.pick(&QUEUES).copied().unwrap_or_default();
    let message = Outgoing {
        body,
        group_id: Some(format!("poison-{number}")),
        deduplication_id: Some(format!("poison-{number}")),
        ..Outgoing::default()
    };
    let sent = world.sqs.send(queue, &message);
    world.step("outsider", format_args!("poison on {queue}: {}", sent.is_ok()));
    world.ring_queues();
}
