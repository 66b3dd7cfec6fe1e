//! A function's runtime, played by plain requests, against the Runtime API.

use crate::common::client;
use serde_json::{Value, json};
use tieout_local::function::FunctionError;
use tieout_local::runtime_api::RuntimeApi;

async fn post(url: String, body: Value) -> u16 {
    let request = client().post(url).body(body.to_string());
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn events_go_out_and_answers_come_back() {
    let api = RuntimeApi::start().await.unwrap();
    let base = format!("http://{}/2018-06-01/runtime", api.address());
    let first_poll = api.first_poll();
    let check = async |path: &str, answer: Value, expected: Result<Value, FunctionError>| {
        let runtime = async {
            let response = client().get(format!("{base}/invocation/next")).send().await.unwrap();
            let id = response.headers()["lambda-runtime-aws-request-id"].to_str().unwrap().to_owned();
            let deadline_ms = response.headers()["lambda-runtime-deadline-ms"].to_str().unwrap().parse::<i64>();
            assert!(deadline_ms.unwrap() > 1_700_000_000_000);
            let event: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
            assert_eq!(event, json!({ "n": 1 }));
            assert_eq!(post(format!("{base}/invocation/{id}/{path}"), answer.clone()).await, 202);
            assert_eq!(post(format!("{base}/invocation/{id}/{path}"), answer).await, 400, "once");
        };
        let (result, ()) = tokio::join!(api.invoke(json!({ "n": 1 })), runtime);
        assert_eq!(result, expected, "{path}");
    };
    check("response", json!({ "ok": true }), Ok(json!({ "ok": true }))).await;
    let told = json!({ "errorType": "Kind", "errorMessage": "text", "stackTrace": [] });
    check("error", told, Err(FunctionError::failed("Kind", "text"))).await;
    first_poll.await;
    assert_eq!(api.init_error(), None);
    api.shutdown().await;
}

#[tokio::test]
async fn a_function_that_cannot_start_fails_its_invocations() {
    let api = RuntimeApi::start().await.unwrap();
    let told = json!({ "errorType": "Config", "errorMessage": "TABLE is missing" });
    let url = format!("http://{}/2018-06-01/runtime/init/error", api.address());
    let (result, status) = tokio::join!(api.invoke(json!({})), post(url, told.clone()));
    assert_eq!(status, 202);
    assert!(matches!(result, Err(FunctionError::RuntimeGone { .. })), "{result:?}");
    assert_eq!(api.init_error(), Some(told.clone()));
    assert_eq!(api.failed_start().await, told);
}
