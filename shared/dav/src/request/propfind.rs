use super::{RequestError, Selection, is_blank, read_root};
use crate::name::DAV;

/// The body of a PROPFIND (RFC 4918, section 9.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Propfind {
    pub selection: Selection,
}

impl Propfind {
    /// Reads a body of at most `max_bytes`. An empty one asks for all properties.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn read(body: &[u8], max_bytes: usize) -> Result<Self, RequestError> {
        let selection = if is_blank(body) {
            Selection::All {
                include: Vec::new(),
            }
        } else {
            Selection::required(&read_root(body, max_bytes, DAV, "propfind")?)?
        };
        Ok(Self { selection })
    }
}
