//! A function by the real `lambda_runtime`, to try the Runtime API with: it answers its event, or fails as that says.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(service_fn(echo)).await
}

async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
    match event.payload.get("fail").and_then(Value::as_str) {
        Some(text) => Err(text.into()),
        None => Ok(json!({ "event": event.payload, "function": event.context.env_config.function_name })),
    }
}
