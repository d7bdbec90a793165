//! The first row: what the file is, and what its columns are called.

use crate::encoding::Encoding;
use crate::layout::Layout;
use crate::position::split;
use crate::records::parser;
use serde::{Deserialize, Serialize};

/// Columns of a file. Outlook, which has the most, writes about a hundred.
pub(crate) const MAX_COLUMNS: usize = 1_000;
/// Bytes before the first row that is no header.
pub(crate) const MAX_HEADER_BYTES: usize = 64 << 10;
/// Columns that an error lists, and characters of each.
const MAX_LISTED: usize = 20;
const MAX_LISTED_CHARS: usize = 40;

/// Whose columns a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ours: every member of the contact has a column or a place in the column `more`.
    Own,
    /// Google Contacts, before and since 2024.
    Google,
    /// Outlook in English, German or French, and Outlook.com.
    Outlook,
}

/// What stands between two cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Separator {
    Comma,
    Semicolon,
    Tab,
}

/// What has to be known about a file to read on somewhere in its middle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub(crate) encoding: Encoding,
    pub(crate) separator: Separator,
    pub(crate) columns: Vec<String>,
}

/// Why a file is no address book.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("the file is empty; its first row must name the columns")]
    Empty,
    #[error("the header row is longer than 64 KiB; perhaps a quotation mark is never closed")]
    TooLong,
    #[error("the header row names more than 1,000 columns")]
    TooManyColumns,
    #[error("the header row {0}")]
    NotText(&'static str),
    #[error("the header row names the column {0:?} twice")]
    Repeated(String),
    #[error(
        "no column can name somebody: found {}; needed is one such as \"name.given\" or \"phones.0.number\" (own), \
         \"Given Name\", \"First Name\" or \"Phone 1 - Value\" (Google), \"Last Name\", \"Company\", \"Mobile Phone\" or \
         \"E-mail Address\" (Outlook)",
        listed(.found)
    )]
    Unknown { found: Vec<String> },
}

fn listed(columns: &[String]) -> String {
    let short = |column: &String| column.chars().take(MAX_LISTED_CHARS).collect::<String>();
    let shown: Vec<_> = columns
        .iter()
        .take(MAX_LISTED)
        .map(|column| format!("{:?}", short(column)))
        .collect();
    let more = columns.len().saturating_sub(MAX_LISTED);
    match more {
        0 => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

impl Header {
    /// `declared` is the separator that a line `sep=` names; without one, it is what makes the most columns.
    pub(crate) fn parse(
        row: &[u8],
        encoding: Encoding,
        declared: Option<Separator>,
    ) -> Result<Self, HeaderError> {
        let row =
            std::str::from_utf8(row).map_err(|_| HeaderError::NotText(encoding.complaint()))?;
        let separator = declared.unwrap_or_else(|| Separator::of(row));
        let columns = columns(row, separator);
        if columns.len() > MAX_COLUMNS {
            return Err(HeaderError::TooManyColumns);
        }
        Ok(Self {
            encoding,
            separator,
            columns,
        })
    }

    /// Whose columns these are.
    pub fn kind(&self) -> Result<Kind, HeaderError> {
        Layout::of(&self.columns).map(|layout| layout.kind())
    }

    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    #[must_use]
    pub const fn separator(&self) -> Separator {
        self.separator
    }

    /// The names of the columns, trimmed.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }
}

impl Separator {
    pub(crate) const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }

    fn of(row: &str) -> Self {
        let count = |separator: &Self| columns(row, *separator).len();
        // Of equals, the last is taken.
        let candidates = [Self::Tab, Self::Semicolon, Self::Comma];
        candidates
            .into_iter()
            .max_by_key(count)
            .unwrap_or(Self::Comma)
    }

    /// What Excel's line `sep=;` declares; the outer `None` for any other line.
    pub(crate) fn declared(line: &[u8]) -> Option<Self> {
        let (word, separator) = split(line, 4);
        if !word.eq_ignore_ascii_case(b"sep=") {
            return None;
        }
        match separator {
            b"," => Some(Self::Comma),
            b";" => Some(Self::Semicolon),
            b"\t" => Some(Self::Tab),
            _ => None,
        }
    }
}

fn columns(row: &str, separator: Separator) -> Vec<String> {
    // The cells' text is never longer than the row; each cell but the last ends with a separator.
    let mut text = vec![0; row.len() + 1];
    let mut ends = vec![0; row.len() + 2];
    let mut csv = parser(separator.byte());
    let (_, _, _, count) = csv.read_record(row.as_bytes(), &mut text, &mut ends);
    let (_, _, _, last) = csv.read_record(&[], &mut [0], ends.get_mut(count..).unwrap_or_default());
    ends.truncate(count + last);
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let cells = starts.zip(&ends).map(|(start, &end)| text.get(start..end));
    cells
        .map(|cell| {
            String::from_utf8_lossy(cell.unwrap_or_default())
                .trim()
                .to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(row: &str) -> Header {
        Header::parse(row.as_bytes(), Encoding::Utf8, None).unwrap()
    }

    #[test]
    fn the_separator_makes_the_most_columns() {
        for (row, separator, count) in [
            (
                "Vorname;Nachname;\"Straße, privat\"",
                Separator::Semicolon,
                3,
            ),
            ("First Name,Last Name", Separator::Comma, 2),
            ("First Name\tLast Name\tE-mail Address", Separator::Tab, 3),
            ("Name", Separator::Comma, 1),
        ] {
            let header = header(row);
            assert_eq!(
                (header.separator, header.columns.len()),
                (separator, count),
                "{row}"
            );
        }
    }

    #[test]
    fn names_are_trimmed_and_may_be_empty() {
        assert_eq!(
            header(" Name ,\" Phone 1 - Value\",,").columns,
            ["Name", "Phone 1 - Value", "", ""]
        );
    }

    #[test]
    fn an_unknown_header_is_told_with_what_was_found() {
        let error = header("Colour,Shape").kind().unwrap_err();
        assert_eq!(
            error,
            HeaderError::Unknown {
                found: vec!["Colour".into(), "Shape".into()]
            }
        );
        assert!(
            error
                .to_string()
                .contains("found \"Colour\", \"Shape\"; needed"),
            "{error}"
        );
    }
}
