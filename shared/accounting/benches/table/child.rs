//! A work in a process of its own: this program again, told which.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A line of the table.
pub struct Row {
    pub work: String,
    pub what: String,
    pub one_thread: Option<f64>,
    pub two_threads: f64,
    pub peak_mb: u64,
    pub checked: String,
}

/// Told by a child: one line of the table, times in seconds.
pub fn row(work: &str, what: &str, one_thread: Option<Duration>, two_threads: Duration, checked: &str) {
    let one = one_thread.map_or(-1.0, |time| time.as_secs_f64());
    println!("ROW\t{work}\t{what}\t{one}\t{}\t{checked}", two_threads.as_secs_f64());
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
        let seconds = |text: &str| text.parse::<f64>().unwrap();
        Row {
            work: parts[0].to_owned(),
            what: parts[1].to_owned(),
            one_thread: Some(seconds(parts[2])).filter(|seconds| *seconds >= 0.0),
            two_threads: seconds(parts[3]),
            peak_mb,
            checked: parts[4].to_owned(),
        }
    };
    rows.map(read).collect()
}
