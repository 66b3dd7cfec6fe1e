//! Style that a machine can check: sizes, headers, banned words, unused files, references to what is not in the repository.

use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 700;
const ROOMS: [&str; 4] = ["functions", "shared", "infra", "tests"];
/// Files of text that a reader may open.
const TEXT_EXTENSIONS: [&str; 6] = ["rs", "md", "toml", "yaml", "json", "pem"];
/// Not ours, or not text.
const SKIPPED_FOLDERS: [&str; 6] = ["target", ".git", ".aws-sam", "corpus", "work", "node_modules"];

/// Assembled at run time, so that this file does not hold them.
fn joined(words: &[(&str, &str)]) -> Vec<String> {
    words.iter().map(|(head, tail)| format!("{head}{tail}")).collect()
}

fn banned_words() -> Vec<String> {
    joined(&[
        ("to", "do!"),
        ("unimpl", "emented!"),
        ("db", "g!("),
        ("TO", "DO"),
        ("FIX", "ME"),
        ("XX", "X"),
    ])
}

/// Names of notes that are not part of the repository. A rule is cited by its standard or by a page in `docs/`.
fn outside_names() -> Vec<String> {
    joined(&[
        ("interfaces", ".md"),
        ("engineering", ".md"),
        ("DESIGN", ".md"),
        ("local-stack", ".md"),
        ("market", ".md"),
        ("metrics", ".md"),
        ("findings", ".md"),
    ])
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// All files below `folder` whose names end in one of `extensions`, as paths of the repository, with their text.
fn files(folder: &Path, extensions: &[&str]) -> Vec<(PathBuf, String)> {
    let root = root();
    let mut waiting = vec![root.join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let extension = path.extension().and_then(|extension| extension.to_str());
            if path.is_dir() {
                if !SKIPPED_FOLDERS.contains(&name) {
                    waiting.push(path);
                }
            } else if extension.is_some_and(|extension| extensions.contains(&extension)) {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(&root).unwrap().to_owned(), text));
            }
        }
    }
    found
}

pub(crate) fn sources() -> Vec<(PathBuf, String)> {
    let found: Vec<_> = ROOMS.iter().flat_map(|room| files(Path::new(room), &["rs"])).collect();
    assert!(found.len() > 100, "the walk found only {} files", found.len());
    found
}

/// Fails with one line for each file of which `check` complains.
fn check(files: &[(PathBuf, String)], check: impl Fn(&Path, &str) -> Option<String>) {
    let complaints: Vec<String> = files
        .iter()
        .filter_map(|(path, text)| check(path, text).map(|what| format!("{}: {what}", path.display())))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    check(&sources(), |_, text| {
        let lines = text.lines().count();
        (lines > FILE_LINES_MAX).then(|| format!("{lines} lines; at most {FILE_LINES_MAX} are allowed"))
    });
}

#[test]
fn each_file_says_what_it_is_for() {
    check(&sources(), |_, text| {
        (!text.starts_with("//!")).then(|| "does not begin with //!".to_owned())
    });
}

#[test]
fn nothing_is_left_for_later() {
    let words = banned_words();
    check(&sources(), |_, text| {
        // In quotes it is a value: ISO 4217 has such a code, for no currency.
        let word = words
            .iter()
            .find(|word| text.replace(&format!("\"{word}\""), "").contains(word.as_str()))?;
        Some(format!("contains {word}"))
    });
}

#[test]
fn each_file_is_part_of_its_crate() {
    let sources = sources();
    check(&sources, |path, _| {
        let name = path.file_stem()?.to_str()?;
        let folder = path.parent()?.file_name()?.to_str()?;
        let beside = |other: &str| path.with_file_name(other);
        let is_target = ["benches", "examples", "tests"].contains(&folder) && !path.components().any(|part| part.as_os_str() == "src");
        let in_one_binary = name != "main" && sources.iter().any(|(other, _)| *other == beside("main.rs"));
        let is_root = ["lib", "main", "build"].contains(&name) || ["bin", "fuzz_targets"].contains(&folder) || is_target && !in_one_binary;
        let module = if name == "mod" { folder } else { name };
        let declared = format!("mod {module};");
        let is_declared = || sources.iter().any(|(other, text)| other != path && text.contains(&declared));
        (!is_root && !is_declared()).then(|| "no module includes it".to_owned())
    });
}

/// The targets of the relative links of a page.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains("://"))
}

#[test]
fn links_between_pages_lead_somewhere() {
    let pages = files(Path::new(""), &["md"]);
    assert!(
        pages.iter().any(|(path, _)| path == Path::new("README.md")),
        "the walk missed the root"
    );
    check(&pages, |path, text| {
        let folder = root().join(path.parent()?);
        let dead = links(text).find(|target| !folder.join(target).exists());
        dead.map(|target| format!("links to {target}, which is not there"))
    });
}

/// Cargo unifies the features of a build: a test's feature of a production crate would be on in everything that is built beside that test.
#[test]
fn production_crates_have_no_switches() {
    let of = |extension| -> Vec<_> {
        let rooms = ["functions", "shared"].iter();
        rooms.flat_map(|room| files(Path::new(room), &[extension])).collect()
    };
    let manifests = of("toml");
    assert!(manifests.len() > 10, "the walk found only {} manifests", manifests.len());
    check(&manifests, |_, text| text.contains("[features]").then(|| "has features".to_owned()));
    let mut sources = of("rs");
    sources.retain(|(path, _)| path.iter().any(|part| part == "src"));
    assert!(sources.len() > 100, "the walk found only {} files", sources.len());
    check(&sources, |_, text| {
        let mut lines = text.lines().map(str::trim);
        let switch = lines.find(|line| ["cfg(", "cfg!(", "cfg_attr("].iter().any(|word| line.contains(word)) && *line != "#[cfg(test)]")?;
        Some(format!("compiles differently by a switch: {switch}"))
    });
}

/// Whether a file may read what lies beside the repository: a test or a bench, which says so where it is absent and fails in CI.
fn may_read_outside(path: &Path) -> bool {
    let in_folder = |name: &str| path.iter().any(|part| part == name);
    in_folder("tests") || in_folder("benches") || path.ends_with("tests.rs")
}

#[test]
fn no_reference_leaves_the_repository() {
    let names = outside_names();
    let accounting = joined(&[("accounting", ".md")]).remove(0);
    let outside_path = joined(&[("../../", "../shared")]).remove(0);
    let files = files(Path::new(""), &TEXT_EXTENSIONS);
    assert!(
        files.iter().any(|(path, _)| path == Path::new("README.md")),
        "the walk missed the root"
    );
    check(&files, |path, text| {
        if let Some(name) = names.iter().find(|name| text.contains(name.as_str())) {
            return Some(format!("refers to {name}, which is not here; cite the standard or a page of docs/"));
        }
        let mut mentions = text.match_indices(&accounting);
        if !path.starts_with("docs") && mentions.any(|(at, _)| !text[..at].ends_with("docs/")) {
            return Some(format!("write docs/{accounting} and the section's name"));
        }
        let reads_outside = text.contains(&outside_path) && !may_read_outside(path);
        reads_outside.then(|| "reads files beside the repository".to_owned())
    });
}
