//! Explains the stories named on the command line: `cargo run -p tieout-accounting --example explain STORY.json`.

use std::io::Write as _;

use tieout_accounting::{explain::explain, story};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path)?;
        let (outcome, differences) = story::run(&text);
        match story::Story::parse(&text) {
            Ok(story) => write!(out, "{}", explain(&story, &outcome))?,
            Err(refusal) => writeln!(out, "{path}: {refusal}")?,
        }
        for difference in differences {
            writeln!(out, "{path}: {difference}")?;
        }
    }
    Ok(())
}
