//! Rules against deals.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::json;

use super::*;

fn rule(name: &str, when: &str, entity: &str) -> Rule {
    Rule {
        name: name.to_owned(),
        when: when.to_owned(),
        entity: entity.to_owned(),
    }
}

fn deal() -> serde_json::Value {
    serde_json::from_str(
        r#"{"currency": "GBP", "amount": 12000.50, "units": 12, "kind": "new", "owner": null,
            "account": {"name": "Jäger & Söhne", "country": "DE", "tags": ["eu", "direct"]},
            "lines": [{"product": "PLATFORM", "amount": 12000.00}, {"product": "SETUP", "amount": 0.50}]}"#,
    )
    .unwrap()
}

#[test]
fn an_expression_is_decided_for_a_deal() {
    let rows = [
        ("deal.currency == 'GBP'", Ok(true)),
        ("deal.currency == \"USD\"", Ok(false)),
        ("deal.account.country in ['DE', 'AT', 'CH']", Ok(true)),
        ("!(deal.account.country in ['DE', 'AT', 'CH'])", Ok(false)),
        ("deal.amount > 12000", Ok(true)),
        ("deal.amount > 12000.5", Ok(false)),
        ("deal.amount == 12000.50", Ok(true)),
        ("deal.units == 12 && deal.units >= 12.0", Ok(true)),
        ("deal.account.tags.exists(tag, tag == 'eu')", Ok(true)),
        ("deal.lines.all(line, line.amount > 1)", Ok(false)),
        ("deal.account.name.startsWith('Jäger')", Ok(true)),
        ("size(deal.lines) == 2", Ok(true)),
        ("has(deal.region) && deal.region == 'EMEA'", Ok(false)),
        ("deal.owner == null", Ok(true)),
        ("deal.region == 'EMEA'", Err("the deal has no region")),
        ("deal.account.region == 'EMEA'", Err("the deal has no region")),
        ("deal.currency", Err("gives a string")),
        ("deal.currency > 5", Err("does not")),
        ("deal.lines[7].product == 'X'", Err("a list is shorter")),
        ("int(deal.currency) > 5", Err("int")),
    ];
    for (when, expected) in rows {
        let choice = Rules::compile(&[rule("r", when, "uk")]).expect(when).choose(&deal());
        match (expected, choice) {
            (Ok(true), Choice::One { .. }) | (Ok(false), Choice::None) => {}
            (Err(words), Choice::Broken { why, .. }) if why.contains(words) => {}
            (expected, choice) => panic!("{when}: expected {expected:?}, is {choice:?}"),
        }
    }
}

#[test]
fn exactly_one_rule_chooses() {
    let uk = || rule("pounds", "deal.currency == 'GBP'", "uk");
    let eu = || rule("german", "deal.account.country == 'DE'", "eu");
    let us = || rule("dollars", "deal.currency == 'USD'", "us");
    let broken = || rule("broken", "deal.nothing == 1", "us");
    let one = Choice::One {
        rule: "pounds".to_owned(),
        entity: "uk".to_owned(),
    };
    let rows = [
        (vec![uk(), us()], one),
        (vec![us()], Choice::None),
        (
            vec![uk(), eu(), us()],
            Choice::Several(vec!["pounds".to_owned(), "german".to_owned()]),
        ),
        (vec![], Choice::None),
    ];
    for (rules, expected) in rows {
        assert_eq!(Rules::compile(&rules).unwrap().choose(&deal()), expected);
    }
    let choice = Rules::compile(&[uk(), broken()]).unwrap().choose(&deal());
    assert!(
        matches!(choice, Choice::Broken { rule, .. } if rule == "broken"),
        "a broken rule outweighs a match"
    );
}

#[test]
fn a_number_that_a_double_cannot_hold_breaks_the_rule_instead_of_bending_it() {
    let rules = Rules::compile(&[rule("r", "deal.amount > 1", "uk")]).unwrap();
    let rows = [
        ("9007199254740993", true),
        ("123456789012345.6", false),
        ("99999999999999.9", true),
        ("0.00000123456789012345", true),
        ("99999999999999999999", false),
        ("1.5e3", true),
    ];
    for (number, holds) in rows {
        let deal: serde_json::Value = serde_json::from_str(&format!("{{\"amount\": {number}}}")).unwrap();
        let choice = rules.choose(&deal);
        assert_eq!(!matches!(choice, Choice::Broken { .. }), holds, "{number}: {choice:?}");
    }
}

#[test]
fn a_message_never_repeats_the_deal() {
    let secret = json!({"name": "canary-7", "amount": "canary-7"});
    for when in [
        "deal.name > 5",
        "deal.name + 1 == 2",
        "deal.amount > 1.5",
        "-deal.name == 1",
        "deal.name[0] == 'a'",
        "int(deal.name) == 1",
    ] {
        let choice = Rules::compile(&[rule("r", when, "uk")]).unwrap().choose(&secret);
        assert!(matches!(choice, Choice::Broken { .. }), "{when}");
        assert!(!format!("{choice:?}").contains("canary"), "{when}: {choice:?}");
    }
}

#[test]
fn an_expression_has_bounds() {
    let long = format!("deal.currency == '{}'", "x".repeat(EXPRESSION_LENGTH_MAX_CHARS));
    let deep = format!("deal.a == {}1{}", "(".repeat(400), ")".repeat(400));
    let rows = [
        ("", "is empty"),
        ("true", "does not look at the deal"),
        ("deal.currency = 'GBP'", "not a CEL expression"),
        ("deal.currency ==", "not a CEL expression"),
        ("deal.currency == 'GBP", "not a CEL expression"),
        ("currency == 'GBP'", "deal.currency"),
        ("deal.when < now()", "no function \"now\""),
        ("deal.name.matches('a+')", "no function \"matches\""),
        ("deal.a.all(x, deal.a.all(y, deal.a.all(z, x + y == z)))", "3 loops"),
        ("deal.a.exists(x, y == x)", "\"y\" is not known"),
        (&long, "characters"),
        (&"deal.a+".repeat(61), "122 dots and operators"),
        ("{'a': deal} == {}", "no table"),
        (&deep, "nested too deeply"),
        ("🦀 == deal", "not a CEL expression"),
    ];
    for (when, words) in rows {
        let error = check_expression(when).expect_err(when).to_string();
        assert!(error.contains(words), "{when}: {error}");
    }
}

#[test]
fn no_expression_makes_the_parser_panic() {
    let texts = [
        "has(deal.a.b) && deal.a.b in ['DE', \"é\"] ? deal.c >= 1.5e3 : !(size(deal.d) == 0x1F)",
        "deal.lines.exists(x, x.a == r'\\n' || x.b == b'\\377') || deal.u == 7u || -deal.i < 9223372036854775807",
    ];
    for text in texts {
        for (at, _) in text.char_indices() {
            let (head, tail) = text.split_at(at);
            let rest = tail
                .char_indices()
                .nth(1)
                .map_or("", |(next, _)| tail.get(next..).unwrap_or_default());
            let _ = check_expression(head);
            for middle in [
                "", "(", ")", "'", "\"", ".", "?", "\\", "9", "\u{0}", "🦀", "{", "]", "\n", "`", "@",
            ] {
                if let Ok(rules) = Rules::compile(&[rule("r", &format!("{head}{middle}{rest}"), "uk")]) {
                    let _ = rules.choose(&deal());
                }
            }
        }
    }
}

#[test]
fn a_long_expression_within_the_bounds_fits_a_small_stack() {
    let fill = |each: &str| each.repeat(CHAIN_MAX / 2);
    let deep = |open: &str, close: &str| format!("deal == {}1{}", open.repeat(DEPTH_MAX), close.repeat(DEPTH_MAX));
    let texts = [
        format!("deal.units == 1{}", fill("+1")),
        format!("deal{} == 1", fill(".a")),
        format!("deal{} == 1", fill("[0]")),
        format!("deal.a{}", "||deal.b".repeat(120)),
        format!("deal.a{}", "&&!deal.b==1".repeat(80)),
        format!("{}deal.a", fill("!")),
        format!("{}deal.a == 1", fill("-")),
        format!("deal in [{}1]", "1,".repeat(480)),
        deep("(", ")"),
        deep("[[1].size() == 1+1+1 || ", "]"),
        deep("size([1, ", "])"),
        deep("1 == 2 ? 3 : ", ""),
        deep("[1,", ",1]+1+1+1+1+1+1+1+1"),
        deep("[1,", ",1].a.a.a.a.a.a.a.a"),
    ];
    for text in texts {
        if let Ok(rules) = Rules::compile(&[rule("r", &text, "uk")]) {
            let _ = rules.choose(&deal());
        }
    }
}

#[test]
fn rules_may_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Rules>();
}
