//! Many cards from one file.

use crate::corpus;
use proptest::prelude::*;
use vcard::{Card, Fault, Item, Limits, Position, Reader, Unicode};

fn read_in(chunks: &[&[u8]], limits: Limits, from: Position) -> Vec<Item> {
    let mut reader = Reader::resume(limits, from);
    let mut items = Vec::new();
    for chunk in chunks {
        reader.feed(chunk);
        items.extend(std::iter::from_fn(|| reader.next_card()));
    }
    reader.finish();
    items.extend(std::iter::from_fn(|| reader.next_card()));
    items
}

fn read(bytes: &[u8]) -> Vec<Item> {
    read_in(&[bytes], Limits::default(), Position::default())
}

/// Line, beginning, end, and the card or what is wrong.
type Told = (u64, u64, Position, Result<Vec<u8>, Fault>);

fn told(items: &[Item]) -> Vec<Told> {
    let told = |item: &Item| {
        let card = match &item.card {
            Ok(card) => Ok(card.to_bytes().into_owned()),
            Err(rejected) => Err(rejected.error.fault.clone()),
        };
        (item.line, item.start, item.end, card)
    };
    items.iter().map(told).collect()
}

#[test]
fn a_bad_card_does_not_stop_the_rest() {
    let file = b"\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nFN:1\r\nEND:VCARD\r\njunk\r\nmore junk\r\n\
        BEGIN:VCARD\r\nVERSION:9\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nFN:lost\r\n\
        BEGIN:VCARD\r\nVERSION:3.0\r\nFN:2\r\nEND:VCARD\r\nBEGIN:VCARD\r\nFN:cut off";
    let items = read(file);
    let errors: Vec<_> = items
        .iter()
        .map(|item| match &item.card {
            Ok(card) => card.first("FN").unwrap().text(),
            Err(rejected) => rejected.error.to_string(),
        })
        .collect();
    assert_eq!(
        errors,
        [
            "1",
            "line 6: text outside of any card",
            "line 9: VERSION:9 is not known; 2.1, 3.0 and 4.0 are",
            "line 11: the card has no END:VCARD",
            "2",
            "line 18: the card has no END:VCARD",
        ]
    );
    assert_eq!(
        items.iter().map(|item| item.line).collect::<Vec<_>>(),
        [2, 6, 8, 11, 14, 18]
    );
    for item in &items {
        let raw = item.raw();
        let start = usize::try_from(item.start).unwrap();
        assert!(raw.is_empty() || file[start..].starts_with(raw));
    }
    assert_eq!(items.last().unwrap().end.offset, file.len() as u64);
}

#[test]
fn too_large_cards_are_passed_over() {
    let limits = Limits {
        card_bytes: 100,
        ..Limits::default()
    };
    let long = format!(
        "BEGIN:VCARD\nVERSION:3.0\nNOTE:{}\nEND:VCARD\n",
        "x".repeat(5_000)
    );
    let many = format!(
        "BEGIN:VCARD\nVERSION:3.0\n{}END:VCARD\n",
        "A:1\n".repeat(100)
    );
    let good = "BEGIN:VCARD\nVERSION:3.0\nFN:x\nEND:VCARD\n";
    let file = format!("{long}{good}{many}{good}{}{good}", "j".repeat(1_000) + "\n");
    for size in [1, 7, 64, 10_000] {
        let chunks: Vec<_> = file.as_bytes().chunks(size).collect();
        let items = read_in(&chunks, limits, Position::default());
        let large = Fault::CardTooLarge { limit: 100 };
        let found: Vec<_> = items
            .iter()
            .map(|item| item.card.as_ref().err().map(|r| r.error.fault.clone()))
            .collect();
        assert_eq!(
            found,
            [
                Some(large.clone()),
                None,
                Some(large),
                None,
                Some(Fault::OutsideCard),
                None
            ],
            "{size}"
        );
    }
}

#[test]
fn a_file_ends_where_it_ends_even_within_a_character() {
    let card = "\u{FEFF}BEGIN:VCARD\nVERSION:3.0\nFN:x\nEND:VCARD\n😀";
    let file: Vec<u8> = card.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for missing in 0..4 {
        let file = &file[..file.len() - missing];
        let last = read(file).pop().unwrap();
        assert_eq!(last.end.offset, file.len() as u64);
    }
}

#[test]
fn a_file_in_utf_16_has_its_own_offsets() {
    let text = format!(
        "\u{FEFF}{0}{0}",
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jörg 😀\r\nEND:VCARD\r\n"
    );
    for little in [true, false] {
        let file: Vec<u8> = text
            .encode_utf16()
            .flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect();
        let chunks: Vec<_> = file.chunks(3).collect();
        let items = read_in(&chunks, Limits::default(), Position::default());
        assert_eq!(items.len(), 2);
        assert_eq!(
            items[0].card.as_ref().unwrap().first("FN").unwrap().text(),
            "Jörg 😀"
        );
        assert_eq!(
            (items[0].start, items[1].end.offset),
            (2, file.len() as u64)
        );
        assert_ne!(items[0].end.unicode, Unicode::Utf8);
        let offset = usize::try_from(items[0].end.offset).unwrap();
        let rest = read_in(&[&file[offset..]], Limits::default(), items[0].end);
        assert_eq!(told(&rest), told(&items[1..]));
    }
}

#[test]
fn positions_are_stored_as_json() {
    let position = Position {
        offset: 7,
        lines: 2,
        unicode: Unicode::Utf16Le,
    };
    let text = serde_json::to_string(&position).unwrap();
    assert_eq!(serde_json::from_str::<Position>(&text).unwrap(), position);
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let cards: Vec<Vec<u8>> = corpus::all()
        .into_iter()
        .map(|(_, card)| card)
        .filter(|card| !card.starts_with(b"\xFF"))
        .collect();
    let piece = prop_oneof![
        3 => proptest::sample::select(cards),
        1 => "(BEGIN:VCARD|END:VCARD|AGENT:|VERSION:2.1|FN:x|\r|\n|\r\n| |=|\u{e9}){0,12}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..20),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn chunks_change_nothing_and_offsets_add_up(file in any_file(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12), small in any::<bool>()) {
        let limits = Limits { card_bytes: if small { 120 } else { 1 << 20 }, ..Limits::default() };
        let whole = read_in(&[&file], limits, Position::default());
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(file.len() + 1)).collect();
        cuts.extend([0, file.len()]);
        cuts.sort_unstable();
        let chunks: Vec<_> = cuts.windows(2).map(|pair| &file[pair[0]..pair[1]]).collect();
        prop_assert_eq!(told(&read_in(&chunks, limits, Position::default())), told(&whole));

        let utf8 = whole.first().is_none_or(|item| item.end.unicode == Unicode::Utf8);
        let mut last = 0;
        for (index, item) in whole.iter().enumerate() {
            prop_assert!(last <= item.start && item.start < item.end.offset);
            last = item.end.offset;
            if utf8 {
                prop_assert!(file[usize::try_from(item.start).unwrap()..].starts_with(item.raw()));
                let rest = &file[usize::try_from(last).unwrap()..];
                prop_assert_eq!(told(&read_in(&[rest], limits, item.end)), told(&whole[index + 1..]));
            }
            if let Ok(card) = &item.card {
                prop_assert_eq!(&Card::parse(item.raw()).unwrap(), card);
            }
        }
    }
}
