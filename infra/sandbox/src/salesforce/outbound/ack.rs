//! The one answer that counts: HTTP 200 with `<notificationsResponse><Ack>true</Ack></notificationsResponse>` in the right namespaces.

use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const OUTBOUND: &str = "http://soap.sforce.com/2005/09/outbound";
const WANTED: [(&str, &str); 4] = [
    (SOAP, "Envelope"),
    (SOAP, "Body"),
    (OUTBOUND, "notificationsResponse"),
    (OUTBOUND, "Ack"),
];

/// Whether the answer takes the whole message off Salesforce's hands.
pub(super) fn is_ack(status: u16, body: &str) -> bool {
    status == 200 && acked(body.trim_start_matches('\u{feff}')).unwrap_or(false)
}

/// Nothing when the body is not the XML that it should be.
fn acked(body: &str) -> Option<bool> {
    let mut reader = NsReader::from_str(body);
    let mut depth = 0_usize;
    let mut answer = None;
    loop {
        let (namespace, event) = reader.read_resolved_event().ok()?;
        match event {
            Event::Start(tag) => {
                let (wanted_namespace, wanted_name) = WANTED.get(depth)?;
                let ResolveResult::Bound(namespace) = namespace else {
                    return None;
                };
                let same = to_text(namespace.as_ref()) == *wanted_namespace && to_text(tag.local_name().as_ref()) == *wanted_name;
                if !same {
                    return None;
                }
                depth += 1;
            }
            Event::End(_) => depth = depth.checked_sub(1)?,
            Event::Text(text) => {
                let text = to_text(text.as_ref()).trim().to_owned();
                match (text.as_str(), depth == WANTED.len()) {
                    ("", _) => {}
                    ("true" | "1", true) => answer = Some(true),
                    ("false" | "0", true) => answer = Some(false),
                    _ => return None,
                }
            }
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof => return if depth == 0 { answer } else { None },
            _ => return None,
        }
    }
}

fn to_text<T: AsRef<[u8]> + ?Sized>(bytes: &T) -> &str {
    std::str::from_utf8(bytes.as_ref()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_answer_is_an_ack() {
        let envelope = |inner: &str| format!("<s:Envelope xmlns:s=\"{SOAP}\"><s:Body>{inner}</s:Body></s:Envelope>");
        let response = |ack: &str| {
            envelope(&format!(
                "<notificationsResponse xmlns=\"{OUTBOUND}\"><Ack>{ack}</Ack></notificationsResponse>"
            ))
        };
        for (name, status, body, wanted) in [
            ("true", 200, response("true"), true),
            (
                "one, and a BOM",
                200,
                format!("\u{feff}<?xml version=\"1.0\"?>\n{}", response(" 1 ")),
                true,
            ),
            ("false", 200, response("false"), false),
            ("true with another status", 202, response("true"), false),
            ("an error", 500, response("true"), false),
            ("empty", 200, String::new(), false),
            ("text", 200, "OK".to_owned(), false),
            ("json", 200, "{\"Ack\":true}".to_owned(), false),
            (
                "the known bug",
                200,
                envelope(&format!("<notifications xmlns=\"{OUTBOUND}\"><Ack>true</Ack></notifications>")),
                false,
            ),
            (
                "no namespace",
                200,
                envelope("<notificationsResponse><Ack>true</Ack></notificationsResponse>"),
                false,
            ),
            (
                "a fault",
                200,
                envelope("<s:Fault><faultcode>s:Server</faultcode></s:Fault>"),
                false,
            ),
            ("truncated", 200, response("true").replace("</s:Envelope>", ""), false),
            ("a nack that says true", 200, response("true, really"), false),
        ] {
            assert_eq!(is_ack(status, &body), wanted, "{name}");
        }
    }
}
