//! DuckDB from PyPI, in a virtual environment under `target/`; without a network the table goes on without it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::threads::Took;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/table/duck.py");
const RUNS: usize = 5;

/// A Python with duckdb and python-dateutil, made on the first run.
pub fn python() -> Option<PathBuf> {
    let place = folder().join("venv");
    let python = place.join("bin/python");
    let has = |python: &Path| {
        Command::new(python)
            .args(["-c", "import duckdb, dateutil"])
            .output()
            .is_ok_and(|run| run.status.success())
    };
    if !has(&python) {
        eprintln!("installing duckdb into {}", place.display());
        let made = Command::new("python3")
            .args(["-m", "venv"])
            .arg(&place)
            .status()
            .is_ok_and(|status| status.success());
        let pip = |made: bool| {
            made && Command::new(&python)
                .args(["-m", "pip", "-q", "install", "duckdb", "python-dateutil"])
                .status()
                .is_ok()
        };
        if !pip(made) || !has(&python) {
            eprintln!("no DuckDB: python3 with venv, or the network, is missing. Going on without its column.");
            return None;
        }
    }
    Some(python)
}

/// Where the file and the environment are kept: `tmp` of the target folder.
pub fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// What DuckDB needed for a work.
pub struct Answer {
    pub took: Took,
    pub peak_mb: u64,
}

/// DuckDB on the generator's file.
pub struct Duck {
    python: PathBuf,
    file: PathBuf,
    pub version: String,
    pub threads: String,
}

impl Duck {
    pub fn new(python: PathBuf, file: &Path) -> Self {
        let ask =
            "import duckdb; print(duckdb.__version__, duckdb.connect().execute(\"SELECT current_setting('threads')\").fetchall()[0][0])";
        let told = Command::new(&python).args(["-c", ask]).output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        let (version, threads) = told.trim().split_once(' ').unwrap();
        Self {
            python,
            file: file.to_owned(),
            version: version.to_owned(),
            threads: threads.to_owned(),
        }
    }

    /// Does a work; its answer must be ours.
    pub fn does(&self, work: &str, checked: &str) -> Option<Answer> {
        if !["W1", "W1F", "W2"].contains(&work) {
            return None;
        }
        eprintln!("DuckDB {work} …");
        let run = Command::new(&self.python)
            .arg(SCRIPT)
            .arg(&self.file)
            .args([work, &RUNS.to_string()])
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let told = String::from_utf8(run.stdout).unwrap();
        let parts: Vec<&str> = told.trim().split('\t').collect();
        let answer = parts[5..].join(" ");
        assert!(checked.starts_with(&answer), "{work}: DuckDB says {answer}, we say {checked}");
        Some(Answer {
            took: Took {
                wall: parts[2].parse().unwrap(),
                cpu: parts[3].parse().unwrap(),
            },
            peak_mb: parts[4].parse().unwrap(),
        })
    }
}
