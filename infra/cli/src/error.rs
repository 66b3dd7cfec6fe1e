//! Errors of commands.

use std::path::{Path, PathBuf};

use tieout_accounting::Refusal;
use tieout_platform::config::Finding;
use tieout_platform::runtime::{EnvironmentError, StartError};
use tieout_workflow::WorkflowError;

use crate::demo::DemoError;
use crate::stack::StackError;

#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    /// A file with other content than expected.
    #[error("{path}: {why}")]
    Content { path: PathBuf, why: String },
    /// `tieout.toml` has mistakes.
    #[error("{count} mistakes in {path}; `tieout doctor {path}` lists them")]
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
    /// The table has no configuration.
    #[error("no configuration is in force: no function has started yet")]
    NoConfiguration,
    /// A variable of the environment is missing.
    #[error("{0}; for a local stack give --stack FILE")]
    Environment(#[from] EnvironmentError),
    /// The clients cannot be built.
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Stack(#[from] StackError),
    #[error(transparent)]
    Demo(#[from] DemoError),
    #[error(transparent)]
    Workflow(#[from] WorkflowError),
}

impl CliError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    pub(crate) fn config(path: &Path) -> impl FnOnce(Vec<Finding>) -> Self {
        let path = path.to_owned();
        move |findings| Self::Config {
            path,
            count: findings.len(),
        }
    }
}
