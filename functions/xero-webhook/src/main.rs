//! The binary of `xero-webhook` on AWS Lambda.

use std::process::ExitCode;

use tieout_platform::runtime::{Deadline, Function, Start, serve};
use xero_webhook::Handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(Function::XeroWebhook, async |start: Start| {
        let handler = Handler::init(start).await?;
        Ok(async move |event, deadline: Deadline| handler.handle(event, deadline).await)
    })
    .await
}
