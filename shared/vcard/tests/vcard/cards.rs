//! Whole cards: read, and given back as they were.

use crate::corpus;
use proptest::prelude::*;
use vcard::{Card, Fault, Kind, Limits, Photo, Target, Version};

fn fault(text: &str) -> (u64, Fault) {
    let error = Card::parse(text.as_bytes()).unwrap_err();
    (error.line, error.fault)
}

#[test]
fn every_producer_s_card_comes_back_byte_for_byte() {
    for (producer, bytes) in corpus::all() {
        let card = Card::parse(&bytes).unwrap_or_else(|error| panic!("{producer}: {error}"));
        assert_eq!(card.to_bytes().as_ref(), bytes, "{producer}");
    }
}

#[test]
fn what_is_no_card_is_named_with_its_line() {
    assert_eq!(fault(""), (1, Fault::NoBegin));
    assert_eq!(fault("FN:x\n"), (1, Fault::NoBegin));
    assert_eq!(fault("\nBEGIN:VCARD\nVERSION:3.0\n"), (2, Fault::NoEnd));
    assert_eq!(
        fault("BEGIN:VCARD\nFN:x\nEND:VCARD\n"),
        (1, Fault::NoVersion)
    );
    let five = "BEGIN:VCARD\nFN:x\nVERSION:5.0\nEND:VCARD\n";
    assert_eq!(fault(five), (3, Fault::UnknownVersion("5.0".into())));
    let more = "BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n\nFN:x\n";
    assert_eq!(fault(more), (5, Fault::AfterEnd));
    let twice = "BEGIN:VCARD\nVERSION:3.0\nBEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n";
    assert_eq!(fault(twice), (1, Fault::NoEnd));
    assert_eq!(
        Card::parse(b"\xFF\xFEB").unwrap_err().fault,
        Fault::Encoding
    );
}

#[test]
fn limits_hold() {
    let limits = Limits {
        card_bytes: 200,
        line_bytes: 60,
        head_bytes: 20,
        lines: 3,
        nesting: 1,
    };
    let judge = |body: &str| {
        let card = format!("BEGIN:VCARD\nVERSION:3.0\n{body}END:VCARD\n");
        Card::parse_within(card.as_bytes(), &limits).map_err(|error| error.to_string())
    };
    assert!(judge("FN:x\nN:x\n").is_ok());
    assert_eq!(
        judge("A:\nB:\nC:\n").unwrap_err(),
        "line 5: the card has more than 3 properties"
    );
    assert_eq!(
        judge(&format!("FN:{}\n", "x".repeat(60))).unwrap_err(),
        "line 3: FN is longer than 60 bytes"
    );
    assert_eq!(
        judge(&format!("FN:{}\n {}\n", "x".repeat(40), "y".repeat(40))).unwrap_err(),
        "line 4: FN is longer than 60 bytes"
    );
    assert_eq!(
        judge("TEL;TYPE=aaaaaaaaaaaaaa:1\n").unwrap_err(),
        "line 3: TEL has more than 20 bytes of parameters"
    );
    assert_eq!(
        judge(&"x".repeat(200)).unwrap_err(),
        "line 1: the card is larger than 200 bytes"
    );
    let agent = "AGENT:\nBEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nEND:VCARD\nEND:VCARD\n";
    assert_eq!(
        judge(agent).unwrap_err(),
        "line 6: cards are nested deeper than 1"
    );
}

#[test]
fn folding_quoting_and_spelling_do_not_matter() {
    let card = Card::parse(corpus::ODD).unwrap();
    assert_eq!(card.unreadable_lines().collect::<Vec<_>>(), [3, 6, 7, 9]);
    let names: Vec<_> = card.properties().map(|p| p.name().to_owned()).collect();
    assert_eq!(names, ["VERSION", "FN", "X-QUOTE", "XY", "TEL"]);
    let quote = card.first("X-QUOTE").unwrap();
    assert_eq!(quote.text(), "value");
    let phone = card.first("TEL").unwrap();
    assert_eq!(
        (phone.text().as_str(), phone.has_type("HOME")),
        ("12", true)
    );
}

#[test]
fn nested_cards_are_one_value() {
    let bytes = corpus::AGENT.replace('\n', "\r\n");
    let card = Card::parse(bytes.as_bytes()).unwrap();
    let agent = card.first("AGENT").unwrap();
    let inner = Card::parse(agent.raw_value()).unwrap();
    assert_eq!(inner.first("TEL").unwrap().text(), "123");
    assert_eq!(card.first("TEL").unwrap().text(), "456");
}

#[test]
fn groups_and_their_members() {
    let four = "BEGIN:VCARD\nVERSION:4.0\nKIND:group\nFN:All\nUID:urn:uuid:g\nMEMBER:urn:uuid:a\nMEMBER:mailto:b@example.com\nEND:VCARD\n";
    let four = Card::parse(four.as_bytes()).unwrap();
    assert_eq!(four.kind(), Kind::Group);
    assert_eq!(four.uid().as_deref(), Some("urn:uuid:g"));
    assert_eq!(
        four.members().collect::<Vec<_>>(),
        ["urn:uuid:a", "mailto:b@example.com"]
    );
    let three = vcard::convert(&four, Target::V3_0);
    assert_eq!(
        (three.kind(), three.version()),
        (Kind::Group, Version::V3_0)
    );
    assert!(three.members().eq(four.members()));
    assert!(three.first("X-ADDRESSBOOKSERVER-MEMBER").is_some());
}

#[test]
fn photos_are_read_set_and_removed() {
    for (producer, bytes) in corpus::all() {
        let mut card = Card::parse(&bytes).unwrap();
        let before = card.clone();
        for photo in [
            Photo::Inline {
                media_type: Some("image/png".into()),
                bytes: (0..=255).collect(),
            },
            Photo::Uri("https://example.com/a,b;c.png".into()),
        ] {
            card.set_photo(Some(&photo));
            assert_eq!(card.photo(), Some(photo.clone()), "{producer}");
            let again = Card::parse(&card.to_bytes()).unwrap();
            assert_eq!(again, card, "{producer}");
        }
        card.set_photo(None);
        assert_eq!(card.photo(), None);
        if before.photo().is_none() {
            assert_eq!(card, before, "{producer}");
        }
    }
    let ios = Card::parse(corpus::IOS.as_bytes()).unwrap();
    let Some(Photo::Inline { media_type, bytes }) = ios.photo() else {
        panic!("no photo");
    };
    assert_eq!(
        (media_type.as_deref(), &bytes[..3]),
        (Some("image/jpeg"), b"\xFF\xD8\xFF".as_slice())
    );
    let groupware = Card::parse(corpus::GROUPWARE.as_bytes()).unwrap();
    assert!(
        matches!(groupware.photo(), Some(Photo::Inline { media_type: Some(kind), .. }) if kind == "image/png")
    );
}

#[test]
fn parts_of_a_card() {
    let card = Card::parse(corpus::GROUPWARE.as_bytes()).unwrap();
    let part = card.filtered(&[("FN", false), ("email", true)], None);
    let text = String::from_utf8(part.to_bytes().into_owned()).unwrap();
    assert_eq!(
        text,
        "BEGIN:VCARD\nVERSION:4.0\nFN:Grace Hopper\nEMAIL;TYPE=home;PREF=2:\nEND:VCARD\n"
    );
    let older = card.filtered(&[("BDAY", false)], Some(Target::V3_0));
    let text = String::from_utf8(older.to_bytes().into_owned()).unwrap();
    assert_eq!(
        text,
        "BEGIN:VCARD\r\nVERSION:3.0\r\nBDAY:1906-12-09\r\nEND:VCARD\r\n"
    );
    assert_eq!(card.filtered(&[], None), card);
    let ios = Card::parse(corpus::IOS.as_bytes()).unwrap();
    let part = ios.filtered(&[("item2.TEL", false)], None);
    assert_eq!(part.properties().count(), 2);
}

proptest! {
    #[test]
    fn whatever_is_read_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(card) = Card::parse(&bytes) {
            prop_assert_eq!(card.to_bytes().into_owned(), bytes);
        }
    }

    #[test]
    fn lines_of_any_kind_come_back_and_are_looked_at(body in "([A-Za-z.;=\":,^\\\\ \t\r\n\u{e9}]|END|AGENT:\n|BEGIN:VCARD\n|END:VCARD\n|;ENCODING=QUOTED-PRINTABLE:|;BASE64:|=\r\n){0,60}", version in "(2.1|3.0|4.0)") {
        let text = format!("BEGIN:VCARD\r\nVERSION:{version}\r\n{body}\r\nEND:VCARD\r\n");
        if let Ok(card) = Card::parse(text.as_bytes()) {
            prop_assert_eq!(card.to_bytes().into_owned(), text.as_bytes());
            for property in card.properties() {
                let _ = (property.text(), property.components(), property.values(), property.bytes());
                let _ = property.types().count();
            }
            let _ = (card.uid(), card.kind(), card.members().count(), card.photo());
            let _ = vcard::document(&card);
            for target in [Target::V3_0, Target::V4_0] {
                let converted = vcard::convert(&card, target);
                prop_assert_eq!(&Card::parse(&converted.to_bytes()).unwrap(), &converted);
            }
        }
    }
}
