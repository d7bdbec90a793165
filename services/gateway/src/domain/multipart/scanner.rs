//! Parts between boundaries (RFC 2046, section 5.1.1).

use super::{Fault, head::Head, parameters::Parametrised};
use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem::Finder;

const CRLF: &[u8] = b"\r\n";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";
/// Longest head of a part, in bytes.
const MAX_HEAD: usize = 8 << 10;
/// Longest preamble and longest epilogue, in bytes.
const MAX_SKIPPED: usize = 4 << 10;
/// Most blanks behind a boundary.
const MAX_PADDING: usize = 64;

/// What stands between the parts of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary(String);

impl Boundary {
    /// The one that a `Content-Type` names.
    pub fn of(content_type: &str) -> Result<Self, Fault> {
        let content_type = Parametrised::parse(content_type);
        let text = content_type.get("boundary").ok_or(Fault::Boundary)?;
        let fits = (1..=70).contains(&text.len())
            && !text.ends_with(' ')
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte));
        match fits {
            true => Ok(Self(text.to_owned())),
            false => Err(Fault::Boundary),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    Part(Head),
    Data(Bytes),
    EndOfPart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Preamble,
    /// Behind a boundary, in the same line.
    Delimiter,
    Head,
    /// Behind a head, before the part's first byte.
    Opening,
    Data,
    Epilogue,
}

/// Give it pieces with [`Scanner::push`]; after each one, take events until there is none.
pub struct Scanner {
    /// A line's end and the boundary behind it.
    delimiter: Finder<'static>,
    buffer: BytesMut,
    place: Place,
    skipped: usize,
}

impl Scanner {
    pub fn new(boundary: &Boundary) -> Self {
        let delimiter = format!("\r\n--{}", boundary.0);
        Self {
            delimiter: Finder::new(&delimiter).into_owned(),
            // So that a boundary at the very beginning is one like any other.
            buffer: CRLF.into(),
            place: Place::Preamble,
            skipped: 0,
        }
    }

    pub fn push(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// `None` until more has come.
    pub fn next(&mut self) -> Result<Option<Event>, Fault> {
        loop {
            let before = self.place;
            let event = match before {
                Place::Preamble => self.preamble()?,
                Place::Delimiter => self.delimiter()?,
                Place::Head => self.head()?,
                Place::Opening => self.opening(),
                Place::Data => self.data(),
                Place::Epilogue => self.epilogue()?,
            };
            if event.is_some() || self.place == before {
                return Ok(event);
            }
        }
    }

    /// Nothing more will come.
    pub fn finish(&self) -> Result<(), Fault> {
        match self.place {
            Place::Epilogue => Ok(()),
            _ => Err(Fault::Truncated),
        }
    }

    fn preamble(&mut self) -> Result<Option<Event>, Fault> {
        let found = self.delimiter.find(&self.buffer);
        let passed = found.unwrap_or_else(|| self.surely_passed());
        self.skip(passed)?;
        if found.is_some() {
            self.pass_delimiter();
        }
        Ok(None)
    }

    fn delimiter(&mut self) -> Result<Option<Event>, Fault> {
        let is_blank = |byte: &&u8| matches!(**byte, b' ' | b'\t');
        let padding = self.buffer.iter().take_while(is_blank).count();
        if padding > MAX_PADDING {
            return Err(Fault::Delimiter);
        }
        let Some(next) = self.buffer.get(padding..padding + 2) else {
            return Ok(None);
        };
        self.place = match next {
            CRLF => Place::Head,
            b"--" if padding == 0 => Place::Epilogue,
            _ => return Err(Fault::Delimiter),
        };
        // The line's end stays: it may be the first half of the empty line that ends a head without fields.
        let passed = if self.place == Place::Epilogue {
            2
        } else {
            padding
        };
        self.buffer.advance(passed);
        self.skipped = 0;
        Ok(None)
    }

    fn head(&mut self) -> Result<Option<Event>, Fault> {
        let found = memchr::memmem::find(&self.buffer, END_OF_HEAD);
        if found.unwrap_or(self.buffer.len()) > MAX_HEAD {
            return Err(Fault::HeadTooLong);
        }
        let Some(end) = found else { return Ok(None) };
        let head = Head::parse(&self.buffer.split_to(end))?;
        self.buffer.advance(CRLF.len());
        self.place = Place::Opening;
        Ok(Some(Event::Part(head)))
    }

    /// The end of a head's last line is the beginning of a boundary, too, when the part has no bytes.
    fn opening(&mut self) -> Option<Event> {
        if self.buffer.starts_with(self.delimiter.needle()) {
            self.pass_delimiter();
            return Some(Event::EndOfPart);
        }
        if !self.delimiter.needle().starts_with(&self.buffer) {
            self.buffer.advance(CRLF.len());
            self.place = Place::Data;
        }
        None
    }

    fn data(&mut self) -> Option<Event> {
        let found = self.delimiter.find(&self.buffer);
        if found == Some(0) {
            self.pass_delimiter();
            return Some(Event::EndOfPart);
        }
        let passed = found.unwrap_or_else(|| self.surely_passed());
        let data = self.buffer.split_to(passed).freeze();
        (!data.is_empty()).then_some(Event::Data(data))
    }

    fn epilogue(&mut self) -> Result<Option<Event>, Fault> {
        self.skip(self.buffer.len())?;
        Ok(None)
    }

    /// Of what is in the buffer, so much cannot be the beginning of a boundary.
    fn surely_passed(&self) -> usize {
        let kept = self.delimiter.needle().len() - 1;
        self.buffer.len().saturating_sub(kept)
    }

    fn pass_delimiter(&mut self) {
        self.buffer.advance(self.delimiter.needle().len());
        self.place = Place::Delimiter;
    }

    fn skip(&mut self, bytes: usize) -> Result<(), Fault> {
        self.buffer.advance(bytes);
        self.skipped += bytes;
        match self.skipped > MAX_SKIPPED {
            true => Err(Fault::Around),
            false => Ok(()),
        }
    }
}
