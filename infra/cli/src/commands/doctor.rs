//! `tieout doctor`.

use std::io::Write;
use std::path::Path;

use tieout_platform::config::Config;

use crate::error::CliError;
use crate::words::counted;

pub fn run(file: &Path, out: &mut impl Write) -> Result<bool, CliError> {
    let text = std::fs::read_to_string(file).map_err(CliError::read(file, "give the path of a tieout.toml"))?;
    match Config::check(&text) {
        Ok(checked) => {
            let config = &checked.config;
            writeln!(
                out,
                "{}: no mistakes; {}, {}, {}, {}; version {}",
                file.display(),
                counted(config.entities.len(), "entity", "entities"),
                counted(config.rules.len(), "rule", "rules"),
                counted(config.products.len(), "product", "products"),
                counted(config.people.len(), "person", "people"),
                checked.version_hash
            )?;
            Ok(true)
        }
        Err(findings) => {
            for finding in &findings {
                writeln!(out, "{}", finding.located_in(&file.display().to_string()))?;
            }
            writeln!(out, "{} in {}", counted(findings.len(), "mistake", "mistakes"), file.display())?;
            Ok(false)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../../../tieout.toml");

    #[test]
    fn mistakes_stand_under_the_name_of_their_own_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bad.toml");
        let name = path.display().to_string();
        let one = format!("nonsense = 1\n{GOOD}");
        let two = format!("more = 2\n{one}");
        let rows = [
            (GOOD, true, format!("{name}: no mistakes; 3 entities, ")),
            (one.as_str(), false, format!("1 mistake in {name}\n")),
            (two.as_str(), false, format!("2 mistakes in {name}\n")),
        ];
        for (text, is_good, says) in rows {
            std::fs::write(&path, text).unwrap();
            let mut out = Vec::new();
            assert_eq!(run(&path, &mut out).unwrap(), is_good, "{says}");
            let printed = String::from_utf8(out).unwrap();
            assert!(printed.contains(&says), "{printed}");
            let mut lines: Vec<&str> = printed.lines().collect();
            lines.pop();
            assert!(lines.iter().all(|line| line.starts_with(&format!("{name}:"))), "{printed}");
        }
    }

    #[test]
    fn a_missing_file_is_named_with_what_to_do() {
        let error = run(Path::new("/nowhere/tieout.toml"), &mut Vec::new()).unwrap_err().to_string();
        assert!(error.starts_with("cannot read /nowhere/tieout.toml: No such file"), "{error}");
        assert!(error.ends_with("; give the path of a tieout.toml"), "{error}");
    }
}
