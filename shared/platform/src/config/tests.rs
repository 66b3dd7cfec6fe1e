//! The doctor against files with mistakes, and its schema against the program's types.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use serde::Deserialize;

use super::schema::{FILE, Key, Shape};
use super::*;

/// The demo's file, at the repository's root.
const EXAMPLE: &str = include_str!("../../../../tieout.toml");

/// A small file without mistakes.
const SMALL: &str = r#"
[group]
name = "One"
[salesforce]
organisation_id = "00D000000000062EAA"
url = "https://one.my.salesforce.com"
currency = "GBP"
[salesforce.client_certificate]
required = false
[[entities]]
id = "uk"
name = "One Ltd"
currency = "GBP"
time_zone = "Europe/London"
xero_tenant = "6f1c2a57-3b0e-4d6a-9f27-5c8e1d0b7a11"
[entities.accounts]
revenue = "200"
contract_liability = "850"
contract_asset = "615"
[entities.close]
approval = "automatic"
[[rules]]
name = "all"
when = "deal.amount > 0"
entity = "uk"
"#;

fn findings(text: &str) -> Vec<String> {
    let found = Config::check(text).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

/// What the doctor says when `from` in the small file is replaced by `to`; each needle is in its own finding, and there are no others.
fn check(from: &str, to: &str, needles: &[&str]) {
    assert!(SMALL.contains(from), "the small file has no {from:?}");
    let found = findings(&SMALL.replacen(from, to, 1));
    assert_eq!(found.len(), needles.len(), "{from:?} -> {to:?}: {found:#?}");
    for (finding, needle) in found.iter().zip(needles) {
        assert!(finding.contains(needle), "{from:?} -> {to:?}: {needle:?} is not in {finding:?}");
    }
}

#[test]
fn the_examples_are_without_mistakes() {
    assert_eq!(findings(EXAMPLE), Vec::<String>::new());
    let checked = Config::check(EXAMPLE).unwrap();
    assert_eq!(checked.config.entities.len(), 3);
    assert_eq!(checked.version_hash.len(), 64);
    assert_eq!(findings(SMALL), Vec::<String>::new());
    let other = Config::check(SMALL).unwrap();
    assert_ne!(checked.version_hash, other.version_hash);
    assert_eq!(other.config.xero.calls_per_minute_max, 60);
}

#[test]
fn the_example_names_every_key() {
    fn names(shape: &Shape, all: &mut Vec<&'static str>) {
        match shape {
            Shape::Table(keys) => keys.iter().for_each(|key| {
                all.push(key.name);
                names(&key.shape, all);
            }),
            Shape::List(of, ..) => names(of, all),
            _ => {}
        }
    }
    let mut all = Vec::new();
    names(&FILE, &mut all);
    for name in all {
        assert!(EXAMPLE.contains(name), "tieout.toml at the root does not mention {name}");
    }
}

/// What is replaced in the small file, by what, and what the doctor says then.
type Row = (&'static str, &'static str, &'static [&'static str]);

const VALUES: &[Row] = &[
    ("name = \"One\"", "name = \" \"", &["tieout.toml:3: group.name: is empty"]),
    (
        "00D000000000062EAA",
        "00D000000000062EAB",
        &["tieout.toml:5: salesforce.organisation_id"],
    ),
    (
        "https://one.my",
        "http://one.my",
        &["salesforce.url: \"http://one.my.salesforce.com\" would send secrets unencrypted"],
    ),
    (
        "currency = \"GBP\"\n[salesforce.c",
        "[salesforce.c",
        &["tieout.toml:4: salesforce.currency: is missing while multi_currency is off"],
    ),
    (
        "currency = \"GBP\"\n[salesforce.c",
        "currency = \"GPB\"\n[salesforce.c",
        &["salesforce.currency: \"GPB\" is not an ISO 4217 currency; write for instance \"GBP\""],
    ),
    (
        "required = false",
        "required = true\nsubject = \"CN=a\"",
        &["client_certificate.issuer: is empty"],
    ),
    ("required = false", "", &["client_certificate.issuer", "client_certificate.subject"]),
    (
        "[salesforce.c",
        "login = \"jwt_bearer\"\n[salesforce.c",
        &["salesforce.username: is missing"],
    ),
    ("[salesforce.c", "api_version = \"v62\"\n[salesforce.c", &["salesforce.api_version"]),
    (
        "[salesforce.c",
        "line_fields = { end = \"\" }\n[salesforce.c",
        &["no field gives the end of a service"],
    ),
    (
        "[salesforce.c",
        "line_fields = { start = \"Id FROM User\" }\n[salesforce.c",
        &["line_fields.start: \"Id FROM User\" is not a field's API name"],
    ),
    (
        "[salesforce.c",
        "billing = { frequency = \"How often\", timing = \"When__c\" }\n[salesforce.c",
        &["salesforce.billing.frequency: \"How often\" is not a field's API name"],
    ),
    (
        "[salesforce.c",
        "billing = { frequencies = { \"Every week\" = \"weekly\" } }\n[salesforce.c",
        &["weekly"],
    ),
    (
        "[entities.close]",
        "[entities.invoices]\nbilling = \"quaterly\"\nbilling_timing = \"later\"\n[entities.close]",
        &["did you mean \"quarterly\"?", "later"],
    ),
    (
        "[salesforce.c",
        "write_back = { amount_due = \"A__c\", amount_paid = \"a__c\", invoice_link = \"\" }\n[salesforce.c",
        &["amount_paid: \"a__c\" is used twice"],
    ),
    (
        "id = \"uk\"",
        "id = \"UK\"",
        &[
            "entities[0].id: \"UK\" is not a short name",
            "rules[0].entity: \"uk\" is not an entity; did you mean \"UK\"?",
        ],
    ),
    (
        "name = \"One Ltd\"\ncurrency = \"GBP\"",
        "name = \"One Ltd\"\ncurrency = \"XAU\"",
        &["tieout.toml:13: entities[0].currency: \"XAU\" is not an ISO 4217 currency"],
    ),
    ("Europe/London", "Europe/Londn", &["write for instance \"Europe/London\""]),
    ("6f1c2a57-", "", &["entities[0].xero_tenant"]),
    (
        "revenue = \"200\"",
        "revenue = \"20000000000\"",
        &["entities[0].accounts.revenue: \"20000000000\" is not an account code"],
    ),
    (
        "\"615\"",
        "\"850\"",
        &["entities[0].accounts.contract_asset: is the same account as contract_liability"],
    ),
    ("\"850\"", "\"200\"", &["contract_liability: is the same account as revenue"]),
    (
        "[entities.close]",
        "[entities.invoices]\ndue_days = 366\n[entities.close]",
        &["due_days: 366 is out of bounds; write a whole number from 0 to 365"],
    ),
    (
        "[entities.close]",
        "[entities.invoices]\ntracking = { a = \"1\", b = \"2\", c = \"3\" }\n[entities.close]",
        &["tracking: has 3 categories"],
    ),
    (
        "[entities.close]",
        "[entities.close]\nday = 29",
        &["close.day: 29 is out of bounds; write a whole number from 1 to 28"],
    ),
    (
        "approval = \"automatic\"",
        "approval = \"required\"",
        &["people: the close of uk needs a second person"],
    ),
    (
        "approval = \"automatic\"",
        "approval = \"automatik\"",
        &["close.approval: \"automatik\" is not a known value; did you mean \"automatic\"?"],
    ),
    ("deal.amount > 0", "deal.amount >", &["rules[0].when: not a CEL expression"]),
    (
        "deal.amount > 0",
        "amount > 0",
        &["rules[0].when: \"amount\" is not known; a rule sees the deal only"],
    ),
    (
        "entity = \"uk\"",
        "entity = \"usa\"",
        &["rules[0].entity: \"usa\" is not an entity; write one of \"uk\""],
    ),
    (
        "[[rules]]",
        "[xero]\ncalls_per_minute_max = 61\ncalls_at_once_max = 0\nurl = \"x\"\n[[rules]]",
        &[
            "calls_per_minute_max: 61",
            "calls_at_once_max: 0",
            "xero.url: \"x\" is not a web address",
        ],
    ),
    (
        "[[rules]]",
        "[[products]]\ncode = \"A\"\nrevenue_accounts = { fr = \"1\" }\n[[products]]\ncode = \"a\"\n[[rules]]",
        &[
            "revenue_accounts.fr: \"fr\" is not an entity",
            "products[1].code: \"a\" is used twice",
        ],
    ),
    (
        "[[rules]]",
        "[[products]]\ncode = \"A\"\nrevenue_accounts = { uk = \"850\" }\n[[rules]]",
        &["is also the contract liability or contract asset account of uk"],
    ),
    (
        "[[rules]]",
        "[[people]]\nid = \"a\"\nmay = []\n[[rules]]",
        &["people[0].may: has 0 items; write 1 to 3"],
    ),
];

#[test]
fn values_have_forms() {
    for (from, to, needles) in VALUES {
        check(from, to, needles);
    }
}

const KEYS: &[Row] = &[
    (
        "name = \"One Ltd\"\ncurrency",
        "name = \"One Ltd\"\ncurency",
        &[
            "tieout.toml:10: entities[0].currency: is missing; add currency = \"GBP\"",
            "tieout.toml:13: entities[0].curency: is not a known key; did you mean currency?",
        ],
    ),
    (
        "[group]",
        "zzz_zzz_zzz = 1\n[group]",
        &["tieout.toml:2: zzz_zzz_zzz: is not a known key; known here: group, salesforce"],
    ),
    (
        "time_zone = \"Europe/London\"",
        "time_zone = 5",
        &[
            "tieout.toml:14: entities[0].time_zone: is a whole number; expected text in quotes; write, for instance, time_zone = \"Europe/London\"",
        ],
    ),
    (
        "required = false",
        "required = \"no\"",
        &["client_certificate.required: is text; expected true or false"],
    ),
    (
        "[[rules]]",
        "[rules]",
        &["rules: is a table; expected a list of tables; write, for instance, [[rules]]"],
    ),
    (
        "[[rules]]",
        "[xero]\ncalls_per_minute_max = 1.5\n[[rules]]",
        &["calls_per_minute_max: is a number with a fraction; expected a whole number"],
    ),
    (
        "[entities.close]",
        "[entities.invoices]\ntracking = { \"Sales region\" = 5 }\n[entities.close]",
        &["entities[0].invoices.tracking.\"Sales region\": is a whole number"],
    ),
    ("id = \"uk\"", "", &["tieout.toml:10: entities[0].id: is missing"]),
    ("id = \"uk\"", "id = \"uk\"\nid = \"us\"", &["duplicate key"]),
    (
        "currency = \"GBP\"\n[salesforce.c",
        "currency = \"GBP\nmulti_curency = true\n[salesforce.c",
        &[
            "tieout.toml:7: not TOML",
            "multi_curency: is not a known key; did you mean multi_currency?",
        ],
    ),
    ("[[entities]]", "[[entities]", &["not TOML"]),
];

#[test]
fn keys_have_forms() {
    for (from, to, needles) in KEYS {
        check(from, to, needles);
    }
}

#[test]
fn all_mistakes_come_at_once_in_the_order_of_the_file() {
    let text = SMALL
        .replacen("00D000000000062EAA", "nonsense", 1)
        .replacen("time_zone = \"Europe/London\"", "time_zone = 1", 1)
        .replacen("revenue = \"200\"", "revenu = \"200\"", 1)
        .replacen("contract_asset = \"615\"", "contract_asset = \"\"", 1)
        .replacen("entity = \"uk\"", "entity = \"de\"", 1);
    let found = Config::check(&text).unwrap_err();
    let lines: Vec<usize> = found.iter().map(|finding| finding.line).collect();
    assert_eq!(lines, [5, 14, 16, 17, 19, 25], "{found:#?}");
    assert_eq!(found[0].column, 19);
}

#[test]
fn a_file_has_a_size() {
    let text = format!("{SMALL}\n#{}", "x".repeat(FILE_SIZE_MAX_BYTES));
    assert!(findings(&text)[0].contains("bytes; keep it under 262144"));
    let many = SMALL.replacen("[[rules]]", &"[[entities]]\n".repeat(300), 1);
    assert!(findings(&many).len() < 200, "the list of findings is bounded");
    for text in ["", "\0", "[[[[", "a.b.c.d = {", "=", "entities = 1\nrules = []"] {
        assert!(!findings(text).is_empty(), "{text:?}");
    }
}

#[test]
fn no_file_makes_the_doctor_panic() {
    for (at, _) in SMALL.char_indices() {
        let (head, tail) = SMALL.split_at(at);
        // Cut off, with one character less, and with one that does not belong there.
        let next = tail.chars().next().map_or(0, char::len_utf8);
        for text in [
            head.to_owned(),
            format!("{head}{}", &tail[next..]),
            format!("{head}\"{tail}"),
            format!("{head}[{tail}"),
        ] {
            for finding in Config::check(&text).err().unwrap_or_default() {
                assert!(finding.line <= text.lines().count() + 1, "{finding}");
            }
        }
    }
}

/// The words that serde expects at the place where `document` says `zzz`.
fn expected_by_serde(document: &str) -> Vec<String> {
    let value: toml::Value = toml::from_str::<toml::Table>(document).unwrap().into();
    let error = Config::deserialize(value).unwrap_err();
    let words = error.message().split("expected").nth(1).unwrap_or_default().to_owned();
    let mut words: Vec<String> = words.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    words.sort();
    words
}

fn sorted(words: impl Iterator<Item = &'static str>) -> Vec<String> {
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    words.sort();
    words
}

/// A document with every key of `keys`, where the table at `target` has one key or word more.
fn document(shape: &Shape, path: &str, target: &str) -> toml::Value {
    match shape {
        Shape::Text => toml::Value::String("x".to_owned()),
        Shape::Whole(min, _) => toml::Value::Integer(i64::from(*min)),
        Shape::Truth => toml::Value::Boolean(true),
        Shape::OneOf(words) if path != target => toml::Value::String(words[0].to_owned()),
        Shape::OneOf(_) => toml::Value::String("zzz".to_owned()),
        Shape::List(of, ..) => toml::Value::Array(vec![document(of, path, target)]),
        Shape::Names | Shape::NamesOf(_) => toml::Value::Table(toml::Table::new()),
        Shape::Table(keys) => {
            let entries = keys.iter().map(|key| {
                let inner = shape::join(path, key.name);
                (key.name.to_owned(), document(&key.shape, &inner, target))
            });
            let mut table: toml::Table = entries.collect();
            if path == target {
                table.insert("zzz".to_owned(), toml::Value::Integer(1));
            }
            toml::Value::Table(table)
        }
    }
}

#[test]
fn the_schema_is_the_same_as_the_types() {
    fn compare(shape: &Shape, path: &str) {
        let text = || toml::to_string(&document(&FILE, "", path)).unwrap();
        match shape {
            Shape::OneOf(words) => assert_eq!(expected_by_serde(&text()), sorted(words.iter().copied()), "{path}"),
            Shape::List(of, ..) => compare(of, path),
            Shape::Table(keys) => {
                let mut expected = expected_by_serde(&text());
                if keys.len() == 1 {
                    expected.dedup();
                }
                assert_eq!(expected, sorted(keys.iter().map(|key| key.name)), "{path}");
                keys.iter().for_each(|key: &Key| compare(&key.shape, &shape::join(path, key.name)));
            }
            _ => {}
        }
    }
    compare(&FILE, "");
    let whole = document(&FILE, "", "nowhere");
    Config::deserialize(whole.clone()).expect("a document with every key of the schema is read");
    // A key that the schema calls required is required by the types, and the other way round.
    fn without(shape: &Shape, whole: &toml::Value, path: &mut Vec<String>) {
        let (Shape::Table(keys) | Shape::List(Shape::Table(keys), ..)) = shape else {
            return;
        };
        for key in *keys {
            let mut less = whole.clone();
            let mut at = &mut less;
            for step in path.iter() {
                at = &mut at[step.as_str()];
                if at.is_array() {
                    at = &mut at[0];
                }
            }
            at.as_table_mut().unwrap().remove(key.name);
            assert_eq!(Config::deserialize(less).is_err(), key.required, "{path:?} {}", key.name);
            path.push(key.name.to_owned());
            without(&key.shape, whole, path);
            path.pop();
        }
    }
    without(&FILE, &whole, &mut Vec::new());
}
