//! What the tests share: a client, one call of an AWS JSON protocol, and what to do where something is missing.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A test needs this and cannot find it: in CI that is a failure, elsewhere the test is skipped and says so.
pub(crate) fn is_missing(what: &str) {
    assert!(std::env::var_os("CI").is_none(), "{what} is missing");
    // Not `eprintln!`, which the test runner captures and drops.
    let mut screen = std::io::stderr();
    writeln!(screen, "skipped: {what} is missing").unwrap();
}

/// An example of this crate, which cargo builds beside this test's folder `deps` unless one test target alone is asked for.
pub(crate) fn example(name: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().unwrap();
    existing(own.parent().unwrap().with_file_name("examples").join(name))
}

/// The path, if something is there.
pub(crate) fn existing(path: impl AsRef<Path>) -> Option<PathBuf> {
    let path = path.as_ref();
    if path.exists() {
        return Some(path.to_owned());
    }
    is_missing(&path.display().to_string());
    None
}

/// A client without a proxy.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Status, answer and the header `x-amzn-query-error` of one call.
pub(crate) async fn call(url: &str, target: &str, body: &Value) -> (u16, Value, String) {
    let request = client()
        .post(url)
        .header("x-amz-target", target)
        .header("content-type", "application/x-amz-json-1.0")
        .body(body.to_string());
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let code = response.headers().get("x-amzn-query-error");
    let code = code.map_or("", |value| value.to_str().unwrap()).to_owned();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null), code)
}
