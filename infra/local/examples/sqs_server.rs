//! The queue server alone, for the 60 checks: `cargo run -p tieout-local --example sqs_server -- PORT [FILE]`.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use tieout_local::sqs::{Sqs, SqsServer};
use tieout_platform::clock::SystemClock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().unwrap_or_else(|| "0".to_owned()).parse()?;
    let file = arguments.next().map(PathBuf::from);
    let sqs = Sqs::open(file.as_deref(), Arc::new(SystemClock::default()))?;
    let server = SqsServer::start(sqs, port).await?;
    #[allow(clippy::print_stdout)] // Whoever asked for port 0 must learn which it is.
    {
        println!("{}", server.url());
    }
    tokio::signal::ctrl_c().await?;
    server.shutdown().await;
    Ok(())
}
