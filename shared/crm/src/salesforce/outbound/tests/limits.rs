//! Truncation, encoding, and limits met exactly.

use super::*;

#[test]
fn only_utf_8_is_read() {
    let utf_16: Vec<u8> = usual_message().encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(parse(&utf_16, &organisation()), Err(OutboundError::Character));
    assert_eq!(parse(b"\xff\xfe<\0", &organisation()), Err(OutboundError::Encoding));
    let large = vec![b' '; BODY_SIZE_MAX_BYTES + 1];
    assert_eq!(parse(&large, &organisation()), Err(OutboundError::TooLarge));
}

#[test]
fn a_message_cut_anywhere_is_refused() {
    let message = usual_message();
    assert!(parse(message.as_bytes(), &organisation()).is_ok());
    for length in 0..message.len() {
        assert!(parse(&message.as_bytes()[..length], &organisation()).is_err(), "cut at {length}");
    }
    assert_eq!(
        parsed("<notifications><broken>").unwrap_err(),
        OutboundError::Unexpected {
            name: "notifications".to_owned(),
            parent: "the document"
        }
    );
}

#[test]
fn limits_are_met_exactly() {
    // Envelope, Body, notifications, Notification and sObject are five levels.
    assert!(parse(nested(DEPTH_MAX - 5).as_bytes(), &organisation()).is_ok());
    assert_eq!(parsed(&nested(DEPTH_MAX - 4)).unwrap_err(), OutboundError::TooDeep);
    assert_eq!(parsed(&repeated(NOTIFICATIONS_MAX)).unwrap().len(), NOTIFICATIONS_MAX);
    let mut body = usual_message().into_bytes();
    body.resize(BODY_SIZE_MAX_BYTES, b' ');
    assert!(parse(&body, &organisation()).is_ok());
    let tiny = usual_message().replace("<ActionId>", &format!("{}<ActionId>", "<a/>".repeat(EVENTS_MAX / 2)));
    assert!(tiny.len() < BODY_SIZE_MAX_BYTES);
    assert_eq!(parsed(&tiny).unwrap_err(), OutboundError::TooManyEvents);
    let stage = "a".repeat(TEXT_SIZE_MAX_BYTES);
    assert!(
        parse(
            with_fields(&format!("<sf:StageName>{stage}</sf:StageName>")).as_bytes(),
            &organisation()
        )
        .is_ok()
    );
}
