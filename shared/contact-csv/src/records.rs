//! Rows of cells out of UTF-8 that comes in pieces, with the place and the bounds of each.

use crate::encoding::Encoding;
use crate::header::{Header, MAX_COLUMNS};
use crate::position::{Lines, Position, leading_breaks, split};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// Bytes of a row in UTF-8, quotation marks included: room for the largest contact with each of its quotes doubled.
pub(crate) const MAX_ROW_BYTES: usize = 512 << 10;

/// Bytes that the parser is given at once, and with it what its buffers grow by.
const PIECE_BYTES: usize = 4 << 10;

/// A row as it stands in the file.
#[derive(Debug)]
pub(crate) struct Record {
    pub line: u64,
    pub next: Position,
    pub cells: Result<Cells, &'static str>,
}

/// The text of a row's cells, one after the other, and where each ends.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Cells {
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, &end)| self.text.get(start..end).unwrap_or_default())
    }
}

pub(crate) struct Records {
    csv: Reader,
    encoding: Encoding,
    offset: u64,
    lines: Lines,
    /// Where the open row is parsed into; longer than what it holds.
    scratch: Cells,
    open: Option<Open>,
}

/// The row that has begun.
#[derive(Default)]
struct Open {
    line: u64,
    bytes: usize,
    text_len: usize,
    ends_len: usize,
    broken: Option<&'static str>,
}

impl Records {
    pub fn new(header: &Header, from: Position) -> Self {
        Self {
            csv: parser(header.separator.byte()),
            encoding: header.encoding,
            offset: from.offset,
            lines: Lines::starting_at(from.line),
            scratch: Cells::default(),
            open: None,
        }
    }

    /// The rows that end within this text.
    pub fn push(&mut self, text: &[u8]) -> Vec<Record> {
        let mut records = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if self.open.is_none() {
                rest = self.begin(rest);
            }
            let (piece, _) = split(rest, PIECE_BYTES);
            let (taken, record) = self.parse(piece);
            records.extend(record);
            rest = split(rest, taken).1;
        }
        records
    }

    /// The row that the file ends with, if no line break ended it.
    pub fn finish(&mut self) -> Option<Record> {
        let mut open = self.open.take()?;
        // One line break more ends any row, unless it is within quotation marks.
        let (_, ended) = open.parse(&mut self.csv, &mut self.scratch, b"\n");
        if !ended {
            open.broken.get_or_insert("ends within quotation marks");
        }
        Some(open.end(&self.scratch, self.position()))
    }

    /// Line breaks between rows are passed here: the second half of CR LF, and empty lines.
    fn begin<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        let (breaks, rest) = split(text, leading_breaks(text));
        self.pass(breaks);
        if !rest.is_empty() {
            let line = self.lines.current;
            self.open = Some(Open {
                line,
                ..Open::default()
            });
        }
        rest
    }

    fn parse(&mut self, piece: &[u8]) -> (usize, Option<Record>) {
        let Some(open) = &mut self.open else {
            return (0, None);
        };
        let (taken, ended) = open.parse(&mut self.csv, &mut self.scratch, piece);
        let (passed, _) = split(piece, taken);
        // A row ends with the line break that the parser took last.
        let (content, line_break) = split(passed, taken.saturating_sub(usize::from(ended)));
        self.pass(content);
        let next = self.position();
        self.pass(line_break);
        let record = ended.then(|| self.open.take()).flatten();
        (taken, record.map(|open| open.end(&self.scratch, next)))
    }

    fn pass(&mut self, text: &[u8]) {
        self.offset += self.encoding.source_len(text);
        self.lines.pass(text);
    }

    const fn position(&self) -> Position {
        Position {
            offset: self.offset,
            line: self.lines.current,
        }
    }
}

impl Open {
    fn parse(&mut self, csv: &mut Reader, scratch: &mut Cells, piece: &[u8]) -> (usize, bool) {
        let text = room(&mut scratch.text, self.text_len, piece.len());
        let ends = room(&mut scratch.ends, self.ends_len, piece.len() + 1);
        let (result, taken, text_added, ends_added) = csv.read_record(piece, text, ends);
        self.bytes += taken;
        self.text_len += text_added;
        self.ends_len += ends_added;
        self.check();
        (taken, result == ReadRecordResult::Record)
    }

    /// A broken row is read to its end all the same, but not kept.
    fn check(&mut self) {
        if self.bytes > MAX_ROW_BYTES {
            self.broken = Some("is longer than 512 KiB; perhaps a quotation mark is never closed");
        } else if self.ends_len > MAX_COLUMNS {
            self.broken = Some("has more than 1,000 cells");
        }
        if self.broken.is_some() {
            (self.text_len, self.ends_len) = (0, 0);
        }
    }

    fn end(self, scratch: &Cells, next: Position) -> Record {
        let text = split(&scratch.text, self.text_len).0.to_vec();
        let ends = split(&scratch.ends, self.ends_len).0.to_vec();
        let cells = self.broken.map_or(Ok(Cells { text, ends }), Err);
        Record {
            line: self.line,
            next,
            cells,
        }
    }
}

/// The part of a buffer behind what is used, at least as long as asked for.
fn room<T: Default + Clone>(buffer: &mut Vec<T>, used: usize, more: usize) -> &mut [T] {
    if buffer.len() < used + more {
        buffer.resize(used + more, T::default());
    }
    buffer.get_mut(used..).unwrap_or_default()
}

/// Without its own way of dropping a byte order mark, which would depend on where reading began.
pub(crate) fn parser(separator: u8) -> Reader {
    let mut csv = ReaderBuilder::new().delimiter(separator).build();
    csv.read_record(b"\n", &mut [0], &mut [0]);
    csv
}
