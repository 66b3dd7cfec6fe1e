//! `tieout doctor`.

use std::io::Write;
use std::path::Path;

use tieout_platform::config::Config;

use crate::error::CliError;

pub fn run(file: &Path, out: &mut impl Write) -> Result<bool, CliError> {
    let text = std::fs::read_to_string(file).map_err(CliError::file(file))?;
    match Config::check(&text) {
        Ok(checked) => {
            let config = &checked.config;
            writeln!(
                out,
                "{}: no mistakes; {} entities, {} rules, {} products, {} people; version {}",
                file.display(),
                config.entities.len(),
                config.rules.len(),
                config.products.len(),
                config.people.len(),
                checked.version_hash
            )?;
            Ok(true)
        }
        Err(findings) => {
            for finding in &findings {
                writeln!(out, "{finding}")?;
            }
            writeln!(out, "{} mistakes in {}", findings.len(), file.display())?;
            Ok(false)
        }
    }
}
