//! The words of an expression.

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name of a function or a keyword.
    Word(String),
    /// `#name`.
    Name(String),
    /// `:value`.
    Value(String),
    /// `=`, `<`, `<=`, `>`, `>=`, `<>`, brackets, comma.
    Sign(&'static str),
}

const SIGNS: [&str; 9] = ["<=", ">=", "<>", "<", ">", "=", "(", ")", ","];

/// Splits an expression.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            found.push(Token::Sign(sign));
            rest = rest.get(sign.len()..).unwrap_or_default().trim_start();
            continue;
        }
        let after = rest.get(usize::from(first == '#' || first == ':')..).unwrap_or_default();
        let length = after
            .chars()
            .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
            .count();
        let (word, next) = after.split_at(length);
        if word.is_empty() {
            return Err(format!("{first:?} is not part of an expression: {text}"));
        }
        found.push(match first {
            '#' => Token::Name(word.to_owned()),
            ':' => Token::Value(word.to_owned()),
            _ => Token::Word(word.to_owned()),
        });
        rest = next.trim_start();
    }
    Ok(found)
}
