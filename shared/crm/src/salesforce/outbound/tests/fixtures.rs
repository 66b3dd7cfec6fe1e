//! Messages with the shape of real ones, and the answers that Salesforce documents (`tests/fixtures/salesforce`).

use super::*;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../../../tests/fixtures/salesforce/", $name))
    };
}

const ORGANISATION: &str = "00D9K000004TQuz";

#[test]
fn messages_are_read_whole() {
    let rows = [
        (
            fixture!("three_contacts.xml"),
            vec![
                ("Contact", "0039K00000WqDbRQAV"),
                ("Contact", "0039K00000WqDbSQAV"),
                ("Contact", "0039K00000WqDbTQAV"),
            ],
        ),
        (fixture!("account_created.xml"), vec![("Account", "0019K00000HvNeAQAV")]),
        (fixture!("account_field_populated.xml"), vec![("Account", "0019K00000HvNeCQAV")]),
        (fixture!("account_null_omitted.xml"), vec![("Account", "0019K00000HvNeCQAV")]),
        (fixture!("opportunity_one_line.xml"), vec![("Opportunity", "0069K00000PmdWzQAJ")]),
    ];
    for (body, wanted) in rows {
        let got = parse(body.as_bytes(), &OrganisationId::parse(ORGANISATION).unwrap()).unwrap();
        let short: Vec<_> = got
            .iter()
            .map(|one| (one.object.as_str(), one.record.as_ref().unwrap().as_str()))
            .collect();
        assert_eq!(short, wanted, "{body}");
        assert!(got.iter().all(|one| one.id.is_some()), "{body}");
        let other = OrganisationId::parse("00D000000000001").unwrap();
        assert_eq!(parse(body.as_bytes(), &other), Err(OutboundError::OtherOrganisation), "{body}");
    }
}

#[test]
fn a_doctype_is_refused() {
    let body = fixture!("doctype_entity.xml");
    assert_eq!(parse(body.as_bytes(), &organisation()), Err(OutboundError::Doctype));
}

#[test]
fn the_answers_are_those_of_the_documentation() {
    for (is_queued, wanted) in [(true, fixture!("ack_true.xml")), (false, fixture!("ack_false.xml"))] {
        assert_eq!(essence(ack(is_queued)), essence(wanted));
    }
}

/// An answer without what has no meaning in XML: byte order mark, white space between tags, unused namespaces.
fn essence(answer: &str) -> String {
    let unused = [
        " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"",
        " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"",
    ];
    let text = unused.iter().fold(answer.trim_start_matches('\u{feff}').to_owned(), |text, name| {
        text.replace(name, "")
    });
    text.split('>').map(str::trim).collect::<Vec<_>>().join(">")
}
