mod google;

use crate::formula::{Protection, protected};
use crate::own;
use serde_json::Value;

/// Whose columns are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Ours, which loses nothing.
    Own,
    /// Google Contacts' since 2024.
    Google,
}

/// Writes an address book row by row: UTF-8 with a byte order mark, by which Excel knows it, commas, CR LF (RFC 4180).
///
/// The columns are the same for every contact, so nothing has to be known about those to come.
#[derive(Debug, Clone, Copy)]
pub struct Writer(Form);

impl Writer {
    #[must_use]
    pub const fn new(form: Form) -> Self {
        Self(form)
    }

    /// How the file begins: the byte order mark and the header row.
    #[must_use]
    pub fn header(self) -> Vec<u8> {
        let columns = match self.0 {
            Form::Own => own::columns(),
            Form::Google => google::columns(),
        };
        let row = columns
            .iter()
            .map(|column| quoted(column))
            .collect::<Vec<_>>();
        format!("\u{FEFF}{}\r\n", row.join(",")).into_bytes()
    }

    /// A contact as the API shows it, and the names of its groups.
    #[must_use]
    pub fn row(self, contact: &Value, groups: &[String]) -> Vec<u8> {
        let (cells, protection) = match self.0 {
            Form::Own => (own::row(contact, groups), Protection::Full),
            Form::Google => (google::row(contact, groups), Protection::ExceptNumbers),
        };
        let cell = |cell: &String| quoted(&protected(cell, protection));
        let row = cells.iter().map(cell).collect::<Vec<_>>();
        format!("{}\r\n", row.join(",")).into_bytes()
    }
}

/// Also before separators of other countries, so that no cell falls apart there.
fn quoted(cell: &str) -> String {
    if cell.contains([',', ';', '\t', '"', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}
