//! Start-up of a function on AWS Lambda: environment, log, configuration, secrets, connector; then its handler, event by event.
//!
//! A function that cannot start says why once, and ends: it never answers with half a configuration.

mod environment;
mod serve;
mod start;
pub mod variables;

pub use environment::{Environment, EnvironmentError, aws_settings};
pub use serve::{Deadline, serve};
pub use start::{CONFIG_PATH_DEFAULT, Start, StartError};
pub use variables::{Function, Source, VARIABLES, Variable};
