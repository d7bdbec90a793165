use crate::{Error, Result};
use std::fmt;
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A `TypeID`: a prefix that names the type, `_`, and a `UUIDv7` in 26 characters of Crockford's base 32.
///
/// Ids made by one process sort by the time of their making.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(String);

impl TypeId {
    #[must_use]
    pub fn new(prefix: &str) -> Self {
        Self::from_uuid(prefix, Uuid::now_v7())
    }

    #[must_use]
    pub fn from_uuid(prefix: &str, uuid: Uuid) -> Self {
        let value = uuid.as_u128();
        let mut text = String::with_capacity(prefix.len() + 27);
        text.push_str(prefix);
        text.push('_');
        for place in (0..26).rev() {
            text.push(char::from(ALPHABET[(value >> (place * 5)) as usize & 31]));
        }
        Self(text)
    }

    /// Accepts exactly what [`TypeId::new`] with that prefix could have made.
    pub fn parse(prefix: &str, text: &str) -> Result<Self> {
        let well_formed = text
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('_'))
            .is_some_and(|digits| {
                digits.len() == 26
                    && digits.bytes().all(|b| ALPHABET.contains(&b))
                    && digits.as_bytes()[0] <= b'7' // 26 digits hold 130 bits, a UUID has 128
            });
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::invalid(format!("not a {prefix}_ id")))
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TypeId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl From<TypeId> for String {
    fn from(id: TypeId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::TypeId;
    use proptest::prelude::*;
    use uuid::Uuid;

    #[test]
    fn the_specification_s_example() {
        let uuid: Uuid = "01890a5d-ac96-774b-bcce-b302099a8057"
            .parse()
            .expect("a uuid");
        assert_eq!(
            TypeId::from_uuid("prefix", uuid).as_str(),
            "prefix_01h455vb4pex5vsknk084sn02q"
        );
    }

    #[test]
    fn other_prefixes_letters_and_lengths_are_refused() {
        let id = TypeId::new("con").to_string();
        assert!(TypeId::parse("con", &id).is_ok());
        assert!(TypeId::parse("img", &id).is_err());
        assert!(TypeId::parse("con", &id.to_uppercase()).is_err());
        assert!(TypeId::parse("con", &id[..id.len() - 1]).is_err());
        assert!(TypeId::parse("con", "con_80000000000000000000000000").is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,40}") {
            let _ = TypeId::parse("con", &text);
        }
    }
}
