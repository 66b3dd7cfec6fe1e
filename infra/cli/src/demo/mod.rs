//! The demo: a group's quarter. (The demo engineer writes this module; the shape is what `commands::demo` calls.)

use std::io::Write;
use std::path::PathBuf;

use tieout_platform::config::Checked;

/// What the demo is made of.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// The folder that keeps everything.
    pub data: PathBuf,
    /// The group.
    pub config: Checked,
}

/// Why the demo cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The terminal is gone.
    #[error("the output cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

/// Plays the quarter; whether all ties out.
///
/// # Errors
/// See [`DemoError`].
pub async fn run(_: DemoOptions, _: &mut impl Write) -> Result<bool, DemoError> {
    Ok(false)
}
