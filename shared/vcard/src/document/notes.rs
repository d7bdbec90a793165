//! What a document could not say.

use std::fmt;

/// More are not worth listing.
const MAX_NOTES: usize = 100;

/// Something of the card that its document does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The card's line, counted from 1.
    pub line: u64,
    /// The property's name.
    pub property: String,
    pub reason: String,
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {} {}", self.line, self.property, self.reason)
    }
}

#[derive(Debug, Default)]
pub struct Notes(Vec<Note>);

impl Notes {
    pub fn add(&mut self, line: u64, property: &str, reason: impl Into<String>) {
        if self.0.len() < MAX_NOTES {
            self.0.push(Note {
                line,
                property: property.chars().take(100).collect(),
                reason: reason.into(),
            });
        }
    }

    pub fn into_vec(self) -> Vec<Note> {
        self.0
    }
}

/// A text within a contact's limits; `None` with a note if it is not, without one if it is blank.
pub fn fitting(
    text: String,
    max_chars: usize,
    (line, property): (u64, &str),
    notes: &mut Notes,
) -> Option<String> {
    let begins = text.as_bytes().first().is_some_and(u8::is_ascii_graphic);
    if !begins && text.trim().is_empty() {
        return None;
    }
    match misfit(&text, max_chars) {
        None => Some(text),
        Some(reason) => {
            notes.add(line, property, reason);
            None
        }
    }
}

/// Why a contact could not hold this text.
pub fn misfit(text: &str, max_chars: usize) -> Option<String> {
    if text.len() > max_chars && text.chars().count() > max_chars {
        return Some(format!("is longer than {max_chars} characters"));
    }
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    // The control characters beyond ASCII all begin with this byte.
    let suspicious = |byte: u8| byte < b' ' || matches!(byte, 0x7F | 0xC2);
    let holds = text.bytes().any(suspicious) && text.chars().any(control);
    holds.then(|| "holds control characters".to_owned())
}
