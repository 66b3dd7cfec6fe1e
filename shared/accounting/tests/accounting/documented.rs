//! Each public item of the crate has an example in its documentation, which runs as a doc test.
//!
//! Fields, variants, modules and re-exports need none. What is not meant for others is `pub(crate)`, not `pub`.

use std::path::{Path, PathBuf};

/// What begins a public item.
const ITEMS: [&str; 8] = [
    "pub fn ",
    "pub const fn ",
    "pub struct ",
    "pub enum ",
    "pub trait ",
    "pub type ",
    "pub const ",
    "pub static ",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && path.file_stem().is_some_and(|name| name != "tests") {
            found.push(path);
        }
    }
}

/// Public items of a source without a code block in the comment above them.
fn without_example(text: &str) -> Vec<String> {
    let mut bare = Vec::new();
    let mut example = false;
    for line in text.lines().map(str::trim).take_while(|line| *line != "#[cfg(test)]") {
        if line.starts_with("///") || line.starts_with("#[doc") {
            example |= line.contains("```");
        } else if ITEMS.iter().any(|item| line.starts_with(item)) {
            if !example {
                bare.push(line.split(['{', '(', '=', ';', '<']).next().unwrap_or(line).trim().to_owned());
            }
            example = false;
        } else if !line.starts_with("#[") && !line.ends_with(")]") {
            example = false;
        }
    }
    bare
}

#[test]
fn every_public_item_has_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();
    assert!(files.len() > 50, "{} sources", files.len());
    let mut bare = Vec::new();
    for path in files {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let items = without_example(&std::fs::read_to_string(&path).unwrap());
        bare.extend(items.into_iter().map(|item| format!("{name}: {item}")));
    }
    assert!(bare.is_empty(), "{} without an example:\n{}", bare.len(), bare.join("\n"));
}

#[test]
fn an_item_without_an_example_is_found() {
    assert_eq!(without_example("/// Words.\npub fn bare() {}\n"), ["pub fn bare"]);
    assert!(without_example("/// ```\n/// ```\n#[must_use]\npub fn shown() {}\n").is_empty());
    assert!(without_example("pub(crate) fn ours() {}\n#[cfg(test)]\npub fn test() {}\n").is_empty());
}
