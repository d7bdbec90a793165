//! Cards in other versions.

use crate::corpus;
use vcard::{Card, Target, Version, convert, document};

fn text(card: &Card) -> String {
    String::from_utf8(card.to_bytes().into_owned()).unwrap()
}

fn converted(body: &str, version: &str, target: Target) -> Vec<String> {
    let card =
        format!("BEGIN:VCARD\r\nVERSION:{version}\r\nFN:x\r\nN:x;;;;\r\n{body}\r\nEND:VCARD\r\n");
    let card = convert(&Card::parse(card.as_bytes()).unwrap(), target);
    let text = text(&card).replace("\r\n ", "");
    text.lines()
        .skip(4)
        .filter(|line| *line != "END:VCARD")
        .map(str::to_owned)
        .collect()
}

#[test]
fn what_was_no_marker_becomes_none() {
    let text =
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN:x\r\nBEGIN:V\r\n CARD\r\nEnd:V\r\n CARD\r\nEND:VCARD\r\n";
    let card = Card::parse(text.as_bytes()).unwrap();
    for target in [Target::V3_0, Target::V4_0] {
        let converted = convert(&card, target);
        assert_eq!(Card::parse(&converted.to_bytes()).unwrap(), converted);
        assert_eq!(converted.first("X-BEGIN").unwrap().text(), "VCARD");
    }
}

#[test]
fn no_parameter_is_too_long_to_be_read() {
    let long = "x".repeat(100_000);
    let text = format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\nN:x;;;;\r\nLABEL;TYPE=work:{long}\r\nSORT-STRING:{long}\r\nEND:VCARD\r\n"
    );
    let converted = convert(&Card::parse(text.as_bytes()).unwrap(), Target::V4_0);
    assert_eq!(Card::parse(&converted.to_bytes()).unwrap(), converted);
    for name in ["X-LABEL", "X-SORT-STRING"] {
        assert_eq!(converted.first(name).unwrap().text(), long);
    }
}

#[test]
fn no_name_opens_a_quotation() {
    let text = "BEGIN:VCARD\r\nVERSION:2.1\r\nN:x\r\nODD\"?:a:b\r\nEND:VCARD\r\n";
    let card = Card::parse(text.as_bytes()).unwrap();
    for target in [Target::V3_0, Target::V4_0] {
        let converted = convert(&card, target);
        assert_eq!(Card::parse(&converted.to_bytes()).unwrap(), converted);
        assert_eq!(converted.first("X-ODD").unwrap().text(), "a:b");
    }
}

#[test]
fn every_card_is_valid_in_the_other_versions() {
    for (producer, bytes) in corpus::all() {
        let card = Card::parse(&bytes).unwrap();
        for target in [Target::V3_0, Target::V4_0] {
            let other = convert(&card, target);
            assert_eq!(other.version(), Version::from(target), "{producer}");
            assert_eq!(Card::parse(&other.to_bytes()).unwrap(), other, "{producer}");
            let count = |name: &str| other.properties().filter(|p| p.name() == name).count();
            assert_eq!(count("VERSION"), 1, "{producer}");
            assert!(
                count("FN") >= 1 && count("N") <= 1 && count("BDAY") <= 1,
                "{producer}"
            );
            let encoded = other
                .properties()
                .any(|p| p.parameter("CHARSET").count() > 0);
            assert!(!encoded, "{producer}");
            if card.version() == other.version() {
                assert_eq!(other, card, "{producer}");
            } else if target == Target::V3_0 {
                assert_eq!((count("N"), count("FN")), (1, 1), "{producer}");
            } else {
                assert!(
                    other
                        .properties()
                        .all(|p| p.parameter("ENCODING").count() == 0),
                    "{producer}"
                );
            }
        }
    }
}

/// The whole table of the documentation, there and back.
#[test]
fn the_table_there_and_back() {
    for (four, three) in [
        ("KIND:group", "X-ADDRESSBOOKSERVER-KIND:group"),
        ("MEMBER:urn:uuid:a", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:a"),
        ("KIND:org", "X-ABShowAs:COMPANY"),
        ("ANNIVERSARY:20010630", "X-ANNIVERSARY:2001-06-30"),
        (
            "ANNIVERSARY:--0630",
            "X-ANNIVERSARY;X-APPLE-OMIT-YEAR=1604:1604-06-30",
        ),
        ("GENDER:F", "X-GENDER:F"),
        (
            "RELATED;TYPE=friend:urn:uuid:a",
            "X-RELATED;TYPE=friend:urn:uuid:a",
        ),
        ("LANG;PREF=1:en", "X-LANG;TYPE=PREF:en"),
        ("BDAY:--1210", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-12-10"),
        ("BDAY:18151210", "BDAY:1815-12-10"),
        ("BDAY:1815", "X-BDAY:1815"),
        ("BDAY;VALUE=text:long ago", "X-BDAY;VALUE=text:long ago"),
        (
            "BDAY:19531015T231000Z",
            "BDAY;VALUE=date-time:1953-10-15T23:10:00Z",
        ),
        (
            "PHOTO:data:image/png;base64,AAEC",
            "PHOTO;TYPE=PNG;ENCODING=b:AAEC",
        ),
        (
            "PHOTO:https://example.com/a,b",
            "PHOTO;VALUE=uri:https://example.com/a,b",
        ),
        (
            "KEY:data:application/pgp-keys;base64,AAEC",
            "KEY;TYPE=PGP;ENCODING=b:AAEC",
        ),
        ("GEO:geo:37.4,-122.1", "GEO:37.4;-122.1"),
        ("TZ;VALUE=utc-offset:-0500", "TZ:-05:00"),
        ("TZ:Europe/Berlin", "TZ;VALUE=text:Europe/Berlin"),
        (
            "EMAIL;PREF=1:a@example.com",
            "EMAIL;TYPE=PREF,INTERNET:a@example.com",
        ),
        (
            "EMAIL;TYPE=work;PREF=2:a@example.com",
            "EMAIL;TYPE=work,INTERNET;X-PREF=2:a@example.com",
        ),
        ("TEL;TYPE=text:1", "TEL;TYPE=msg:1"),
        (
            "NOTE;ALTID=1;LANGUAGE=de:a\\, b",
            "NOTE;X-ALTID=1;LANGUAGE=de:a\\, b",
        ),
        ("X-NAME:x", "NAME:x"),
        ("item1.TEL:1", "item1.TEL:1"),
    ] {
        let there = converted(four, "4.0", Target::V3_0);
        if four != "X-NAME:x" && !four.contains("PREF=1") && !four.starts_with("EMAIL") {
            assert_eq!(there, [three], "{four}");
        }
        let back = converted(three, "3.0", Target::V4_0);
        assert_eq!(back, [four], "{three}");
    }
    assert_eq!(
        converted("KIND:individual", "4.0", Target::V3_0),
        Vec::<String>::new()
    );
    assert_eq!(
        converted("TEL;VALUE=uri:tel:+1-2", "4.0", Target::V3_0),
        ["TEL:+1-2"]
    );
    assert_eq!(converted("TZ:-05", "4.0", Target::V3_0), ["TZ:-05:00"]);
    assert_eq!(converted("FN:y", "4.0", Target::V3_0), ["X-FN:y"]);
    assert_eq!(
        converted("AGENT;VALUE=uri:urn:uuid:a", "3.0", Target::V4_0),
        ["RELATED;VALUE=uri;TYPE=agent:urn:uuid:a"]
    );
    assert_eq!(
        converted("PROFILE:VCARD", "3.0", Target::V4_0),
        Vec::<String>::new()
    );
    assert_eq!(
        converted("REV:1995-10-31T22:27:10Z", "3.0", Target::V4_0),
        ["REV:19951031T222710Z"]
    );
    assert_eq!(
        converted("UID:abc", "3.0", Target::V4_0),
        ["UID;VALUE=text:abc"]
    );
}

#[test]
fn labels_and_sorting_change_their_form() {
    let three = converted("ADR;TYPE=home;LABEL=\"a^nb\":;;s;c;;;", "4.0", Target::V3_0);
    assert_eq!(three, ["ADR;TYPE=home:;;s;c;;;", "LABEL;TYPE=home:a\\nb"]);
    let four = converted(
        "ADR;TYPE=home:;;s;c;;;\r\nLABEL;TYPE=home:a\\nb\r\nLABEL;TYPE=work:w",
        "3.0",
        Target::V4_0,
    );
    assert_eq!(
        four,
        [
            "ADR;TYPE=home;LABEL=a^nb:;;s;c;;;",
            "ADR;TYPE=work;LABEL=w:;;;;;;"
        ]
    );
    let card = Card::parse(corpus::FOUR.as_bytes()).unwrap();
    let three = convert(&card, Target::V3_0);
    assert_eq!(
        three.first("SORT-STRING").unwrap().text(),
        "Perreault,Simon"
    );
    assert_eq!(three.first("X-FN").unwrap().text(), "Simone");
}

#[test]
fn old_cards_lose_their_encodings() {
    let card = convert(
        &Card::parse(corpus::ANDROID.replace('\n', "\r\n").as_bytes()).unwrap(),
        Target::V3_0,
    );
    let text = text(&card);
    assert!(text.contains("N:Иванов;Иван;;;\r\n"), "{text}");
    assert!(text.contains("NOTE:one\\ntwo\\; three\r\n"), "{text}");
    assert!(
        text.contains("TEL;TYPE=CELL,PREF:+7 495 123-45-67\r\n"),
        "{text}"
    );
    assert!(
        text.contains("X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Vanya;1"),
        "{text}"
    );
    assert!(text.contains("PHOTO;TYPE=JPEG;ENCODING=b:"), "{text}");
    let agent = convert(
        &Card::parse(corpus::AGENT.as_bytes()).unwrap(),
        Target::V3_0,
    );
    let inner = agent.first("AGENT").unwrap().text();
    let inner = Card::parse(inner.as_bytes()).unwrap();
    assert_eq!(
        (inner.version(), inner.first("FN").unwrap().text()),
        (Version::V3_0, "Small Helper".to_owned())
    );
}

#[test]
fn contacts_are_the_same_in_all_versions() {
    for (producer, bytes) in corpus::all() {
        let card = Card::parse(&bytes).unwrap();
        let mut before = document(&card).value;
        let mut there = document(&convert(&card, Target::V4_0)).value;
        let mut back = document(&convert(&convert(&card, Target::V4_0), Target::V3_0)).value;
        // A card without a formatted name gets one.
        for value in [&mut before, &mut there, &mut back] {
            if let Some(name) = value["name"].as_object_mut() {
                name.remove("display");
            }
        }
        assert_eq!(there, before, "{producer}");
        assert_eq!(back, before, "{producer}");
    }
}
