//! Cards that want too much. Each of these takes seconds or memory if anything is quadratic.

use std::time::{Duration, Instant};
use vcard::{Card, Fault, Limits, Photo, Position, Reader, Target};

fn within(body: &str) -> Result<Card, Fault> {
    let text = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\n{body}END:VCARD\r\n");
    let begun = Instant::now();
    let card = Card::parse(text.as_bytes());
    if let Ok(card) = &card {
        let before = vcard::document(card).value;
        let mut after = before.clone();
        after["nickname"] = "n".into();
        vcard::apply(card, &before, &after).unwrap();
        let newer = vcard::convert(card, Target::V4_0);
        let _ = vcard::convert(&newer, Target::V3_0);
    }
    // Generous: unoptimised, on a busy machine.
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "took {:?}",
        begun.elapsed()
    );
    card.map_err(|error| error.fault)
}

#[test]
fn a_photo_of_a_megabyte() {
    let line = format!("PHOTO;ENCODING=b;TYPE=JPEG:{}\r\n", "/9j/".repeat(200_000));
    let mut card = within(&line).unwrap();
    assert!(matches!(card.photo(), Some(Photo::Inline { bytes, .. }) if bytes.len() == 600_000));
    let folded = format!("PHOTO;ENCODING=b:{}\r\n", "/9j/\r\n ".repeat(100_000));
    assert!(within(&folded).is_ok());
    card.set_photo(None);
    assert!(card.to_bytes().len() < 100);
    assert!(matches!(
        within(&format!("NOTE:{}\r\n", "x".repeat(1 << 20))),
        Err(Fault::CardTooLarge { .. })
    ));
}

#[test]
fn parameters_without_end() {
    assert!(matches!(
        within(&format!("TEL{}:1\r\n", ";X=1".repeat(100_000))),
        Err(Fault::HeadTooLong { .. })
    ));
    assert!(within(&format!("TEL{}:1\r\n", ";".repeat(60_000))).is_ok());
    assert!(within(&format!("TEL;TYPE={}:1\r\n", ",".repeat(60_000))).is_ok());
    assert!(within(&format!("TEL;TYPE=\"{}\":1\r\n", ",".repeat(60_000))).is_ok());
}

#[test]
fn folds_without_end() {
    assert!(within(&format!("NOTE:{}\r\n", "\r\n x".repeat(200_000))).is_ok());
    assert!(matches!(
        within(&format!("NOTE{}:x\r\n", "\r\n ;".repeat(100_000))),
        Err(Fault::HeadTooLong { .. })
    ));
    assert!(
        within(&format!(
            "NOTE;QUOTED-PRINTABLE:{}\r\n",
            "x=\r\n".repeat(200_000)
        ))
        .is_ok()
    );
    assert!(within(&"\r\n".repeat(400_000)).is_ok());
    assert!(within(&format!("N:{}\r\n", ";".repeat(1_000_000))).is_ok());
    assert!(within(&format!("N:{}\r\n", ",".repeat(1_000_000))).is_ok());
    assert!(within(&format!("NOTE:{}\r\n", "\\".repeat(1_000_000))).is_ok());
}

#[test]
fn properties_without_end() {
    assert!(matches!(
        within(&"A:\r\n".repeat(200_000)),
        Err(Fault::TooManyLines { .. })
    ));
    assert!(within(&"TEL:1\r\n".repeat(9_000)).is_ok());
    assert!(within(&"x\r\n".repeat(9_000)).is_ok());
    assert!(within(&"LABEL;TYPE=home:a\r\n".repeat(3_000)).is_ok());
    let grouped: String = (0..4_000)
        .map(|n| format!("g.TEL:{n}\r\ng.X-ABLabel:a\r\n"))
        .collect();
    assert!(within(&grouped).is_ok());
}

#[test]
fn cards_in_cards_in_cards() {
    let bomb = "AGENT:\r\nBEGIN:VCARD\r\n".repeat(40_000);
    assert!(matches!(within(&bomb), Err(Fault::TooDeep { limit: 4 })));
    assert!(matches!(
        within(&"BEGIN:VCARD\r\n".repeat(1_000)),
        Err(Fault::NoEnd)
    ));
}

#[test]
fn streams_without_end() {
    let limits = Limits {
        card_bytes: 10_000,
        ..Limits::default()
    };
    for piece in [
        b"BEGIN:VCARD\r\n".as_slice(),
        b"AGENT:\r\nBEGIN:VCARD\r\n",
        b"x",
        b"\r",
        b"=\r\n ",
        b"FN:x\n",
    ] {
        let begun = Instant::now();
        let chunk = piece.repeat(1_000);
        let mut reader = Reader::resume(limits, Position::default());
        reader.feed(b"BEGIN:VCARD\r\n");
        let mut fed = 0;
        for _ in 0..300 {
            reader.feed(&chunk);
            fed += chunk.len();
            while reader.next_card().is_some() {}
        }
        reader.finish();
        let last = std::iter::from_fn(|| reader.next_card()).last();
        assert!(
            last.is_some_and(|item| item.card.is_err() && item.end.offset as usize == fed + 13)
        );
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn byte_by_byte_is_as_good() {
    let mut reader = Reader::new(Limits::default());
    reader.feed(b"BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE:");
    for _ in 0..200_000 {
        reader.feed(b"x");
        assert!(reader.next_card().is_none());
    }
    reader.feed(b"\r\nEND:VCARD\r\n");
    assert!(reader.next_card().unwrap().card.is_ok());
}
