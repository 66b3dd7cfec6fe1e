//! Errors of commands.

use std::path::{Path, PathBuf};

use tieout_accounting::Refusal;
use tieout_local::data_folder::FolderError;
use tieout_platform::config::Finding;
use tieout_platform::runtime::{EnvironmentError, StartError};
use tieout_workflow::WorkflowError;

use crate::demo::DemoError;
use crate::stack::clock::ClockError;
use crate::stack::{Refused, StackError};
use crate::words::counted;

#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error("cannot {act} {path}: {source}; {remedy}")]
    File {
        /// `read` or `write`.
        act: &'static str,
        path: PathBuf,
        source: std::io::Error,
        /// What to do.
        remedy: &'static str,
    },
    /// A file with other content than expected.
    #[error("{path}: {why}")]
    Content { path: PathBuf, why: String },
    /// `tieout.toml` has mistakes.
    #[error("{} in {path}; `tieout doctor {path}` lists them", counted(*count, "mistake", "mistakes"))]
    Config { path: PathBuf, count: usize },
    #[error("cannot write the output: {0}")]
    Output(#[from] std::io::Error),
    /// A story or a period that the accounting refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nothing was typed where a token is read.
    #[error("give the refresh token on standard input")]
    NoToken,
    /// More was typed than a token is long.
    #[error("what is on standard input is longer than {bytes_max} bytes; give the refresh token alone")]
    LongToken { bytes_max: u64 },
    /// A customer with several contracts, or a number that several entities use.
    #[error("{count} contracts fit {name:?}; give the id of one of them: it stands at the beginning of its line")]
    SeveralContracts { name: String, count: usize },
    /// The table has no configuration.
    #[error("no configuration is in force: no function has started yet")]
    NoConfiguration,
    /// A variable of the environment is missing.
    #[error(
        "the environment variable {} is not set, so it is not known which deployment to work on. For a local stack give --stack FILE, \
         the file that `tieout up --ready FILE` wrote; on AWS set the variables that README.md names under Commands, from the outputs \
         of the deployed stack", .0.name
    )]
    Environment(#[from] EnvironmentError),
    /// Nothing listens where the stack's addresses lead.
    #[error(
        "the local stack of {file} does not answer at {address}: it was stopped, or started again with other addresses. Start it with \
         `tieout up --ready {file}` and the --data of before"
    )]
    StackNotRunning {
        file: PathBuf,
        address: String,
        source: Box<WorkflowError>,
    },
    /// The same, of the stack's clock.
    #[error(
        "the clock of the local stack of {file} does not answer at {address} ({why}): the stack was stopped, or started again with other \
         addresses. Start it with `tieout up --ready {file}` and the --data of before"
    )]
    ClockSilent { file: PathBuf, address: String, why: String },
    /// A command that came on a limit of calls, whose end the clock does not reach by itself.
    #[error(
        "the ledger takes no more calls until {until} by the stack's clock, which stands still: move it with `tieout sandbox clock --to {until}` and give \
         the command again; it goes on where it was"
    )]
    ClockStands { until: String },
    /// `tieout sandbox` without a stack.
    #[error("the sandbox belongs to a local stack: give --stack FILE or TIEOUT_STACK, the file that `tieout up --ready FILE` wrote")]
    NoSandbox,
    /// The sandbox refuses an act, or does not answer.
    #[error("{why} (asked of {address})")]
    Sandbox { address: String, why: String },
    /// What was asked of the sandbox cannot be done.
    #[error("{0}")]
    Act(String),
    /// The clients cannot be built.
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Stack(#[from] StackError),
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The clock cannot be moved to `--now`.
    #[error("{0}")]
    Move(String),
    #[error(transparent)]
    Demo(#[from] DemoError),
    #[error(transparent)]
    Workflow(#[from] WorkflowError),
}

impl From<Refused> for CliError {
    fn from(refused: Refused) -> Self {
        Self::Move(format!("{refused}; {}", refused.action()))
    }
}

impl CliError {
    pub(crate) fn read(path: &Path, remedy: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        Self::file("read", path, remedy)
    }

    pub(crate) fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        Self::file("write", path, "choose a place that you may write to")
    }

    fn file(act: &'static str, path: &Path, remedy: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { act, path, source, remedy }
    }

    pub(crate) fn config(path: &Path) -> impl FnOnce(Vec<Finding>) -> Self {
        let path = path.to_owned();
        move |findings| Self::Config {
            path,
            count: findings.len(),
        }
    }
}
