//! A finding of the doctor: one mistake, where it is, and its remedy.

pub const FILE_NAME: &str = "tieout.toml";
/// The longest quotation from the file.
const QUOTE_MAX_CHARS: usize = 60;

/// One mistake in `tieout.toml`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The key, for instance `entities[1].currency`; empty for the file as a whole.
    pub path: String,
    pub problem: String,
    /// What to write or do.
    pub remedy: String,
}

impl Finding {
    /// The finding in one line, which begins with the name of the file that has the mistake.
    pub fn located_in(&self, file: &str) -> String {
        let path = match self.path.as_str() {
            "" => String::new(),
            path => format!("{path}: "),
        };
        format!("{file}:{}: {path}{}; {}", self.line, self.problem, self.remedy)
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.located_in(FILE_NAME))
    }
}

/// Finds the line and the column of a byte in a text.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(after_breaks).collect(),
        }
    }

    /// Line and column, both from 1, of the byte at `offset`.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The text of `line`, from 1, without what surrounds it.
    pub(super) fn line(&self, line: usize) -> &'t str {
        self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim()
    }
}

/// `text` in quotes, shortened, on one line.
pub(super) fn quoted(text: &str) -> String {
    if text.chars().count() <= QUOTE_MAX_CHARS {
        return format!("{text:?}");
    }
    let head: String = text.chars().take(QUOTE_MAX_CHARS).collect();
    format!("{:?}", format!("{head}…"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_has_a_line_and_a_column() {
        let lines = Lines::new("a = 1\r\nß = 2\n\nb");
        let rows = [
            (0, (1, 1)),
            (4, (1, 5)),
            (7, (2, 1)),
            (10, (2, 3)),
            (14, (3, 1)),
            (15, (4, 1)),
            (99, (4, 1)),
        ];
        for (offset, position) in rows {
            assert_eq!(lines.position(offset), position, "offset {offset}");
        }
        assert_eq!(lines.line(2), "ß = 2");
        assert_eq!(quoted(&"x".repeat(99)).chars().count(), QUOTE_MAX_CHARS + 3);
    }
}
