//! XML as WebDAV needs it: a small tree out of hostile bytes, and text that is well formed whatever it is given.

mod chars;
mod decode;
mod element;
mod error;
mod reader;
mod writer;

pub(crate) use chars::{is_name, is_xml_char};
pub(crate) use element::Element;
pub(crate) use error::excerpt;
pub use error::{XmlError, XmlFault};
pub(crate) use reader::parse;
pub(crate) use writer::Writer;

/// How deep elements may lie in each other. No request of the standards goes beyond eight.
pub const MAX_DEPTH: usize = 32;
/// How many elements a body may have. Clients fetch whole address books of many thousand cards with one multiget.
pub const MAX_ELEMENTS: usize = 50_000;
/// How many attributes an element may have, and how many of them may declare namespaces.
pub const MAX_ATTRIBUTES: usize = 32;
/// The longest name of an element or attribute, and the longest namespace, in bytes.
pub const MAX_NAME: usize = 256;
/// The longest text of one element, and the longest value of one attribute, in bytes.
pub const MAX_TEXT: usize = 16 * 1024;
