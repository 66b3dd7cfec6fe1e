//! Explains stories from files: `cargo run -p tieout-accounting --example explain -- [--json | --check] STORY.json …`.

use std::io::Write;

use tieout_accounting::explain::explain;
use tieout_accounting::story;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let mut how = String::new();
    for path in std::env::args().skip(1) {
        if path.starts_with("--") {
            how = path;
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let (outcome, differences) = story::run(&text);
        match (how.as_str(), story::Story::parse(&text)) {
            ("--check", _) => {}
            ("--json", _) => writeln!(out, "{}", outcome.to_json())?,
            (_, Ok(story)) => write!(out, "{}", explain(&story, &outcome))?,
            (_, Err(refusal)) => writeln!(out, "{path}: {refusal}")?,
        }
        for difference in differences {
            writeln!(out, "{path}: {difference}")?;
        }
    }
    Ok(())
}
