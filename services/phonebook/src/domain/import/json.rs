//! An array of JSON values, one after the other: the whole of it need never be held.

use super::Unreadable;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Bytes of one value: room for the largest contact with escapes.
const MAX_ELEMENT_BYTES: usize = 1 << 20;
const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// A place between two values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Bytes before it.
    pub offset: u64,
    /// Lines before it.
    pub lines: u64,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// Before the bracket.
    #[default]
    Before,
    Inside,
    /// Behind the bracket.
    Behind,
    /// Something else is behind the bracket, which was told.
    Over,
}

/// One value of the array, or what is wrong with it.
#[derive(Debug)]
pub struct Element {
    /// The line that it begins on, from 1.
    pub line: u64,
    pub next: Position,
    pub value: Result<Value, String>,
}

/// Finds the values by their brackets, commas and quotation marks, so that one which is no JSON ends with itself.
#[derive(Debug)]
pub struct Reader {
    at: Position,
    input: Vec<u8>,
    read: usize,
    open: Option<Open>,
    finished: bool,
}

/// A value that is being read.
#[derive(Debug, Default)]
struct Open {
    line: u64,
    text: Vec<u8>,
    depth: u64,
    in_string: bool,
    escaped: bool,
    too_large: bool,
}

impl Reader {
    /// The first byte to feed is the one at the place's offset.
    #[must_use]
    pub const fn resume(at: Position) -> Self {
        Self {
            at,
            input: Vec::new(),
            read: 0,
            open: None,
            finished: false,
        }
    }

    pub fn feed(&mut self, bytes: &[u8]) {
        self.input.drain(..self.read.min(self.input.len()));
        self.read = 0;
        self.input.extend_from_slice(bytes);
    }

    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// `None`: more bytes are needed, or there is nothing more.
    pub fn next(&mut self) -> Result<Option<Element>, Unreadable> {
        while let Some(&byte) = self.input.get(self.read) {
            let line = self.at.lines + 1;
            self.read += 1;
            self.at.offset += 1;
            self.at.lines += u64::from(byte == b'\n');
            if let Some(element) = self.take(byte, line)? {
                return Ok(Some(element));
            }
        }
        match self.finished {
            true => self.end(),
            false => Ok(None),
        }
    }

    fn take(&mut self, byte: u8, line: u64) -> Result<Option<Element>, Unreadable> {
        match self.at.stage {
            Stage::Before => self.begin(byte, line).map(|()| None),
            Stage::Inside => Ok(self.inside(byte, line)),
            Stage::Behind if !is_space(byte) => {
                self.at.stage = Stage::Over;
                let fault = format!("line {line}: there is more behind the end of the array");
                Ok(Some(self.element(line, Err(fault))))
            }
            Stage::Behind | Stage::Over => Ok(None),
        }
    }

    fn begin(&mut self, byte: u8, line: u64) -> Result<(), Unreadable> {
        let place = usize::try_from(self.at.offset - 1).unwrap_or(usize::MAX);
        match byte {
            b'[' => self.at.stage = Stage::Inside,
            _ if is_space(byte) || BYTE_ORDER_MARK.get(place) == Some(&byte) => {}
            _ => {
                let fault = format!("line {line}: the file must be a JSON array of contacts");
                return Err(Unreadable(fault));
            }
        }
        Ok(())
    }

    fn inside(&mut self, byte: u8, line: u64) -> Option<Element> {
        let Some(open) = &mut self.open else {
            match byte {
                b']' => self.at.stage = Stage::Behind,
                // A comma too many separates nothing.
                _ if is_space(byte) || byte == b',' => {}
                _ => {
                    let mut open = Open {
                        line,
                        ..Open::default()
                    };
                    open.push(byte);
                    self.open = Some(open);
                }
            }
            return None;
        };
        if !open.ends_with(byte) {
            open.push(byte);
            return None;
        }
        if byte == b']' {
            self.at.stage = Stage::Behind;
        }
        let open = self.open.take()?;
        let value = open.parse();
        Some(self.element(open.line, value))
    }

    /// What is wrong with the end of the file, once.
    fn end(&mut self) -> Result<Option<Element>, Unreadable> {
        let fault = match (self.at.stage, self.open.take()) {
            (Stage::Before, _) => {
                let fault = "the file is empty; it must be a JSON array of contacts";
                return Err(Unreadable(fault.to_owned()));
            }
            (_, Some(open)) => (open.line, "the file ends within this contact"),
            (Stage::Inside, None) => (self.at.lines + 1, "the file ends before the array does"),
            (Stage::Behind | Stage::Over, None) => return Ok(None),
        };
        self.at.stage = Stage::Over;
        let (line, fault) = fault;
        Ok(Some(
            self.element(line, Err(format!("line {line}: {fault}"))),
        ))
    }

    const fn element(&self, line: u64, value: Result<Value, String>) -> Element {
        Element {
            line,
            next: self.at,
            value,
        }
    }
}

impl Open {
    /// Is this byte behind the value?
    const fn ends_with(&self, byte: u8) -> bool {
        !self.in_string && self.depth == 0 && matches!(byte, b',' | b']')
    }

    fn push(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' => self.in_string = !self.in_string,
            b'{' | b'[' if !self.in_string => self.depth += 1,
            b'}' | b']' if !self.in_string => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.text.len() < MAX_ELEMENT_BYTES {
            self.text.push(byte);
        } else {
            self.too_large = true;
        }
    }

    fn parse(&self) -> Result<Value, String> {
        let line = self.line;
        if self.too_large {
            let most = MAX_ELEMENT_BYTES >> 10;
            return Err(format!(
                "line {line}: the contact is larger than {most} KiB"
            ));
        }
        serde_json::from_slice(&self.text).map_err(|error| {
            let line = line + (error.line() as u64).saturating_sub(1);
            format!("line {line}: this is not valid JSON")
        })
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
