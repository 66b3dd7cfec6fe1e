//! The auditor shares no code with what it judges: this looks at its sources.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// What the auditor may be built of, besides itself.
const ROOTS: [&str; 7] = ["std", "serde_json", "rust_decimal", "chrono", "crate::auditor", "super", "sha2"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Complaints about one source.
fn foreign(source: &str) -> Vec<String> {
    let product = ["tieout", "accounting::", "platform::"].map(|word| format!("{word}{}", if word == "tieout" { "_" } else { "" }));
    let mut found = Vec::new();
    for line in source.lines() {
        let code = line.split("//").next().unwrap_or_default().trim();
        let named = code.strip_prefix("pub use ").or_else(|| code.strip_prefix("use "));
        let own = |path: &str| {
            [
                "books::",
                "facts::",
                "invariant::",
                "i0",
                "ledger::",
                "table::",
                "history::",
                "seen::",
                "replay::",
            ]
            .iter()
            .any(|own| path.starts_with(own))
        };
        if let Some(path) = named
            && !ROOTS.iter().any(|root| path.starts_with(root))
            && !own(path)
        {
            found.push(line.to_owned());
        }
        if product.iter().any(|word| code.contains(word.as_str())) {
            found.push(line.to_owned());
        }
    }
    found
}

#[test]
fn the_auditor_is_built_of_nothing_of_the_product() {
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    sources(&root.join("auditor"), &mut files);
    files.push(root.join("auditor.rs"));
    assert!(files.len() > 20, "{files:?}");
    for file in files.iter().filter(|file| !file.ends_with("independence.rs")) {
        let found = foreign(&fs::read_to_string(file).unwrap());
        assert!(found.is_empty(), "{}: {found:?}", file.display());
    }
}

#[test]
fn a_foreign_dependency_is_seen() {
    for (line, expected) in [
        ("use std::fmt;", false),
        ("use tieout_accounting::Money;", true),
        ("use crate::world::World;", true),
        ("let money = tieout_accounting::Money::zero();", true),
    ] {
        assert_eq!(!foreign(line).is_empty(), expected, "{line}");
    }
}
