//! The SOAP of an outbound message, as captured (`docs/vendors/salesforce.md`): null fields are left out, the session is nil, a deleted record has no data.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Notification, OutboundRule};
use crate::salesforce::ids::to_15;
use crate::salesforce::record::Record;
use crate::salesforce::schema::{FieldKind, SObject, Schema};
use crate::salesforce::soql::Source;
use crate::salesforce::values::{decimal, parse_instant};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n <soapenv:Body>\n  <notifications xmlns=\"http://soap.sforce.com/2005/09/outbound\">\n";
const FOOT: &str = "  </notifications>\n </soapenv:Body>\n</soapenv:Envelope>\n";
const HOST: &str = "https://example.my.salesforce.com/services/Soap";

/// What all messages of an organisation say.
pub(super) struct Sender<'a> {
    pub(super) organisation_id: &'a str,
    pub(super) action_id: &'a str,
}

/// The message of these notifications, with the records' values of now.
pub(super) fn envelope(
    sender: &Sender<'_>,
    schema: &Schema,
    rule: &OutboundRule,
    source: &dyn Source,
    notifications: &[Notification],
) -> String {
    let mut xml = HEAD.to_owned();
    let organisation = sender.organisation_id;
    let short = to_15(organisation).unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = writeln!(xml, "   <OrganizationId>{organisation}</OrganizationId>");
    let _ = writeln!(xml, "   <ActionId>{}</ActionId>", sender.action_id);
    let _ = writeln!(xml, "   <SessionId xsi:nil=\"true\"/>");
    let _ = writeln!(xml, "   <EnterpriseUrl>{HOST}/c/62.0/{short}</EnterpriseUrl>");
    let _ = writeln!(xml, "   <PartnerUrl>{HOST}/u/62.0/{short}</PartnerUrl>");
    for notification in notifications {
        let _ = writeln!(xml, "   <Notification>\n    <Id>{}</Id>", notification.id);
        let live = source.record(&notification.record).filter(|record| !record.deleted);
        let object = schema.object(&rule.object);
        let tag = format!(
            "sObject xsi:type=\"sf:{}\" xmlns:sf=\"urn:sobject.enterprise.soap.sforce.com\"",
            rule.object
        );
        match (live, object) {
            (Some(record), Some(object)) => {
                let _ = writeln!(xml, "    <{tag}>\n     <sf:Id>{}</sf:Id>", record.id);
                fields(&mut xml, object, rule, record);
                let _ = writeln!(xml, "    </sObject>");
            }
            _ => {
                let _ = writeln!(xml, "    <{tag}/>");
            }
        }
        let _ = writeln!(xml, "   </Notification>");
    }
    xml + FOOT
}

/// The chosen fields by name, as Salesforce sorts them.
fn fields(xml: &mut String, object: &SObject, rule: &OutboundRule, record: &Record) {
    let mut names: Vec<&String> = rule.fields.iter().filter(|name| *name != "Id").collect();
    names.sort();
    names.dedup();
    for name in names {
        let Some(field) = object.field(name) else {
            continue;
        };
        if let Some(text) = xsd_text(&field.kind, record.get(&field.name)) {
            let _ = writeln!(xml, "     <sf:{name}>{text}</sf:{name}>", name = field.name);
        }
    }
}

/// The value by XML Schema's rules: an instant ends in `Z`, a double has at least one decimal, an int none.
fn xsd_text(kind: &FieldKind, value: &Value) -> Option<String> {
    match (kind, value) {
        (_, Value::Bool(flag)) => Some(flag.to_string()),
        (FieldKind::Number { name: "int", .. }, value) => Some(decimal(value)?.normalize().to_string()),
        (FieldKind::Number { .. }, value) => {
            let mut amount = decimal(value)?.normalize();
            if amount.scale() == 0 {
                amount.rescale(1);
            }
            Some(amount.to_string())
        }
        (FieldKind::DateTime, Value::String(text)) => {
            let instant = parse_instant(text)?;
            Some(instant.format("%Y-%m-%dT%H:%M:%S.000Z").to_string())
        }
        (_, Value::String(text)) => Some(escaped(text)),
        _ => None,
    }
}

/// Escapes markup and leaves out what XML 1.0 cannot hold.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '\t' | '\n' => safe.push(letter),
            '\r' => safe.push_str("&#13;"),
            letter if letter < ' ' || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => safe.push(letter),
        }
    }
    safe
}
