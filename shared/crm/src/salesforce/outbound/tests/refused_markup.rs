//! Refused for their XML.

use super::*;

#[test]
fn what_xml_allows_and_we_do_not_is_refused() {
    check([
        (
            "DOCTYPE",
            format!("<!DOCTYPE x>{}", usual_message().split_once("?>").unwrap().1),
            "forbidden_xml",
        ),
        (
            "DOCTYPE after the declaration",
            usual_message().replacen("?>", "?><!DOCTYPE x [<!ENTITY a \"b\">]>", 1),
            "forbidden_xml",
        ),
        ("an entity", with_fields("<sf:Name>&a;</sf:Name>"), "forbidden_xml"),
        (
            "an entity in a field that is read",
            with_fields("<sf:StageName>&a;</sf:StageName>"),
            "forbidden_xml",
        ),
        ("an HTML entity", with_fields("<sf:Name>&nbsp;</sf:Name>"), "forbidden_xml"),
        (
            "a processing instruction",
            usual_message().replacen("?>", "?><?php x?>", 1),
            "forbidden_xml",
        ),
        ("a second declaration", with_fields("<?xml version=\"1.0\"?>"), "forbidden_xml"),
    ]);
}

#[test]
fn other_encodings_and_characters_are_refused() {
    check([
        ("a declaration of XML 1.1", usual_message().replacen("1.0", "1.1", 1), "encoding"),
        (
            "a declaration of Latin 1",
            usual_message().replacen("UTF-8", "ISO-8859-1", 1),
            "encoding",
        ),
        ("a character that is none", with_fields("<sf:Name>&#0;</sf:Name>"), "encoding"),
        ("a control character", with_fields("<sf:Name>\u{1}</sf:Name>"), "encoding"),
        (
            "a control character by reference",
            with_fields("<sf:StageName>&#x1b;</sf:StageName>"),
            "encoding",
        ),
    ]);
}

#[test]
fn what_is_not_well_formed_is_refused() {
    check([
        ("no body", String::new(), "malformed"),
        ("white space", "  \n ".to_owned(), "malformed"),
        ("not XML", "{\"a\":1}".to_owned(), "malformed"),
        ("a dangling ampersand", with_fields("<sf:Name>a & b</sf:Name>"), "malformed"),
        ("two roots", format!("{}<x/>", usual_message()), "malformed"),
        ("text after the root", format!("{}x", usual_message()), "malformed"),
        ("text before the root", format!("x{}", usual_message()), "malformed"),
        ("a CDATA after the root", format!("{}<![CDATA[x]]>", usual_message()), "malformed"),
        ("a prefix that nothing binds", with_fields("<x:Name>a</x:Name>"), "malformed"),
        (
            "an attribute twice",
            usual_message().replace("xsi:type=", "xsi:type=\"sf:Account\" xsi:type="),
            "malformed",
        ),
        (
            "tags that do not match",
            usual_message().replace("</sObject>", "</sobject>"),
            "malformed",
        ),
        ("a start after the last end", format!("{}<x>", usual_message()), "malformed"),
    ]);
}

#[test]
fn what_is_over_a_limit_is_refused() {
    check([
        ("deep nesting", nested(DEPTH_MAX - 5 + 1), "over_limit"),
        ("very deep nesting", nested(15_000), "over_limit"),
        ("too many notifications", repeated(NOTIFICATIONS_MAX + 1), "over_limit"),
        ("too many tags", with_fields(&"<sf:a/>".repeat(EVENTS_MAX / 2)), "over_limit"),
        (
            "too many comments",
            with_fields(&"<!---->".repeat(BODY_SIZE_MAX_BYTES / 7 - 200)),
            "taken",
        ),
        (
            "an organisation's id and more",
            notifications("00D7F00000107XsUAIx", &usual()),
            "over_limit",
        ),
        ("a long id", usual_message().replace(NOTIFICATION, &"0".repeat(200)), "over_limit"),
        (
            "a long stage",
            with_fields(&format!("<sf:StageName>{}</sf:StageName>", "a".repeat(TEXT_SIZE_MAX_BYTES + 1))),
            "over_limit",
        ),
    ]);
}
