//! Which contact an entry is: the same one each time that the same file comes.

use crate::domain::contact::ID_PREFIX;
use ports::TypeId;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Builder;

/// What a file calls a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// By the id of a contact, as our own exports do.
    Id(String),
    /// By a card's `UID`.
    Uid(String),
    None,
}

impl Name {
    #[must_use]
    pub fn of_uid(uid: String) -> Self {
        match TypeId::parse(ID_PREFIX, &uid) {
            Ok(id) => Self::Id(id.into()),
            Err(_) => Self::Uid(uid),
        }
    }

    #[must_use]
    pub fn of_document(document: &Value) -> Self {
        let id = document.get("id").and_then(Value::as_str);
        let id = id.and_then(|id| TypeId::parse(ID_PREFIX, id).ok());
        id.map_or(Self::None, |id| Self::Id(id.into()))
    }
}

/// The id of an entry that the file or the phonebook calls by none: made of its `UID` in its book, else of all that it
/// says.
#[must_use]
pub fn id(name: &Name, book: &str, source: &[u8]) -> String {
    match name {
        Name::Id(id) => id.clone(),
        Name::Uid(uid) => made_of(&[b"uid", book.as_bytes(), uid.as_bytes()]),
        Name::None => made_of(&[b"entry", book.as_bytes(), source]),
    }
}

/// A UUID of our own making (RFC 9562, section 5.8) as a contact's id.
fn made_of(parts: &[&[u8]]) -> String {
    let uuid = Builder::from_custom_bytes(half_hash(parts)).into_uuid();
    TypeId::from_uuid(ID_PREFIX, uuid).into()
}

/// Tells whether an entry says the same as last time, and is to be read in the same way.
#[must_use]
pub fn digest(region: Option<&str>, source: &[u8]) -> String {
    let region = region.unwrap_or_default().as_bytes();
    format!("{:032x}", u128::from_be_bytes(half_hash(&[region, source])))
}

/// Half a hash of the parts, each behind its length, so that no two lists of parts run into one.
fn half_hash(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut half = [0; 16];
    half.iter_mut()
        .zip(hash.finalize())
        .for_each(|(target, byte)| *target = byte);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_the_same_and_nothing_else_is() {
        let uid = |text: &str| Name::of_uid(text.to_owned());
        let one = id(&uid("a"), "book_1", b"x");
        assert_eq!(one, id(&uid("a"), "book_1", b"y"));
        assert_ne!(one, id(&uid("a"), "book_2", b"x"));
        assert_ne!(one, id(&uid("b"), "book_1", b"x"));
        assert_ne!(id(&Name::None, "b", b"x"), id(&Name::None, "b", b"y"));
        assert!(TypeId::parse(ID_PREFIX, &one).is_ok());
        assert_eq!(
            id(&uid(&one), "book_2", b""),
            one,
            "an id of ours is taken as it is"
        );
        assert_ne!(digest(None, b"DEx"), digest(Some("DE"), b"x"));
    }
}
