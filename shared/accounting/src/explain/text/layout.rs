//! Layout of plain text: aligned tables, wrapped sentences.

use std::fmt::Write as _;

/// Where sentences are wrapped, in characters.
const WIDTH: usize = 120;

pub(super) fn line(out: &mut String, text: impl AsRef<str>) {
    let _ = writeln!(out, "{}", text.as_ref().trim_end());
}

/// A heading after an empty line.
pub(super) fn heading(out: &mut String, text: impl AsRef<str>) {
    line(out, "");
    line(out, text);
}

/// A sentence behind a first column; what does not fit goes on beneath itself.
pub(super) fn sentence(out: &mut String, first: &str, text: &str) {
    let indent = first.chars().count();
    let mut row = first.to_owned();
    let mut filled = indent;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if filled > indent && filled + 1 + length > WIDTH {
            line(out, &row);
            row = " ".repeat(indent);
            filled = indent;
        }
        if filled > indent {
            row.push(' ');
            filled += 1;
        }
        row.push_str(word);
        filled += length;
    }
    line(out, row);
}

/// A sentence with its paragraph, which is not broken where it fits on a row.
pub(super) fn cited(out: &mut String, first: &str, text: &str, paragraph: &str) {
    let indent = first.chars().count();
    let paragraph = format!("[{paragraph}]");
    if indent + text.chars().count() + 1 + paragraph.chars().count() <= WIDTH {
        line(out, format!("{first}{text} {paragraph}"));
        return;
    }
    sentence(out, first, text);
    sentence(out, &" ".repeat(indent), &paragraph);
}

/// A row of a table: its name, and its cells, which are aligned to the right.
pub(super) type Row = (String, Vec<String>);

/// Prints rows; the first holds the names of the columns.
pub(super) fn table(out: &mut String, rows: &[Row]) {
    let first = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let columns = rows.first().map_or(0, |(_, cells)| cells.len());
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|(_, cells)| cells.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for (name, cells) in rows {
        let cells: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        line(out, format!("  {name:<first$}  {}", cells.join("  ")));
    }
}

/// Takes out a column that holds nothing but zeros.
pub(super) fn without_zeros(rows: &mut [Row], column: usize, zero: &str) {
    let empty = |(_, cells): &Row| cells.get(column).is_none_or(|cell| cell == zero);
    if rows.iter().skip(1).all(empty) {
        for (_, cells) in rows.iter_mut().filter(|(_, cells)| column < cells.len()) {
            cells.remove(column);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_aligned_and_empty_columns_left_out() {
        let cells = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let mut rows = vec![
            (String::new(), cells(&["opening", "billed", "other", "closing"])),
            ("2026-01".to_owned(), cells(&["0.00", "1200.00", "0.00", "1100.00"])),
            ("2026-02".to_owned(), cells(&["1100.00", "0.00", "0.00", "1000.00"])),
        ];
        for column in (0..4).rev() {
            without_zeros(&mut rows, column, "0.00");
        }
        let mut out = String::new();
        table(&mut out, &rows);
        let expected = "           opening   billed  closing\n  2026-01     0.00  1200.00  1100.00\n  2026-02  1100.00     0.00  1000.00\n";
        assert_eq!(out, expected);
    }

    #[test]
    fn sentences_are_wrapped_beneath_themselves() {
        let mut out = String::new();
        sentence(&mut out, "  2026-01-31  ", &"word ".repeat(30));
        let rows: Vec<&str> = out.lines().collect();
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| row.chars().count() <= WIDTH));
        assert!(rows.iter().skip(1).all(|row| row.starts_with("              word")));
    }
}
