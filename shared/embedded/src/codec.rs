//! The primitives that rows are made of: big-endian numbers and texts with their length in front.

use std::str;

/// A row that this code cannot have written.
#[derive(Debug, thiserror::Error)]
#[error("truncated or malformed bytes")]
pub(crate) struct Malformed;

/// Takes values off the front of a row, never beyond its end.
pub(crate) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) const fn new(row: &'a [u8]) -> Self {
        Self(row)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.bytes(N)?.try_into().map_err(|_| Malformed)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_be_bytes)
    }

    /// Bytes with their length in front.
    pub(crate) fn measured(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.array().map(u32::from_be_bytes)?;
        self.bytes(usize::try_from(length).map_err(|_| Malformed)?)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        str::from_utf8(self.measured()?).map_err(|_| Malformed)
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<&'a str>, Malformed> {
        match self.u8()? {
            0 => Ok(None),
            1 => self.text().map(Some),
            _ => Err(Malformed),
        }
    }

    /// Everything up to and including the next zero byte, without it.
    pub(crate) fn until_zero(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.0.iter().position(|&b| b == 0).ok_or(Malformed)?;
        let taken = self.bytes(length)?;
        self.bytes(1)?;
        Ok(taken)
    }

    pub(crate) const fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) const fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Malformed)
        }
    }
}

/// A number that is a whole row, such as a cursor.
pub(crate) fn number(row: &[u8]) -> Result<u64, Malformed> {
    let mut cursor = Cursor::new(row);
    let number = cursor.u64()?;
    cursor.end()?;
    Ok(number)
}

/// Bytes are bounded by the limits of a commit, far below what 32 bits can count.
pub(crate) fn push_measured(row: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    row.extend_from_slice(&length.to_be_bytes());
    row.extend_from_slice(&bytes[..length as usize]);
}

/// The same with bytes that are put together of parts.
pub(crate) fn push_measured_parts(row: &mut Vec<u8>, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    row.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    parts.iter().for_each(|part| row.extend_from_slice(part));
}

pub(crate) fn push_text(row: &mut Vec<u8>, text: &str) {
    push_measured(row, text.as_bytes());
}

pub(crate) fn push_optional_text(row: &mut Vec<u8>, text: Option<&str>) {
    row.push(u8::from(text.is_some()));
    if let Some(text) = text {
        push_text(row, text);
    }
}
