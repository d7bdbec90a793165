//! Who is in a group (RFC 6350, section 6.6.5; before 4.0 Apple's property).

use super::{Card, Edits, Piece};
use crate::{
    draft::{Content, Draft},
    property::Property,
    version::Version,
};

const STANDARD: &str = "MEMBER";
const APPLE: &str = "X-ADDRESSBOOKSERVER-MEMBER";

impl Card {
    /// The members of a group as the URIs that they were written as, most often `urn:uuid:` and a card's `UID`.
    pub fn members(&self) -> impl Iterator<Item = String> + '_ {
        self.member_properties()
            .map(|property| property.text().trim().to_owned())
            .filter(|member| !member.is_empty())
    }

    /// The card with the members that are kept, and with more of them behind these. No other line changes.
    #[must_use]
    pub fn with_members(&self, is_kept: impl Fn(&str) -> bool, more: &[String]) -> Self {
        let mut edits = Edits::default();
        let mut last = None;
        for property in self.member_properties() {
            if is_kept(property.text().trim()) {
                last = Some(property.position());
            } else {
                edits.remove(property.position());
            }
        }
        let name = self.member_name();
        let draft = |uri: &String| Piece::New(Draft::new(name, Content::Uri(uri.clone())));
        let pieces: Vec<Piece> = more.iter().map(draft).collect();
        match last {
            _ if pieces.is_empty() => {}
            Some(last) => edits.insert_after(last, pieces),
            None => edits.add_all(pieces),
        }
        self.edited(&edits)
    }

    fn member_properties(&self) -> impl Iterator<Item = Property<'_>> {
        self.properties()
            .filter(|property| matches!(property.name(), STANDARD | APPLE))
    }

    /// What the card calls a member already, or would.
    fn member_name(&self) -> &'static str {
        let said = self
            .member_properties()
            .next()
            .map(|one| one.name() == APPLE);
        let is_apple =
            || self.version() != Version::V4_0 || self.first("X-ADDRESSBOOKSERVER-KIND").is_some();
        if said.unwrap_or_else(is_apple) {
            APPLE
        } else {
            STANDARD
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Card;
    use proptest::prelude::*;

    fn group(version: &str, lines: &str) -> String {
        format!(
            "BEGIN:VCARD\r\nVERSION:{version}\r\nFN:Friends\r\n{lines}X-A:b\r\n c\r\nEND:VCARD\r\n"
        )
    }

    #[track_caller]
    fn check(version: &str, lines: &str, more: &[&str], expected: &str) {
        let card = Card::parse(group(version, lines).as_bytes()).unwrap();
        let more: Vec<String> = more.iter().map(ToString::to_string).collect();
        let edited = card.with_members(|uri| uri != "urn:uuid:gone", &more);
        let text = String::from_utf8(edited.to_bytes().into_owned()).unwrap();
        assert_eq!(text, group(version, expected));
    }

    #[test]
    fn only_lines_of_members_change() {
        let apple = |id: &str| format!("item1.X-AddressBookServer-Member:urn:uuid:{id}\r\n");
        check(
            "3.0",
            &(apple("a") + &apple("gone")),
            &["urn:uuid:b"],
            &(apple("a") + "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:b\r\n"),
        );
        check("4.0", "MEMBER:urn:uuid:gone\r\n", &[], "");
        let both = "MEMBER;PREF=1:mailto:a@example.com\r\n";
        check(
            "4.0",
            both,
            &["https://example.com/x"],
            &format!("{both}MEMBER:https://example.com/x\r\n"),
        );
    }

    #[test]
    fn the_first_member_is_called_as_the_card_s_kind_wants_it() {
        for (version, kind, name) in [
            ("3.0", "", "X-ADDRESSBOOKSERVER-MEMBER"),
            ("2.1", "", "X-ADDRESSBOOKSERVER-MEMBER"),
            ("4.0", "KIND:group\r\n", "MEMBER"),
            (
                "4.0",
                "X-ADDRESSBOOKSERVER-KIND:group\r\n",
                "X-ADDRESSBOOKSERVER-MEMBER",
            ),
        ] {
            let card = Card::parse(group(version, kind).as_bytes()).unwrap();
            let card = card.with_members(|_| true, &["urn:uuid:a".to_owned()]);
            let text = String::from_utf8(card.to_bytes().into_owned()).unwrap();
            assert!(
                text.ends_with(&format!("{name}:urn:uuid:a\r\nEND:VCARD\r\n")),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(more in proptest::collection::vec("\\PC{1,40}", 0..5), keeps: bool) {
            let card = Card::parse(group("4.0", "MEMBER:urn:uuid:a\r\n").as_bytes()).unwrap();
            let edited = card.with_members(|_| keeps, &more);
            let read = Card::parse(&edited.to_bytes()).unwrap();
            let kept = keeps.then(|| "urn:uuid:a".to_owned());
            let wanted = more.iter().map(|uri| uri.trim().to_owned()).filter(|uri| !uri.is_empty());
            prop_assert_eq!(read.members().collect::<Vec<_>>(), kept.into_iter().chain(wanted).collect::<Vec<_>>());
        }
    }
}
