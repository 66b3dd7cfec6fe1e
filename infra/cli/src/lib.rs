//! The `tieout` command of finance and operations, and the whole stack on one machine beneath it.

pub mod arguments;
mod commands;
pub mod demo;
mod error;
pub mod stack;
mod target;

use std::io::Write;
use std::process::ExitCode;

use arguments::{Arguments, Command};
use error::CliError;

/// Does what was typed; the exit code is 0 where it went well, 1 where something does not tie or match, 2 where it could not be done.
pub async fn run(arguments: Arguments) -> ExitCode {
    let mut out = std::io::stdout();
    match dispatch(arguments.command, &mut out).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            // Nothing is left to tell it to where standard error is closed.
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
        Command::Failures(failures) => commands::failures::run(failures, out).await,
        Command::Exceptions { target } => commands::exceptions::run(&target, out).await,
        Command::TieOut { entity, period, target } => commands::tie_out::run(entity.as_deref(), &period, &target, out).await,
        Command::ConnectXero { target } => commands::connect::run(&target, out).await,
    }
}
