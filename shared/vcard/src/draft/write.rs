//! From drafts to lines.

use super::{Content, Draft};
use crate::{
    codec::{binary, caret, escape, fold, has_text_escapes, quoted},
    scan::Shape,
    version::Version,
};

/// The lines of one property, and what the next scan would find in them.
pub struct Written {
    pub bytes: Vec<u8>,
    pub colon: usize,
    pub shape: Shape,
}

impl Draft {
    pub(crate) fn write(&self, version: Version, line_end: &str) -> Written {
        let mut head = self.head(version);
        let value = self.value_text(version);
        let shape = self.shape(&value, head.len(), version);
        head.push_str(encoding_parameters(shape, &value, version));
        let mut bytes = Vec::with_capacity(head.len() + value.len() + 8);
        if shape == Shape::QuotedPrintable {
            bytes.extend_from_slice(head.as_bytes());
            bytes.push(b':');
            quoted::encode(&value, head.len() + 1, line_end, &mut bytes);
            bytes.extend_from_slice(line_end.as_bytes());
        } else {
            let line = format!("{head}:{value}");
            write_line(&line, shape, version, line_end, &mut bytes);
        }
        let colon = colon_in(&bytes);
        Written {
            bytes,
            colon,
            shape,
        }
    }

    fn head(&self, version: Version) -> String {
        let mut head = String::new();
        if let Some(group) = self.group.as_deref().filter(|group| !group.is_empty()) {
            head.push_str(group);
            head.push('.');
        }
        head.push_str(&self.name);
        for (name, values) in &self.parameters {
            if ["ENCODING", "CHARSET"].contains(&name.as_str()) {
                // These follow from the value.
            } else if version == Version::V2_1 {
                push_old_parameter(&mut head, name, values);
            } else {
                push_parameter(&mut head, name, values);
            }
        }
        head
    }

    fn value_text(&self, version: Version) -> String {
        let text = match &self.value {
            Content::Text(text) => escape::escape(text, version),
            Content::Components(parts) => {
                let parts: Vec<_> = parts
                    .iter()
                    .map(|part| escape::escape(part, version))
                    .collect();
                parts.join(";")
            }
            Content::Uri(uri) => escape::escape_uri(uri, version),
            Content::Escaped(text) => text.clone(),
            Content::Binary(bytes) => binary::encode(bytes),
        };
        if has_text_escapes(version) && text.contains(['\r', '\n']) {
            return text.replace("\r\n", "\\n").replace(['\r', '\n'], "\\n");
        }
        text
    }

    fn shape(&self, value: &str, head: usize, version: Version) -> Shape {
        if matches!(self.value, Content::Binary(_)) {
            return Shape::Base64;
        }
        let plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~'))
            && !value.starts_with(' ')
            && !value.ends_with(' ')
            && head + value.len() < fold::MAX_OCTETS;
        if version == Version::V2_1 && !plain {
            return Shape::QuotedPrintable;
        }
        Shape::Plain
    }
}

const fn encoding_parameters(shape: Shape, value: &str, version: Version) -> &'static str {
    match (shape, version) {
        (Shape::QuotedPrintable, _) if value.is_ascii() => ";ENCODING=QUOTED-PRINTABLE",
        (Shape::QuotedPrintable, _) => ";CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE",
        (Shape::Base64, Version::V2_1) => ";ENCODING=BASE64",
        (Shape::Base64, _) => ";ENCODING=b",
        _ => "",
    }
}

/// 2.1 folds nothing but base64, which a blank line ends.
fn write_line(line: &str, shape: Shape, version: Version, line_end: &str, out: &mut Vec<u8>) {
    match (version, shape) {
        (Version::V2_1, Shape::Base64) => {
            fold::fold(line, line_end, out);
            out.extend_from_slice(line_end.as_bytes());
        }
        (Version::V2_1, _) => {
            out.extend_from_slice(line.as_bytes());
            out.extend_from_slice(line_end.as_bytes());
        }
        _ => fold::fold(line, line_end, out),
    }
}

fn push_parameter(head: &mut String, name: &str, values: &[String]) {
    head.push(';');
    head.push_str(name);
    head.push('=');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            head.push(',');
        }
        let value = caret::encode(value);
        if value.contains([',', ';', ':']) || value.trim() != value {
            head.extend(["\"", &value, "\""]);
        } else {
            head.push_str(&value);
        }
    }
}

/// 2.1 has bare types, and nothing that could quote a value.
fn push_old_parameter(head: &mut String, name: &str, values: &[String]) {
    let fits = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | ';' | ':' | ',' | '=');
    for value in values {
        head.push(';');
        if !name.eq_ignore_ascii_case("TYPE") {
            head.push_str(name);
            head.push('=');
        }
        head.extend(value.chars().filter(fits));
    }
}

/// Where folding has moved the first colon outside of quotes.
fn colon_in(bytes: &[u8]) -> usize {
    let mut quoted = false;
    let colon = bytes.iter().position(|byte| {
        quoted ^= *byte == b'"';
        *byte == b':' && !quoted
    });
    colon.unwrap_or_default()
}
