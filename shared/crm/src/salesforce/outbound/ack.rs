//! The answer to an outbound message: one word for the whole of it.

/// The content type of the answer.
pub const ACK_CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// The exact body. `true` only after every notification is on the queue; `false` makes Salesforce send the whole message again.
///
/// The element is `notificationsResponse`: an answer with another one counts as no answer (`interfaces.md` A3).
pub fn ack(taken: bool) -> &'static str {
    if taken { TAKEN } else { NOT_TAKEN }
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

const TAKEN: &str = answer!("true");
const NOT_TAKEN: &str = answer!("false");
