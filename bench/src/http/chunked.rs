//! The chunked transfer coding: RFC 9112, section 7.1.

use super::{
    MAX_BODY, Malformed,
    head::{digits, find},
};

/// Longest line with a chunk's size and extensions, and longest trailer line.
const MAX_LINE: usize = 1024;
const MAX_TRAILERS: usize = 32;

/// The body and the number of bytes that it took; `None` while its end has not come yet.
pub fn decode(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, Malformed> {
    let mut rest = Rest { bytes, at: 0 };
    let mut body = Vec::new();
    loop {
        let Some(line) = rest.line()? else {
            return Ok(None);
        };
        let size = size(line)?;
        if size == 0 {
            let ended = rest.trailers()?;
            return Ok(ended.then_some((body, rest.at)));
        }
        if size > MAX_BODY - body.len() {
            return Err(Malformed::BodyTooLong);
        }
        let Some(chunk) = rest.chunk(size)? else {
            return Ok(None);
        };
        body.extend_from_slice(chunk);
    }
}

fn size(line: &[u8]) -> Result<usize, Malformed> {
    let text = std::str::from_utf8(line).map_err(|_| Malformed::Chunk)?;
    let number = text.split(';').next().unwrap_or_default().trim_end();
    digits(number, 16).ok_or(Malformed::Chunk)
}

/// What has not been read yet. Each step gives `None` when bytes are missing.
struct Rest<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Rest<'a> {
    fn line(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        let rest = &self.bytes[self.at..];
        let window = &rest[..rest.len().min(MAX_LINE)];
        match find(window, b"\r\n") {
            Some(end) => {
                self.at += end + 2;
                Ok(Some(&window[..end]))
            }
            None if rest.len() < MAX_LINE => Ok(None),
            None => Err(Malformed::Chunk),
        }
    }

    fn chunk(&mut self, size: usize) -> Result<Option<&'a [u8]>, Malformed> {
        let rest = &self.bytes[self.at..];
        let Some(end) = rest.get(size..size + 2) else {
            return Ok(None);
        };
        if end != b"\r\n" {
            return Err(Malformed::Chunk);
        }
        self.at += size + 2;
        Ok(Some(&rest[..size]))
    }

    /// Skips the trailer fields; `false` when their end has not come yet.
    fn trailers(&mut self) -> Result<bool, Malformed> {
        for _ in 0..MAX_TRAILERS {
            match self.line()? {
                None => return Ok(false),
                Some([]) => return Ok(true),
                Some(_) => {}
            }
        }
        Err(Malformed::Chunk)
    }
}
