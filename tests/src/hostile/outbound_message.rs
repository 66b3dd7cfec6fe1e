//! Outbound messages of Salesforce: any bytes are notifications of the one organisation, or refused.

use tieout_crm::salesforce::ids::OrganisationId;
use tieout_crm::salesforce::outbound::parse;

use super::doors::ORGANISATION;

/// Most notifications of one message, by Salesforce's own limit.
const NOTIFICATIONS_MAX: usize = 100;

/// Reads a message.
pub fn outbound_message(bytes: &[u8]) {
    let organisation = OrganisationId::parse(ORGANISATION).expect("a right id");
    match parse(bytes, &organisation) {
        Ok(notifications) => {
            assert!((1..=NOTIFICATIONS_MAX).contains(&notifications.len()), "{}", notifications.len());
            let body = String::from_utf8_lossy(bytes);
            assert!(body.contains(&ORGANISATION[..15]), "a message of nobody");
            assert!(!body.contains("<!DOCTYPE"), "a document type");
        }
        Err(error) => assert!(!error.reason().is_empty()),
    }
}
