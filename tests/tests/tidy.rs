//! Style that a machine can check: sizes, headers, banned words, files that nobody includes.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 700;
const FILE_LINES_MEDIAN_MAX: usize = 120;
const ROOMS: [&str; 4] = ["functions", "shared", "infra", "tests"];

/// Assembled at run time, so that this file does not hold them.
fn banned_words() -> Vec<String> {
    [
        ("to", "do!"),
        ("unimpl", "emented!"),
        ("db", "g!("),
        ("TO", "DO"),
        ("FIX", "ME"),
        ("XX", "X"),
    ]
    .iter()
    .map(|(head, tail)| format!("{head}{tail}"))
    .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut waiting: Vec<PathBuf> = ROOMS.iter().map(|room| root().join(room)).collect();
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 100, "the walk found only {} files", found.len());
    found
}

fn complaints(check: impl Fn(&Path, &str) -> Option<String>) -> Vec<String> {
    let sources = sources();
    sources
        .iter()
        .filter_map(|(path, text)| check(path, text).map(|words| format!("{}: {words}", path.display())))
        .collect()
}

#[test]
fn no_file_is_too_long_and_most_are_short() {
    let long = complaints(|_, text| {
        let lines = text.lines().count();
        (lines > FILE_LINES_MAX).then(|| format!("{lines} lines; {FILE_LINES_MAX} is the most"))
    });
    assert!(long.is_empty(), "{}", long.join("\n"));
    let mut sizes: Vec<usize> = sources().iter().map(|(_, text)| text.lines().count()).collect();
    sizes.sort_unstable();
    let median = sizes[sizes.len() / 2];
    assert!(median <= FILE_LINES_MEDIAN_MAX, "the median file has {median} lines");
}

#[test]
fn each_file_says_what_it_is_for() {
    let silent = complaints(|_, text| (!text.starts_with("//!")).then(|| "does not begin with //!".to_owned()));
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn nothing_is_left_for_later() {
    let words = banned_words();
    let found = complaints(|_, text| {
        // In quotes it is a value: ISO 4217 has such a code, for no currency.
        let word = words
            .iter()
            .find(|word| text.replace(&format!("\"{word}\""), "").contains(word.as_str()))?;
        Some(format!("holds {word}"))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn each_file_is_part_of_its_crate() {
    let sources = sources();
    let dead: Vec<String> = sources
        .iter()
        .filter(|(path, _)| {
            let name = path.file_stem().unwrap().to_str().unwrap();
            let parent = path.parent().unwrap();
            let folder = parent.file_name().unwrap().to_str().unwrap();
            let is_root = ["lib", "main", "build"].contains(&name)
                || folder == "bin"
                || ["tests", "benches", "examples", "fuzz_targets"].contains(&folder) && !path.to_string_lossy().contains("/src/");
            let module = if name == "mod" { folder } else { name };
            let declared = format!("mod {module};");
            !is_root && !sources.iter().any(|(other, text)| other != path && text.contains(&declared))
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(dead.is_empty(), "nobody includes:\n{}", dead.join("\n"));
}
