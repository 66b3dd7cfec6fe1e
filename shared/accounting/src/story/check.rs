//! Comparing what came out with what is expected: only what is there is checked, each figure exactly.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::Outcome;

/// A figure that came out otherwise.
///
/// ```
/// use tieout_accounting::story::Story;
/// let story = Story::parse(r#"{"story": "workshop", "ledger": {"currency": "EUR"}, "events": [
///     {"type": "signed", "on": "2026-05-04", "obligations":
///         [{"id": "workshop", "price": "950.00", "satisfied": "over_time", "start": "2026-05-20", "end": "2026-05-20"}]}],
///     "expect": {"recognised": {"2026-05": "905.00"}}}"#)?;
/// let differences = story.check(&story.play()?);
/// assert!(differences[0].to_string().contains("905.00") && differences[0].to_string().contains("950.00"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which figure, for example `recognised.2026-01`.
    pub place: String,
    /// What is expected.
    pub expected: String,
    /// What came out.
    pub found: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: expected {}, found {}", self.place, self.expected, self.found)
    }
}

/// What stands in the place of a figure where an expectation names none.
const NO_OBJECT: &str = "no figure: an object with the keys of FORMAT.md belongs here";

pub(super) fn check(expect: &Value, outcome: &Outcome) -> Vec<Difference> {
    let Some(expect) = expect.as_object() else {
        let mut differences = refused(None, outcome);
        if !expect.is_null() && differences.is_empty() {
            differences.push(difference("expect", &shown(expect), NO_OBJECT));
        }
        return differences;
    };
    if let Some(word) = expect.get("error") {
        let found = outcome.error.as_deref().unwrap_or("no refusal");
        let same = word.as_str().is_some_and(|word| !word.is_empty() && found.contains(word));
        return match (same, &outcome.error) {
            (true, Some(_)) => Vec::new(),
            _ => vec![difference("error", &shown(word), found)],
        };
    }
    if outcome.error.is_some() {
        return refused(Some(expect), outcome);
    }
    let found = outcome.some_json(|key| expect.contains_key(key));
    let mut differences = Vec::new();
    for (key, expected) in expect {
        let (depth, leaf) = shape(key);
        compare(key, expected, found.get(key).unwrap_or(&Value::Null), depth, leaf, &mut differences);
    }
    differences
}

/// Compares what stands below the objects of a key; gives the difference.
type Leaf = fn(&str, &Value, &Value) -> Option<Difference>;

/// How many objects stand around each figure of a key, and what a figure is.
fn shape(key: &str) -> (usize, Leaf) {
    match key {
        "treatment" => (0, list),
        "journals" => (1, journal),
        "intercompany" => (2, journal),
        "recognised_by_obligation" | "balances" | "disclosure" | "translated" => (2, figure),
        _ => (1, figure),
    }
}

fn refused(expect: Option<&Map<String, Value>>, outcome: &Outcome) -> Vec<Difference> {
    let wanted = if expect.is_some() { "figures" } else { "no refusal" };
    outcome.error.iter().map(|error| difference("story", wanted, error)).collect()
}

fn compare(place: &str, expected: &Value, found: &Value, depth: usize, leaf: Leaf, differences: &mut Vec<Difference>) {
    let Some(depth) = depth.checked_sub(1) else {
        differences.extend(leaf(place, expected, found));
        return;
    };
    let Some(expected) = expected.as_object() else {
        // What cannot be looked up is not fulfilled, whatever came out.
        differences.push(difference(place, &shown(expected), NO_OBJECT));
        return;
    };
    for (key, expected) in expected {
        let found = found.get(key).unwrap_or(&Value::Null);
        compare(&format!("{place}.{key}"), expected, found, depth, leaf, differences);
    }
}

fn list(place: &str, expected: &Value, found: &Value) -> Option<Difference> {
    (expected != found).then(|| difference(place, &shown(expected), &shown(found)))
}

/// An amount; zero may be missing.
fn figure(place: &str, expected: &Value, found: &Value) -> Option<Difference> {
    let same = expected.as_str().is_some_and(|expected| match (number(expected), found.as_str()) {
        (Some(expected), Some(found)) => number(found) == Some(expected),
        (Some(expected), None) => expected.is_zero() && found.is_null(),
        (None, found) => found == Some(expected),
    });
    (!same).then(|| difference(place, &shown(expected), &shown(found)))
}

/// Net movements have no order.
fn journal(place: &str, expected: &Value, found: &Value) -> Option<Difference> {
    let found = if found.is_null() { Some(Vec::new()) } else { movements(found) };
    let expected = movements(expected);
    let same = expected.is_some() && expected == found;
    (!same).then(|| difference(place, &format!("{expected:?}"), &format!("{found:?}")))
}

/// Account and amount, debit positive, in the order of accounts; zeros left out. None where one is no account or no amount.
fn movements(lines: &Value) -> Option<Vec<(String, Decimal)>> {
    let amount = |line: &Value, side: &str| match line.get(side) {
        None => Some(Decimal::ZERO),
        Some(amount) => amount.as_str().and_then(number),
    };
    let movement = |line: &Value| {
        let account = line.get("account")?.as_str()?.to_owned();
        Some((account, amount(line, "debit")?.checked_sub(amount(line, "credit")?)?))
    };
    let mut movements: Vec<(String, Decimal)> = lines.as_array()?.iter().map(movement).collect::<Option<_>>()?;
    movements.retain(|(_, amount)| !amount.is_zero());
    movements.sort();
    Some(movements)
}

fn number(text: &str) -> Option<Decimal> {
    text.parse::<Decimal>().ok().map(|number| number.normalize())
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn difference(place: &str, expected: &str, found: &str) -> Difference {
    Difference {
        place: place.to_owned(),
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}
