//! The binary of `billing` on AWS Lambda.

use std::process::ExitCode;

use billing::Handler;
use tieout_platform::runtime::{Deadline, Function, Start, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(Function::Billing, async |start: Start| {
        let handler = Handler::init(start).await?;
        Ok(async move |event, deadline: Deadline| handler.handle(event, deadline).await)
    })
    .await
}
