//! UTF-16 to UTF-8 over chunks that end anywhere.

/// Stands for a single byte at the end, half a code unit. It never occurs in UTF-8.
pub(super) const HALF_A_UNIT: u8 = 0xFF;

#[derive(Debug, Clone, Copy)]
pub(super) enum Endian {
    Little,
    Big,
}

#[derive(Debug)]
pub(crate) struct Utf16 {
    endian: Endian,
    half: Option<u8>,
    /// A high surrogate that waits for its partner.
    high: Option<u16>,
}

impl Utf16 {
    pub(super) const fn new(endian: Endian) -> Self {
        Self {
            endian,
            half: None,
            high: None,
        }
    }

    pub(super) fn decode(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::with_capacity(bytes.len() + 4);
        for &byte in bytes {
            match self.half.take() {
                None => self.half = Some(byte),
                Some(first) => self.unit(self.joined(first, byte), &mut text),
            }
        }
        text
    }

    pub(super) fn finish(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        self.flush(&mut text);
        text.extend(self.half.take().map(|_| HALF_A_UNIT));
        text
    }

    const fn joined(&self, first: u8, second: u8) -> u16 {
        match self.endian {
            Endian::Little => u16::from_le_bytes([first, second]),
            Endian::Big => u16::from_be_bytes([first, second]),
        }
    }

    fn unit(&mut self, unit: u16, text: &mut Vec<u8>) {
        if let (Some(high), 0xDC00..=0xDFFF) = (self.high, unit) {
            self.high = None;
            let pair = char::decode_utf16([high, unit]).flatten();
            return pair.for_each(|char| push(char, text));
        }
        self.flush(text);
        match (unit, char::from_u32(u32::from(unit))) {
            (_, Some(char)) => push(char, text),
            (0xD800..=0xDBFF, None) => self.high = Some(unit),
            (_, None) => push_surrogate(unit, text),
        }
    }

    fn flush(&mut self, text: &mut Vec<u8>) {
        if let Some(high) = self.high.take() {
            push_surrogate(high, text);
        }
    }
}

fn push(char: char, text: &mut Vec<u8>) {
    text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
}

/// A surrogate without its partner becomes the three bytes that it would have if UTF-8 allowed it, which it does not.
fn push_surrogate(unit: u16, text: &mut Vec<u8>) {
    let low = |shift: u16| 0x80 | (unit >> shift & 0x3F) as u8;
    text.extend([0xE0 | (unit >> 12) as u8, low(6), low(0)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_chunks(bytes: &[u8], size: usize) -> Vec<u8> {
        let mut decoder = Utf16::new(Endian::Little);
        let mut text: Vec<u8> = bytes
            .chunks(size)
            .flat_map(|chunk| decoder.decode(chunk))
            .collect();
        text.extend(decoder.finish());
        text
    }

    #[test]
    fn chunks_may_end_anywhere() {
        let bytes: Vec<u8> = "a😀é".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for size in 1..=bytes.len() {
            assert_eq!(in_chunks(&bytes, size), "a😀é".as_bytes(), "{size}");
        }
    }

    #[test]
    fn what_is_wrong_stays_wrong() {
        for bytes in [&b"\x00\xD8a\0"[..], b"\x00\xDC", b"\x00\xD8", b"a\0b"] {
            assert!(
                std::str::from_utf8(&in_chunks(bytes, 3)).is_err(),
                "{bytes:?}"
            );
        }
    }
}
