//! The queue server against the 60 checks that were tried on every emulator, spoken by boto3.

use std::process::Command;
use std::sync::Arc;

use tieout_local::sqs::{Sqs, SqsServer};
use tieout_platform::clock::SystemClock;

use crate::common::{existing, is_missing};

const CHECKS: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn boto3_finds_all_sixty_behaviours() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/checks/sqs_check.py");
    let Some(script) = existing(script) else { return };
    let boto3 = Command::new("python3").args(["-c", "import boto3"]).output();
    if !boto3.is_ok_and(|output| output.status.success()) {
        return is_missing("python3 with boto3");
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
