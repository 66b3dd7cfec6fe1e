//! Outbound messages of Salesforce: any bytes are notifications of our organisation, or are refused.

use tieout_crm::salesforce::ids::OrganisationId;
use tieout_crm::salesforce::outbound::parse;

use super::webhooks::ORGANISATION;

/// Salesforce's limit (`docs/vendors/salesforce.md`).
const NOTIFICATIONS_MAX: usize = 100;

pub fn outbound_message(bytes: &[u8]) {
    let organisation = OrganisationId::parse(ORGANISATION).expect("a valid id");
    match parse(bytes, &organisation) {
        Ok(notifications) => {
            assert!((1..=NOTIFICATIONS_MAX).contains(&notifications.len()), "{}", notifications.len());
            let body = String::from_utf8_lossy(bytes);
            assert!(body.contains(&ORGANISATION[..15]), "a message of another organisation");
            assert!(!body.contains("<!DOCTYPE"), "a DOCTYPE was accepted");
        }
        Err(error) => assert!(!error.reason().is_empty()),
    }
}
