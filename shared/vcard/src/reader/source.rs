//! The file's bytes as UTF-8, whatever form of Unicode it is in.

use super::Position;
use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE};
use serde::{Deserialize, Serialize};

/// The form of Unicode that a file is in. Other character sets are said by each property for itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unicode {
    #[default]
    Utf8,
    Utf16Le,
    Utf16Be,
}

impl Unicode {
    /// How many bytes of the file this text was.
    pub fn bytes_of(self, text: &[u8]) -> u64 {
        if self == Self::Utf8 {
            return text.len() as u64;
        }
        // One unit for each character, two for those that take four bytes here.
        let units = text.iter().map(|byte| match byte {
            0x80..=0xBF => 0,
            0xF0..=0xFF => 2,
            _ => 1,
        });
        2 * units.sum::<u64>()
    }

    fn of(mark: [u8; 2]) -> Self {
        match mark {
            [0xFF, 0xFE] => Self::Utf16Le,
            [0xFE, 0xFF] => Self::Utf16Be,
            _ => Self::Utf8,
        }
    }

    fn decoder(self) -> Option<Decoder> {
        match self {
            Self::Utf8 => None,
            Self::Utf16Le => Some(UTF_16LE.new_decoder_without_bom_handling()),
            Self::Utf16Be => Some(UTF_16BE.new_decoder_without_bom_handling()),
        }
    }
}

pub struct Source {
    unicode: Unicode,
    decoder: Option<Decoder>,
    /// The first byte of the file, until the second one tells what they mean.
    first: Option<u8>,
    at_start: bool,
    skipped: u64,
    fed: u64,
}

impl Source {
    pub fn new(position: Position) -> Self {
        Self {
            unicode: position.unicode,
            decoder: position.unicode.decoder(),
            first: None,
            at_start: position.offset == 0,
            skipped: 0,
            fed: position.offset,
        }
    }

    pub const fn unicode(&self) -> Unicode {
        self.unicode
    }

    /// Bytes of the file up to the end of what was fed.
    pub const fn fed(&self) -> u64 {
        self.fed
    }

    /// Bytes of the file that were no text, since this was last asked.
    pub const fn take_skipped(&mut self) -> u64 {
        std::mem::replace(&mut self.skipped, 0)
    }

    pub fn feed(&mut self, chunk: &[u8], last: bool, out: &mut Vec<u8>) {
        self.fed += chunk.len() as u64;
        let rest = if self.at_start {
            self.start(chunk, last, out)
        } else {
            chunk
        };
        self.decode(rest, last, out);
    }

    /// Looks at the first two bytes and gives back what comes after those that are no text.
    fn start<'c>(&mut self, chunk: &'c [u8], last: bool, out: &mut Vec<u8>) -> &'c [u8] {
        let (first, rest) = match (self.first, chunk) {
            (Some(first), rest) => (first, rest),
            (None, [first, rest @ ..]) => (*first, rest),
            (None, []) => return chunk,
        };
        let Some((second, after)) = rest.split_first() else {
            self.first = (!last).then_some(first);
            out.extend(last.then_some(first));
            return rest;
        };
        self.at_start = false;
        self.unicode = Unicode::of([first, *second]);
        self.decoder = self.unicode.decoder();
        if self.decoder.is_some() {
            self.skipped = 2;
            return after;
        }
        out.push(first);
        rest
    }

    /// What is no valid UTF-16 becomes U+FFFD, which is as long there.
    fn decode(&mut self, chunk: &[u8], last: bool, out: &mut Vec<u8>) {
        let Some(decoder) = &mut self.decoder else {
            out.extend_from_slice(chunk);
            return;
        };
        let mut rest = chunk;
        let mut buffer = [0; 4096];
        loop {
            let (result, read, written, _) = decoder.decode_to_utf8(rest, &mut buffer, last);
            out.extend_from_slice(buffer.get(..written).unwrap_or_default());
            rest = rest.get(read..).unwrap_or_default();
            if result == CoderResult::InputEmpty {
                return;
            }
        }
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = out.debug_struct("Source");
        out.field("unicode", &self.unicode).finish_non_exhaustive()
    }
}
