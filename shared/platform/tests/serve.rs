//! A function's process against a Runtime API: it answers events, tells failures, and does not start without its configuration.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The demo's configuration.
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tieout.toml");

/// `examples/echo.rs`, which Cargo builds with the tests.
fn function(config: &str, runtime_api: &str) -> Command {
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    let mut command = Command::new(path.join("examples/echo"));
    command.env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
    let lambda = [
        ("AWS_LAMBDA_FUNCTION_NAME", "echo"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        ("TIEOUT_CONFIG", config),
    ];
    command.envs(lambda.into_iter().filter(|(_, value)| !value.is_empty()));
    command
}

/// One request of the function: its first line and its body.
fn request(stream: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    let mut size = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim().to_owned();
        if line.is_empty() {
            break;
        }
        if let Some(length) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            size = length.trim().parse().unwrap();
        }
        lines.push(line);
    }
    let mut body = vec![0; size];
    reader.read_exact(&mut body).unwrap();
    (lines.first().cloned().unwrap_or_default(), String::from_utf8(body).unwrap())
}

fn event(mut stream: &TcpStream, event: &str) {
    let length = event.len();
    let head = "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: r1\r\nlambda-runtime-deadline-ms: 1770091200000\r\n\
        lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-2:1:function:echo\r\ncontent-type: application/json\r\n";
    write!(stream, "{head}content-length: {length}\r\n\r\n{event}").unwrap();
}

/// Gives `events` one after the other, and collects what the function posts for each.
fn played(events: &[&str]) -> Vec<(String, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut child = function(CONFIG, &listener.local_addr().unwrap().to_string()).spawn().unwrap();
    let (mut posted, mut next) = (Vec::new(), events.iter());
    let (mut stream, _) = listener.accept().unwrap();
    while posted.len() < events.len() {
        let (line, body) = request(&stream);
        if line.is_empty() {
            stream = listener.accept().unwrap().0;
        } else if line.starts_with("GET") {
            event(&stream, next.next().unwrap());
        } else {
            (&stream).write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").unwrap();
            posted.push((line, body));
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    posted
}

#[test]
fn events_are_answered_and_failures_told() {
    let posted = played(&[r#"{"amount": 0.10}"#, r#"{"fail": true}"#, "[]"]);
    let lines: Vec<&str> = posted.iter().map(|(line, _)| line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "POST /2018-06-01/runtime/invocation/r1/response HTTP/1.1",
            "POST /2018-06-01/runtime/invocation/r1/error HTTP/1.1",
            "POST /2018-06-01/runtime/invocation/r1/response HTTP/1.1",
        ]
    );
    let bodies: Vec<Value> = posted.iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect();
    assert_eq!(
        bodies[0]["event"].to_string(),
        r#"{"amount":0.10}"#,
        "decimals go through as they are written"
    );
    assert_eq!(bodies[0]["deadline"], "2026-02-03T04:00:00Z");
    assert_eq!(bodies[1]["errorMessage"], "told to fail");
    assert_eq!(bodies[1]["errorType"], "Permanent");
}

#[test]
fn a_function_refuses_to_start_and_says_why_once() {
    let rows = [
        ("/nowhere/tieout.toml", "127.0.0.1:1", "/nowhere/tieout.toml cannot be read"),
        (
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            "127.0.0.1:1",
            "mistakes in tieout.toml",
        ),
        (CONFIG, "", "AWS_LAMBDA_RUNTIME_API is missing"),
    ];
    for (config, runtime_api, words) in rows {
        let Output { status, stdout, stderr } = function(config, runtime_api).output().unwrap();
        let (log, rest) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        assert_eq!(status.code(), Some(1), "{log}{rest}");
        assert_eq!(log.lines().count(), 1, "{log}");
        let line: Value = serde_json::from_str(&log).unwrap();
        assert_eq!(line["message"], "the function does not start");
        assert!(line["reason"].as_str().unwrap().contains(words), "{log}");
        assert_eq!(rest, "");
    }
}
