//! Xero's `where` clause over records as they are shown: `Status=="AUTHORISED" AND Date>=DateTime(2026,01,31)`.
//!
//! Known: `== = != < <= > >=`, `.Contains("…")`, `.StartsWith("…")`, `AND`, `&&`, `OR`, `||`, `Guid("…")`,
//! `DateTime(y,m,d)`, numbers, texts, `true`, `false`, `null`. Parentheses around clauses are not.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;

use super::wire;

/// Alternatives of conditions that must all hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    alternatives: Vec<Vec<Condition>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Condition {
    path: String,
    test: Test,
    wanted: Operand,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Test {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    StartsWith,
}

/// The longer signs stand first, so that `<=` is not read as `<`.
const SIGNS: [(&str, Test); 7] = [
    ("==", Test::Equal),
    ("!=", Test::NotEqual),
    ("<=", Test::LessOrEqual),
    (">=", Test::GreaterOrEqual),
    ("=", Test::Equal),
    ("<", Test::Less),
    (">", Test::Greater),
];

#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Text(String),
    Number(Decimal),
    Instant(DateTime<Utc>),
    Flag(bool),
    Null,
}

/// Reads a clause; the error is the message for a `QueryParseException`.
pub(super) fn parse(text: &str) -> Result<Filter, String> {
    let alternatives = split(text, &["OR", "||"])
        .into_iter()
        .map(|part| split(part, &["AND", "&&"]).into_iter().map(condition).collect())
        .collect::<Result<Vec<Vec<Condition>>, String>>()?;
    Ok(Filter { alternatives })
}

/// The value under a dotted path such as `Contact.ContactID`.
pub(super) fn at<'a>(record: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(record, |value, name| value.get(name))
}

impl Filter {
    pub(super) fn matches(&self, record: &Value) -> bool {
        let all = |conditions: &Vec<Condition>| conditions.iter().all(|condition| condition.holds(record));
        self.alternatives.iter().any(all)
    }
}

impl Condition {
    fn holds(&self, record: &Value) -> bool {
        let found = at(record, &self.path).filter(|value| !value.is_null());
        let (Some(found), false) = (found, self.wanted == Operand::Null) else {
            let both_null = found.is_none() == (self.wanted == Operand::Null);
            return match self.test {
                Test::Equal => both_null,
                Test::NotEqual => !both_null,
                _ => false,
            };
        };
        let shown = found.as_str().unwrap_or_default();
        let ordering = match &self.wanted {
            Operand::Text(text) if self.test == Test::Contains => {
                return shown.to_lowercase().contains(&text.to_lowercase());
            }
            Operand::Text(text) if self.test == Test::StartsWith => {
                return shown.to_lowercase().starts_with(&text.to_lowercase());
            }
            Operand::Text(text) => Some(shown.to_lowercase().cmp(&text.to_lowercase())),
            Operand::Number(number) => found.to_string().parse::<Decimal>().ok().map(|value| value.cmp(number)),
            Operand::Instant(instant) => wire::parse_instant(shown).map(|value| value.cmp(instant)),
            Operand::Flag(flag) => found.as_bool().map(|value| value.cmp(flag)),
            Operand::Null => None,
        };
        let Some(ordering) = ordering else {
            return false;
        };
        match self.test {
            Test::Equal => ordering.is_eq(),
            Test::NotEqual => ordering.is_ne(),
            Test::Less => ordering.is_lt(),
            Test::LessOrEqual => ordering.is_le(),
            Test::Greater => ordering.is_gt(),
            Test::GreaterOrEqual => ordering.is_ge(),
            Test::Contains | Test::StartsWith => false,
        }
    }
}

/// Splits at words outside of quotes.
fn split<'a>(text: &'a str, words: &[&str]) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut begin = 0;
    let mut quoted = false;
    let mut skip_to = 0;
    for (index, character) in text.char_indices() {
        if index < skip_to {
            continue;
        }
        if character == '"' {
            quoted = !quoted;
        }
        let rest = text.get(index..).unwrap_or_default();
        let hit = words.iter().find(|word| !quoted && is_word(text, index, rest, word));
        if let Some(word) = hit {
            parts.push(text.get(begin..index).unwrap_or_default());
            begin = index + word.len();
            skip_to = begin;
        }
    }
    parts.push(text.get(begin..).unwrap_or_default());
    parts
}

/// `AND` stands between spaces; `&&` anywhere.
fn is_word(text: &str, index: usize, rest: &str, word: &str) -> bool {
    let found = rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if !found || !word.starts_with(char::is_alphabetic) {
        return found;
    }
    let before = text.get(..index).is_some_and(|before| before.ends_with([' ', ')', '"']));
    let after = rest.get(word.len()..).is_some_and(|after| after.starts_with(' '));
    before && after
}

fn condition(text: &str) -> Result<Condition, String> {
    let text = text.trim();
    for (call, test) in [(".Contains(", Test::Contains), (".StartsWith(", Test::StartsWith)] {
        if let Some((path, rest)) = text.split_once(call) {
            let wanted = operand(rest.strip_suffix(')').unwrap_or(rest))?;
            return Ok(Condition {
                path: path.trim().to_owned(),
                test,
                wanted,
            });
        }
    }
    let first = text
        .find(['=', '!', '<', '>'])
        .ok_or_else(|| format!("Operator expected in '{text}'"))?;
    let (path, rest) = text.split_at(first);
    let sign = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign));
    let (sign, test) = sign.ok_or_else(|| format!("Operator expected in '{text}'"))?;
    Ok(Condition {
        path: path.trim().to_owned(),
        test: *test,
        wanted: operand(rest.get(sign.len()..).unwrap_or_default())?,
    })
}

fn operand(text: &str) -> Result<Operand, String> {
    let text = text.trim();
    let quoted = |text: &str| {
        let inner = text.strip_prefix('"')?.strip_suffix('"')?;
        Some(inner.replace("\\\"", "\""))
    };
    let called = |name: &str| {
        let inner = text.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name));
        inner.and_then(|_| text.get(name.len()..)?.strip_prefix('(')?.strip_suffix(')'))
    };
    if let Some(inner) = quoted(text) {
        return Ok(Operand::Text(inner));
    }
    if let Some(inner) = called("Guid").and_then(|inner| quoted(inner.trim())) {
        return Ok(Operand::Text(inner));
    }
    if let Some(inner) = called("DateTime") {
        return date_time(inner)
            .map(Operand::Instant)
            .ok_or_else(|| format!("'{text}' is not a date"));
    }
    match text {
        "null" => Ok(Operand::Null),
        "true" => Ok(Operand::Flag(true)),
        "false" => Ok(Operand::Flag(false)),
        _ => text
            .parse()
            .map(Operand::Number)
            .map_err(|_| format!("Expression expected, not '{text}'")),
    }
}

fn date_time(inner: &str) -> Option<DateTime<Utc>> {
    let parts: Vec<u32> = inner.split(',').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    let part = |index: usize| parts.get(index).copied();
    let date = NaiveDate::from_ymd_opt(i32::try_from(part(0)?).ok()?, part(1)?, part(2)?)?;
    let time = NaiveTime::from_hms_opt(part(3).unwrap_or(0), part(4).unwrap_or(0), part(5).unwrap_or(0))?;
    Some(date.and_time(time).and_utc())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn clauses_select_records() {
        let record = json!({
            "Status": "AUTHORISED", "Total": 120.50, "Contact": {"ContactID": "ab-1", "Name": "Rock AND Roll"},
            "Date": "/Date(1769817600000+0000)/", "SentToContact": false,
        });
        for (clause, wanted) in [
            (r#"Status=="AUTHORISED""#, true),
            (r#"Status="authorised""#, true),
            (r#"Status!="AUTHORISED""#, false),
            (r#"Contact.ContactID==Guid("ab-1") AND Total>100"#, true),
            (r#"Contact.ContactID == Guid("ab-1")&&Total<=120.5"#, true),
            (r#"Contact.Name=="Rock AND Roll""#, true),
            (r#"Contact.Name.Contains("roll")"#, true),
            (r#"Contact.Name.StartsWith("roll")"#, false),
            ("Date>=DateTime(2026, 01, 31)", true),
            ("Date>DateTime(2026,1,31)", false),
            ("DueDate==null", true),
            ("Date!=null AND SentToContact==false", true),
            (r#"Status=="PAID" OR Total==120.50"#, true),
            (r#"Status=="PAID" OR Total==1"#, false),
        ] {
            assert_eq!(parse(clause).unwrap().matches(&record), wanted, "{clause}");
        }
        for clause in ["Status", "Status==", "Date>DateTime(2026,13,1)", "Status==AUTHORISED"] {
            assert!(parse(clause).is_err(), "{clause}");
        }
    }
}
