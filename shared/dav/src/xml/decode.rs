//! From bytes to characters.

use super::{XmlError, XmlFault, chars::is_xml_char};

/// What UTF-16 and UTF-32 begin with, with a byte order mark or with `<`.
const WIDE: [(&[u8], &str); 6] = [
    (&[0xFF, 0xFE, 0, 0], "UTF-32"),
    (&[0, 0], "UTF-32"),
    (&[0xFE, 0xFF], "UTF-16"),
    (&[0xFF, 0xFE], "UTF-16"),
    (&[0, b'<'], "UTF-16"),
    (&[b'<', 0], "UTF-16"),
];

/// The text of a body: UTF-8, with or without a byte order mark, and only characters that XML 1.0 has.
pub(super) fn decode(body: &[u8], max_bytes: usize) -> Result<&str, XmlError> {
    if body.len() > max_bytes {
        return Err(XmlFault::TooLarge(max_bytes).at(1));
    }
    if let Some((_, name)) = WIDE.iter().find(|(start, _)| body.starts_with(start)) {
        return Err(XmlFault::Encoding((*name).to_owned()).at(1));
    }
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let text = std::str::from_utf8(body)
        .map_err(|error| XmlFault::NotUtf8.at(line(body, error.valid_up_to())))?;
    match text.char_indices().find(|(_, c)| !is_xml_char(*c)) {
        Some((at, c)) => Err(XmlFault::Character(c.into()).at(line(body, at))),
        None => Ok(text),
    }
}

/// The line, from 1, of the byte at this offset.
pub(super) fn line(body: &[u8], offset: usize) -> usize {
    let before = body.get(..offset).unwrap_or(body);
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}
