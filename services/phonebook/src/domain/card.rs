//! Contacts as vCards, as address books exchange them.

mod picture;
mod properties;

pub use picture::{picture, with_portrait};
pub use properties::Properties;

use super::Contact;
use dav::{AddressDataRequest, CardVersion};
use ports::Timestamp;
use vcard::{Card, NotADocument, Photo, Target, Version};

/// The largest card that is taken. Together with the contact that is made of it, its history and its event it has to
/// fit into one commit.
pub const MAX_CARD_BYTES: usize = 512 << 10;
/// The same with the escapes that XML needs: it has to fit into one message of the bus.
pub const MAX_ESCAPED_BYTES: usize = 1 << 20;

/// The card of a contact that no address book has written yet. Made of one contact twice, it is the same.
pub fn made(contact: &Contact, target: Target) -> Result<Card, NotADocument> {
    let rev = basic(contact.card_time());
    vcard::create(&contact.fields.document(), target, contact.uid(), &rev)
}

/// The card as others see it: the kept one, else one that is made in this version; with the portrait, if there is one.
pub fn shown(
    contact: &Contact,
    kept: Option<Card>,
    portrait: Option<&Photo>,
    target: Target,
) -> Result<Card, NotADocument> {
    let card = kept.map_or_else(|| made(contact, target), Ok)?;
    Ok(with_portrait(card, portrait))
}

/// `20260102T030405Z`: the basic format of ISO 8601, as `REV` has it.
fn basic(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split('.').next().unwrap_or_default();
    let digits: String = seconds.chars().filter(|c| !"-:".contains(*c)).collect();
    digits + "Z"
}

/// A card as it is to stand in a body of XML, and its version.
#[must_use]
pub fn as_text(card: &Card, wanted: &AddressDataRequest) -> (CardVersion, String) {
    let target = wanted.version.and_then(target);
    let properties = wanted.properties.as_deref().unwrap_or_default();
    let properties: Vec<(&str, bool)> = properties
        .iter()
        .map(|one| (one.name.as_str(), one.no_value))
        .collect();
    let card = card.filtered(&properties, target);
    let in_utf8 = |card: &Card| String::from_utf8(card.to_bytes().into_owned()).ok();
    // Other encodings are left behind with the version that they were written in.
    let others = [Target::V3_0, Target::V4_0].into_iter();
    let mut forms = std::iter::once(card.clone()).chain(others.map(|to| vcard::convert(&card, to)));
    let found = forms.find_map(|card| Some((version(card.version()), in_utf8(&card)?)));
    found.unwrap_or_else(|| {
        let text = String::from_utf8_lossy(&card.to_bytes()).into_owned();
        (version(card.version()), text)
    })
}

/// The version to convert to; 2.1 is only read.
#[must_use]
pub const fn target(version: CardVersion) -> Option<Target> {
    match version {
        CardVersion::V21 => None,
        CardVersion::V30 => Some(Target::V3_0),
        CardVersion::V40 => Some(Target::V4_0),
    }
}

const fn version(version: Version) -> CardVersion {
    match version {
        Version::V2_1 => CardVersion::V21,
        Version::V3_0 => CardVersion::V30,
        Version::V4_0 => CardVersion::V40,
    }
}

/// What a GET's `Accept` asks for beyond what is stored: nothing, unless it names versions and not the stored one.
#[must_use]
pub fn accepted(accept: &str, stored: Version) -> Option<Target> {
    let versions: Vec<Option<&str>> = accept.split(',').map(version_in).collect();
    let stored = stored.as_str();
    if versions
        .iter()
        .any(|one| one.is_none_or(|one| one == stored))
    {
        return None;
    }
    let known = versions
        .into_iter()
        .flatten()
        .filter_map(CardVersion::parse);
    known.filter_map(target).next()
}

/// The version that a media range names.
fn version_in(range: &str) -> Option<&str> {
    let mut parts = range.split(';').map(str::trim);
    let media = parts.next()?;
    if !media.eq_ignore_ascii_case(CardVersion::CONTENT_TYPE) {
        return None;
    }
    parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let is_version = name.trim().eq_ignore_ascii_case("version");
        is_version.then(|| value.trim().trim_matches('"'))
    })
}

/// Is the card small enough, as it is and in XML?
#[must_use]
pub fn fits(bytes: &[u8]) -> bool {
    let is_escaped =
        |byte: &&u8| b"&<>\"'".contains(byte) || (byte.is_ascii_control() && **byte != b'\n');
    let escapes = bytes.iter().filter(is_escaped).count();
    bytes.len() <= MAX_CARD_BYTES && bytes.len() + 5 * escapes <= MAX_ESCAPED_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Fields;
    use proptest::prelude::*;

    #[test]
    fn only_another_version_is_converted_to() {
        for (accept, target) in [
            ("text/vcard", None),
            ("*/*", None),
            ("text/vcard; version=3.0", None),
            ("text/vcard;version=\"4.0\"", Some(Target::V4_0)),
            ("TEXT/VCARD; Version=4.0; q=0.5", Some(Target::V4_0)),
            ("text/vcard;version=4.0, text/vcard;version=3.0", None),
            ("text/vcard;version=4.0, */*;q=0.1", None),
            ("text/vcard;version=2.1", None),
        ] {
            assert_eq!(accepted(accept, Version::V3_0), target, "{accept}");
        }
    }

    #[test]
    fn a_made_card_is_the_same_twice() {
        let fields = Fields {
            nickname: Some("Countess".into()),
            ..Fields::default()
        };
        let contact = Contact::new(fields, Timestamp::from_millis(1_700_000_000_123));
        let card = made(&contact, Target::V3_0).unwrap();
        let text = String::from_utf8(card.to_bytes().into_owned()).unwrap();
        assert!(text.contains(&format!("UID:{}\r\nREV:20231114T221320Z\r\n", contact.id)));
        assert!(text.contains("NICKNAME:Countess\r\n"));
        assert_eq!(made(&contact, Target::V3_0).unwrap(), card);
    }

    proptest! {
        #[test]
        fn any_accept_is_read(accept in "\\PC{0,60}|[a-z*/;=,.0-9\" ]{0,60}") {
            let _ = accepted(&accept, Version::V4_0);
        }
    }
}
