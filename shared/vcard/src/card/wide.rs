//! Cards in UTF-16, as some desktop programs save them.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

/// Which half of a unit comes first. Only a byte order mark tells such a card from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wide {
    Little,
    Big,
}

impl Wide {
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xFE, ..] => Some(Self::Little),
            [0xFE, 0xFF, ..] => Some(Self::Big),
            _ => None,
        }
    }

    /// UTF-8 with its own byte order mark; `None` for what could not be turned back.
    pub fn decode(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let text = self
            .encoding()
            .decode_without_bom_handling_and_without_replacement(bytes)?;
        Some(text.into_owned().into_bytes())
    }

    pub fn encode(self, text: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(text);
        let units = text.encode_utf16();
        match self {
            Self::Little => units.flat_map(u16::to_le_bytes).collect(),
            Self::Big => units.flat_map(u16::to_be_bytes).collect(),
        }
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Little => UTF_16LE,
            Self::Big => UTF_16BE,
        }
    }
}
