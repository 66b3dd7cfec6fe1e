//! No input makes it panic.

use crate::salesforce::ids::record_id;
use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = parse(&body, &organisation());
    }

    #[test]
    fn no_altered_message_makes_it_panic(at in 0_usize..900, byte in any::<u8>(), cut in 0_usize..900) {
        let mut body = with_fields("<sf:StageName>Closed &amp; Won</sf:StageName>").into_bytes();
        if let Some(old) = body.get_mut(at) { *old = byte; }
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

    #[test]
    fn what_is_written_is_read(stages in proptest::collection::vec("[ -~àéЖ漢]{1,60}", 1..20), short in "006[0-9A-Za-z]{12}") {
        let inside: String = stages
            .iter()
            .map(|stage| {
                let escaped = stage.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                notification("<Id>04l7F000008aeAy</Id>", &format!("<sf:Id>{short}</sf:Id><sf:StageName>{escaped}</sf:StageName>"))
            })
            .collect();
        let got = parsed(&notifications(ORGANISATION, &inside)).unwrap();
        prop_assert_eq!(got.len(), stages.len());
        for (one, stage) in got.iter().zip(&stages) {
            let stage = stage.trim();
            let wanted = (!stage.is_empty() && stage != "null").then_some(stage);
            prop_assert_eq!(one.reported.stage.as_deref(), wanted);
            prop_assert_eq!(one.record.clone(), record_id(&short).ok());
        }
    }
}
