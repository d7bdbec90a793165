//! Places in the history of a book's changes (RFC 6578).

use std::fmt;

/// How many digits a stamp has in keys and tokens.
const DIGITS: usize = 20;
/// Of every token: a URI, as the standard wants it.
const SCHEME: &str = "data:,";

/// Behind a change: all those of earlier commits are before it, and of its own commit those up to this contact's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position {
    pub stamp: u64,
    /// `None`: behind the whole commit.
    pub id: Option<String>,
}

impl Position {
    #[must_use]
    pub const fn behind(stamp: u64) -> Self {
        Self { stamp, id: None }
    }

    /// Reads back what was written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (stamp, id) = match text.split_once('-') {
            Some((stamp, id)) => (stamp, Some(id)),
            None => (text, None),
        };
        let is_id =
            |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let is_stamp = stamp.len() == DIGITS && stamp.bytes().all(|b| b.is_ascii_digit());
        if !is_stamp || !id.is_none_or(is_id) {
            return None;
        }
        Some(Self {
            stamp: stamp.parse().ok()?,
            id: id.map(str::to_owned),
        })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:020}", self.stamp)?;
        match &self.id {
            Some(id) => write!(out, "-{id}"),
            None => Ok(()),
        }
    }
}

/// A sync token. It names its book by the id, so that another book under the same name does not take it for its own.
#[must_use]
pub fn token(book: &str, position: &Position) -> String {
    format!("{SCHEME}{book}/{position}")
}

/// The position in a token of this book.
#[must_use]
pub fn position(book: &str, token: &str) -> Option<Position> {
    let (of, position) = token.strip_prefix(SCHEME)?.split_once('/')?;
    (of == book).then(|| Position::parse(position)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tokens_belong_to_a_book() {
        let behind = Position::behind(7);
        let text = token("book_1", &behind);
        assert_eq!(text, "data:,book_1/00000000000000000007");
        assert_eq!(position("book_1", &text), Some(behind));
        assert_eq!(position("book_2", &text), None);
    }

    proptest! {
        #[test]
        fn positions_are_read_back(stamp: u64, id in proptest::option::of("con_[a-z0-9]{26}")) {
            let position = Position { stamp, id };
            prop_assert_eq!(Position::parse(&position.to_string()), Some(position));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}|[0-9a-z_/-]{0,40}") {
            if let Some(position) = Position::parse(&text) {
                prop_assert_eq!(position.to_string(), text);
            }
        }
    }
}
