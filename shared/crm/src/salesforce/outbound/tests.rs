//! The table of bad input for outbound messages, the captured messages, and messages made up at random.

use proptest::prelude::*;

use super::*;
use crate::salesforce::ids::IdError;

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

fn refused(message: &str) -> OutboundError {
    match parse(message.as_bytes(), &organisation()) {
        Err(error) => error,
        Ok(found) => panic!("taken: {message}: {found:?}"),
    }
}

#[test]
fn bad_messages_are_refused_for_their_reason() {
    let utf_16: Vec<u8> = usual_message().encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(parse(&utf_16, &organisation()), Err(OutboundError::Character));
    assert_eq!(parse(b"\xff\xfe<\0", &organisation()), Err(OutboundError::Encoding));
    let large = vec![b' '; BODY_SIZE_MAX_BYTES + 1];
    assert_eq!(parse(&large, &organisation()), Err(OutboundError::TooLarge));

    let deep = |levels: usize| with_fields(&format!("{}{}", "<sf:a>".repeat(levels), "</sf:a>".repeat(levels)));
    let many = |count: usize| notifications(ORGANISATION, &usual().repeat(count));
    let rows: Vec<(&str, String, &str)> = vec![
        ("no body", String::new(), "malformed"),
        ("white space", "  \n ".to_owned(), "malformed"),
        ("not XML", "{\"a\":1}".to_owned(), "malformed"),
        ("a bare root", "<x/>".to_owned(), "not_a_notification"),
        ("DOCTYPE", format!("<!DOCTYPE x>{}", usual_message().split_once("?>").unwrap().1), "forbidden_xml"),
        ("DOCTYPE after the declaration", usual_message().replacen("?>", "?><!DOCTYPE x [<!ENTITY a \"b\">]>", 1), "forbidden_xml"),
        ("an entity", with_fields("<sf:Name>&a;</sf:Name>"), "forbidden_xml"),
        ("an entity in a field that is read", with_fields("<sf:StageName>&a;</sf:StageName>"), "forbidden_xml"),
        ("an HTML entity", with_fields("<sf:Name>&nbsp;</sf:Name>"), "forbidden_xml"),
        ("a dangling ampersand", with_fields("<sf:Name>a & b</sf:Name>"), "malformed"),
        ("a processing instruction", usual_message().replacen("?>", "?><?php x?>", 1), "forbidden_xml"),
        ("a second declaration", with_fields("<?xml version=\"1.0\"?>"), "forbidden_xml"),
        ("a declaration of XML 1.1", usual_message().replacen("1.0", "1.1", 1), "encoding"),
        ("a declaration of Latin 1", usual_message().replacen("UTF-8", "ISO-8859-1", 1), "encoding"),
        ("a character that is none", with_fields("<sf:Name>&#0;</sf:Name>"), "encoding"),
        ("a control character", with_fields("<sf:Name>\u{1}</sf:Name>"), "encoding"),
        ("a control character by reference", with_fields("<sf:StageName>&#x1b;</sf:StageName>"), "encoding"),
        ("deep nesting", deep(DEPTH_MAX - 5 + 1), "over_limit"),
        ("very deep nesting", deep(15_000), "over_limit"),
        ("too many notifications", many(NOTIFICATIONS_MAX + 1), "over_limit"),
        ("too many tags", with_fields(&"<sf:a/>".repeat(EVENTS_MAX / 2)), "over_limit"),
        ("too many comments", with_fields(&"<!---->".repeat(BODY_SIZE_MAX_BYTES / 7 - 200)), "taken"),
        ("no notification", notifications(ORGANISATION, ""), "not_a_notification"),
        ("no notifications", envelope(""), "not_a_notification"),
        ("no body element", envelope("").replace("<soapenv:Body></soapenv:Body>", ""), "not_a_notification"),
        ("two notifications elements", envelope(&inner(&usual_message()).repeat(2)), "not_a_notification"),
        ("two bodies", usual_message().replace("</soapenv:Envelope>", "<soapenv:Body/></soapenv:Envelope>"), "not_a_notification"),
        ("two roots", format!("{}<x/>", usual_message()), "malformed"),
        ("text after the root", format!("{}x", usual_message()), "malformed"),
        ("text before the root", format!("x{}", usual_message()), "malformed"),
        ("text in between", usual_message().replace("<Notification>", "x<Notification>"), "not_a_notification"),
        ("a CDATA after the root", format!("{}<![CDATA[x]]>", usual_message()), "malformed"),
        ("wrong namespace", usual_message().replace("2005/09/outbound", "2005/09/inbound"), "not_a_notification"),
        ("no namespace", usual_message().replace(" xmlns=\"http://soap.sforce.com/2005/09/outbound\"", ""), "not_a_notification"),
        ("SOAP 1.2", usual_message().replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"), "not_a_notification"),
        ("another namespace for the record", usual_message().replace("urn:sobject.enterprise", "urn:sobject.other"), "not_a_notification"),
        ("a prefix that nothing binds", with_fields("<x:Name>a</x:Name>"), "malformed"),
        ("an id in the wrong namespace", with_fields("<Id>0067F000003pmdWQAQ</Id>"), "not_a_notification"),
        ("other organisation", notifications("00D7F00000107XtUAI", &usual()), "organisation"),
        ("organisation in another case", notifications("00d7f00000107xsUAI", &usual()), "organisation"),
        ("an organisation's prefix only", notifications("00D7F000001", &usual()), "organisation"),
        ("an organisation's id and more", notifications("00D7F00000107XsUAIx", &usual()), "over_limit"),
        ("no organisation's text", notifications("", &usual()), "organisation"),
        ("null as organisation", notifications("null", &usual()), "organisation"),
        ("no organisation", usual_message().replace(&format!("<OrganizationId>{ORGANISATION}</OrganizationId>"), ""), "not_a_notification"),
        ("two organisations", usual_message().replace("<ActionId>", "<OrganizationId>00D7F00000107XsUAI</OrganizationId><ActionId>"), "organisation"),
        ("an organisation inside a field", with_fields(&format!("<sf:Name><OrganizationId>{ORGANISATION}</OrganizationId></sf:Name>")), "organisation"),
        ("an organisation inside a field that is read", with_fields(&format!("<sf:StageName><OrganizationId>{ORGANISATION}</OrganizationId></sf:StageName>")), "organisation"),
        ("an organisation as a field", with_fields(&format!("<sf:OrganizationId>{ORGANISATION}</sf:OrganizationId>")), "organisation"),
        ("an organisation in a notification", usual_message().replace("<Notification>", &format!("<Notification><OrganizationId>{ORGANISATION}</OrganizationId>")), "organisation"),
        ("an organisation in SessionId", usual_message().replace("<SessionId xsi:nil=\"true\"/>", "<SessionId><OrganizationId>x</OrganizationId></SessionId>"), "organisation"),
        ("own organisation inside a field only", notifications("00D7F00000107XtUAI", &usual()).replace("<sf:Id>", &format!("<sf:Name><OrganizationId>{ORGANISATION}</OrganizationId></sf:Name><sf:Id>")), "organisation"),
        ("two notification ids", usual_message().replace("<Id>", "<Id>04l7F000008aeAy</Id><Id>"), "not_a_notification"),
        ("two records", usual_message().replace("</Notification>", "<sObject/></Notification>"), "not_a_notification"),
        ("two record ids", with_fields(&format!("<sf:Id>{RECORD}</sf:Id>")), "not_a_notification"),
        ("two stages", with_fields("<sf:StageName>a</sf:StageName><sf:StageName>b</sf:StageName>"), "not_a_notification"),
        ("a record id that is none", usual_message().replace(RECORD, "0067F000003pmdWQAA"), "not_a_notification"),
        ("a query as record id", usual_message().replace(RECORD, "x' OR Id != '"), "not_a_notification"),
        ("an element in an id", usual_message().replace(RECORD, "<sf:b/>0067F000003pmdW"), "not_a_notification"),
        ("a long id", usual_message().replace(NOTIFICATION, &"0".repeat(200)), "over_limit"),
        ("punctuation in a notification's id", usual_message().replace(NOTIFICATION, "04l/../x"), "not_a_notification"),
        ("a long stage", with_fields(&format!("<sf:StageName>{}</sf:StageName>", "a".repeat(TEXT_SIZE_MAX_BYTES + 1))), "over_limit"),
        ("a type of another namespace", usual_message().replace("sf:Opportunity", "xsi:Opportunity"), "not_a_notification"),
        ("a type that is no name", usual_message().replace("sf:Opportunity", "sf:Oppor tunity"), "not_a_notification"),
        ("an attribute twice", usual_message().replace("xsi:type=", "xsi:type=\"sf:Account\" xsi:type="), "malformed"),
        ("tags that do not match", usual_message().replace("</sObject>", "</sobject>"), "malformed"),
        ("a start after the last end", format!("{}<x>", usual_message()), "malformed"),
    ];
    for (name, message, wanted) in rows {
        let got = match parse(message.as_bytes(), &organisation()) {
            Ok(_) => "taken",
            Err(error) => error.reason(),
        };
        assert_eq!(got, wanted, "{name}");
    }
}

fn inner(message: &str) -> String {
    let from = message.find("<notifications").unwrap();
    let to = message.find("</soapenv:Body>").unwrap();
    message[from..to].to_owned()
}

#[test]
fn a_message_cut_anywhere_is_refused() {
    let message = usual_message();
    assert!(parse(message.as_bytes(), &organisation()).is_ok());
    for length in 0..message.len() {
        assert!(parse(&message.as_bytes()[..length], &organisation()).is_err(), "cut at {length}");
    }
    assert_eq!(refused("<notifications><broken>"), OutboundError::Unexpected { name: "notifications".to_owned(), parent: "the document" });
}

#[test]
fn limits_are_met_exactly() {
    let deep = |levels: usize| with_fields(&format!("{}{}", "<sf:a>".repeat(levels), "</sf:a>".repeat(levels)));
    // Envelope, Body, notifications, Notification and sObject are five levels.
    assert!(parse(deep(DEPTH_MAX - 5).as_bytes(), &organisation()).is_ok());
    assert_eq!(refused(&deep(DEPTH_MAX - 4)), OutboundError::TooDeep);
    let full = notifications(ORGANISATION, &usual().repeat(NOTIFICATIONS_MAX));
    assert_eq!(parse(full.as_bytes(), &organisation()).unwrap().len(), NOTIFICATIONS_MAX);
    let mut body = usual_message().into_bytes();
    body.resize(BODY_SIZE_MAX_BYTES, b' ');
    assert!(parse(&body, &organisation()).is_ok());
    let tiny = usual_message().replace("<ActionId>", &format!("{}<ActionId>", "<a/>".repeat(EVENTS_MAX / 2)));
    assert!(tiny.len() < BODY_SIZE_MAX_BYTES);
    assert_eq!(refused(&tiny), OutboundError::TooManyEvents);
    let stage = "a".repeat(TEXT_SIZE_MAX_BYTES);
    assert!(parse(with_fields(&format!("<sf:StageName>{stage}</sf:StageName>")).as_bytes(), &organisation()).is_ok());
}

#[test]
fn ids_are_understood_or_absent() {
    let one = |id: &str, fields: &str| {
        let message = notifications("00D7F00000107Xs", &notification(id, fields));
        parse(message.as_bytes(), &organisation()).unwrap().remove(0)
    };
    let id = "<Id>04l7F000008aeAyQAI</Id>";
    let record = "<sf:Id>0067F000003pmdWQAQ</sf:Id>";
    let rows = [
        (id, record, Some(NOTIFICATION), Some(RECORD)),
        ("<Id>\n 04l7F000008aeAyQAI\n</Id>", "<sf:Id> 0067F000003pmdW </sf:Id>", Some(NOTIFICATION), Some(RECORD)),
        ("<Id><![CDATA[04l7F000008aeAyQAI]]></Id>", "<sf:Id>0067F00000<!-- -->3pmd&#87;</sf:Id>", Some(NOTIFICATION), Some(RECORD)),
        ("", record, None, Some(RECORD)),
        ("<Id/>", record, None, Some(RECORD)),
        ("<Id>  </Id>", record, None, Some(RECORD)),
        ("<Id>null</Id>", record, None, Some(RECORD)),
        ("<Id xsi:nil=\"true\"/>", record, None, Some(RECORD)),
        (id, "", Some(NOTIFICATION), None),
        (id, "<sf:Id xsi:nil=\"true\"/>", Some(NOTIFICATION), None),
        (id, "<sf:Id>null</sf:Id>", Some(NOTIFICATION), None),
    ];
    for (notification_id, fields, wanted_id, wanted_record) in rows {
        let got = one(notification_id, fields);
        assert_eq!(got.id.as_ref().map(NotificationId::as_str), wanted_id, "{notification_id}");
        assert_eq!(got.record.as_ref().map(RecordId::as_str), wanted_record, "{fields}");
        assert_eq!(got.object, Object::Opportunity);
    }
}

#[test]
fn deleted_records_and_other_objects_are_told() {
    let message = notifications(
        ORGANISATION,
        concat!(
            r#"<Notification><Id>04l7F000008aeAyQAI</Id><sObject xsi:type="sf:Opportunity" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"/></Notification>"#,
            r#"<Notification><sObject xsi:nil="true"/></Notification>"#,
            r#"<Notification/>"#,
            r#"<Notification><sObject xmlns:q="urn:sobject.enterprise.soap.sforce.com" xsi:type="q:Region__c"><q:Id>a007F000003pmdWQAQ</q:Id></sObject></Notification>"#,
        ),
    );
    let got = parse(message.as_bytes(), &organisation());
    assert!(matches!(&got, Ok(found) if found.len() == 4) , "{got:?}");
    let got = got.unwrap();
    assert_eq!(got[0].object, Object::Opportunity);
    assert!(got.iter().take(3).all(|notification| notification.record.is_none()));
    assert_eq!((&got[1].object, &got[2].object), (&Object::Unstated, &Object::Unstated));
    assert_eq!(got[3].object.as_str(), "Region__c");
    assert!(got[3].record.is_some());
}

#[test]
fn what_was_told_is_read_and_addresses_are_not() {
    let message = with_fields(
        "<sf:LastModifiedDate>2026-09-09T00:41:57.000Z</sf:LastModifiedDate><sf:Name>A &amp; B</sf:Name>\
         <sf:StageName>Closed &#38; &lt;Won&gt; &quot;x&apos;</sf:StageName><sf:SystemModstamp>soon</sf:SystemModstamp>\
         <sf:BillingAddress><sf:city>Paris</sf:city></sf:BillingAddress>",
    );
    let with_bom = format!("\u{feff}{message}");
    let got = parse(with_bom.as_bytes(), &organisation()).unwrap().remove(0);
    assert_eq!(got.told.stage.as_deref(), Some("Closed & <Won> \"x'"));
    assert_eq!(got.told.last_modified.unwrap().to_rfc3339(), "2026-09-09T00:41:57+00:00");
    assert_eq!(got.told.system_modstamp, None, "a hint that cannot be read is no hint");
    assert!(!format!("{got:?}").contains("evil.example"));
    assert_eq!(refused(&message.replace(RECORD, "0067F000003pmdWQAA")), OutboundError::Id { field: "sObject/Id", source: IdError::Checksum });
}

#[test]
fn captured_messages_are_read_whole() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/salesforce");
    if !std::path::Path::new(folder).is_dir() {
        #[allow(clippy::print_stderr)]
        {
            eprintln!("skipped: {folder} is not there");
        }
        return;
    }
    let rows = [
        ("amp_batch_update_contacts.xml", "00Dxx0000001gPF", vec![("Contact", "003xx000004TmiQAAS"), ("Contact", "003xx000004TmiRAAS"), ("Contact", "003xx000004TmiSAAS")]),
        ("amp_create_account.xml", "00Dxx0000001gPF", vec![("Account", "001xx000003DGb2AAG")]),
        ("amp_field_populated.xml", "00Dxx0000001gPF", vec![("Account", "001xx000003DGb4AAG")]),
        ("amp_null_field_omitted.xml", "00Dxx0000001gPF", vec![("Account", "001xx000003DGb4AAG")]),
        ("shape_opportunity_single_line.xml", "00D7F00000107Xs", vec![("Opportunity", RECORD)]),
    ];
    for (file, organisation, wanted) in rows {
        let body = std::fs::read(format!("{folder}/{file}")).unwrap();
        let got = parse(&body, &OrganisationId::parse(organisation).unwrap()).unwrap();
        let short: Vec<_> = got.iter().map(|one| (one.object.as_str(), one.record.as_ref().unwrap().as_str())).collect();
        assert_eq!(short, wanted, "{file}");
        assert!(got.iter().all(|one| one.id.is_some()), "{file}");
        let other = OrganisationId::parse("00D000000000001").unwrap();
        assert_eq!(parse(&body, &other), Err(OutboundError::OtherOrganisation), "{file}");
    }
    let body = std::fs::read(format!("{folder}/reject_doctype_entity.xml")).unwrap();
    assert_eq!(parse(&body, &organisation()), Err(OutboundError::Doctype));
    for taken in [true, false] {
        let wanted = std::fs::read_to_string(format!("{folder}/expected_ack_{taken}.xml")).unwrap();
        assert_eq!(essence(ack(taken)), essence(&wanted));
    }
}

/// An answer without what XML says does not matter here: mark, white space between tags, namespaces that nothing uses.
fn essence(answer: &str) -> String {
    let unused = [" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"", " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""];
    let text = unused.iter().fold(answer.trim_start_matches('\u{feff}').to_owned(), |text, name| text.replace(name, ""));
    text.split('>').map(str::trim).collect::<Vec<_>>().join(">")
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = parse(&body, &organisation());
    }

    #[test]
    fn no_altered_message_makes_it_panic(place in 0_usize..900, byte in any::<u8>(), cut in 0_usize..900) {
        let mut body = with_fields("<sf:StageName>Closed &amp; Won</sf:StageName>").into_bytes();
        if let Some(old) = body.get_mut(place) { *old = byte; }
        body.truncate(body.len().saturating_sub(cut / 8));
        let _ = parse(&body, &organisation());
    }

    #[test]
    fn no_pile_of_markup_makes_it_panic(parts in proptest::collection::vec(proptest::sample::select(vec![
        "<", ">", "/", "<a>", "</a>", "<a/>", "&", ";", "&#x", "&#", "<![CDATA[", "]]>", "<!--", "-->", "--", "<?xml", "?>", "<!DOCTYPE",
        "[", "]", "\"", "'", "=", " ", "xmlns", "xmlns:a=\"b\"", ":", "é", "\u{feff}", "\0",
    ]), 0..60)) {
        let pile = parts.concat();
        let _ = parse(pile.as_bytes(), &organisation());
        let _ = parse(with_fields(&pile).as_bytes(), &organisation());
        let _ = parse(notifications(ORGANISATION, &pile).as_bytes(), &organisation());
    }
}
