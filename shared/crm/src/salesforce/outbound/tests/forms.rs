//! The same message in the forms that XML, SOAP and the WSDL leave to the sender.

use super::*;

/// A name, a text, and its replacement.
const CHANGES: [(&str, &str, &str); 16] = [
    ("single quotes", "\"", "'"),
    ("prefix of SOAP", "soapenv", "S"),
    ("lines and indents", "><", ">\r\n\t <"),
    ("lower-case encoding", "UTF-8", "utf-8"),
    ("no encoding", " encoding=\"UTF-8\"", ""),
    ("standalone", "UTF-8\"?", "UTF-8\" standalone=\"yes\"?"),
    ("an empty header", "<soapenv:Body>", "<soapenv:Header/><soapenv:Body>"),
    (
        "a header",
        "<soapenv:Body>",
        "<soapenv:Header><x xmlns=\"urn:y\">z</x></soapenv:Header><soapenv:Body>",
    ),
    ("a session", NO_SESSION, "<SessionId>00D7F00000107Xs!AQ.x</SessionId>"),
    ("an empty session", NO_SESSION, "<SessionId></SessionId>"),
    ("no session", NO_SESSION, ""),
    ("an unknown element", "<Notification>", "<Attempt>2</Attempt><Notification>"),
    ("an attribute", "<Notification>", "<Notification id=\"a\">"),
    (
        "a reference in an address",
        "evil.example/c",
        "my.salesforce.com/c/66.0?a=1&amp;b=2",
    ),
    ("a short organisation", "00D7F00000107XsUAI", "00D7F00000107Xs"),
    ("fields that nobody asked for", "<sf:StageName>", UNASKED),
];
const NO_SESSION: &str = "<SessionId xsi:nil=\"true\"/>";
const UNASKED: &str = "<sf:fieldsToNull>Amount</sf:fieldsToNull><sf:fieldsToNull>Type</sf:fieldsToNull><sf:Amount>1.2E7</sf:Amount>\
    <sf:CloseDate>2026-11-30</sf:CloseDate><sf:Description><![CDATA[<b>&]]></sf:Description><sf:Type xsi:nil=\"true\"/>\
    <sf:SystemModstamp xsi:nil=\"1\"/><sf:LastModifiedDate/><sf:Name/><sf:Region__c>\u{1f600}</sf:Region__c><sf:StageName>";

#[test]
fn every_form_of_one_message_says_the_same() {
    let usual = with_fields("<sf:StageName>Closed Won</sf:StageName>");
    let wanted = parsed(&usual).unwrap();
    let changed = CHANGES.map(|(name, from, to)| (name, usual.replace(from, to)));
    let forms = [
        ("a prefix instead of a default namespace", prefixed(&usual)),
        (
            "prefix of the record",
            usual.replace("sf:", "ns1:").replace("xmlns:sf=", "xmlns:ns1="),
        ),
        ("a byte order mark", format!("\u{feff}{usual}")),
        ("no declaration", usual.split_once("?>").unwrap().1.to_owned()),
    ];
    for (name, message) in changed.into_iter().chain(forms) {
        assert_ne!(message, usual, "{name}");
        assert_eq!(parsed(&message).as_ref(), Ok(&wanted), "{name}: {message}");
    }
}

fn prefixed(usual: &str) -> String {
    let names = [
        "OrganizationId",
        "ActionId",
        "SessionId",
        "EnterpriseUrl",
        "PartnerUrl",
        "Notification",
        "Id",
        "sObject",
    ];
    let root = usual
        .replace("<notifications xmlns=", "<out:notifications xmlns:out=")
        .replace("</notifications>", "</out:notifications>");
    names.iter().fold(root, |text, name| {
        let text = text.replace(&format!("</{name}>"), &format!("</out:{name}>"));
        let text = text.replace(&format!("<{name}>"), &format!("<out:{name}>"));
        text.replace(&format!("<{name} "), &format!("<out:{name} "))
    })
}
