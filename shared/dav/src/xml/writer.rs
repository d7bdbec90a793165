use super::is_xml_char;
use crate::{PropName, name};
use std::fmt::Write as _;

/// The declarations of every document's outermost element.
const NAMESPACES: &str = r#" xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns:CS="http://calendarserver.org/ns/""#;

/// Text that grows by whole, balanced elements.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: String,
}

impl Writer {
    /// The XML declaration and the outermost element's start tag.
    pub(crate) fn document(root: &str) -> Self {
        let mut writer = Self::default();
        writer.raw(r#"<?xml version="1.0" encoding="utf-8"?>"#);
        writer.raw("<");
        writer.raw(root);
        writer.raw(NAMESPACES);
        writer.raw(">");
        writer
    }

    /// The outermost element's end tag, and everything that was not taken yet.
    pub(crate) fn finish(mut self, root: &str) -> String {
        self.end(root);
        self.out
    }

    /// What was written since the last call.
    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    pub(crate) const fn len(&self) -> usize {
        self.out.len()
    }

    pub(crate) fn element(&mut self, tag: &str, inside: impl FnOnce(&mut Self)) {
        self.raw("<");
        self.raw(tag);
        self.raw(">");
        inside(self);
        self.end(tag);
    }

    pub(crate) fn empty(&mut self, tag: &str) {
        self.raw("<");
        self.raw(tag);
        self.raw("/>");
    }

    /// An element with these attributes and this text.
    pub(crate) fn leaf(&mut self, tag: &str, attributes: &[(&str, &str)], text: &str) {
        self.raw("<");
        self.raw(tag);
        for (name, value) in attributes {
            self.attribute(name, value);
        }
        if text.is_empty() {
            self.raw("/>");
            return;
        }
        self.raw(">");
        self.text(text);
        self.end(tag);
    }

    /// An element of any name; a namespace without a conventional prefix is declared on the spot.
    pub(crate) fn named(
        &mut self,
        name: &PropName,
        attributes: &[(&str, &str)],
        inside: impl FnOnce(&mut Self),
    ) {
        let tag = name.tag();
        self.raw("<");
        self.raw(&tag);
        if name.needs_declaration() {
            self.attribute(&format!("xmlns:{}", name::OTHER_PREFIX), name.namespace());
        }
        for (key, value) in attributes {
            self.attribute(key, value);
        }
        self.raw(">");
        let start = self.len();
        inside(self);
        if self.len() == start {
            self.out.pop();
            self.raw("/>");
        } else {
            self.end(&tag);
        }
    }

    /// Character data. What XML 1.0 cannot hold becomes U+FFFD. Carriage returns are written as references, because
    /// a reader turns bare ones into line feeds, and cards end their lines with both.
    pub(crate) fn text(&mut self, text: &str) {
        let plain = |b| matches!(b, b'\n' | b' '..=b'~') && !matches!(b, b'&' | b'<' | b'>');
        if text.bytes().all(plain) {
            self.raw(text);
            return;
        }
        for c in text.chars() {
            match c {
                '&' => self.raw("&amp;"),
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '\r' => self.raw("&#13;"),
                c if is_xml_char(c) => self.out.push(c),
                _ => self.out.push(char::REPLACEMENT_CHARACTER),
            }
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.raw(" ");
        self.raw(name);
        self.raw("=\"");
        for c in value.chars() {
            match c {
                '"' => self.raw("&quot;"),
                // A reader turns bare ones into spaces.
                '\t' | '\n' => {
                    let _ = write!(self.out, "&#{};", u32::from(c));
                }
                c => self.text(c.encode_utf8(&mut [0; 4])),
            }
        }
        self.raw("\"");
    }

    fn end(&mut self, tag: &str) {
        self.raw("</");
        self.raw(tag);
        self.raw(">");
    }

    fn raw(&mut self, text: &str) {
        self.out.push_str(text);
    }
}
