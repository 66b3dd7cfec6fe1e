//! Whatever an attacker sends is refused or understood, and nothing panics.

use proptest::prelude::*;
use serde_json::json;
use tieout_ledger::InvoiceId;
use tieout_ledger::xero::webhook::{parse, verify};
use tieout_platform::secret::Secret;

use crate::samples::invoice_json;
use crate::support::{ID, Script, client, ok};

/// Any text of `alphabet`'s kind in the place of a value.
fn replaced(text: &str, at: prop::sample::Index, with: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let at = at.index(characters.len());
    let head: String = characters[..at].iter().collect();
    let tail: String = characters[(at + 1).min(characters.len())..].iter().collect();
    format!("{head}{with}{tail}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn deliveries(body in any::<Vec<u8>>(), header in "\\PC{0,60}", id in "\\PC{0,70}", at in "\\PC{0,30}") {
        prop_assert!(!verify(&[&header], &body, &[Secret::new("key")]));
        let _ = parse(&body);
        let ticks = format!("/Date({at})/");
        for time in [&at, &ticks] {
            let event = json!({"eventType": "UPDATE", "tenantType": "ORGANISATION", "eventCategory": "INVOICE",
                "tenantId": ID, "resourceId": id, "eventDateUtc": time});
            let delivery = parse(json!({"events": [event]}).to_string().as_bytes()).unwrap();
            prop_assert_eq!(delivery.events.len() + delivery.skipped, 1);
        }
    }

    #[test]
    fn answers(at in any::<prop::sample::Index>(), with in "[\"\\\\{}:,0-9a-zé/()+-]{0,3}") {
        let body = replaced(&json!({"Invoices": [invoice_json()]}).to_string(), at, &with);
        let script = Script::new([ok(body)]);
        let read = client(&script);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _ = runtime.block_on(read.invoice(&InvoiceId::parse(ID).unwrap()));
    }
}
