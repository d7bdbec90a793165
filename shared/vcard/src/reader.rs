//! Many cards from a file or a stream, piece by piece.

mod source;

use crate::{
    card::Card,
    error::{Fault, ParseError},
    limits::Limits,
    physical::{self, Marker, Physical, cut},
};
use serde::{Deserialize, Serialize};
use source::Source;
pub use source::Unicode;

/// A place between two cards, from which a [`Reader`] can go on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Bytes of the file before it.
    pub offset: u64,
    /// Lines of the file before it.
    pub lines: u64,
    pub unicode: Unicode,
}

/// A card of the file, or what stands there instead of one.
#[derive(Debug)]
pub struct Item {
    /// The file's line that it begins on, counted from 1.
    pub line: u64,
    /// Where it begins.
    pub start: u64,
    /// Where the next one is to be looked for.
    pub end: Position,
    pub card: Result<Card, Rejected>,
}

/// What is no card, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// With the file's line.
    pub error: ParseError,
    /// Its bytes; none of a card that is too large, and of text between cards.
    pub raw: Vec<u8>,
}

/// Finds the cards in a file that is fed to it in pieces of any size. A bad card is told of and passed over: the next
/// `BEGIN:VCARD` always begins a new one. It holds what it was fed last and at most one card of
/// [`Limits::card_bytes`], so call [`Reader::next_card`] until there is none before feeding more.
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
    source: Source,
    buffer: Vec<u8>,
    /// In the buffer: where the next line begins, and up to where its end was looked for.
    line_start: usize,
    scanned: usize,
    /// The beginning of the line that is being read was thrown away, because no line may be that long.
    cut_short: bool,
    at: Position,
    state: State,
    finished: bool,
}

#[derive(Debug)]
enum State {
    Between,
    Junk(Begun),
    Inside(Inside),
}

#[derive(Debug, Clone, Copy)]
struct Begun {
    line: u64,
    start: u64,
}

#[derive(Debug, Clone, Copy)]
struct Inside {
    begun: Begun,
    /// In the buffer.
    from: usize,
    depth: u64,
    after_agent: bool,
    too_large: bool,
}

impl Reader {
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::resume(limits, Position::default())
    }

    /// Goes on where another reader stopped: the first byte fed is the one at `position.offset`.
    #[must_use]
    pub fn resume(limits: Limits, position: Position) -> Self {
        Self {
            limits,
            source: Source::new(position),
            buffer: Vec::new(),
            line_start: 0,
            scanned: 0,
            cut_short: false,
            at: position,
            state: State::Between,
            finished: false,
        }
    }

    /// The next bytes of the file.
    pub fn feed(&mut self, chunk: &[u8]) {
        self.forget();
        self.source.feed(chunk, false, &mut self.buffer);
        self.settle();
    }

    /// The file has ended: what is left is judged as it stands.
    pub fn finish(&mut self) {
        if !self.finished {
            self.source.feed(&[], true, &mut self.buffer);
            self.settle();
            self.finished = true;
        }
    }

    /// `None` when more bytes are needed, or after [`Reader::finish`] when there is nothing more.
    pub fn next_card(&mut self) -> Option<Item> {
        while let Some(line) = self.next_line() {
            if let Some(item) = self.take(line) {
                return Some(item);
            }
        }
        if self.finished {
            return self.end_of_file();
        }
        self.bound_line();
        None
    }

    /// The mark in front of UTF-16 counts, though it is no text.
    fn settle(&mut self) {
        self.at.unicode = self.source.unicode();
        self.at.offset += self.source.take_skipped();
    }

    /// Drops what no card needs any more.
    fn forget(&mut self) {
        let needed = match &self.state {
            State::Inside(inside) if !inside.too_large => inside.from,
            _ => self.line_start,
        };
        if needed > 0 {
            self.buffer.drain(..needed);
            self.line_start -= needed;
            self.scanned -= needed;
            if let State::Inside(inside) = &mut self.state {
                inside.from = inside.from.saturating_sub(needed);
            }
        }
    }

    fn next_line(&mut self) -> Option<Physical> {
        let line = physical::line_at(&self.buffer, self.line_start, self.scanned, self.finished);
        // A CR at the end is looked at again.
        let open = self.buffer.len() - usize::from(self.buffer.ends_with(b"\r"));
        self.scanned = line.map_or(open.max(self.line_start), |line| line.next);
        line
    }

    /// A line that is longer than a card may be is not kept until it ends.
    fn bound_line(&mut self) {
        let length = self.scanned - self.line_start;
        if length > self.limits.card_bytes {
            let dropped = cut(&self.buffer, self.line_start, self.scanned);
            self.at.offset = self.behind(dropped, self.scanned);
            self.line_start = self.scanned;
            self.cut_short = true;
            if let State::Inside(inside) = &mut self.state {
                inside.too_large = true;
            }
        }
    }

    fn take(&mut self, line: Physical) -> Option<Item> {
        let text = cut(&self.buffer, line.start, line.end);
        let overlong = self.cut_short || text.len() > self.limits.card_bytes;
        let marker = physical::marker(text).filter(|_| !overlong);
        let blank = physical::is_blank(text) && !overlong;
        let opens_agent = !overlong && physical::opens_agent(text);
        let begun = Begun {
            line: self.at.lines + 1,
            start: self.at.offset,
        };
        let before = self.at;
        self.pass(line);
        match (&mut self.state, marker) {
            (State::Inside(inside), Some(Marker::Begin)) if inside.after_agent => {
                inside.depth += 1;
                inside.after_agent = false;
                self.measure(line, overlong);
                None
            }
            (_, Some(Marker::Begin)) => self.begin(begun, before, line),
            (State::Inside(inside), Some(Marker::End)) if inside.depth > 0 => {
                inside.depth -= 1;
                inside.after_agent = false;
                self.measure(line, overlong);
                None
            }
            (State::Inside(_), Some(Marker::End)) => {
                self.measure(line, overlong);
                self.end(line.next)
            }
            (State::Inside(inside), None) => {
                inside.after_agent = opens_agent || (inside.after_agent && blank);
                self.measure(line, overlong);
                None
            }
            (State::Between, _) if !blank => {
                self.state = State::Junk(begun);
                None
            }
            (State::Between | State::Junk(_), _) => None,
        }
    }

    fn pass(&mut self, line: Physical) {
        let whole = cut(&self.buffer, line.start, line.next);
        self.at.offset = self.behind(whole, line.next);
        self.at.lines += 1;
        self.line_start = line.next;
        self.cut_short = false;
    }

    /// The place behind this text, which ends there in the buffer. At the end of a file in UTF-16, what is left of a
    /// character is text as if it were a whole one.
    fn behind(&self, text: &[u8], end: usize) -> u64 {
        if self.finished && end == self.buffer.len() {
            self.source.fed()
        } else {
            self.at.offset + self.at.unicode.bytes_of(text)
        }
    }

    fn measure(&mut self, line: Physical, overlong: bool) {
        if let State::Inside(inside) = &mut self.state {
            inside.too_large |= overlong || line.next - inside.from > self.limits.card_bytes;
            if inside.too_large {
                inside.from = line.next;
            }
        }
    }

    /// Whatever was open before ends here.
    fn begin(&mut self, begun: Begun, before: Position, line: Physical) -> Option<Item> {
        let inside = State::Inside(Inside {
            begun,
            from: line.start,
            depth: 0,
            after_agent: false,
            too_large: false,
        });
        let open = std::mem::replace(&mut self.state, inside);
        self.measure(line, false);
        self.broken(&open, before, line.start)
    }

    fn end(&mut self, next: usize) -> Option<Item> {
        let State::Inside(inside) = std::mem::replace(&mut self.state, State::Between) else {
            return None;
        };
        let Begun { line, start } = inside.begun;
        let raw = cut(&self.buffer, inside.from, next);
        let card = if inside.too_large {
            let limit = self.limits.card_bytes;
            Err(rejected(Fault::CardTooLarge { limit }.at(line), &[]))
        } else {
            Card::parse_within(raw, &self.limits).map_err(|mut error| {
                error.line += line - 1;
                rejected(error, raw)
            })
        };
        Some(Item {
            line,
            start,
            end: self.at,
            card,
        })
    }

    fn end_of_file(&mut self) -> Option<Item> {
        let open = std::mem::replace(&mut self.state, State::Between);
        self.broken(&open, self.at, self.buffer.len())
    }

    /// What has no proper end, up to a place in the file and in the buffer.
    fn broken(&self, open: &State, end: Position, until: usize) -> Option<Item> {
        let (begun, fault, raw) = match open {
            State::Between => return None,
            State::Junk(begun) => (begun, Fault::OutsideCard, [].as_slice()),
            State::Inside(inside) if inside.too_large => {
                let limit = self.limits.card_bytes;
                (&inside.begun, Fault::CardTooLarge { limit }, [].as_slice())
            }
            State::Inside(inside) => {
                let raw = cut(&self.buffer, inside.from, until);
                (&inside.begun, Fault::NoEnd, raw)
            }
        };
        Some(Item {
            line: begun.line,
            start: begun.start,
            end,
            card: Err(rejected(fault.at(begun.line), raw)),
        })
    }
}

impl Item {
    /// The card's bytes as they stand in the file; of a UTF-16 file, the same text in UTF-8.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        match &self.card {
            Ok(card) => card.text_bytes(),
            Err(rejected) => &rejected.raw,
        }
    }
}

fn rejected(error: ParseError, raw: &[u8]) -> Rejected {
    Rejected {
        error,
        raw: raw.to_vec(),
    }
}
