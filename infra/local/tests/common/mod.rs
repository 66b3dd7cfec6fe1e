//! What the tests of this folder share: a client, and one call of an AWS JSON protocol.
#![allow(clippy::unwrap_used, dead_code)]

use serde_json::Value;

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
