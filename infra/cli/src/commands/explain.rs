//! `tieout explain`.

use std::io::Write;
use std::path::Path;

use serde_json::json;
use tieout_accounting::explain::{ExplainError, Explanation, Scope};
use tieout_accounting::story::{self, Story};

use crate::arguments::Explain;
use crate::error::CliError;

/// Marks UTF-8 at the head of a file, as some editors write it.
const BYTE_ORDER_MARK: char = '\u{feff}';

pub fn run(explain: &Explain, out: &mut impl Write) -> Result<bool, CliError> {
    let bytes = std::fs::read(&explain.story).map_err(CliError::read(
        &explain.story,
        "give the path of a story (JSON); tests/stories has examples",
    ))?;
    let refuse = |why: String| CliError::Content {
        path: explain.story.clone(),
        why,
    };
    let text = String::from_utf8(bytes).map_err(|error| refuse(format!("is not UTF-8 text ({error}); save the story as UTF-8")))?;
    explained(&text, explain, out)
}

fn explained(text: &str, explain: &Explain, out: &mut impl Write) -> Result<bool, CliError> {
    let path = explain.story.as_path();
    let bare = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    serde_json::from_str::<serde_json::Value>(bare).map_err(|error| CliError::Content {
        path: path.to_owned(),
        why: format!("is not JSON: {error}; a story is one JSON object, tests/stories/FORMAT.md says which keys it has"),
    })?;
    let (outcome, differences) = story::run(text);
    let scope = Scope {
        period: explain.period,
        obligation: explain.obligation.clone(),
        document: explain.document.clone(),
    };
    if explain.check {
        let is_expected = differences.is_empty();
        if explain.json {
            let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
            writeln!(out, "{:#}", json!({ "as_expected": is_expected, "differences": differences }))?;
            return Ok(is_expected);
        }
        for difference in &differences {
            writeln!(out, "{difference}")?;
        }
        if is_expected {
            writeln!(out, "as expected")?;
        }
        return Ok(is_expected);
    }
    if let Some(error) = &outcome.error {
        match explain.json {
            true => writeln!(out, "{:#}", outcome.to_json())?,
            false => writeln!(out, "{}: the story is refused, nothing was computed.\n  {error}", path.display())?,
        }
        return Ok(false);
    }
    let story = Story::parse(text)?;
    let explanation = Explanation::new(&story, &outcome, scope).map_err(|error| cannot(path, error))?;
    match explain.json {
        true => writeln!(out, "{:#}", explanation.to_json())?,
        false => write!(out, "{}", explanation.to_text())?,
    }
    Ok(true)
}

fn cannot(path: &Path, error: ExplainError) -> CliError {
    match error {
        ExplainError::Scope(choice) => CliError::Content {
            path: path.to_owned(),
            why: choice.to_string(),
        },
        ExplainError::Refused(refusal) => CliError::Refused(refusal),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Command};

    const STORY: &str = r#"{"story": "plan", "ledger": {"currency": "GBP"}, "events": [
        {"type": "signed", "on": "2026-01-01", "obligations": [{"id": "plan", "price": "120.00", "start": "2026-01-01", "end": "2026-12-31"}]},
        {"type": "invoiced", "on": "2026-01-01", "invoice": "INV-1", "lines": [{"obligation": "plan", "amount": "120.00"}]}],
        "expect": {"allocation": {"plan": "120.00"}}}"#;

    fn typed(options: &[&str]) -> Explain {
        let words = ["tieout", "explain", "plan.json"].iter().chain(options);
        match Arguments::try_parse_from(words).expect("can be typed").command {
            Command::Explain(explain) => explain,
            other => panic!("{other:?}"),
        }
    }

    /// What is printed, and the exit code.
    fn check(text: &str, options: &[&str], code: u8, says: &str) {
        let mut out = Vec::new();
        let (found, printed) = match explained(text, &typed(options), &mut out) {
            Ok(true) => (0, String::from_utf8(out).unwrap()),
            Ok(false) => (1, String::from_utf8(out).unwrap()),
            Err(error) => (2, error.to_string()),
        };
        assert_eq!(found, code, "{options:?}: {printed}");
        assert!(printed.contains(says), "{options:?}: no {says:?} in {printed}");
    }

    #[test]
    fn each_outcome_has_its_exit_code_and_says_what_to_do() {
        let refused = STORY.replace(
            "\"type\": \"invoiced\", \"on\": \"2026-01-01\"",
            "\"type\": \"invoiced\", \"on\": \"2025-01-01\"",
        );
        let unexpected = STORY.replace("{\"plan\": \"120.00\"}", "{\"plan\": \"121.00\"}");
        check(STORY, &[], 0, "Contract liability by month");
        check(STORY, &["--json"], 0, "\"roll_forward\"");
        check(STORY, &["--check"], 0, "as expected");
        check(STORY, &["--period", "2026-03"], 0, "Shown: period 2026-03.");
        check(
            STORY,
            &["--obligation", "plan", "--period", "2026"],
            0,
            "Shown: period 2026, product plan.",
        );
        check(STORY, &["--document", "INV-1"], 0, "C1/2026-01-01/invoice/INV-1");
        check(&unexpected, &["--check"], 1, "allocation.plan: expected 121.00, found 120.00");
        check(
            STORY,
            &["--check", "--json"],
            0,
            "{\n  \"as_expected\": true,\n  \"differences\": []\n}\n",
        );
        let difference =
            "{\n  \"as_expected\": false,\n  \"differences\": [\n    \"allocation.plan: expected 121.00, found 120.00\"\n  ]\n}\n";
        check(&unexpected, &["--check", "--json"], 1, difference);
        check(&refused, &[], 1, "plan.json: the story is refused, nothing was computed.\n  ");
        check(&refused, &["--json"], 1, "\"error\"");
        check(
            "{\"story\": ",
            &[],
            2,
            "plan.json: is not JSON: EOF while parsing a value at line 1 column 10; a story is one JSON object",
        );
        check(
            STORY,
            &["--obligation", "plna"],
            2,
            "plan.json: no product of the story has the id plna; write one of: plan",
        );
        check(STORY, &["--document", "INV-2"], 2, "has the number INV-2; write one of: INV-1");
        check(
            STORY,
            &["--period", "2031-01"],
            2,
            "the story has nothing in 2031-01; it covers 2026-01 to 2026-12",
        );
    }

    #[test]
    fn what_cannot_be_typed_is_refused_with_advice() {
        let rows: [(&[&str], &str); 2] = [
            (
                &["--period", "March"],
                "write a month as YYYY-MM, for example 2026-03, or a year as YYYY",
            ),
            (&["--check", "--obligation", "plan"], "cannot be used with"),
        ];
        for (options, says) in rows {
            let words = ["tieout", "explain", "plan.json"].iter().chain(options);
            let error = Arguments::try_parse_from(words).expect_err("refused").to_string();
            assert!(error.contains(says), "{options:?}: {error}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let mut explain = typed(&[]);
        explain.story = std::path::PathBuf::from("/nowhere/plan.json");
        let error = run(&explain, &mut Vec::new()).expect_err("no such file").to_string();
        assert!(error.contains("/nowhere/plan.json") && error.contains("No such file"), "{error}");
    }
}
