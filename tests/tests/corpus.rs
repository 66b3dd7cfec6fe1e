//! The fuzz targets over their committed corpora: what failed once is tried in each run.

use std::path::{Path, PathBuf};

use tieout_tests::adversarial::{TARGETS, story};

fn folder(inner: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(inner)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn each_target_passes_on_its_corpus() {
    for (name, target) in TARGETS {
        assert!(
            folder("fuzz/fuzz_targets").join(name).with_extension("rs").is_file(),
            "{name} has no binary"
        );
        let files = files(&folder("fuzz/corpus").join(name));
        assert!(!files.is_empty(), "{name} has no corpus");
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            let passed = std::panic::catch_unwind(|| target(&bytes));
            assert!(passed.is_ok(), "{name} fails on {}", file.display());
        }
    }
}

#[test]
fn the_story_target_passes_on_all_stories() {
    let stories = files(&folder("stories"));
    assert!(!stories.is_empty());
    for file in stories {
        story(&std::fs::read(&file).unwrap());
    }
}
