//! A work in a process of its own: this program again, told which.

use std::path::Path;
use std::process::Command;

use crate::threads::Took;

/// A line of the table.
pub struct Row {
    pub work: String,
    pub what: String,
    pub one_thread: Option<Took>,
    pub two_threads: Option<Took>,
    pub peak_mb: u64,
    pub checked: String,
}

/// Told by a child: one line of the table, times in seconds.
pub fn row(work: &str, what: &str, one_thread: Option<Took>, two_threads: Option<Took>, checked: &str) {
    let shown = |took: Option<Took>| took.map_or(String::new(), |took| format!("{} {}", took.wall, took.cpu));
    println!("ROW\t{work}\t{what}\t{}\t{}\t{checked}", shown(one_thread), shown(two_threads));
}

/// Told by a child at its end: its peak of memory.
pub fn peak() {
    println!("PEAK\t{}", peak_mb());
}

/// Peak of memory of this process so far.
pub fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes / 1024
}

/// Runs a work and reads what it tells. A child that fails stops the table.
pub fn rows(work: &str, file: &Path) -> Vec<Row> {
    eprintln!("{work} …");
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--work", work])
        .arg(file)
        .output()
        .unwrap();
    let told = String::from_utf8(child.stdout).unwrap();
    assert!(
        child.status.success(),
        "{work} failed:\n{told}{}",
        String::from_utf8_lossy(&child.stderr)
    );
    let peak_mb = told
        .lines()
        .find_map(|line| line.strip_prefix("PEAK\t"))
        .map_or(0, |peak| peak.parse().unwrap());
    let rows = told.lines().filter_map(|line| line.strip_prefix("ROW\t"));
    let read = |line: &str| {
        let parts: Vec<&str> = line.split('\t').collect();
        let took = |text: &str| {
            let (wall, cpu) = text.split_once(' ')?;
            Some(Took {
                wall: wall.parse().unwrap(),
                cpu: cpu.parse().unwrap(),
            })
        };
        Row {
            work: parts[0].to_owned(),
            what: parts[1].to_owned(),
            one_thread: took(parts[2]),
            two_threads: took(parts[3]),
            peak_mb,
            checked: parts[4].to_owned(),
        }
    };
    rows.map(read).collect()
}
