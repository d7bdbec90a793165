//! Values and parameters of single properties.

use crate::corpus;
use vcard::{Card, Property};

fn card(text: &str) -> Card {
    Card::parse(text.as_bytes()).unwrap()
}

fn texts(property: &Property<'_>, name: &str) -> Vec<String> {
    property.parameter(name).map(str::to_owned).collect()
}

#[test]
fn escapes_and_components() {
    let ios = card(corpus::IOS);
    assert_eq!(
        ios.first("NOTE").unwrap().text(),
        "Zeile 1\nZeile 2, mit Komma"
    );
    assert_eq!(
        ios.first("N").unwrap().components(),
        ["Müller", "Jörg", "Karl,Heinz", "Dr.", "Jr."]
    );
    assert_eq!(
        ios.first("URL").unwrap().text(),
        "https://beispiel.example/a,b"
    );
    assert_eq!(
        card(corpus::WEB).first("CATEGORIES").unwrap().values(),
        ["myContacts", "Friends"]
    );
}

#[test]
fn quoted_printable_and_character_sets() {
    let android = card(corpus::ANDROID);
    assert_eq!(android.first("FN").unwrap().text(), "Иван Иванов");
    assert_eq!(
        android.first("N").unwrap().components(),
        ["Иванов", "Иван", "", "", ""]
    );
    assert_eq!(android.first("NOTE").unwrap().text(), "one\ntwo; three");
    let office = card(corpus::OFFICE);
    assert_eq!(
        office.first("ADR").unwrap().components()[2],
        "Große Straße 1\n2. Stock"
    );
    assert_eq!(
        office.first("LABEL").unwrap().text(),
        "Große Straße 1\n20095 Hamburg"
    );
    let old = Card::parse(corpus::LATIN1).unwrap();
    assert_eq!(old.first("N").unwrap().components(), ["Müller", "Jörg"]);
    assert_eq!(old.first("NOTE").unwrap().text(), "grün");
    assert_eq!(old.first("LOGO").unwrap().bytes().unwrap().len(), 25);
}

#[test]
fn an_encoded_semicolon_is_no_separator() {
    let card =
        card("BEGIN:VCARD\nVERSION:2.1\nN;ENCODING=QUOTED-PRINTABLE:a=3Bb;c\\;d;=5C\nEND:VCARD\n");
    assert_eq!(card.first("N").unwrap().components(), ["a;b", "c;d", "\\"]);
}

#[test]
fn parameters_bare_quoted_and_careted() {
    let android = card(corpus::ANDROID);
    let phone = android.first("TEL").unwrap();
    assert_eq!(phone.types().collect::<Vec<_>>(), ["CELL", "PREF"]);
    assert_eq!(
        texts(&android.first("PHOTO").unwrap(), "ENCODING"),
        ["BASE64"]
    );
    let groupware = card(corpus::GROUPWARE);
    let phone = groupware.first("TEL").unwrap();
    assert_eq!(phone.types().collect::<Vec<_>>(), ["cell", "voice"]);
    assert_eq!(
        texts(&groupware.first("ADR").unwrap(), "LABEL"),
        ["1 Navy Yard\nWashington"]
    );
    assert_eq!(
        texts(&groupware.first("X-NEXTCLOUD-THING").unwrap(), "X-A"),
        ["b;c:d"]
    );
    let four = card(corpus::FOUR);
    let note = four.first("NOTE").unwrap();
    assert_eq!(texts(&note, "X-P"), ["caret \" quote ^ and \n line"]);
    assert_eq!(
        texts(&four.first("N").unwrap(), "SORT-AS"),
        ["Perreault,Simon"]
    );
}

#[test]
fn folds_within_characters_and_soft_breaks_at_the_end() {
    let mut bytes = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:J\xC3\r\n \xB6rg\r\nNOTE;QUOTED-PRINTABLE:half=\r\nEND:VCARD\r\n".to_vec();
    let card = Card::parse(&bytes).unwrap();
    assert_eq!(card.first("FN").unwrap().text(), "Jörg");
    assert_eq!(card.first("NOTE").unwrap().text(), "half");
    bytes.truncate(bytes.len() - 2);
    assert!(Card::parse(&bytes).is_ok(), "no line end at the very end");
}
