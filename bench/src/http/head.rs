//! Heads of messages: RFC 9112, sections 2 to 6.

use super::{MAX_BODY, MAX_HEAD, Malformed, Side};

/// How the answers of servers begin that know no newer version.
const OLD: &str = "HTTP/1.0 ";

/// How the body's end is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    Empty,
    Length(usize),
    Chunked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Of an answer; a request has none.
    pub status: Option<u16>,
    /// The sender closes the connection after this message.
    pub close: bool,
    pub framing: Framing,
    /// Bytes of the head with the empty line behind it.
    pub length: usize,
}

/// `None` while the head's end has not come yet.
pub fn parse(bytes: &[u8], side: Side) -> Result<Option<Head>, Malformed> {
    let window = &bytes[..bytes.len().min(MAX_HEAD)];
    let Some(end) = find(window, b"\r\n\r\n") else {
        return if bytes.len() < MAX_HEAD {
            Ok(None)
        } else {
            Err(Malformed::HeadTooLong)
        };
    };
    let text = std::str::from_utf8(&window[..end]).map_err(|_| Malformed::HeadNotText)?;
    let mut lines = text.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let status = match side {
        Side::Request => request_line(first)?,
        Side::Response => Some(status_line(first)?),
    };
    let mut fields = Fields {
        // Before HTTP/1.1 a connection was for one request, and no answer here asks for more.
        close: first.starts_with(OLD),
        ..Fields::default()
    };
    for line in lines {
        fields.add(line)?;
    }
    Ok(Some(Head {
        status,
        close: fields.close,
        framing: fields.framing(status)?,
        length: end + 4,
    }))
}

fn request_line(line: &str) -> Result<Option<u16>, Malformed> {
    match line.split(' ').collect::<Vec<_>>()[..] {
        [method, path, "HTTP/1.1"] if !method.is_empty() && !path.is_empty() => Ok(None),
        _ => Err(Malformed::FirstLine),
    }
}

fn status_line(line: &str) -> Result<u16, Malformed> {
    let rest = ["HTTP/1.1 ", OLD]
        .iter()
        .find_map(|version| line.strip_prefix(version));
    let rest = rest.ok_or(Malformed::FirstLine)?;
    let code = rest.split(' ').next().unwrap_or_default();
    let status = digits(code, 10).ok_or(Malformed::FirstLine)?;
    match u16::try_from(status) {
        Ok(status @ 100..=599) if code.len() == 3 => Ok(status),
        _ => Err(Malformed::FirstLine),
    }
}

/// The header fields that say where a message ends.
#[derive(Default)]
struct Fields {
    length: Option<usize>,
    chunked: bool,
    close: bool,
}

impl Fields {
    fn add(&mut self, line: &str) -> Result<(), Malformed> {
        let (name, value) = line.split_once(':').ok_or(Malformed::Header)?;
        if name.is_empty() || name.contains([' ', '\t']) {
            return Err(Malformed::Header);
        }
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            let length = digits(value, 10).ok_or(Malformed::Length)?;
            if self.length.is_some_and(|before| before != length) {
                return Err(Malformed::Length);
            }
            self.length = Some(length);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            if self.chunked || !value.eq_ignore_ascii_case("chunked") {
                return Err(Malformed::Coding);
            }
            self.chunked = true;
        } else if name.eq_ignore_ascii_case("connection") {
            self.close |= value.eq_ignore_ascii_case("close");
        }
        Ok(())
    }

    fn framing(&self, status: Option<u16>) -> Result<Framing, Malformed> {
        if matches!(status, Some(100..=199 | 204 | 304)) {
            return Ok(Framing::Empty);
        }
        match (self.chunked, self.length) {
            // Two ways to tell the end are how requests are smuggled (RFC 9112, section 6.3).
            (true, Some(_)) => Err(Malformed::Length),
            (true, None) => Ok(Framing::Chunked),
            (false, Some(length)) if length > MAX_BODY => Err(Malformed::BodyTooLong),
            (false, Some(length)) => Ok(Framing::Length(length)),
            (false, None) if status.is_none() => Ok(Framing::Empty),
            (false, None) => Err(Malformed::Unframed),
        }
    }
}

/// The value of a head's field; the first one of this name.
#[must_use]
pub fn field<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    let lines = std::str::from_utf8(head).ok()?.split("\r\n").skip(1);
    lines
        .filter_map(|line| line.split_once(':'))
        .find(|(other, _)| other.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// Digits and nothing else: `parse` alone would also take a sign.
pub fn digits(text: &str, radix: u32) -> Option<usize> {
    let all = text.chars().all(|digit| digit.is_digit(radix));
    usize::from_str_radix(text, radix).ok().filter(|_| all)
}

pub fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|part| part == what)
}
