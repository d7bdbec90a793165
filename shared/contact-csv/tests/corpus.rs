//! Files in the style of each product's exports.
#![allow(clippy::unwrap_used)] // Helpers are not seen as tests.

use contact_csv::{DateOrder, Encoding, Kind, Position, Reader, Row, Separator};
use serde_json::{Value, json};

fn read(file: &[u8], dates: DateOrder) -> (Reader, Vec<Row>) {
    let mut reader = Reader::new(dates);
    let mut rows = reader.feed(file).unwrap();
    rows.extend(reader.finish().unwrap());
    (reader, rows)
}

fn contact(row: &Row) -> &Value {
    row.result.as_ref().unwrap()
}

#[test]
fn google_before_2024() {
    let (reader, rows) = read(include_bytes!("corpus/google-old.csv"), DateOrder::Unknown);
    assert_eq!(reader.header().unwrap().kind(), Ok(Kind::Google));
    assert_eq!(
        contact(&rows[0]),
        &json!({
            "name": {"prefix": "Dr.", "given": "Ada", "middle": "King", "family": "Lovelace",
                "display": "Dr. Ada King Lovelace"},
            "nickname": "Countess",
            "phones": [
                {"number": "+44 20 7946 0018", "type": "mobile"},
                {"number": "+44 20 7946 0019", "type": "mobile"},
                {"number": "+44 20 7946 0020", "type": "fax", "label": "Work Fax"},
            ],
            "emails": [
                {"address": "ada@example.com", "type": "work", "primary": true},
                {"address": "ada@example.org", "type": "work"},
                {"address": "ada@example.net", "type": "other"},
            ],
            "organization": {"name": "Analytical Engines", "title": "Programmer", "department": "Mills"},
            "addresses": [{"street": "12 St James's Square\nPO Box 7\n2nd floor", "city": "London",
                "postal_code": "SW1Y 4JH", "country": "GB", "type": "home"}],
            "urls": ["https://example.com/ada"],
            "birthday": "1815-12-10", "anniversary": "1835-07-08",
            "notes": "Met in 1843,\nsaid \"hello\"",
            "custom": {"Hobby": "engines", "Shoe size": "38"},
        })
    );
    assert_eq!(rows[0].groups, ["Friends", "starred"]);
    assert_eq!(rows[1].line, 6, "the first contact takes four lines");
    assert_eq!(
        contact(&rows[1])["phones"],
        json!([{"number": "030 1234567", "type": "other", "label": "Main"}])
    );
    assert!(rows[1].groups.is_empty());
}

#[test]
fn google_since_2024() {
    let (reader, rows) = read(include_bytes!("corpus/google-new.csv"), DateOrder::Unknown);
    assert_eq!(reader.header().unwrap().kind(), Ok(Kind::Google));
    assert_eq!(
        contact(&rows[0]),
        &json!({
            "name": {"given": "Zoë", "family": "Ångström", "display": "Ångström, Zoë"},
            "organization": {"name": "Lund & Co"}, "birthday": "--12-31",
            "phones": [
                {"number": "+46 8 123 456 78", "type": "mobile", "primary": true},
                {"number": "+46 8 123 456 79", "type": "other", "label": "Cabin"},
            ],
            "emails": [{"address": "zoe@example.se", "primary": true}],
            "addresses": [{"street": "Storgatan 1\n111 22 Stockholm"}],
            "urls": [], "custom": {"First concert": "2001-05-04", "Phonetic First Name": "Zoh-ee"},
        })
    );
    assert_eq!(rows[0].groups, ["Choir"]);
    assert_eq!(
        contact(&rows[1])["organization"],
        json!({"name": "Pizzeria Sole"})
    );
}

#[test]
fn outlook_in_english() {
    let file = include_bytes!("corpus/outlook-classic.csv");
    let (reader, rows) = read(file, DateOrder::MonthFirst);
    assert_eq!(reader.header().unwrap().kind(), Ok(Kind::Outlook));
    assert_eq!(
        contact(&rows[0]),
        &json!({
            "name": {"prefix": "Ms.", "given": "Grace", "middle": "Brewster", "family": "Hopper", "suffix": "PhD"},
            "organization": {"name": "Navy", "department": "Computing", "title": "Rear Admiral"},
            "phones": [
                {"number": "+1 202 555 0101", "type": "fax", "label": "Business Fax"},
                {"number": "+1 202 555 0102", "type": "work"},
                {"number": "+1 202 555 0103", "type": "work"},
                {"number": "+1 202 555 0104", "type": "other", "label": "Car Phone"},
                {"number": "+1 202 555 0105", "type": "mobile"},
            ],
            "emails": [{"address": "grace@example.mil"}, {"address": "hopper@example.com"}],
            "addresses": [
                {"street": "1 Navy Yard\nBuilding 7\nPO Box 3", "city": "Washington", "region": "DC",
                    "postal_code": "20374", "country": "United States of America", "type": "work"},
                {"city": "Arlington", "type": "home"},
            ],
            "urls": ["https://example.mil/hopper"], "birthday": "1906-12-09", "anniversary": "1930-06-15",
            "notes": "First line\r\nSecond line", "custom": {"Spouse": "Vincent"},
        })
    );
    assert_eq!(rows[0].groups, ["Pioneers", "Navy"]);
    assert_eq!(
        contact(&rows[1])["organization"],
        json!({"name": "Acme Ltd"})
    );
    assert_eq!(contact(&rows[1])["custom"], json!({}));

    let (_, unsure) = read(file, DateOrder::Unknown);
    let faults = unsure[0].result.as_ref().unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(
        faults[0].to_string(),
        "Birthday: could be one day or another: which number is the month?"
    );
}

#[test]
fn outlook_com() {
    let (reader, rows) = read(include_bytes!("corpus/outlook-com.csv"), DateOrder::Unknown);
    assert_eq!(reader.header().unwrap().kind(), Ok(Kind::Outlook));
    let alan = contact(&rows[0]);
    assert_eq!(alan["nickname"], "Prof");
    assert_eq!(alan["birthday"], "1912-06-23");
    assert_eq!(
        alan["phones"][1],
        json!({"number": "+44 161 496 0002", "type": "pager"})
    );
}

#[test]
fn outlook_in_german() {
    let file = include_bytes!("corpus/outlook-german.csv");
    let (reader, rows) = read(file, DateOrder::MonthFirst);
    let header = reader.header().unwrap();
    assert_eq!(header.kind(), Ok(Kind::Outlook));
    assert_eq!(header.encoding(), Encoding::Windows1252);
    assert_eq!(header.separator(), Separator::Semicolon);
    assert_eq!(
        contact(&rows[0]),
        &json!({
            "name": {"prefix": "Frau", "given": "Jürgen-Käthe", "family": "Großmann"},
            "organization": {"name": "Müller & Söhne", "title": "Geschäftsführerin"},
            "phones": [
                {"number": "0221 1234567", "type": "work"},
                {"number": "+49 170 7654321", "type": "other", "label": "Autotelefon"},
                {"number": "0228 7654321", "type": "home"},
                {"number": "+49 170 1234567", "type": "mobile"},
            ],
            "emails": [{"address": "kaethe@example.de"}],
            "addresses": [
                {"street": "Hauptstraße 5\nHinterhaus", "city": "Köln", "postal_code": "50667",
                    "country": "Deutschland", "type": "work"},
                {"street": "Am Wäldchen 3", "city": "Bonn", "type": "home"},
            ],
            "urls": [], "birthday": "1980-04-05", "notes": "zahlt pünktlich – meistens", "custom": {},
        })
    );
    assert_eq!(rows[0].groups, ["Kunden", "Köln"]);
    let end = Position {
        offset: file.len() as u64 - 2,
        line: 2,
    };
    assert_eq!(rows[0].next, end, "before the line break");
}

#[test]
fn outlook_in_french() {
    let (_, rows) = read(
        include_bytes!("corpus/outlook-french.csv"),
        DateOrder::Unknown,
    );
    let marie = contact(&rows[0]);
    assert_eq!(
        marie["name"],
        json!({"prefix": "Mme", "given": "Marie", "family": "Curie"})
    );
    assert_eq!(
        marie["organization"],
        json!({"name": "Institut du Radium", "department": "Physique", "title": "Directrice"})
    );
    assert_eq!(marie["birthday"], "1867-11-07");
    assert_eq!(marie["addresses"][0]["street"], "1 rue Pierre\nBP 12");
    assert_eq!(marie["phones"][0]["label"], "Télécopie (bureau)");
    assert_eq!(marie["custom"], json!({}));
    assert_eq!(rows[0].groups, ["Science"]);
}

#[test]
fn the_encoding_changes_nothing() {
    let text = include_str!("corpus/google-new.csv");
    let (_, expected) = read(text.as_bytes(), DateOrder::Unknown);
    let le = "\u{FEFF}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes);
    let be = "\u{FEFF}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(u16::to_be_bytes);
    let marked = format!("\u{FEFF}{text}").into_bytes();
    for file in [le.collect(), be.collect(), marked] {
        let (_, rows) = read(&file, DateOrder::Unknown);
        let contacts = |rows: &[Row]| -> Vec<_> {
            rows.iter()
                .map(|row| (row.line, row.result.clone(), row.groups.clone()))
                .collect()
        };
        assert_eq!(contacts(&rows), contacts(&expected));
    }
}
