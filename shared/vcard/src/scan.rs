//! Finds the properties of a card: one pass, nothing decoded.

use crate::{
    error::{Fault, ParseError},
    limits::Limits,
    physical::{self, Marker, Physical, cut},
};

/// Where one property stands, with all its folds and line ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub start: usize,
    /// The colon between parameters and value; without one the line is no property.
    pub colon: Option<usize>,
    pub end: usize,
    pub line: u64,
    pub shape: Shape,
}

impl Entry {
    /// Whether there is a name before the colon.
    pub fn is_property(&self, bytes: &[u8]) -> bool {
        let head = self.colon.map(|colon| cut(bytes, self.start, colon));
        head.is_some_and(|head| {
            let name = head.split(|byte| *byte == b';').next().unwrap_or_default();
            let name = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
            !name.trim_ascii().is_empty()
        })
    }
}

impl Entry {
    /// Whether this could be a property of that name: quick, and only wrong about names that are folded themselves.
    pub fn may_be(&self, bytes: &[u8], wanted: &str) -> bool {
        let head = cut(bytes, self.start, self.colon.unwrap_or(self.start));
        let end = memchr::memchr3(b';', b'\r', b'\n', head).unwrap_or(head.len());
        let name = cut(head, 0, end).trim_ascii_end();
        let folded = head.get(end).is_some_and(|byte| *byte != b';');
        let at = name.len().checked_sub(wanted.len());
        let tail = at.and_then(|at| name.get(at..)).unwrap_or_default();
        folded || tail.eq_ignore_ascii_case(wanted.as_bytes())
    }
}

/// How a value goes on over several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Plain,
    QuotedPrintable,
    Base64,
    /// A card in the card.
    Nested,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub entries: Vec<Entry>,
    /// Where the line `END:VCARD` begins.
    pub body_end: usize,
    pub line_end: &'static str,
}

/// Finds the properties of the one card that `bytes` hold.
pub fn scan(bytes: &[u8], limits: &Limits) -> Result<Layout, ParseError> {
    if bytes.len() > limits.card_bytes {
        let limit = limits.card_bytes;
        return Err(Fault::CardTooLarge { limit }.at(1));
    }
    let mut lines = (1..).zip(physical::lines(bytes, 0));
    let (first, begin) = lines
        .find(|(_, line)| !physical::is_blank(text(bytes, *line)))
        .filter(|(_, line)| physical::marker(text(bytes, *line)) == Some(Marker::Begin))
        .ok_or(Fault::NoBegin.at(1))?;
    let mut scanner = Scanner::new(bytes, limits);
    for (number, line) in lines.by_ref() {
        let marker = physical::marker(text(bytes, line));
        if marker == Some(Marker::End) && scanner.depth == 0 {
            scanner.close();
            return match lines.find(|(_, line)| !physical::is_blank(text(bytes, *line))) {
                Some((number, _)) => Err(Fault::AfterEnd.at(number)),
                None => Ok(Layout {
                    entries: scanner.entries,
                    body_end: line.start,
                    line_end: line_end(cut(bytes, begin.end, begin.next)),
                }),
            };
        }
        scanner
            .take(line, marker, number)
            .map_err(|fault| match fault {
                Fault::NoEnd => fault.at(first),
                fault => fault.at(number),
            })?;
    }
    Err(Fault::NoEnd.at(first))
}

fn text(bytes: &[u8], line: Physical) -> &[u8] {
    cut(bytes, line.start, line.end)
}

const fn line_end(found: &[u8]) -> &'static str {
    match found {
        b"\n" => "\n",
        b"\r" => "\r",
        _ => "\r\n",
    }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    limits: &'a Limits,
    entries: Vec<Entry>,
    depth: usize,
    after_agent: bool,
    /// Of the last entry: within quotes; a colon within quotes; a soft line break at its end; its base64 has ended.
    quoted: bool,
    quoted_colon: Option<usize>,
    soft: bool,
    ended: bool,
}

impl<'a> Scanner<'a> {
    const fn new(bytes: &'a [u8], limits: &'a Limits) -> Self {
        Self {
            bytes,
            limits,
            entries: Vec::new(),
            depth: 0,
            after_agent: false,
            quoted: false,
            quoted_colon: None,
            soft: false,
            ended: false,
        }
    }

    fn take(&mut self, line: Physical, marker: Option<Marker>, number: u64) -> Result<(), Fault> {
        let words = text(self.bytes, line);
        let blank = physical::is_blank(words);
        let was_nested = self.depth > 0;
        self.step(marker)?;
        self.after_agent = physical::opens_agent(words) || (self.after_agent && blank);
        if was_nested || self.depth > 0 {
            self.extend(line);
        } else if self.continues(words, blank) {
            self.absorb(line);
        } else if !blank && !physical::is_folded(words) {
            self.open(line, number)?;
        }
        self.check()
    }

    /// In and out of nested cards. Any other `BEGIN` tells that an `END` is missing.
    fn step(&mut self, marker: Option<Marker>) -> Result<(), Fault> {
        match marker {
            Some(Marker::Begin) if self.after_agent => {
                self.depth += 1;
                if self.depth > self.limits.nesting {
                    let limit = self.limits.nesting;
                    return Err(Fault::TooDeep { limit });
                }
            }
            Some(Marker::Begin) => return Err(Fault::NoEnd),
            Some(Marker::End) => self.depth = self.depth.saturating_sub(1),
            None => {}
        }
        Ok(())
    }

    /// A line of a nested card.
    fn extend(&mut self, line: Physical) {
        if let Some(last) = self.entries.last_mut() {
            last.shape = Shape::Nested;
            last.end = line.next;
        }
    }

    fn continues(&mut self, words: &[u8], blank: bool) -> bool {
        let Some(last) = self.entries.last() else {
            return false;
        };
        match last.shape {
            Shape::QuotedPrintable if self.soft => true,
            // A blank line ends unfolded base64 and goes with it.
            Shape::Base64 if !self.ended && blank => {
                self.ended = true;
                true
            }
            Shape::Base64 if !self.ended && physical::is_base64(words) => true,
            _ => physical::is_folded(words),
        }
    }

    fn open(&mut self, line: Physical, number: u64) -> Result<(), Fault> {
        self.close();
        if self.entries.len() >= self.limits.lines {
            let limit = self.limits.lines;
            return Err(Fault::TooManyLines { limit });
        }
        self.entries.push(Entry {
            start: line.start,
            colon: None,
            end: line.next,
            line: number,
            shape: Shape::Plain,
        });
        (self.quoted, self.quoted_colon, self.ended) = (false, None, false);
        self.absorb(line);
        Ok(())
    }

    /// One more line of the last entry.
    fn absorb(&mut self, line: Physical) {
        let words = text(self.bytes, line);
        let colon = match self.entries.last() {
            Some(last) if last.colon.is_none() => self.find_colon(words, line.start),
            _ => None,
        };
        let Some(last) = self.entries.last_mut() else {
            return;
        };
        last.end = line.next;
        if colon.is_some() {
            last.colon = colon;
            last.shape = shape(cut(self.bytes, last.start, colon.unwrap_or(last.start)));
        }
        self.soft =
            last.shape == Shape::QuotedPrintable && physical::before_soft_break(words).is_some();
    }

    fn find_colon(&mut self, words: &[u8], start: usize) -> Option<usize> {
        for (at, byte) in words.iter().enumerate() {
            match byte {
                b'"' => self.quoted = !self.quoted,
                b':' if !self.quoted => return Some(start + at),
                b':' => self.quoted_colon = self.quoted_colon.or(Some(start + at)),
                _ => {}
            }
        }
        None
    }

    /// Whoever leaves a quote open meant the first colon.
    fn close(&mut self) {
        if let Some(last) = self.entries.last_mut() {
            last.colon = last.colon.or(self.quoted_colon.take());
        }
    }

    fn check(&self) -> Result<(), Fault> {
        let Some(last) = self.entries.last() else {
            return Ok(());
        };
        let (head, line) = (self.limits.head_bytes, self.limits.line_bytes);
        if last.colon.unwrap_or(last.end) - last.start > head {
            let property = self.name_of(last);
            return Err(Fault::HeadTooLong {
                property,
                limit: head,
            });
        }
        if last.end - last.start > line {
            let property = self.name_of(last);
            return Err(Fault::LineTooLong {
                property,
                limit: line,
            });
        }
        Ok(())
    }

    /// The name, for messages: not longer than names are.
    fn name_of(&self, entry: &Entry) -> String {
        let head = cut(self.bytes, entry.start, entry.end);
        let name = head.split(|byte| b";:\r\n".contains(byte)).next();
        let name = name.unwrap_or_default();
        let short = name.get(..40).unwrap_or(name);
        String::from_utf8_lossy(short).to_ascii_uppercase()
    }
}

/// What the parameters say about the value's lines.
fn shape(head: &[u8]) -> Shape {
    let unfolded: Vec<u8>;
    let head = if memchr::memchr2(b'\r', b'\n', head).is_some() {
        unfolded = crate::property::unfold::plain(head);
        &unfolded
    } else {
        head
    };
    let mut parameters = head.split(|byte| *byte == b';').skip(1);
    parameters.find_map(encoding).unwrap_or(Shape::Plain)
}

fn encoding(parameter: &[u8]) -> Option<Shape> {
    let (name, value) = match parameter.iter().position(|byte| *byte == b'=') {
        Some(at) => (parameter.get(..at)?, parameter.get(at + 1..)?),
        None => (b"ENCODING".as_slice(), parameter),
    };
    let value = value.trim_ascii();
    if !name.trim_ascii().eq_ignore_ascii_case(b"ENCODING") {
        None
    } else if value.eq_ignore_ascii_case(b"QUOTED-PRINTABLE") {
        Some(Shape::QuotedPrintable)
    } else if value.eq_ignore_ascii_case(b"BASE64") || value.eq_ignore_ascii_case(b"B") {
        Some(Shape::Base64)
    } else {
        None
    }
}
