//! `tieout demo`.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::demo::{self, DemoOptions};
use crate::error::CliError;
use crate::target;

pub async fn run(data: Option<PathBuf>, config: Option<&Path>, out: &mut impl Write) -> Result<bool, CliError> {
    let config = target::config(config)?;
    let temporary = tempfile::tempdir().map_err(CliError::write(&std::env::temp_dir()))?;
    let data = data.unwrap_or_else(|| temporary.path().to_owned());
    Ok(demo::run(DemoOptions { data, config }, out).await?)
}
