//! Refused for their content.

use super::*;

#[test]
fn elements_in_the_wrong_place_are_refused() {
    check([
        ("a bare root", "<x/>".to_owned(), "not_a_notification"),
        ("no notification", notifications(ORGANISATION, ""), "not_a_notification"),
        ("no notifications", envelope(""), "not_a_notification"),
        (
            "no body element",
            envelope("").replace("<soapenv:Body></soapenv:Body>", ""),
            "not_a_notification",
        ),
        (
            "two notifications elements",
            envelope(&inner(&usual_message()).repeat(2)),
            "not_a_notification",
        ),
        (
            "two bodies",
            usual_message().replace("</soapenv:Envelope>", "<soapenv:Body/></soapenv:Envelope>"),
            "not_a_notification",
        ),
        (
            "text in between",
            usual_message().replace("<Notification>", "x<Notification>"),
            "not_a_notification",
        ),
        (
            "two records",
            usual_message().replace("</Notification>", "<sObject/></Notification>"),
            "not_a_notification",
        ),
    ]);
}

#[test]
fn other_namespaces_and_types_are_refused() {
    check([
        (
            "wrong namespace",
            usual_message().replace("2005/09/outbound", "2005/09/inbound"),
            "not_a_notification",
        ),
        (
            "no namespace",
            usual_message().replace(" xmlns=\"http://soap.sforce.com/2005/09/outbound\"", ""),
            "not_a_notification",
        ),
        (
            "SOAP 1.2",
            usual_message().replace(
                "http://schemas.xmlsoap.org/soap/envelope/",
                "http://www.w3.org/2003/05/soap-envelope",
            ),
            "not_a_notification",
        ),
        (
            "another namespace for the record",
            usual_message().replace("urn:sobject.enterprise", "urn:sobject.other"),
            "not_a_notification",
        ),
        (
            "an id in the wrong namespace",
            with_fields("<Id>0067F000003pmdWQAQ</Id>"),
            "not_a_notification",
        ),
        (
            "a type of another namespace",
            usual_message().replace("sf:Opportunity", "xsi:Opportunity"),
            "not_a_notification",
        ),
        (
            "a type that is no name",
            usual_message().replace("sf:Opportunity", "sf:Oppor tunity"),
            "not_a_notification",
        ),
    ]);
}

#[test]
fn messages_for_other_organisations_are_refused() {
    check([
        ("other organisation", notifications("00D7F00000107XtUAI", &usual()), "organisation"),
        (
            "organisation in another case",
            notifications("00d7f00000107xsUAI", &usual()),
            "organisation",
        ),
        (
            "an organisation's prefix only",
            notifications("00D7F000001", &usual()),
            "organisation",
        ),
        ("no organisation's text", notifications("", &usual()), "organisation"),
        ("null as organisation", notifications("null", &usual()), "organisation"),
        (
            "no organisation",
            usual_message().replace(&format!("<OrganizationId>{ORGANISATION}</OrganizationId>"), ""),
            "not_a_notification",
        ),
    ]);
}

#[test]
fn a_second_organisation_is_refused_anywhere() {
    check([
        (
            "two organisations",
            usual_message().replace("<ActionId>", "<OrganizationId>00D7F00000107XsUAI</OrganizationId><ActionId>"),
            "organisation",
        ),
        (
            "an organisation inside a field",
            with_fields(&format!("<sf:Name><OrganizationId>{ORGANISATION}</OrganizationId></sf:Name>")),
            "organisation",
        ),
        (
            "an organisation inside a field that is read",
            with_fields(&format!(
                "<sf:StageName><OrganizationId>{ORGANISATION}</OrganizationId></sf:StageName>"
            )),
            "organisation",
        ),
        (
            "an organisation as a field",
            with_fields(&format!("<sf:OrganizationId>{ORGANISATION}</sf:OrganizationId>")),
            "organisation",
        ),
        (
            "an organisation in a notification",
            usual_message().replace(
                "<Notification>",
                &format!("<Notification><OrganizationId>{ORGANISATION}</OrganizationId>"),
            ),
            "organisation",
        ),
        (
            "an organisation in SessionId",
            usual_message().replace(
                "<SessionId xsi:nil=\"true\"/>",
                "<SessionId><OrganizationId>x</OrganizationId></SessionId>",
            ),
            "organisation",
        ),
        (
            "own organisation inside a field only",
            notifications("00D7F00000107XtUAI", &usual()).replace(
                "<sf:Id>",
                &format!("<sf:Name><OrganizationId>{ORGANISATION}</OrganizationId></sf:Name><sf:Id>"),
            ),
            "organisation",
        ),
    ]);
}

#[test]
fn invalid_ids_are_refused() {
    check([
        (
            "two notification ids",
            usual_message().replace("<Id>", "<Id>04l7F000008aeAy</Id><Id>"),
            "not_a_notification",
        ),
        (
            "two record ids",
            with_fields(&format!("<sf:Id>{RECORD}</sf:Id>")),
            "not_a_notification",
        ),
        (
            "two stages",
            with_fields("<sf:StageName>a</sf:StageName><sf:StageName>b</sf:StageName>"),
            "not_a_notification",
        ),
        (
            "a record id that is none",
            usual_message().replace(RECORD, "0067F000003pmdWQ"),
            "not_a_notification",
        ),
        (
            "a query as record id",
            usual_message().replace(RECORD, "x' OR Id != '"),
            "not_a_notification",
        ),
        (
            "an element in an id",
            usual_message().replace(RECORD, "<sf:b/>0067F000003pmdW"),
            "not_a_notification",
        ),
        (
            "punctuation in a notification's id",
            usual_message().replace(NOTIFICATION, "04l/../x"),
            "not_a_notification",
        ),
    ]);
}

fn inner(message: &str) -> String {
    let from = message.find("<notifications").unwrap();
    let to = message.find("</soapenv:Body>").unwrap();
    message[from..to].to_owned()
}
