//! How the bytes of a file stand for characters.

mod utf16;

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use utf16::{Endian, Utf16};

/// Bytes by which the encoding is decided when there is no byte order mark.
const SAMPLE_BYTES: usize = 256 << 10;

/// What a file is written in. Spreadsheets write all of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Windows1252,
}

impl Encoding {
    /// The encoding and the length of the byte order mark; `None` while too little is known. `last` says that `start`
    /// is the whole file.
    pub(crate) fn of(start: &[u8], last: bool) -> Option<(Self, usize)> {
        match start {
            [0xFF, 0xFE, ..] => Some((Self::Utf16Le, 2)),
            [0xFE, 0xFF, ..] => Some((Self::Utf16Be, 2)),
            [0xEF, 0xBB, 0xBF, ..] => Some((Self::Utf8, 3)),
            _ if last || start.len() >= SAMPLE_BYTES => Some((Self::unmarked(start), 0)),
            _ => None,
        }
    }

    fn unmarked(start: &[u8]) -> Self {
        let sample = start.get(..SAMPLE_BYTES);
        match std::str::from_utf8(sample.unwrap_or(start)) {
            Ok(_) => Self::Utf8,
            // The sample may end within a character, a file may not.
            Err(error) if sample.is_some() && error.error_len().is_none() => Self::Utf8,
            Err(_) => Self::Windows1252,
        }
    }

    /// How many bytes of the file became this text, which [`Decoder`] gave.
    pub(crate) fn source_len(self, text: &[u8]) -> u64 {
        let of_char = |lead: u8| match (self, lead) {
            (Self::Utf8, _) => 1,
            (_, 0x80..=0xBF) => 0,
            (Self::Windows1252, _) | (_, utf16::HALF_A_UNIT) => 1,
            (_, 0xF0..) => 4,
            _ => 2,
        };
        match self {
            Self::Utf8 => text.len() as u64,
            _ => text.iter().copied().map(of_char).sum(),
        }
    }

    /// What is wrong with bytes that are no text.
    pub(crate) const fn complaint(self) -> &'static str {
        match self {
            Self::Utf8 | Self::Windows1252 => "holds bytes that are not UTF-8",
            Self::Utf16Le | Self::Utf16Be => "holds code units that are not UTF-16",
        }
    }
}

/// Turns a file's bytes into UTF-8, chunk by chunk. What is wrong in the source stays wrong in the text, so that whoever
/// reads it as UTF-8 finds it in its place.
#[derive(Debug)]
pub(crate) enum Decoder {
    Utf8,
    Windows1252,
    Utf16(Utf16),
}

impl Decoder {
    pub fn new(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Utf8 => Self::Utf8,
            Encoding::Windows1252 => Self::Windows1252,
            Encoding::Utf16Le => Self::Utf16(Utf16::new(Endian::Little)),
            Encoding::Utf16Be => Self::Utf16(Utf16::new(Endian::Big)),
        }
    }

    pub fn decode<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match self {
            Self::Utf8 => Cow::Borrowed(bytes),
            // Every byte has a meaning, so nothing can be lost.
            Self::Windows1252 => {
                match encoding_rs::WINDOWS_1252
                    .decode_without_bom_handling(bytes)
                    .0
                {
                    Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                    Cow::Owned(text) => Cow::Owned(text.into_bytes()),
                }
            }
            Self::Utf16(units) => Cow::Owned(units.decode(bytes)),
        }
    }

    /// What is left of a file that ends within a character.
    pub fn finish(&mut self) -> Vec<u8> {
        match self {
            Self::Utf16(units) => units.finish(),
            Self::Utf8 | Self::Windows1252 => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_decide_at_once_and_text_by_its_bytes() {
        assert_eq!(
            Encoding::of(b"\xFF\xFEa", false),
            Some((Encoding::Utf16Le, 2))
        );
        assert_eq!(
            Encoding::of(b"\xFE\xFF\0a", false),
            Some((Encoding::Utf16Be, 2))
        );
        assert_eq!(
            Encoding::of(b"\xEF\xBB\xBFa", false),
            Some((Encoding::Utf8, 3))
        );
        assert_eq!(Encoding::of("Zoë".as_bytes(), false), None);
        assert_eq!(
            Encoding::of("Zoë".as_bytes(), true),
            Some((Encoding::Utf8, 0))
        );
        assert_eq!(
            Encoding::of(b"Zo\xEB", true),
            Some((Encoding::Windows1252, 0))
        );
    }

    #[test]
    fn a_sample_may_end_within_a_character() {
        let mut sample = vec![b'a'; SAMPLE_BYTES - 1];
        sample.extend("ë and more".as_bytes());
        assert_eq!(Encoding::of(&sample, false), Some((Encoding::Utf8, 0)));
    }

    #[test]
    fn the_source_of_a_text_is_measured() {
        let text = "aë€😀".as_bytes();
        assert_eq!(Encoding::Utf8.source_len(text), 10);
        assert_eq!(Encoding::Utf16Le.source_len(text), 10);
        assert_eq!(Encoding::Windows1252.source_len("aë€".as_bytes()), 3);
    }
}
