//! Backslash escapes in values (RFC 6350, section 3.4; RFC 2426, section 5).

use super::{has_text_escapes, with_line_feeds};
use crate::version::Version;

/// Text as a value, or as one component of a structured value. 2.1 keeps its line breaks for quoted-printable.
pub fn escape(text: &str, version: Version) -> String {
    let full = has_text_escapes(version);
    let text = with_line_feeds(text.to_owned());
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\\' | ';' => out.extend(['\\', c]),
            ',' if full => out.push_str("\\,"),
            '\n' if full => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out
}

/// A URI keeps its commas and semicolons; what would end the line does not get through.
pub fn escape_uri(text: &str, version: Version) -> String {
    let text = with_line_feeds(text.replace('\\', "\\\\"));
    if has_text_escapes(version) {
        text.replace('\n', "\\n")
    } else {
        text
    }
}

/// The text that was meant. A backslash before anything else is only a backslash: many producers do not escape it.
pub fn unescape(value: &str) -> String {
    if !value.contains('\\') {
        return with_line_feeds(value.to_owned());
    }
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = (c == '\\').then(|| chars.peek().copied()).flatten();
        match escaped {
            Some('n' | 'N') => out.push('\n'),
            Some(next @ ('\\' | ';' | ',' | ':')) => out.push(next),
            _ => {
                out.push(c);
                continue;
            }
        }
        chars.next();
    }
    with_line_feeds(out)
}

/// The parts between separators that no backslash precedes.
pub fn split(value: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let text = rest?;
        let at = find(text.as_bytes(), separator);
        rest = at.and_then(|at| text.get(at + separator.len_utf8()..));
        Some(at.map_or(text, |at| text.get(..at).unwrap_or_default()))
    })
}

/// As [`split`], for bytes that are not decoded yet.
pub fn split_bytes(value: &[u8], separator: char) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let at = find(bytes, separator);
        rest = at.and_then(|at| bytes.get(at + 1..));
        Some(at.map_or(bytes, |at| bytes.get(..at).unwrap_or_default()))
    })
}

fn find(value: &[u8], separator: char) -> Option<usize> {
    let mut escaped = false;
    value.iter().position(|byte| {
        let here = !escaped && char::from(*byte) == separator;
        escaped = !escaped && *byte == b'\\';
        here
    })
}

/// The text of a component that may be a list: its entries with a space between them.
pub fn joined_list(component: &str) -> String {
    let mut entries = split(component, ',');
    let first = entries.next().unwrap_or_default();
    let mut out = unescape(first);
    for entry in entries {
        let entry = unescape(entry);
        let entry = entry.trim();
        if !entry.is_empty() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
            out.push_str(entry);
        }
    }
    out
}
