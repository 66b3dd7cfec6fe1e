//! Which crate may depend on which, read from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

const FUNCTIONS: [&str; 7] = [
    "billing",
    "deal-worker",
    "invoice-worker",
    "month-end",
    "salesforce-webhook",
    "sweep",
    "xero-webhook",
];

/// A crate, and the crates of ours that it may depend on. `infra` and `tests` may depend on all.
fn rules() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut rules = BTreeMap::from([
        ("tieout-accounting", BTreeSet::new()),
        ("tieout-platform", BTreeSet::new()),
        ("tieout-crm", BTreeSet::from(["tieout-platform"])),
        ("tieout-ledger", BTreeSet::from(["tieout-platform"])),
        ("tieout-store", BTreeSet::from(["tieout-accounting", "tieout-platform"])),
        ("tieout-queue", BTreeSet::from(["tieout-platform"])),
        (
            "tieout-workflow",
            BTreeSet::from([
                "tieout-accounting",
                "tieout-crm",
                "tieout-ledger",
                "tieout-platform",
                "tieout-queue",
                "tieout-store",
            ]),
        ),
    ]);
    for function in FUNCTIONS {
        rules.insert(function, BTreeSet::from(["tieout-platform", "tieout-workflow"]));
    }
    rules
}

/// What `accounting` must not depend on at any depth: I/O, clocks, randomness, logs.
const NOT_IN_ACCOUNTING: [&str; 7] = ["tokio", "reqwest", "hyper", "aws-sdk-dynamodb", "aws-sdk-sqs", "rand", "tracing"];

/// Cargo's answer for this machine's platform only; the dependencies of others may not have been fetched.
fn cargo(arguments: &[&str], platform_option: &str) -> Vec<u8> {
    let version = Command::new("rustc").arg("-vV").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--locked", "--offline", platform_option, host])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn metadata() -> Value {
    serde_json::from_slice(&cargo(&["metadata", "--format-version", "1"], "--filter-platform")).unwrap()
}

/// Normal dependencies by name.
fn dependencies(package: &Value) -> BTreeSet<&str> {
    let all = package["dependencies"].as_array().unwrap().iter();
    all.filter(|dependency| dependency["kind"].is_null())
        .map(|dependency| dependency["name"].as_str().unwrap())
        .collect()
}

#[test]
fn crates_depend_only_on_what_they_may() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    for (name, allowed) in rules() {
        let package = packages.iter().find(|package| package["name"] == name);
        let package = package.unwrap_or_else(|| panic!("no crate {name}"));
        let ours = |dependency: &&str| dependency.starts_with("tieout") || FUNCTIONS.contains(dependency);
        let used: BTreeSet<&str> = dependencies(package).into_iter().filter(ours).collect();
        let too_much: Vec<_> = used.difference(&allowed).collect();
        assert!(too_much.is_empty(), "{name} must not depend on {too_much:?}");
    }
}

#[test]
fn accounting_is_pure() {
    let arguments = ["tree", "-p", "tieout-accounting", "-e", "normal", "--prefix", "none"];
    let tree = String::from_utf8(cargo(&arguments, "--target")).unwrap();
    assert!(tree.contains("rust_decimal"), "the tree was not read:\n{tree}");
    for banned in NOT_IN_ACCOUNTING {
        let found = tree.lines().any(|line| line.split(' ').next() == Some(banned));
        assert!(!found, "tieout-accounting depends on {banned}");
    }
}
