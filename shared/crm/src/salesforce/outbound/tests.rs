//! Outbound messages: the table of bad input, the messages with the shape of real ones, and random messages.

mod fixtures;
mod forms;
mod limits;
mod random;
mod refused;
mod refused_markup;
mod understood;

use super::*;

const ORGANISATION: &str = "00D7F00000107XsUAI";
const RECORD: &str = "0067F000003pmdWQAQ";
const NOTIFICATION: &str = "04l7F000008aeAyQAI";

fn organisation() -> OrganisationId {
    OrganisationId::parse(ORGANISATION).unwrap()
}

fn envelope(inside: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{inside}</soapenv:Body></soapenv:Envelope>"#
    )
}

fn notifications(organisation: &str, inside: &str) -> String {
    envelope(&format!(
        r#"<notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>{organisation}</OrganizationId><ActionId>04k7F0000008V3hQAE</ActionId><SessionId xsi:nil="true"/><EnterpriseUrl>https://evil.example/c</EnterpriseUrl><PartnerUrl>https://evil.example/u</PartnerUrl>{inside}</notifications>"#
    ))
}

fn notification(id: &str, fields: &str) -> String {
    format!(
        r#"<Notification>{id}<sObject xsi:type="sf:Opportunity" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">{fields}</sObject></Notification>"#
    )
}

fn usual() -> String {
    notification(&format!("<Id>{NOTIFICATION}</Id>"), &format!("<sf:Id>{RECORD}</sf:Id>"))
}

fn with_fields(fields: &str) -> String {
    let id = format!("<Id>{NOTIFICATION}</Id>");
    notifications(ORGANISATION, &notification(&id, &format!("<sf:Id>{RECORD}</sf:Id>{fields}")))
}

fn usual_message() -> String {
    notifications(ORGANISATION, &usual())
}

fn parsed(message: &str) -> Result<Vec<Notification>, OutboundError> {
    parse(message.as_bytes(), &organisation())
}

/// A changed message, and the reason of its refusal, or `taken`.
fn check(rows: impl IntoIterator<Item = (&'static str, String, &'static str)>) {
    for (name, message, wanted) in rows {
        let got = parsed(&message).map_or_else(|error| error.reason(), |_| "taken");
        assert_eq!(got, wanted, "{name}");
    }
}

fn nested(levels: usize) -> String {
    with_fields(&format!("{}{}", "<sf:a>".repeat(levels), "</sf:a>".repeat(levels)))
}

fn repeated(count: usize) -> String {
    notifications(ORGANISATION, &usual().repeat(count))
}
