//! Finds the header row at the start of a file, past empty lines and Excel's `sep=;`.

use crate::encoding::Encoding;
use crate::header::{Header, HeaderError, MAX_HEADER_BYTES, Separator};
use crate::position::{Lines, Position, split};

pub(crate) struct Heading {
    encoding: Encoding,
    /// Length of the byte order mark.
    mark: u64,
    text: Vec<u8>,
    /// Where the line being looked at begins, and how far it was looked through.
    begin: usize,
    scanned: usize,
    quoted: bool,
    declared: Option<Separator>,
}

/// The header, where it ends, and the text behind it.
pub(crate) struct Found {
    pub header: Header,
    pub end: Position,
    pub rest: Vec<u8>,
}

impl Heading {
    pub const fn new(encoding: Encoding, mark: u64) -> Self {
        Self {
            encoding,
            mark,
            text: Vec::new(),
            begin: 0,
            scanned: 0,
            quoted: false,
            declared: None,
        }
    }

    pub fn push(&mut self, text: &[u8], last: bool) -> Result<Option<Found>, HeaderError> {
        self.text.extend_from_slice(text);
        while let Some(end) = self.line_end(last)? {
            let line = self.text.get(self.begin..end).unwrap_or_default();
            if let Some(separator) = Separator::declared(line) {
                self.declared = Some(separator);
            } else if !line.trim_ascii().is_empty() {
                return self.found(line, end).map(Some);
            } else if end == self.text.len() {
                return Err(HeaderError::Empty);
            }
            (self.begin, self.scanned) = (end + 1, end + 1);
        }
        Ok(None)
    }

    fn line_end(&mut self, last: bool) -> Result<Option<usize>, HeaderError> {
        let found = self.next_break();
        if found.unwrap_or(self.text.len()) > MAX_HEADER_BYTES {
            return Err(HeaderError::TooLong);
        }
        let at_the_end = last && self.begin <= self.text.len();
        if last && !at_the_end {
            return Err(HeaderError::Empty);
        }
        Ok(found.or(at_the_end.then_some(self.text.len())))
    }

    fn next_break(&mut self) -> Option<usize> {
        let unseen = self.text.get(self.scanned..).unwrap_or_default();
        for (index, byte) in unseen.iter().enumerate() {
            match byte {
                b'"' => self.quoted = !self.quoted,
                b'\r' | b'\n' if !self.quoted => {
                    let end = self.scanned + index;
                    self.scanned = end;
                    return Some(end);
                }
                _ => {}
            }
        }
        self.scanned = self.text.len();
        None
    }

    fn found(&self, row: &[u8], end: usize) -> Result<Found, HeaderError> {
        let (before, rest) = split(&self.text, end);
        let mut lines = Lines::starting_at(1);
        lines.pass(before);
        let offset = self.mark + self.encoding.source_len(before);
        Ok(Found {
            header: Header::parse(row, self.encoding, self.declared)?,
            end: Position {
                offset,
                line: lines.current,
            },
            rest: rest.to_vec(),
        })
    }
}
