use serde::{Deserialize, Serialize};

/// A place between two rows, from which reading can go on: just before the line break that ends a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Bytes from the start of the file, its byte order mark included.
    pub offset: u64,
    /// The line that the place is in, from 1.
    pub line: u64,
}

/// Counts lines that end with CR, LF or both.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines {
    pub current: u64,
    after_cr: bool,
}

impl Lines {
    pub const fn starting_at(current: u64) -> Self {
        Self {
            current,
            after_cr: false,
        }
    }

    pub fn pass(&mut self, text: &[u8]) {
        for &byte in text {
            if byte == b'\r' || (byte == b'\n' && !self.after_cr) {
                self.current += 1;
            }
            self.after_cr = byte == b'\r';
        }
    }
}

/// Splits without a panic: `at` beyond the end takes everything.
pub(crate) fn split<T>(items: &[T], at: usize) -> (&[T], &[T]) {
    items.split_at_checked(at).unwrap_or((items, &[]))
}

/// How many line breaks the text begins with.
pub(crate) fn leading_breaks(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count()
}
