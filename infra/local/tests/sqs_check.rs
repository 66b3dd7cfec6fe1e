//! The queue server against the 60 checks that were tried on every emulator, spoken by boto3.
//!
//! Skipped with a printed note where the checks, python3 or boto3 are not there.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use tieout_local::sqs::{Sqs, SqsServer};
use tieout_platform::clock::SystemClock;

const CHECKS: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn boto3_finds_all_sixty_behaviours() {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/checks/sqs_check.py");
    let boto3 = Command::new("python3").args(["-c", "import boto3"]).output();
    if !script.exists() || !boto3.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: the 60 checks of SQS need {} and python3 with boto3", script.display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sqs.sqlite");
    let sqs = Sqs::open(Some(&file), Arc::new(SystemClock::default())).unwrap();
    let server = SqsServer::start(sqs, 0).await.unwrap();
    let url = server.url();
    let run = move || Command::new("python3").arg(script).arg(url).output();
    let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    server.shutdown().await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed: Vec<&str> = text.lines().filter(|line| line.starts_with("FAIL")).collect();
    let passed = text.lines().filter(|line| line.starts_with("PASS")).count();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(failed.is_empty(), "{}\n{errors}", failed.join("\n"));
    assert_eq!(passed, CHECKS, "{text}\n{errors}");
}
