//! A query's words.

use crate::salesforce::error::ApiError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// A keyword or a name.
    Name(String),
    /// What stood between apostrophes, its escapes undone.
    Text(String),
    /// A number, a date or an instant: told apart by the parser.
    Figure(String),
    /// An operator or a bracket.
    Sign(&'static str),
    /// The query's end.
    End,
}

/// A word and where it begins, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) word: Word,
    pub(super) at: usize,
}

/// Longer signs stand before those that they begin with.
const SIGNS: [&str; 11] = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ",", "."];

pub(super) fn words(query: &str) -> Result<Vec<Placed>, ApiError> {
    let mut words = Vec::new();
    let mut rest = query;
    loop {
        rest = rest.trim_start();
        let at = query.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            words.push(Placed { word: Word::End, at });
            return Ok(words);
        };
        let (word, length) = match first {
            '\'' => quoted(rest).ok_or_else(|| malformed(query, at, "line 1: unterminated string literal"))?,
            first if first.is_ascii_digit() || first == '-' || first == '+' => {
                let end = rest
                    .find(|letter: char| !(letter.is_ascii_alphanumeric() || "+-:.".contains(letter)))
                    .unwrap_or(rest.len());
                (Word::Figure(rest.get(..end).unwrap_or_default().to_owned()), end)
            }
            first if first.is_ascii_alphabetic() => {
                let end = rest
                    .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
                    .unwrap_or(rest.len());
                (Word::Name(rest.get(..end).unwrap_or_default().to_owned()), end)
            }
            _ => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => (Word::Sign(sign), sign.len()),
                None => {
                    return Err(malformed(query, at, &format!("unexpected token: '{first}'")));
                }
            },
        };
        words.push(Placed { word, at });
        rest = rest.get(length..).unwrap_or_default();
    }
}

/// `MALFORMED_QUERY`, with the place marked as the real one marks it.
pub(super) fn malformed(query: &str, at: usize, problem: &str) -> ApiError {
    let before = query.get(..at).unwrap_or(query);
    let row = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |end| end + 1) + 1;
    let near: String = query.get(at..).unwrap_or_default().chars().take(40).collect();
    ApiError::call(
        400,
        "MALFORMED_QUERY",
        format!("\n{near}\n^\nERROR at Row:{row}:Column:{column}\n{problem}"),
    )
}

fn quoted(rest: &str) -> Option<(Word, usize)> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\'' => return Some((Word::Text(text), at + 1)),
            '\\' => match letters.next()?.1 {
                'n' | 'N' => text.push('\n'),
                'r' | 'R' => text.push('\r'),
                't' | 'T' => text.push('\t'),
                other @ ('\'' | '"' | '\\' | '_' | '%') => text.push(other),
                _ => return None,
            },
            letter => text.push(letter),
        }
    }
    None
}
