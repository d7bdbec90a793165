//! Edits that touch only what is edited.

use crate::corpus;
use proptest::prelude::*;
use vcard::{Card, Content, Draft, Version};

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect()
}

#[test]
fn a_new_line_is_one_line_more() {
    for (producer, bytes) in corpus::all() {
        let mut card = Card::parse(&bytes).unwrap();
        let count = card.properties().count();
        card.add(Draft::text("X-NEW", "ünd; so, weiter\nund weiter"));
        let again = Card::parse(&card.to_bytes()).unwrap();
        assert_eq!(again, card, "{producer}");
        assert_eq!(card.properties().count(), count + 1, "{producer}");
        let added = card.properties().last().unwrap();
        assert_eq!(added.text(), "ünd; so, weiter\nund weiter", "{producer}");
        let position = added.position();
        card.remove(position);
        assert_eq!(card.to_bytes().as_ref(), bytes, "{producer}");
    }
}

#[test]
fn every_line_can_be_written_anew_alone() {
    for (producer, bytes) in corpus::all() {
        let card = Card::parse(&bytes).unwrap();
        let before: Vec<_> = card
            .properties()
            .map(|p| (p.position(), p.name().to_owned(), p.raw_value().to_vec()))
            .collect();
        for (position, name, _) in before.iter().filter(|(_, name, _)| name != "VERSION") {
            let mut edited = card.clone();
            edited.replace(*position, Draft::text(name, "new"));
            assert_eq!(
                Card::parse(&edited.to_bytes()).unwrap(),
                edited,
                "{producer} {name}"
            );
            for (property, (at, _, raw)) in edited.properties().zip(&before) {
                if at == position {
                    assert_eq!(property.text(), "new");
                } else {
                    assert_eq!(property.raw_value(), raw);
                }
            }
        }
    }
}

#[test]
fn long_lines_are_folded_between_characters() {
    let mut card = Card::parse(corpus::WEB.replace('\n', "\r\n").as_bytes()).unwrap();
    let text = "äöü€😀,;\\".repeat(40);
    card.add(Draft::text("NOTE", text.as_str()));
    let bytes = card.to_bytes().into_owned();
    for line in lines(&bytes) {
        assert!(
            line.len() <= 77 && line.ends_with(b"\r\n"),
            "75 octets and CR LF"
        );
        assert!(std::str::from_utf8(&line).is_ok());
    }
    assert_eq!(
        Card::parse(&bytes).unwrap().first("NOTE").unwrap().text(),
        text
    );
}

#[test]
fn nothing_breaks_out_of_its_line() {
    for (_, bytes) in corpus::all() {
        let mut card = Card::parse(&bytes).unwrap();
        let count = card.properties().count();
        let evil = "x\r\nEND:VCARD\r\nBEGIN:VCARD\rFN:evil";
        for value in [
            Content::Text(evil.into()),
            Content::Components(vec![evil.into(), evil.into()]),
            Content::Uri(evil.into()),
            Content::Escaped(evil.into()),
        ] {
            card.add(
                Draft::new("X-A\r\nB:C", value)
                    .with_group(Some("g\r\n:"))
                    .with_parameter("X\n;:P", evil),
            );
        }
        assert_eq!(card.properties().count(), count + 4);
        assert_eq!(Card::parse(&card.to_bytes()).unwrap(), card);
    }
}

#[test]
fn what_follows_an_open_end_is_not_swallowed() {
    let text = b"BEGIN:VCARD\r\nVERSION:2.1\r\nNOTE;QUOTED-PRINTABLE:open=\r\nEND:VCARD\r\n";
    let mut card = Card::parse(text).unwrap();
    card.add(Draft::text("TEL", "1"));
    assert_eq!(Card::parse(&card.to_bytes()).unwrap(), card);
    assert_eq!(card.first("TEL").unwrap().text(), "1");
    let text =
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nPHOTO;BASE64:AAAA\r\nNOTE:x\r\nBBBB\r\nEND:VCARD\r\n";
    let mut card = Card::parse(text).unwrap();
    let note = card.first("NOTE").unwrap().position();
    card.remove(note);
    assert_eq!(Card::parse(&card.to_bytes()).unwrap(), card);
    assert_eq!(card.first("PHOTO").unwrap().bytes().unwrap().len(), 3);
}

#[test]
fn what_was_apart_stays_as_it_was() {
    for body in [
        "LOGO;BASE64:AAAA\r\nBBBB\r\n\r\nCCCC\r\nTEL:1\r\n",
        "TITLE;QUOTED-PRINTABLE:a=\r\n\r\nTEL:1\r\n",
        "TEL:1\r\nTITLE;QUOTED-PRINTABLE:a=\r\n\r\n",
    ] {
        let text = format!("BEGIN:VCARD\r\nVERSION:2.1\r\n{body}END:VCARD\r\n");
        let mut card = Card::parse(text.as_bytes()).unwrap();
        card.add(Draft::text("NOTE", "x"));
        assert_eq!(Card::parse(&card.to_bytes()).unwrap(), card);
        let note = card.first("NOTE").unwrap().position();
        card.remove(note);
        assert_eq!(card.to_bytes().as_ref(), text.as_bytes());
    }
}

#[test]
fn a_blank_line_behind_a_new_picture_goes_with_it() {
    let text = b"BEGIN:VCARD\r\nVERSION:3.0\r\nPHOTO:none\r\n\r\n\r\nNOTE:x\r\nEND:VCARD\r\n";
    let mut card = Card::parse(text).unwrap();
    let photo = card.first("PHOTO").unwrap().position();
    card.replace(photo, Draft::new("PHOTO", Content::Binary(vec![1; 100])));
    assert_eq!(Card::parse(&card.to_bytes()).unwrap(), card);
}

#[test]
fn halves_of_a_line_end_become_one() {
    let text = b"BEGIN:VCARD\nVERSION:3.0\nFN:x\rNOTE:y\n\nEND:VCARD\n";
    let mut card = Card::parse(text).unwrap();
    let note = card.first("NOTE").unwrap().position();
    card.remove(note);
    assert_eq!(Card::parse(&card.to_bytes()).unwrap(), card);
}

fn any_text() -> impl Strategy<Value = String> {
    "([ -~\n\t\u{e4}\u{20ac}\u{1f600}]|=|\\\\|;|,|:){0,120}"
}

proptest! {
    #[test]
    fn what_is_written_is_read(text in any_text(), parts in proptest::collection::vec(any_text(), 1..5), parameter in "[ -~\n\u{e4}]{1,40}", version in 0..3usize) {
        let (version, _) = [("2.1", Version::V2_1), ("3.0", Version::V3_0), ("4.0", Version::V4_0)][version];
        let mut card = Card::parse(format!("BEGIN:VCARD\r\nVERSION:{version}\r\nEND:VCARD\r\n").as_bytes()).unwrap();
        card.add(Draft::text("X-TEXT", text.as_str()).with_parameter("X-P", parameter.as_str()));
        card.add(Draft::new("X-PARTS", Content::Components(parts.clone())));
        card.add(Draft::new("X-URI", Content::Uri(text.clone())));
        card.add(Draft::new("X-BYTES", Content::Binary(text.clone().into_bytes())));
        let read = Card::parse(&card.to_bytes()).unwrap();
        prop_assert_eq!(&read, &card);
        prop_assert_eq!(read.first("X-TEXT").unwrap().text(), text.as_str());
        prop_assert_eq!(read.first("X-PARTS").unwrap().components(), parts);
        prop_assert_eq!(read.first("X-URI").unwrap().text(), text.as_str());
        prop_assert_eq!(read.first("X-BYTES").unwrap().bytes().unwrap(), text.as_bytes());
        if version != "2.1" {
            let found: Vec<_> = read.first("X-TEXT").unwrap().parameter("X-P").map(str::to_owned).collect();
            prop_assert_eq!(found, [parameter]);
        }
    }
}
