//! Why a command could not be done.

use std::path::{Path, PathBuf};

use tieout_accounting::Refusal;
use tieout_platform::config::Finding;
use tieout_platform::runtime::{EnvironmentError, StartError};
use tieout_workflow::WorkflowError;

use crate::demo::DemoError;
use crate::stack::StackError;

/// Why a command could not be done.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{path}: {why}")]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// `tieout.toml` has mistakes.
    #[error("{count} mistakes in {path}; `tieout doctor {path}` lists them")]
    Config {
        /// Which file.
        path: PathBuf,
        /// How many.
        count: usize,
    },
    /// The terminal is gone.
    #[error("the output cannot be written: {0}")]
    Output(#[from] std::io::Error),
    /// A story or a period that the accounting refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A variable of the environment is missing.
    #[error("{0}; or name a local stack by --stack FILE")]
    Environment(#[from] EnvironmentError),
    /// The clients cannot be built.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The local stack.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The demo.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The use case.
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
