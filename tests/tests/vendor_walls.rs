//! No vendor's name, object or id form outside the vendor's own module: behind the ports, another CRM or ledger must be able to
//! stand in its place. What has to name one stands in a list, with the reason.

use std::collections::BTreeSet;

/// Where a vendor may not be named.
const ROOMS: [&str; 5] = [
    "shared/workflow/",
    "shared/store/",
    "shared/queue/",
    "shared/platform/",
    "functions/",
];

/// What betrays a vendor, in small letters.
const WORDS: [&str; 9] = [
    "xero",
    "salesforce",
    "quickbooks",
    "opportunit",
    "tenant",
    "manualjournal",
    "contactnumber",
    "currencyisocode",
    "accrec",
];

const SECTION: &str = "a vendor's section of the configuration";
const KEYS: &str = "the keys of the configuration name the vendors' sections, and an entity names its organisation";
const SECRETS: &str = "each vendor's secrets have their own form, by which they are checked when a function starts";
const START: &str = "start-up builds the clients from the configuration";
const WEBHOOK: &str = "what a vendor sends is verified and read in the vendor's own way";
const FUNCTIONS: &str = "functions and their environment variables are called by the webhook that they serve";

/// Files that may name a vendor, and why.
const EXCEPTIONS: [(&str, &str); 26] = [
    ("functions/salesforce-webhook/src/lib.rs", WEBHOOK),
    ("functions/salesforce-webhook/src/main.rs", WEBHOOK),
    ("functions/xero-webhook/src/lib.rs", WEBHOOK),
    ("functions/xero-webhook/src/main.rs", WEBHOOK),
    ("shared/platform/src/config.rs", SECTION),
    ("shared/platform/src/config/meaning/entities.rs", KEYS),
    ("shared/platform/src/config/meaning.rs", KEYS),
    ("shared/platform/src/config/meaning/choices.rs", KEYS),
    ("shared/platform/src/config/model.rs", KEYS),
    ("shared/platform/src/config/meaning/salesforce.rs", SECTION),
    ("shared/platform/src/config/forms.rs", SECTION),
    ("shared/platform/src/config/presets.rs", SECTION),
    ("shared/platform/src/config/schema.rs", KEYS),
    ("shared/platform/src/config/tests.rs", KEYS),
    ("shared/platform/src/config/xero.rs", SECTION),
    ("shared/platform/src/runtime/environment.rs", FUNCTIONS),
    ("shared/platform/src/runtime/start.rs", FUNCTIONS),
    ("shared/platform/src/runtime/variables.rs", FUNCTIONS),
    ("shared/platform/src/secrets.rs", SECRETS),
    ("shared/platform/src/secrets/forms.rs", SECRETS),
    ("shared/platform/src/secrets/tests.rs", SECRETS),
    ("shared/platform/src/telemetry/tests.rs", FUNCTIONS),
    ("shared/workflow/src/webhooks.rs", WEBHOOK),
    ("shared/workflow/src/webhooks/salesforce.rs", WEBHOOK),
    ("shared/workflow/src/webhooks/xero.rs", WEBHOOK),
    ("shared/workflow/src/start.rs", START),
];

/// The first line of a text that names a vendor.
fn named(text: &str) -> Option<String> {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(index, line)| Some((index, WORDS.iter().find(|word| line.to_lowercase().contains(**word))?)))
        .map(|(index, word)| format!("line {} says {word:?}", index + 1))
        .next()
}

#[test]
fn no_vendor_is_named_outside_its_module() {
    let mut unused: BTreeSet<&str> = EXCEPTIONS.iter().map(|(path, _)| *path).collect();
    assert_eq!(unused.len(), EXCEPTIONS.len(), "an exception stands there twice");
    let mut faults = Vec::new();
    let mut scanned = 0;
    for (path, text) in crate::tidy::sources() {
        let path = path.to_str().unwrap();
        if !ROOMS.iter().any(|room| path.starts_with(room)) {
            continue;
        }
        scanned += 1;
        match (named(&text), EXCEPTIONS.iter().any(|(excepted, _)| *excepted == path)) {
            (Some(line), false) => faults.push(format!("{path}: {line}; ask the port, or add an exception with its reason")),
            (Some(_), true) => {
                unused.remove(path);
            }
            (None, _) => {}
        }
    }
    assert!(scanned > 100, "the walk found only {scanned} files");
    faults.extend(
        unused
            .iter()
            .map(|path| format!("{path}: names no vendor (any more); take it off the list")),
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_name_is_found_however_it_is_written() {
    for (text, expected) in [
        ("let a = 1;\nuse tieout_ledger::xero::Xero;", Some("line 2 says \"xero\"")),
        ("/// Of a SalesForce user.", Some("line 1 says \"salesforce\"")),
        ("struct TenantId;", Some("line 1 says \"tenant\"")),
        ("\"OpportunityLineItems\"", Some("line 1 says \"opportunit\"")),
        ("the ledger, the CRM, a permit", None),
    ] {
        assert_eq!(named(text).as_deref(), expected, "{text}");
    }
}
