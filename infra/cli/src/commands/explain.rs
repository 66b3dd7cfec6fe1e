//! `tieout explain`.

use std::io::Write;
use std::path::Path;

use tieout_accounting::explain::explain;
use tieout_accounting::story::Story;

use crate::error::CliError;

pub fn run(file: &Path, json: bool, check: bool, out: &mut impl Write) -> Result<bool, CliError> {
    let text = std::fs::read_to_string(file).map_err(CliError::file(file))?;
    if check {
        return checked(&text, json, out);
    }
    if json {
        let computed = tieout_accounting::story::run(&text).0.to_json();
        writeln!(out, "{computed:#}")?;
        return Ok(computed.get("error").is_none());
    }
    let story = Story::parse(&text)?;
    write!(out, "{}", explain(&story, &story.play()?))?;
    Ok(true)
}

/// A story that expects an error passes where it is refused with that word.
fn checked(text: &str, json: bool, out: &mut impl Write) -> Result<bool, CliError> {
    let (outcome, differences) = tieout_accounting::story::run(text);
    if json {
        writeln!(out, "{:#}", outcome.to_json())?;
    }
    for difference in &differences {
        writeln!(out, "{difference}")?;
    }
    if !json && differences.is_empty() {
        writeln!(out, "as expected")?;
    }
    Ok(differences.is_empty())
}
