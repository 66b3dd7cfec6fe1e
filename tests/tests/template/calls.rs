//! Which AWS calls a function's code makes, read from the source: from the function's use case to the store's methods to the operations
//! of DynamoDB. Names alone are followed, so it may find a call too many (the table in `roles` shows it), never one too few.

use std::collections::{BTreeMap, BTreeSet};

use tieout_platform::runtime::variables::Function;

use super::document::{root, text};

/// Actions of IAM, and `dynamodb:Query on the index`.
pub type Calls = BTreeSet<&'static str>;

pub const QUERY_ON_INDEX: &str = "dynamodb:Query on the index";

/// The store's accesses by their source text. A conditional write also reads, to resolve an ambiguous answer.
const TABLE: [(&str, &[&str]); 8] = [
    (".table.get(", &["dynamodb:GetItem"]),
    (".table.put(", &["dynamodb:PutItem", "dynamodb:GetItem"]),
    (".table.update(", &["dynamodb:UpdateItem", "dynamodb:GetItem"]),
    (".table.query(", &["dynamodb:Query"]),
    (".table.query_index(", &[QUERY_ON_INDEX]),
    (".table.query_index_before(", &[QUERY_ON_INDEX]),
    ("Write::Put(", &["dynamodb:PutItem", "dynamodb:GetItem"]),
    ("Write::Delete(", &["dynamodb:DeleteItem", "dynamodb:GetItem"]),
];

/// The operations of DynamoDB's and SQS's SDK that this test knows, with the action that each needs.
const OPERATIONS: [(&str, &[&str]); 2] = [
    (
        "shared/store/src",
        &["get_item", "put_item", "update_item", "query", "transact_write_items"],
    ),
    (
        "shared/queue/src",
        &[
            "send_message",
            "send_message_batch",
            "change_message_visibility",
            "change_message_visibility_batch",
            "receive_message",
            "delete_message",
        ],
    ),
];

// Methods by which the store implements traits of the platform.
const EFFECT_METHODS: [&str; 2] = ["open_effect", "advance_effect"];
const LEDGER_METHODS: [&str; 6] = [
    "take_call",
    "return_call",
    "read_token",
    "lock_token",
    "rotate_token",
    "unlock_token",
];

/// The calls of `function`.
pub fn made_by(function: Function) -> Calls {
    let store = store_methods();
    let source = reached_source(function);
    assert!(!source.is_empty(), "{}", function.name());
    let mut used: BTreeSet<String> = called(&source, "store.").into_iter().collect();
    if function.variables().any(|variable| variable.name == "TIEOUT_TABLE") {
        // Whoever has the table stores the configuration of its package first.
        used.insert("publish_config".to_owned());
    }
    if source.contains("deployment") {
        used.extend(LEDGER_METHODS.map(str::to_owned));
    }
    if source.contains("perform(&") {
        used.extend(EFFECT_METHODS.map(str::to_owned));
    }
    let mut calls: Calls = used.iter().filter_map(|method| store.get(method)).flatten().copied().collect();
    if source.contains(".send_all(") {
        calls.insert("sqs:SendMessage");
    }
    if source.contains("batch::handle(") {
        calls.insert("sqs:ChangeMessageVisibility");
    }
    calls
}

/// The source of all functions of the workflow that `function` can reach: those that its handler calls by name, those that these call,
/// and all methods of traits.
fn reached_source(function: Function) -> String {
    let handler = text(&format!("functions/{}/src/lib.rs", function.name()));
    let mut files = Vec::new();
    for module in modules_in(&handler, "tieout_workflow::") {
        if module != "start" {
            reach(&module, &mut files);
        }
    }
    let mut bodies: BTreeMap<String, String> = BTreeMap::new();
    let mut of_traits = String::new();
    for path in &files {
        let source = text(path);
        for (name, body) in functions_of(&source) {
            bodies.entry(name).or_default().push_str(&body);
        }
        for implementation in source.split("\nimpl").skip(1) {
            if implementation.lines().next().is_some_and(|line| line.contains(" for ")) {
                let end = implementation.find("\n}").unwrap_or(implementation.len());
                of_traits.push_str(&tightened(&implementation[..end]));
            }
        }
    }
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<String> = names_called(&handler).into_iter().chain(names_called(&of_traits)).collect();
    while let Some(name) = waiting.pop() {
        if let Some(body) = bodies.get(&name)
            && reached.insert(name)
        {
            waiting.extend(names_called(body));
        }
    }
    let bodies: String = reached.iter().filter_map(|name| bodies.get(name)).map(String::as_str).collect();
    bodies + &of_traits
}

/// Each identifier before an opening bracket.
fn names_called(source: &str) -> BTreeSet<String> {
    let pieces: Vec<&str> = source.split('(').collect();
    let last = |piece: &&str| {
        let name = piece.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
        name.unwrap_or_default().to_owned()
    };
    pieces.iter().map(last).collect()
}

#[test]
fn the_store_and_the_queue_use_known_operations_only() {
    for (folder, known) in OPERATIONS {
        let mut found = BTreeSet::new();
        for path in files_of(folder) {
            // `setup` creates the table of a local stack; no function calls it.
            if path.contains("/tests") || path.ends_with("/setup.rs") {
                continue;
            }
            let source = squeezed(&path);
            found.extend(called(&source, "self.client.").into_iter().chain(called(&source, ".client().")));
        }
        let known: BTreeSet<String> = known.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(found, known, "{folder}");
    }
    let transactions = squeezed("shared/store/src/table/transact.rs");
    let parts: BTreeSet<String> = called(&transactions, "TransactWriteItem::builder().").into_iter().collect();
    assert_eq!(
        parts,
        BTreeSet::from(["delete".to_owned(), "put".to_owned()]),
        "an update or a check needs its own action"
    );
}

#[test]
fn the_walk_finds_known_calls() {
    let store = store_methods();
    let check = |method: &str, calls: &[&'static str]| {
        assert_eq!(store.get(method), Some(&calls.iter().copied().collect()), "{method}");
    };
    check("contracts_of", &["dynamodb:Query", QUERY_ON_INDEX]);
    check("advance_cursor", &["dynamodb:UpdateItem", "dynamodb:GetItem"]);
    check("unpark", &["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:GetItem"]);
    for method in LEDGER_METHODS.iter().chain(&EFFECT_METHODS).chain(&["publish_config"]) {
        assert!(store.contains_key(*method), "the store has no method {method}");
    }
}

/// The calls of each method of the store, those of the methods that it uses included.
fn store_methods() -> BTreeMap<String, Calls> {
    let mut own: BTreeMap<String, Calls> = BTreeMap::new();
    let mut asks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files_of("shared/store/src") {
        if path.contains("/tests") || path.contains("/table") || path.ends_with("/setup.rs") {
            continue;
        }
        for (name, body) in functions_of(&text(&path)) {
            let calls = own.entry(name.clone()).or_default();
            let matching = TABLE.iter().filter(|(sign, _)| body.contains(sign));
            calls.extend(matching.flat_map(|(_, made)| made.iter().copied()));
            asks.entry(name).or_default().extend(called(&body, "self."));
        }
    }
    // A chain of calls is at most as long as there are methods.
    for _ in 0..own.len() {
        for (name, others) in &asks {
            let more: Calls = others.iter().filter_map(|other| own.get(other)).flatten().copied().collect();
            own.entry(name.clone()).or_default().extend(more);
        }
    }
    own
}

/// Each `fn` of a source with its text up to the next one, without spaces.
fn functions_of(source: &str) -> Vec<(String, String)> {
    let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let pieces = code.split("fn ").skip(1);
    pieces
        .map(|piece| {
            let name = piece.split(['(', '<']).next().unwrap_or_default().to_owned();
            (name, tightened(piece))
        })
        .collect()
}

/// `text` without white space, except between words.
fn tightened(text: &str) -> String {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.split_whitespace().fold(String::with_capacity(text.len()), |mut tight, piece| {
        if tight.ends_with(is_word) && piece.starts_with(is_word) {
            tight.push(' ');
        }
        tight.push_str(piece);
        tight
    })
}

/// The names that follow `before` and are called.
fn called(source: &str, before: &str) -> Vec<String> {
    let after = source.split(before).skip(1);
    after
        .filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
            rest[end..].starts_with('(').then(|| rest[..end].to_owned())
        })
        .collect()
}

/// Adds the files of a module of the workflow, and those of the modules that they name.
fn reach(module: &str, files: &mut Vec<String>) {
    let own: Vec<String> = files_of("shared/workflow/src")
        .into_iter()
        .filter(|path| path.ends_with(&format!("src/{module}.rs")) || path.contains(&format!("src/{module}/")))
        .collect();
    for path in own {
        if files.contains(&path) {
            continue;
        }
        let source = text(&path);
        files.push(path);
        for named in modules_in(&source, "crate::") {
            reach(&named, files);
        }
    }
}

/// The modules that `source` names after `prefix`, alone or in braces.
fn modules_in(source: &str, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in source.split(prefix).skip(1) {
        let group = rest.strip_prefix('{').and_then(|rest| rest.split('}').next());
        for item in group.unwrap_or(rest).split(',').take(if group.is_some() { usize::MAX } else { 1 }) {
            let name: String = item.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            found.push(name);
        }
    }
    found
}

fn squeezed(path: &str) -> String {
    text(path).split_whitespace().collect()
}

/// The Rust files below a folder, as paths of the repository.
fn files_of(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            found.extend(files_of(&path));
        } else if path.ends_with(".rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
