//! The answer to an outbound message: one acknowledgement for all of it.

/// The content type of the answer.
pub const ACK_CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// The exact body. `true` only after every notification is on the queue; `false` makes Salesforce send the whole message again.
///
/// The element is `notificationsResponse`: an answer with another root counts as none.
pub fn ack(is_queued: bool) -> &'static str {
    if is_queued { ACCEPTED } else { REFUSED }
}

macro_rules! answer {
    ($word:literal) => {
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8"?>"#,
            "\n",
            r#"<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>"#,
            r#"<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>"#,
            $word,
            "</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>",
        )
    };
}

const ACCEPTED: &str = answer!("true");
const REFUSED: &str = answer!("false");
