//! What is read of a good message, and what is not.

use super::*;
use crate::salesforce::ids::IdError;

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
        (
            "<Id>\n 04l7F000008aeAyQAI\n</Id>",
            "<sf:Id> 0067F000003pmdW </sf:Id>",
            Some(NOTIFICATION),
            Some(RECORD),
        ),
        (
            "<Id><![CDATA[04l7F000008aeAyQAI]]></Id>",
            "<sf:Id>0067F00000<!-- -->3pmd&#87;</sf:Id>",
            Some(NOTIFICATION),
            Some(RECORD),
        ),
        ("", record, None, Some(RECORD)),
        ("<Id/>", record, None, Some(RECORD)),
        ("<Id>  </Id>", record, None, Some(RECORD)),
        ("<Id>null</Id>", record, None, Some(RECORD)),
        ("<Id xsi:nil=\"true\"/>", record, None, Some(RECORD)),
        // Fifteen characters identify the record; a wrong checksum must not make the whole message invalid.
        (id, "<sf:Id>0067F000003pmdWQAA</sf:Id>", Some(NOTIFICATION), Some(RECORD)),
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
fn deleted_records_and_other_objects_are_reported() {
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
    assert!(matches!(&got, Ok(found) if found.len() == 4), "{got:?}");
    let got = got.unwrap();
    assert_eq!(got[0].object, Object::Opportunity);
    assert!(got.iter().take(3).all(|notification| notification.record.is_none()));
    assert_eq!((&got[1].object, &got[2].object), (&Object::Unstated, &Object::Unstated));
    assert_eq!(got[3].object.as_str(), "Region__c");
    assert!(got[3].record.is_some());
}

#[test]
fn reported_values_are_read_and_addresses_are_not() {
    let message = with_fields(
        "<sf:LastModifiedDate>2026-09-09T00:41:57.000Z</sf:LastModifiedDate><sf:Name>A &amp; B</sf:Name>\
         <sf:StageName>Closed &#38; &lt;Won&gt; &quot;x&apos;</sf:StageName><sf:SystemModstamp>soon</sf:SystemModstamp>\
         <sf:BillingAddress><sf:city>Paris</sf:city></sf:BillingAddress>",
    );
    let with_bom = format!("\u{feff}{message}");
    let got = parse(with_bom.as_bytes(), &organisation()).unwrap().remove(0);
    assert_eq!(got.reported.stage.as_deref(), Some("Closed & <Won> \"x'"));
    assert_eq!(got.reported.last_modified.unwrap().to_rfc3339(), "2026-09-09T00:41:57+00:00");
    assert_eq!(got.reported.system_modstamp, None, "an unreadable instant is none");
    assert!(!format!("{got:?}").contains("evil.example"));
    assert_eq!(
        parsed(&message.replace(RECORD, "0067F000003pmdWQ")).unwrap_err(),
        OutboundError::Id {
            field: "sObject/Id",
            source: IdError::Length(16)
        }
    );
}
