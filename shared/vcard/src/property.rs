//! One property as it can be looked at: names, parameters, and values decoded as far as asked for.

mod head;
pub(crate) mod unfold;

use head::Head;
pub use head::Parameter;

use crate::{
    card::Card,
    codec::{binary, charset, escape, quoted, with_line_feeds},
    physical::cut,
    scan::{Entry, Shape},
    version::Version,
};
use std::borrow::Cow;

/// A property of a [`Card`], without its folds.
#[derive(Debug, Clone)]
pub struct Property<'c> {
    position: usize,
    line: u64,
    version: Version,
    shape: Shape,
    head: Head<'c>,
    value: Cow<'c, [u8]>,
}

impl<'c> Property<'c> {
    /// `None` for a line that is no property.
    pub(crate) fn new(card: &'c Card, position: usize, entry: &Entry) -> Option<Self> {
        let bytes = card.text_bytes();
        let colon = entry.colon?;
        let head = Head::read(cut(bytes, entry.start, colon))?;
        let value = unfold::value(cut(bytes, colon + 1, entry.end), entry.shape);
        Some(Self {
            position,
            line: entry.line,
            version: card.version(),
            shape: entry.shape,
            head,
            value,
        })
    }

    /// Where to edit it: see [`Card::replace`].
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The card's line that it begins on, counted from 1.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }

    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.head.group.as_deref()
    }

    /// In upper case, without the group.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.head.name
    }

    /// As it was written.
    #[must_use]
    pub fn spelled_name(&self) -> &str {
        &self.head.spelled
    }

    #[must_use]
    pub fn parameters(&self) -> &[Parameter<'c>] {
        &self.head.parameters
    }

    /// All values of a parameter, whose name is given in upper case.
    pub fn parameter(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = move |parameter: &&Parameter<'_>| parameter.name == name;
        let all = self.head.parameters.iter().filter(named);
        all.flat_map(|parameter| parameter.values.iter().map(AsRef::as_ref))
    }

    /// The types, also those that share one pair of quotes as RFC 6350 itself writes them.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.parameter("TYPE")
            .flat_map(|value| value.split(','))
            .map(str::trim_ascii)
    }

    #[must_use]
    pub fn has_type(&self, wanted: &str) -> bool {
        self.types().any(|found| found.eq_ignore_ascii_case(wanted))
    }

    pub(crate) fn is_value(&self, kind: &str) -> bool {
        self.parameter("VALUE")
            .any(|value| value.eq_ignore_ascii_case(kind))
    }

    pub(crate) const fn version(&self) -> Version {
        self.version
    }

    pub(crate) fn is_base64(&self) -> bool {
        self.shape == Shape::Base64
    }

    /// Unfolded, otherwise as it was written: encoded and escaped.
    #[must_use]
    pub fn raw_value(&self) -> &[u8] {
        &self.value
    }

    /// Without transfer encoding and character set, but with its escapes.
    #[must_use]
    pub fn escaped_text(&self) -> Cow<'_, str> {
        self.decode(&self.value)
    }

    /// The whole value as one text.
    #[must_use]
    pub fn text(&self) -> String {
        match self.shape {
            Shape::Nested => with_line_feeds(self.escaped_text().into_owned()),
            // Texts in base64 are rare, but there are some.
            Shape::Base64 => {
                let label = self.parameter("CHARSET").next();
                with_line_feeds(
                    charset::decode(&self.bytes().unwrap_or_default(), label).into_owned(),
                )
            }
            _ => escape::unescape(&self.escaped_text()),
        }
    }

    /// The components of a structured value such as `N`, each with its escapes.
    #[must_use]
    pub(crate) fn escaped_components(&self) -> Vec<String> {
        if self.shape != Shape::QuotedPrintable {
            let text = self.escaped_text();
            return escape::split(&text, ';').map(str::to_owned).collect();
        }
        // An encoded semicolon is no separator, so the parts are found first.
        let escaped = |part| escape::escape(&escape::unescape(&self.decode(part)), self.version);
        escape::split_bytes(&self.value, ';').map(escaped).collect()
    }

    /// The components of a structured value such as `N` or `ADR`, as texts.
    #[must_use]
    pub fn components(&self) -> Vec<String> {
        let escaped = self.escaped_components();
        escaped.iter().map(|part| escape::unescape(part)).collect()
    }

    /// The entries of a list such as `CATEGORIES`.
    #[must_use]
    pub fn values(&self) -> Vec<String> {
        let text = self.escaped_text();
        escape::split(&text, ',').map(escape::unescape).collect()
    }

    /// What `ENCODING=b` or a `data:` URI holds.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        if self.is_base64() {
            return binary::decode(&self.value);
        }
        binary::from_data_uri(&self.escaped_text()).map(|(_, bytes)| bytes)
    }

    fn decode<'v>(&self, value: &'v [u8]) -> Cow<'v, str> {
        let label = self.parameter("CHARSET").next();
        match self.shape {
            Shape::QuotedPrintable => {
                Cow::Owned(charset::decode(&quoted::decode(value), label).into_owned())
            }
            Shape::Plain | Shape::Base64 | Shape::Nested => charset::decode(value, label),
        }
    }
}
