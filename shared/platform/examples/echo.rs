//! The smallest function: gives back what it gets, with the configuration's version. `tests/serve.rs` starts it.

use std::process::ExitCode;

use serde_json::{Value, json};
use tieout_platform::failure::{Class, Classified, Failure};
use tieout_platform::runtime::{Deadline, Function, Start, StartError, serve};

#[derive(Debug, thiserror::Error)]
#[error("told to fail")]
struct Told;

impl Classified for Told {
    fn class(&self) -> Class {
        Class::Permanent
    }
}

async fn init(start: Start) -> Result<impl AsyncFn(Value, Deadline) -> Result<Value, Failure>, StartError> {
    let version = start.config()?.version_hash;
    Ok(async move |event: Value, deadline: Deadline| {
        if event["fail"] == json!(true) {
            return Err(Told.into());
        }
        Ok(json!({"event": event, "version": version, "deadline": deadline.instant()}))
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(Function::DealWorker, init).await
}
