//! A process of the real `lambda_runtime` against the Runtime API.

use std::process::{Command, Stdio};

use serde_json::json;
use tieout_local::function::FunctionError;
use tieout_local::runtime_api::RuntimeApi;

use crate::common::example;

#[tokio::test]
async fn a_real_runtime_polls_answers_and_fails() {
    let Some(binary) = example("echo_function") else { return };
    let api = RuntimeApi::start().await.unwrap();
    let mut command = Command::new(binary);
    let command = command.env_clear().envs(api.environment("echo")).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    api.first_poll().await;
    let answer = api.invoke(json!({ "n": 1 })).await;
    assert_eq!(answer, Ok(json!({ "event": { "n": 1 }, "function": "echo" })));
    let failure = api.invoke(json!({ "fail": "on purpose" })).await;
    let Err(FunctionError::Failed { message, .. }) = failure else {
        unreachable!("{failure:?}");
    };
    assert_eq!(message, "on purpose");
    assert!(api.invoke(json!({})).await.is_ok(), "it lives on");
    child.kill().unwrap();
    child.wait().unwrap();
    api.shutdown().await;
}
