//! Every story of `tests/stories`, to the cent.

use std::path::{Path, PathBuf};

use tieout_accounting::story;

fn stories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/stories");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("tests/stories")
        .map(|entry| entry.expect("entry").path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths
}

#[test]
fn every_story_comes_out_as_expected() {
    let mut wrong = Vec::new();
    let paths = stories();
    assert!(paths.len() >= 100, "only {} stories", paths.len());
    for path in &paths {
        let text = std::fs::read_to_string(path).expect("story");
        let (_, differences) = story::run(&text);
        let name = path.file_stem().expect("name").to_string_lossy().into_owned();
        wrong.extend(differences.iter().take(6).map(|difference| format!("{name}: {difference}")));
    }
    assert!(wrong.is_empty(), "{}\n{} differences", wrong.join("\n"), wrong.len());
}
