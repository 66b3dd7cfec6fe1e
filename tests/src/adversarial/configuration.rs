//! `tieout.toml`: any text is a configuration whose rules run, or a list of findings, each with its line and its remedy.

use serde_json::json;
use tieout_platform::config::Config;
use tieout_platform::rules::Rules;

/// Checks the text as a configuration; if it is one, its rules choose an entity.
pub fn configuration(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().count() + 1;
    match Config::check(&text) {
        Err(findings) => {
            assert!(!findings.is_empty());
            for finding in findings {
                assert!((1..=lines).contains(&finding.line), "{finding:?} of {lines} lines");
                assert!(!finding.problem.is_empty() && !finding.remedy.is_empty(), "{finding:?}");
            }
        }
        Ok(checked) => {
            let rules = Rules::compile(&checked.config.rules).expect("the doctor found nothing");
            let deal = json!({"amount": 1200, "currency": "GBP", "name": "A deal", "type": null, "close_date": "2026-01-05"});
            let _ = rules.choose(&deal);
        }
    }
}
