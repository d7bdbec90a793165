//! Tables as Markdown, so that they can be pasted into a document.

use std::{fmt::Write, time::Duration};

pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        let mut table = Self { rows: Vec::new() };
        table.row(header);
        table
    }

    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The first column to the left, the others to the right.
    #[must_use]
    pub fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let longest = self
                    .rows
                    .iter()
                    .map(|row| cell(row, column).chars().count())
                    .max();
                longest.unwrap_or(0).max(3)
            })
            .collect();
        let mut out = String::new();
        for (n, row) in self.rows.iter().enumerate() {
            for (column, width) in widths.iter().enumerate() {
                let text = cell(row, column);
                // Writing to a String cannot fail.
                let _ = if column == 0 {
                    write!(out, "| {text:<width$} ")
                } else {
                    write!(out, "| {text:>width$} ")
                };
            }
            out.push_str("|\n");
            if n == 0 {
                rule(&mut out, &widths);
            }
        }
        out
    }
}

fn rule(out: &mut String, widths: &[usize]) {
    for (column, width) in widths.iter().enumerate() {
        let end = if column == 0 { '-' } else { ':' };
        let _ = write!(out, "| {}{end} ", "-".repeat(width - 1));
    }
    out.push_str("|\n");
}

#[must_use]
pub fn milliseconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

/// Whole numbers with a space between thousands; small ones with two decimals.
#[must_use]
pub fn rate(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_up() {
        let mut table = Table::new(["what", "n"]);
        table.row(["a", "1000"]);
        let expected = "| what |    n |\n| ---- | ---: |\n| a    | 1000 |\n";
        assert_eq!(table.render(), expected);
    }

    #[test]
    fn groups_thousands() {
        let shown = [0.5, 99.0, 100.0, 1234.4, 1_234_567.0].map(rate);
        assert_eq!(shown, ["0.50", "99.00", "100", "1 234", "1 234 567"]);
    }
}
