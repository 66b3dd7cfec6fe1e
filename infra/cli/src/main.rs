//! The `tieout` command.

use std::process::ExitCode;

use clap::Parser;
use tieout::arguments::Arguments;

#[tokio::main]
async fn main() -> ExitCode {
    tieout::run(Arguments::parse()).await
}
