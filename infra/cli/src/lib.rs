//! The `tieout` command, and the local stack that its `demo` and `up` run.

pub mod arguments;
mod commands;
pub mod demo;
mod error;
pub mod stack;
mod target;
mod words;

use std::io::Write;
use std::process::ExitCode;

use arguments::{Arguments, Command};
use error::CliError;

/// Runs a command. The exit code is 0 on success, 1 where something does not tie or match, 2 on an error.
pub async fn run(arguments: Arguments) -> ExitCode {
    let mut out = std::io::stdout();
    match target::unless_it_waits(dispatch(arguments.command, &mut out)).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            // With standard error closed there is nowhere to report to.
            let _ = writeln!(std::io::stderr(), "tieout: {}", tieout_platform::failure::chain(&error));
            ExitCode::from(2)
        }
    }
}

async fn dispatch(command: Command, out: &mut impl Write) -> Result<bool, CliError> {
    match command {
        Command::Demo { data, config } => commands::demo::run(data, config.as_deref(), out).await,
        Command::Up(up) => commands::up::run(up, out).await,
        Command::Doctor { file } => commands::doctor::run(&file, out),
        Command::Explain(explain) => commands::explain::run(&explain, out),
        Command::Close(close) => commands::close::run(close, out).await,
        Command::Contract(contract) => commands::contract::run(contract, out).await,
        Command::Failures(failures) => commands::failures::run(failures, out).await,
        Command::Worklist(worklist) => commands::worklist::run(worklist, out).await,
        Command::Numbers { entity, json, target } => commands::numbers::run(entity.as_deref(), json, &target, out).await,
        Command::TieOut { entity, period, target } => commands::tie_out::run(entity.as_deref(), &period, &target, out).await,
        Command::Sandbox(act) => commands::sandbox::run(act, out).await,
        Command::ConnectXero { target } => commands::connect::run(&target, out).await,
    }
}
