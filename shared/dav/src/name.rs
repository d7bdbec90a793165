//! Names of properties and of the elements around them.

pub mod prop;

use crate::xml::{is_name, is_xml_char};
use std::{borrow::Cow, fmt};
use thiserror::Error;

/// The namespace of WebDAV (RFC 4918).
pub const DAV: &str = "DAV:";
/// The namespace of CardDAV (RFC 6352).
pub const CARDDAV: &str = "urn:ietf:params:xml:ns:carddav";
/// The namespace of Apple's extensions, which every client knows.
pub const CALENDARSERVER: &str = "http://calendarserver.org/ns/";
/// The namespaces of XML itself, in which no vocabulary has elements.
const RESERVED: [&str; 2] = [
    "http://www.w3.org/XML/1998/namespace",
    "http://www.w3.org/2000/xmlns/",
];

/// Declared where it is used, for namespaces that are not ours.
pub(crate) const OTHER_PREFIX: &str = "N";

/// The name of a property: a namespace, which may be empty, and a local name. Comparing ignores prefixes, as XML does.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropName {
    namespace: Cow<'static, str>,
    local: Cow<'static, str>,
}

/// The text cannot be the name of an element.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("this can not be the name of an element")]
pub struct BadName;

impl PropName {
    /// A name that can be written as XML.
    ///
    /// # Errors
    /// The local name is no `NCName`, or the namespace has characters that XML has not or is one of XML's own.
    pub fn new(namespace: &str, local: &str) -> Result<Self, BadName> {
        if !is_name(local) || RESERVED.contains(&namespace) || !namespace.chars().all(is_xml_char) {
            return Err(BadName);
        }
        Ok(Self {
            namespace: shared(namespace),
            local: Cow::Owned(local.to_owned()),
        })
    }

    const fn known(namespace: &'static str, local: &'static str) -> Self {
        Self {
            namespace: Cow::Borrowed(namespace),
            local: Cow::Borrowed(local),
        }
    }

    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    #[must_use]
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.local == local && self.namespace == namespace
    }

    /// Is this one of those that `DAV:allprop` asks for (RFC 4918, section 9.1)? The later standards want theirs to be
    /// asked for by name.
    #[must_use]
    pub fn in_allprop(&self) -> bool {
        prop::ALLPROP.contains(self)
    }

    /// How the name is written, with the prefix of its namespace.
    pub(crate) fn tag(&self) -> String {
        match self.prefix() {
            Some("") => self.local.clone().into_owned(),
            Some(prefix) => format!("{prefix}:{}", self.local),
            None => format!("{OTHER_PREFIX}:{}", self.local),
        }
    }

    pub(crate) fn needs_declaration(&self) -> bool {
        self.prefix().is_none()
    }

    fn prefix(&self) -> Option<&'static str> {
        match self.namespace() {
            DAV => Some("D"),
            CARDDAV => Some("C"),
            CALENDARSERVER => Some("CS"),
            "" => Some(""),
            _ => None,
        }
    }
}

/// Bodies repeat few namespaces thousands of times.
fn shared(namespace: &str) -> Cow<'static, str> {
    match [DAV, CARDDAV, CALENDARSERVER, ""]
        .into_iter()
        .find(|known| *known == namespace)
    {
        Some(known) => Cow::Borrowed(known),
        None => Cow::Owned(namespace.to_owned()),
    }
}

/// `D:getetag` for the namespaces with a conventional prefix, `{namespace}local` for others.
impl fmt::Display for PropName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.needs_declaration() {
            write!(out, "{{{}}}{}", self.namespace, self.local)
        } else {
            out.write_str(&self.tag())
        }
    }
}

impl fmt::Debug for PropName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
