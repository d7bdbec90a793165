//! Cards that somebody has broken.

use crate::corpus;
use mutate::{Campaign, Dice};
use vcard::{Card, Draft, Fault, Item, Limits, Photo, Position, Reader, Target};

const WORDS: &[&str] = &[
    "BEGIN:VCARD\r\n",
    "END:VCARD\r\n",
    "VERSION:2.1\r\n",
    "VERSION:4.0\r\n",
    "AGENT:\r\nBEGIN:VCARD\r\n",
    ";ENCODING=QUOTED-PRINTABLE",
    ";ENCODING=b",
    ";BASE64",
    ";CHARSET=ISO-2022-JP",
    ";CHARSET=UTF-16",
    ";VALUE=uri",
    ";TYPE=\"cell,voice\"",
    ";PREF=1",
    "=\r\n",
    "=0D=0A",
    "\r\n ",
    "\\n",
    "^n",
    "item1.",
    "X-ABLabel:",
    "NICKNAME:",
    "N:;;;;\r\n",
    "data:image/png;base64,",
    "X-SWITCHBOARD-CUSTOM:a;b\r\n",
    "--0229",
    "\u{FEFF}",
];

fn samples() -> Vec<Vec<u8>> {
    let mut samples: Vec<_> = corpus::all().into_iter().map(|(_, card)| card).collect();
    samples.push(samples[..5].concat());
    samples
}

/// Everything that the reader makes of a file that comes in pieces of these sizes.
fn read(file: &[u8], mut size: impl FnMut() -> usize) -> Vec<Item> {
    let mut reader = Reader::new(Limits::default());
    let (mut items, mut rest) = (Vec::new(), file);
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(size().clamp(1, rest.len()));
        reader.feed(piece);
        items.extend(std::iter::from_fn(|| reader.next_card()));
        rest = behind;
    }
    reader.finish();
    items.extend(std::iter::from_fn(|| reader.next_card()));
    items
}

type Told = (u64, u64, Position, Result<Vec<u8>, Fault>);

fn told(item: &Item) -> Told {
    let card = match &item.card {
        Ok(card) => Ok(card.to_bytes().into_owned()),
        Err(rejected) => Err(rejected.error.fault.clone()),
    };
    (item.line, item.start, item.end, card)
}

/// Pieces may end anywhere, reading goes on behind any card, and cards are where they say they are.
fn check_file(dice: &mut Dice, file: &[u8]) -> Vec<Item> {
    let items = read(file, || usize::MAX);
    let whole: Vec<Told> = items.iter().map(told).collect();
    let most = if file.len() > 4_096 { 8_192 } else { 64 };
    let pieces = read(file, || dice.number(1..=most));
    assert_eq!(pieces.iter().map(told).collect::<Vec<_>>(), whole);
    assert!(items.is_sorted_by_key(|item| item.start));
    if let Some(last) = items.last() {
        assert!(last.end.offset <= file.len() as u64);
    }
    if !items.is_empty() {
        let behind = dice.number(0..=items.len() - 1);
        let from = items[behind].end;
        let mut reader = Reader::resume(Limits::default(), from);
        reader.feed(&file[usize::try_from(from.offset).unwrap()..]);
        reader.finish();
        let rest: Vec<_> = std::iter::from_fn(|| reader.next_card()).collect();
        let rest: Vec<_> = rest.iter().map(told).collect();
        assert_eq!(rest, whole[behind + 1..]);
    }
    items
}

/// What is looked at neither panics nor is larger than what it was read from.
fn look_at(card: &Card, size: usize) {
    for property in card.properties() {
        let texts = [property.components(), property.values()].concat();
        let told: usize = texts.iter().map(String::len).sum();
        // A byte of another character set is at most three in UTF-8; there are two lists.
        assert!(told <= 6 * size + 64, "{told} of {size} bytes");
        assert!(property.text().len() <= 3 * size + 64);
        let _ = (property.bytes(), property.types().count());
    }
    let _ = (card.uid(), card.kind(), card.photo());
    let wanted = [("FN", false), ("item1.TEL", true), ("EMAIL", true)];
    check_written(&card.filtered(&wanted, None));
}

/// Each property as it stands, but for those of these names.
fn others(card: &Card, names: &[&str]) -> Vec<(String, Vec<u8>)> {
    let others = card.properties().filter(|p| !names.contains(&p.name()));
    let raw = others.map(|p| (p.spelled_name().to_owned(), p.raw_value().to_vec()));
    raw.collect()
}

/// The card as it was written is what is read.
fn check_written(card: &Card) {
    let bytes = card.to_bytes();
    let again = Card::parse(&bytes);
    assert_eq!(again.as_ref(), Ok(card), "{}", bytes.escape_ascii());
}

/// An edit changes its own lines alone, and says what it was to say.
fn check_edits(card: &Card) {
    let before = vcard::document(card).value;
    assert_eq!(vcard::apply(card, &before, &before).unwrap(), *card);
    assert_eq!(vcard::normal(&before).unwrap(), before);
    let mut after = before.clone();
    after["notes"] = "edited; with, odd\\ signs\nand two lines".into();
    let edited = vcard::apply(card, &before, &after).unwrap();
    check_written(&edited);
    assert_eq!(vcard::document(&edited).value, after);
    assert_eq!(others(&edited, &["NOTE"]), others(card, &["NOTE"]));

    let mut added = card.clone();
    added.add(Draft::text("X-ADDED", "one\r\ntwo"));
    check_written(&added);
    let position = added.properties().last().unwrap().position();
    added.remove(position);
    assert_eq!(others(&added, &[]), others(card, &[]));

    let mut photographed = card.clone();
    let bytes = b"\xFF\xD8picture".to_vec();
    let photo = Photo::Inline {
        media_type: Some("image/jpeg".into()),
        bytes,
    };
    photographed.set_photo(Some(&photo));
    check_written(&photographed);
    assert_eq!(photographed.photo(), Some(photo));
    assert_eq!(others(&photographed, &["PHOTO"]), others(card, &["PHOTO"]));
}

/// Escapes make parameters longer: what was near the limits may be beyond them in another version.
const FAR_BELOW_LIMITS: usize = 16 << 10;

/// Another version is one that is read as it was written, and converting again changes nothing.
fn check_conversions(card: &Card) {
    for target in [Target::V3_0, Target::V4_0] {
        let converted = vcard::convert(card, target);
        if card.to_bytes().len() <= FAR_BELOW_LIMITS {
            check_written(&converted);
        }
        assert_eq!(vcard::convert(&converted, target), converted);
        // Base64 and quotation make text longer, but not without end.
        assert!(converted.to_bytes().len() <= 12 * card.to_bytes().len() + 4_096);
        let document = vcard::document(&converted).value;
        assert_eq!(vcard::normal(&document).unwrap(), document);
    }
}

#[test]
fn broken_cards_keep_every_promise() {
    Campaign::new("vcard", &samples(), WORDS).run(|dice, file| {
        let items = check_file(dice, file);
        let cards = items.iter().filter_map(|item| item.card.as_ref().ok());
        for card in cards.take(20) {
            let bytes = card.to_bytes().into_owned();
            check_written(card);
            look_at(card, bytes.len());
            check_edits(card);
            check_conversions(card);
        }
        if let Ok(card) = Card::parse(file) {
            assert_eq!(card.to_bytes().as_ref(), file);
        }
    });
}
