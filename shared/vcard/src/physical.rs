//! Lines as they stand in the file, before any unfolding. They end with CR LF, LF or CR.

use memchr::memchr2;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Where a line's text ends and where the next line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Physical {
    pub start: usize,
    pub end: usize,
    pub next: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    Begin,
    End,
}

/// The line from `start`; `None` while its end is not there. Up to `scanned`, no line end was found before. What
/// comes last ends with the bytes only when these are `complete`: a CR may be half of a CR LF.
pub fn line_at(bytes: &[u8], start: usize, scanned: usize, complete: bool) -> Option<Physical> {
    let from = scanned.max(start);
    let found = memchr2(b'\r', b'\n', bytes.get(from..)?).map(|at| from + at);
    let line = |end, next| Some(Physical { start, end, next });
    match found {
        None if complete && start < bytes.len() => line(bytes.len(), bytes.len()),
        None => None,
        Some(end) if bytes.get(end) == Some(&b'\n') => line(end, end + 1),
        Some(end) => match bytes.get(end + 1) {
            Some(b'\n') => line(end, end + 2),
            Some(_) => line(end, end + 1),
            None => complete.then_some(Physical {
                start,
                end,
                next: end + 1,
            }),
        },
    }
}

/// All lines from `start`.
pub fn lines(bytes: &[u8], start: usize) -> impl Iterator<Item = Physical> + '_ {
    let mut next = start;
    std::iter::from_fn(move || {
        let line = line_at(bytes, next, next, true)?;
        next = line.next;
        Some(line)
    })
}

/// `bytes[start..end]`, and nothing where that does not exist.
pub fn cut(bytes: &[u8], start: usize, end: usize) -> &[u8] {
    bytes.get(start..end).unwrap_or_default()
}

/// A line that begins or ends a card. Files that were pasted together have byte order marks in their middle.
pub fn marker(text: &[u8]) -> Option<Marker> {
    let text = without_bom(text).trim_ascii_end();
    if text.eq_ignore_ascii_case(b"BEGIN:VCARD") {
        Some(Marker::Begin)
    } else if text.eq_ignore_ascii_case(b"END:VCARD") {
        Some(Marker::End)
    } else {
        None
    }
}

pub fn is_blank(text: &[u8]) -> bool {
    without_bom(text).trim_ascii().is_empty()
}

fn without_bom(text: &[u8]) -> &[u8] {
    text.strip_prefix(BOM).unwrap_or(text)
}

/// Whether a 2.1 card may follow as this property's value.
pub fn opens_agent(text: &[u8]) -> bool {
    let Some(head) = text.trim_ascii_end().strip_suffix(b":") else {
        return false;
    };
    let name = head.split(|byte| *byte == b';').next().unwrap_or_default();
    let name = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    name.eq_ignore_ascii_case(b"AGENT")
}

pub fn is_folded(text: &[u8]) -> bool {
    matches!(text.first(), Some(b' ' | b'\t'))
}

/// The text before a soft line break of quoted-printable (RFC 2045, section 6.7), if the line ends with one.
pub fn before_soft_break(text: &[u8]) -> Option<&[u8]> {
    text.trim_ascii_end().strip_suffix(b"=")
}

/// A line of nothing but base64, which some producers do not indent.
pub fn is_base64(text: &[u8]) -> bool {
    text.trim_ascii_end()
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}
