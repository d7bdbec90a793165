use super::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS};
use thiserror::Error;

/// Why a body could not be read as XML, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {fault}")]
pub struct XmlError {
    /// Counted from 1.
    pub line: usize,
    pub fault: XmlFault,
}

/// What is wrong with the XML of a body.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum XmlFault {
    #[error("the body has more than {0} bytes")]
    TooLarge(usize),
    #[error("the body is in {0}; only UTF-8 is read")]
    Encoding(String),
    #[error("the body is not valid UTF-8")]
    NotUtf8,
    #[error("there is no element")]
    Empty,
    #[error("a document type is not accepted")]
    Doctype,
    #[error("&{0}; is not one of the five entities that need no declaration")]
    Entity(String),
    #[error("XML 1.0 has no character U+{0:04X}")]
    Character(u32),
    #[error("{0:?} is no name")]
    Name(String),
    #[error("there is text or a second element outside the outermost element")]
    Outside,
    #[error("{0} is never closed")]
    Unclosed(String),
    #[error("elements lie deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("there are more than {MAX_ELEMENTS} elements")]
    TooManyElements,
    #[error("{0} has more than {MAX_ATTRIBUTES} attributes")]
    TooManyAttributes(String),
    /// A name, namespace, text or attribute value is longer than `limit` bytes.
    #[error("{place} is longer than {limit} bytes")]
    TooLong { place: String, limit: usize },
    /// Anything else that XML or its namespaces forbid.
    #[error("{0}")]
    Syntax(String),
}

impl XmlFault {
    pub(crate) const fn at(self, line: usize) -> XmlError {
        XmlError { line, fault: self }
    }
}

impl From<quick_xml::Error> for XmlFault {
    fn from(error: quick_xml::Error) -> Self {
        match error {
            quick_xml::Error::Escape(quick_xml::escape::EscapeError::UnrecognizedEntity(
                _,
                name,
            )) => Self::Entity(excerpt(&name)),
            other => Self::Syntax(excerpt(&other.to_string())),
        }
    }
}

/// The beginning of a text from outside, short enough for a message.
pub(crate) fn excerpt(text: &str) -> String {
    const LENGTH: usize = 80;
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
