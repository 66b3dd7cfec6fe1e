//! Who may know whom, read from `cargo metadata`: the walls of the house.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

const FUNCTIONS: [&str; 6] = [
    "deal-worker",
    "invoice-worker",
    "month-end",
    "salesforce-webhook",
    "sweep",
    "xero-webhook",
];

/// A crate, and the crates of ours that it may know. `infra` and `tests` may know all.
fn walls() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let to_world = ["tieout-accounting", "tieout-platform"];
    let mut walls = BTreeMap::from([
        ("tieout-accounting", BTreeSet::new()),
        ("tieout-platform", BTreeSet::from(["tieout-accounting"])),
        ("tieout-crm", BTreeSet::from(to_world)),
        ("tieout-ledger", BTreeSet::from(to_world)),
        ("tieout-store", BTreeSet::from(to_world)),
        ("tieout-queue", BTreeSet::from(to_world)),
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
        walls.insert(function, BTreeSet::from(["tieout-platform", "tieout-workflow"]));
    }
    walls
}

/// What `accounting` must not pull in, at any depth: the outside world.
const NOT_IN_ACCOUNTING: [&str; 7] = ["tokio", "reqwest", "hyper", "aws-sdk-dynamodb", "aws-sdk-sqs", "rand", "tracing"];

/// What cargo answers, about this machine's kind alone: others' dependencies may not have been fetched.
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
fn crates_know_only_whom_they_may() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    for (name, may_know) in walls() {
        let package = packages.iter().find(|package| package["name"] == name);
        let package = package.unwrap_or_else(|| panic!("there is no crate {name}"));
        let ours = |dependency: &&str| dependency.starts_with("tieout") || FUNCTIONS.contains(dependency);
        let knows: BTreeSet<&str> = dependencies(package).into_iter().filter(ours).collect();
        let too_much: Vec<_> = knows.difference(&may_know).collect();
        assert!(too_much.is_empty(), "{name} must not know {too_much:?}");
    }
}

#[test]
fn accounting_has_no_door_to_the_world() {
    let arguments = ["tree", "-p", "tieout-accounting", "-e", "normal", "--prefix", "none"];
    let tree = String::from_utf8(cargo(&arguments, "--target")).unwrap();
    assert!(tree.contains("rust_decimal"), "the tree was not read:\n{tree}");
    for banned in NOT_IN_ACCOUNTING {
        let found = tree.lines().any(|line| line.split(' ').next() == Some(banned));
        assert!(!found, "tieout-accounting pulls in {banned}");
    }
}

/// The switch that takes guards out is for the simulator; a function that could be built with it would be one flag away from having none.
#[test]
fn only_the_simulator_can_take_a_guard_out() {
    let metadata = metadata();
    let mut askers = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let asks = package["dependencies"].as_array().unwrap().iter().any(|dependency| {
            let features = dependency["features"].as_array().unwrap();
            features.iter().any(|feature| feature == "guard-switch")
        });
        if asks {
            askers.push(package["name"].as_str().unwrap());
        }
        let forwards = package["features"].as_object().unwrap().values().any(|enabled| {
            let enabled = enabled.as_array().unwrap();
            enabled.iter().any(|feature| feature.as_str().unwrap().contains("guard-switch"))
        });
        assert!(!forwards, "{} forwards guard-switch", package["name"]);
    }
    assert_eq!(askers, ["tieout-simulator"]);
}
