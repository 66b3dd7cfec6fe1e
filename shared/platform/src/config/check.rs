//! The doctor: two passes over the file, one list of findings.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::de::DeTable;

use super::finding::{Finding, Lines};
use super::meaning;
use super::model::Config;
use super::presets;
use super::schema::FILE;
use super::shape::{Mistake, Shaped};

pub const FILE_SIZE_MAX_BYTES: usize = 256 * 1024;

#[derive(Debug, Clone)]
pub struct Checked {
    pub config: Config,
    /// SHA-256 of the file's bytes in lower-case hex: the version that every event names.
    pub version_hash: String,
    /// The file itself, to be stored with its version.
    pub text: String,
}

impl Config {
    /// Reads `tieout.toml`.
    ///
    /// # Errors
    /// All mistakes, in the order of the file.
    pub fn check(text: &str) -> Result<Checked, Vec<Finding>> {
        if text.len() > FILE_SIZE_MAX_BYTES {
            return Err(vec![Finding {
                line: 1,
                column: 1,
                path: String::new(),
                problem: format!("the file has {} bytes", text.len()),
                remedy: format!("keep it under {FILE_SIZE_MAX_BYTES}"),
            }]);
        }
        let lines = Lines::new(text);
        let (document, errors) = DeTable::parse_recoverable(text);
        let syntax: Vec<Mistake> = errors.iter().map(syntax_mistake).collect();
        let mut shaped = Shaped::default();
        let mut corrected = shaped.read(&document, &FILE);
        presets::fill_in(&mut corrected);
        let config = Config::deserialize(corrected);
        if let Ok(config) = &config {
            meaning::check(config, &mut shaped);
        }
        let mistakes = together(syntax, shaped.mistakes, &lines);
        match config {
            Ok(config) if mistakes.is_empty() => Ok(Checked {
                config,
                version_hash: hex(&Sha256::digest(text.as_bytes())),
                text: text.to_owned(),
            }),
            Err(error) if mistakes.is_empty() => Err(vec![Finding {
                line: 1,
                column: 1,
                path: String::new(),
                problem: error.message().to_owned(),
                remedy: "please report this: the doctor's schema differs from the program's".to_owned(),
            }]),
            _ => Err(findings(mistakes, &lines)),
        }
    }
}

fn syntax_mistake(error: &toml::de::Error) -> Mistake {
    Mistake {
        offset: error.span().map_or(0, |span| span.start),
        path: String::new(),
        problem: format!("not TOML: {}", error.message().replace('\n', ", ")),
        remedy: "see https://toml.io for the syntax".to_owned(),
        missing: false,
    }
}

/// After a syntax error, missing keys and mistakes on the same line may only be its consequence; after a broken header, all others.
fn together(mut syntax: Vec<Mistake>, others: Vec<Mistake>, lines: &Lines<'_>) -> Vec<Mistake> {
    if syntax.is_empty() {
        return others;
    }
    let line_of = |mistake: &Mistake| lines.position(mistake.offset).0;
    let broken: Vec<usize> = syntax.iter().map(line_of).collect();
    if !broken.iter().any(|line| lines.line(*line).starts_with('[')) {
        let independent = |mistake: &Mistake| !mistake.missing && !broken.contains(&line_of(mistake));
        syntax.extend(others.into_iter().filter(independent));
    }
    syntax
}

fn findings(mistakes: Vec<Mistake>, lines: &Lines<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = mistakes
        .into_iter()
        .map(|mistake| {
            let (line, column) = lines.position(mistake.offset);
            Finding {
                line,
                column,
                path: mistake.path,
                problem: mistake.problem,
                remedy: mistake.remedy,
            }
        })
        .collect();
    findings.sort();
    findings.dedup();
    findings
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
