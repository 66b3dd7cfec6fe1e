//! Explains stories from files, without the command line tool:
//! `cargo run -p tieout-accounting --example explain -- [--json | --check] [--period P] [--obligation ID] [--document N] STORY.json …`.

use std::io::Write;

use tieout_accounting::explain::{Explanation, Scope, Span};
use tieout_accounting::story;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    let (mut how, mut scope) = (String::new(), Scope::default());
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" | "--check" => how = word,
            "--period" => scope.period = words.next().map(|text| Span::parse(&text)).transpose()?,
            "--obligation" => scope.obligation = words.next(),
            "--document" => scope.document = words.next(),
            path => explain(&mut out, path, &how, &scope)?,
        }
    }
    Ok(())
}

fn explain(out: &mut impl Write, path: &str, how: &str, scope: &Scope) -> Result<(), Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(path)?;
    let (outcome, differences) = story::run(&text);
    match (how, &outcome.error) {
        ("--check", _) => {}
        ("--json", Some(_)) => writeln!(out, "{:#}", outcome.to_json())?,
        (_, Some(error)) => writeln!(out, "{path}: {error}")?,
        (how, None) => {
            let story = story::Story::parse(&text)?;
            let explanation = Explanation::new(&story, &outcome, scope.clone())?;
            match how {
                "--json" => writeln!(out, "{:#}", explanation.to_json())?,
                _ => write!(out, "{}", explanation.to_text())?,
            }
        }
    }
    for difference in differences {
        writeln!(out, "{path}: {difference}")?;
    }
    Ok(())
}
