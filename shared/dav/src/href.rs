//! The paths that name resources in bodies.

use crate::xml::excerpt;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// The longest path that is read, in bytes, as it was sent and as it is written.
pub const MAX_HREF: usize = 2048;

/// Everything but what RFC 3986 calls unreserved, and the two that clients leave alone in file names.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@')
    .remove(b':');

/// The path of a resource as decoded segments: two that differ only in their percent-encoding are equal.
///
/// A path that ends in a slash names a collection. What was read by [`Href::parse`] has no segment that is empty, `.`,
/// `..`, or holds a slash or a control character, so a segment can be a key or a file name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Href {
    segments: Vec<String>,
    collection: bool,
}

/// Why a text is not the path of a resource here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadHref {
    #[error("is longer than {MAX_HREF} bytes")]
    TooLong,
    #[error("is neither an absolute path nor an http URL")]
    NotAbsolute,
    #[error("has a query or a fragment")]
    Query,
    #[error("has a percent sign without two hexadecimal digits, or bytes that are not UTF-8")]
    Encoding,
    #[error("has a segment that is empty, a dot, two dots, or has a slash or a control character")]
    Segment,
}

impl Href {
    /// The collection at `/`.
    #[must_use]
    pub const fn root() -> Self {
        Self {
            segments: Vec::new(),
            collection: true,
        }
    }

    /// The collection of this name in this one.
    #[must_use]
    pub fn collection(&self, name: impl Into<String>) -> Self {
        self.child(name.into(), true)
    }

    /// The resource of this name in this collection.
    #[must_use]
    pub fn member(&self, name: impl Into<String>) -> Self {
        self.child(name.into(), false)
    }

    fn child(&self, name: String, collection: bool) -> Self {
        let mut segments = self.segments.clone();
        segments.push(name);
        Self {
            segments,
            collection,
        }
    }

    /// Reads an absolute path, or the path of an absolute `http` or `https` URL, of whatever host.
    ///
    /// # Errors
    /// See [`BadHref`]: above all, a path can not lead out of the collection that it begins with.
    pub fn parse(text: &str) -> Result<Self, BadHref> {
        let text = text.trim();
        if text.len() > MAX_HREF {
            return Err(BadHref::TooLong);
        }
        let path = path_of(text).ok_or(BadHref::NotAbsolute)?;
        if path.contains(['?', '#']) {
            return Err(BadHref::Query);
        }
        let collection = path.ends_with('/');
        let inner = path.trim_start_matches('/');
        if path.len() - inner.len() > 1 {
            return Err(BadHref::Segment);
        }
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        let segments = if inner.is_empty() && path.len() == 1 {
            Vec::new()
        } else {
            inner.split('/').map(decode).collect::<Result<_, _>>()?
        };
        let href = Self {
            segments,
            collection,
        };
        // What was sent without its percent signs is longer in answers.
        match href.to_string().len() {
            0..=MAX_HREF => Ok(href),
            _ => Err(BadHref::TooLong),
        }
    }

    /// The decoded segments, outermost first.
    #[must_use]
    pub fn segments(&self) -> &[String] {
        &self.segments
    }

    /// The last segment; none for the root.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.segments.last().map(String::as_str)
    }

    /// Is it written with a slash at its end?
    #[must_use]
    pub const fn is_collection(&self) -> bool {
        self.collection
    }

    /// The name of the resource, when it lies directly in this collection; for the hrefs of a multiget.
    #[must_use]
    pub fn name_in(&self, collection: &Self) -> Option<&str> {
        let (name, parent) = self.segments.split_last()?;
        (parent == collection.segments).then_some(name)
    }
}

/// Absolute URLs lose their scheme and authority.
fn path_of(text: &str) -> Option<&str> {
    if text.starts_with('/') {
        return Some(text);
    }
    let (scheme, rest) = text.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    match rest.find(['/', '?', '#']) {
        Some(end) => rest.get(end..),
        None => Some("/"),
    }
}

fn decode(segment: &str) -> Result<String, BadHref> {
    if !escapes_are_whole(segment) {
        return Err(BadHref::Encoding);
    }
    let decoded = percent_decode_str(segment).decode_utf8();
    let decoded = decoded.map_err(|_| BadHref::Encoding)?.into_owned();
    let unsafe_char = |c: char| c == '/' || c.is_control();
    if matches!(decoded.as_str(), "" | "." | "..") || decoded.contains(unsafe_char) {
        return Err(BadHref::Segment);
    }
    Ok(decoded)
}

fn escapes_are_whole(segment: &str) -> bool {
    segment.split('%').skip(1).all(|after| {
        let mut digits = after.bytes();
        let mut digit = || digits.next().is_some_and(|b| b.is_ascii_hexdigit());
        digit() && digit()
    })
}

/// As it stands in a body: an absolute path, percent-encoded with upper-case digits.
impl fmt::Display for Href {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            write!(out, "/{}", utf8_percent_encode(segment, ENCODED))?;
        }
        if self.collection {
            out.write_str("/")?;
        }
        Ok(())
    }
}

impl FromStr for Href {
    type Err = BadHref;

    fn from_str(text: &str) -> Result<Self, BadHref> {
        Self::parse(text)
    }
}

/// An href that could not be read, for a message.
pub(crate) fn named(text: &str) -> String {
    excerpt(text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn href(text: &str) -> Href {
        Href::parse(text).expect(text)
    }

    #[test]
    fn percent_encoding_does_not_matter() {
        let written = href("/dav/b%C3%BCcher/J%2e%20Doe%40x.vcf");
        assert_eq!(written, href("/dav/b%c3%bccher/J. Doe@x.vcf"));
        assert_eq!(written, href("/d%61v/bücher/J. Doe@x.vcf"));
        assert_eq!(written.to_string(), "/dav/b%C3%BCcher/J.%20Doe@x.vcf");
        assert_eq!(written.name(), Some("J. Doe@x.vcf"));
    }

    #[test]
    fn what_is_read_can_be_written_and_read_again() {
        let raw = |count: usize| format!("/{}", "\"".repeat(count));
        assert!(Href::parse(&raw(600)).is_ok());
        assert_eq!(Href::parse(&raw(700)), Err(BadHref::TooLong));
    }

    #[test]
    fn urls_lose_their_host() {
        let url = href("HTTPS://user@example.org:8443/dav/a.vcf");
        assert_eq!(url, href(" /dav/a.vcf\n"));
        assert_eq!(href("http://example.org"), Href::root());
        assert_eq!(href("/"), Href::root());
        assert_eq!(Href::root().to_string(), "/");
    }

    #[test]
    fn a_slash_at_the_end_is_a_collection() {
        let book = Href::root().collection("dav").collection("book");
        assert_eq!(href("/dav/book/"), book);
        assert_ne!(href("/dav/book"), book);
        assert_eq!(href("/dav/book/a.vcf").name_in(&book), Some("a.vcf"));
        assert_eq!(href("/dav/other/a.vcf").name_in(&book), None);
        assert_eq!(href("/dav/book/a/b.vcf").name_in(&book), None);
        assert_eq!(Href::root().name_in(&book), None);
    }

    #[test]
    fn no_path_leads_elsewhere() {
        for path in [
            "/dav/../etc",
            "/dav/%2e%2E/etc",
            "/dav/./a",
            "/dav//a",
            "//host/a",
            "/dav/a%2Fb",
            "/dav/a%00",
            "/..",
            "//",
            "/a//",
        ] {
            assert_eq!(Href::parse(path), Err(BadHref::Segment), "{path}");
        }
        for path in ["", "a.vcf", "../a", "ftp://host/a", "mailto:a", "http:/a"] {
            assert_eq!(Href::parse(path), Err(BadHref::NotAbsolute), "{path}");
        }
        for path in ["/a%", "/a%2", "/a%zz", "/a%ff", "/%2%30"] {
            assert_eq!(Href::parse(path), Err(BadHref::Encoding), "{path}");
        }
        assert_eq!(Href::parse("/a?b"), Err(BadHref::Query));
        assert_eq!(Href::parse("http://host?b"), Err(BadHref::Query));
        assert_eq!(Href::parse(&"/a".repeat(2000)), Err(BadHref::TooLong));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = Href::parse(&text);
        }

        #[test]
        fn what_is_written_is_read_back(names in prop::collection::vec("[^/\\p{Cc}]{1,20}", 0..5), collection: bool) {
            prop_assume!(names.iter().all(|name| name != "." && name != ".."));
            let collection = collection || names.is_empty();
            let href = Href { segments: names, collection };
            prop_assert_eq!(Href::parse(&href.to_string()), Ok(href));
        }
    }
}
