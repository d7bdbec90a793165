//! What holds for any bytes and any contact.
#![allow(clippy::unwrap_used)] // Helpers are not seen as tests.

use contact_csv::{DateOrder, Form, HeaderError, Kind, Reader, Row, Writer};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

fn read(file: &[u8]) -> Result<(Reader, Vec<Row>), HeaderError> {
    let mut reader = Reader::new(DateOrder::Unknown);
    let mut rows = reader.feed(file)?;
    rows.extend(reader.finish()?);
    Ok((reader, rows))
}

fn read_in_chunks(file: &[u8], cuts: &[Index]) -> Result<Vec<Row>, HeaderError> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(file.len() + 1)).collect();
    cuts.extend([0, file.len()]);
    cuts.sort_unstable();
    let mut reader = Reader::new(DateOrder::Unknown);
    let mut rows = Vec::new();
    for pair in cuts.windows(2) {
        rows.extend(reader.feed(&file[pair[0]..pair[1]])?);
    }
    rows.extend(reader.finish()?);
    Ok(rows)
}

const HEADERS: [&str; 5] = [
    "Name,Birthday,Phone 1 - Label,Phone 1 - Value,Address 1 - City,Address 1 - Street,x",
    "Titre\tNom\tTél. mobile\tTitre\tAnniversaire\tCatégories",
    "name.given;phones.0.number;phones.1.primary;urls.2;birthday;more;custom.x;groups",
    "sep=;\r\nFirst Name;Business Phone;Business Street;Web Page;Notes",
    "",
];

/// Rows that are half right, so that what comes after the first fault is reached, too.
fn files() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        ",",
        ";",
        "\t",
        "\"",
        "\n",
        "\r",
        "\r\n",
        "'",
        "=",
        " ::: ",
        "* ",
        "1980-12-31",
        "5/4/1980",
        "{\"a\":1}",
        "{}",
        "true",
        "Ada",
        "é",
        "😀",
        "\u{FEFF}",
        "\0",
    ];
    let piece = prop_oneof![
        8 => select(pieces.to_vec()).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..4),
    ];
    let rows = vec(piece, 0..60).prop_map(|pieces| pieces.concat());
    let written = (select(HEADERS.to_vec()), rows, 0..4).prop_map(|(header, rows, encoding)| {
        let text = [header.as_bytes(), b"\n", &rows].concat();
        let units = String::from_utf8_lossy(&text).into_owned();
        let units = "\u{FEFF}".encode_utf16().chain(units.encode_utf16());
        match encoding {
            0 => units.flat_map(u16::to_le_bytes).collect(),
            1 => units.flat_map(u16::to_be_bytes).collect(),
            _ => text,
        }
    });
    let broken = (written.clone(), any::<Index>(), any::<u8>()).prop_map(|(mut file, at, byte)| {
        file.insert(at.index(file.len() + 1), byte);
        file
    });
    prop_oneof![4 => written, 2 => broken, 1 => vec(any::<u8>(), 0..200)]
}

fn text() -> impl Strategy<Value = String> {
    let odd = [
        "=1+1", "'=x", "+49 30", " a ", "a\r\nb", "\"q\"", "a,b;c\td", "'", "-", "é😀", "@", "\tx",
        "NULL",
    ];
    let words = "[^\\p{Cc}]{0,8}[a-zé0-9]";
    prop_oneof![
        select(odd.to_vec()).prop_map(str::to_owned),
        words.prop_map(|word| word)
    ]
}

fn date() -> impl Strategy<Value = Value> {
    prop_oneof![
        (1..=9999, 1..=12, 1..=28).prop_map(|(y, m, d)| json!(format!("{y:04}-{m:02}-{d:02}"))),
        (1..=12, 1..=28).prop_map(|(m, d)| json!(format!("--{m:02}-{d:02}"))),
    ]
}

fn texts() -> BoxedStrategy<Value> {
    text().prop_map(Value::from).boxed()
}

/// An object with any of these members.
fn object(members: &[&'static str]) -> BoxedStrategy<Map<String, Value>> {
    let members = members.to_vec();
    let count = members.len();
    let member = move |(name, value): (usize, Value)| (members[name].to_owned(), value);
    vec((0..count, texts()), 0..=count)
        .prop_map(move |all| all.into_iter().map(&member).collect())
        .boxed()
}

/// Entries that may also have a type, and be the primary one.
fn entries(
    required: Option<&'static str>,
    members: &[&'static str],
    max: usize,
) -> BoxedStrategy<Value> {
    let flag = if required.is_some() {
        any::<Option<bool>>().boxed()
    } else {
        Just(None).boxed()
    };
    let entry = (object(members), texts(), flag).prop_map(move |(mut entry, text, flag)| {
        entry.extend(required.map(|required| (required.to_owned(), text)));
        entry.extend(flag.map(|flag| ("primary".to_owned(), flag.into())));
        Value::Object(entry)
    });
    vec(entry, 0..max).prop_map(Value::Array).boxed()
}

/// Contacts as the API shows them: arrays and `custom` always there, other members only when set.
fn contacts() -> impl Strategy<Value = Value> {
    let objects = (
        object(&["prefix", "given", "middle", "family", "suffix", "display"]),
        object(&["name", "department", "title"]),
        object(&["nickname", "notes"]),
        proptest::option::of(date()),
        proptest::option::of(date()),
    );
    let url = prop_oneof![9 => text(), 1 => Just(String::new())];
    let arrays = (
        entries(Some("number"), &["e164", "type", "label"], 8),
        entries(Some("address"), &["type"], 8),
        entries(
            None,
            &["street", "city", "region", "postal_code", "country", "type"],
            6,
        ),
        vec(url.clone().prop_map(Value::from), 0..6),
        btree_map(text(), url, 0..4),
    );
    (objects, arrays).prop_map(
        |((name, organization, mut contact, birthday, anniversary), arrays)| {
            let (phones, emails, addresses, urls, custom) = arrays;
            let dates = [("birthday", birthday), ("anniversary", anniversary)];
            contact.extend(
                dates
                    .into_iter()
                    .filter_map(|(member, date)| Some((member.to_owned(), date?))),
            );
            let parts = [("name", name), ("organization", organization)];
            let set = parts.into_iter().filter(|(_, members)| !members.is_empty());
            contact.extend(set.map(|(member, members)| (member.to_owned(), members.into())));
            contact.insert("phones".into(), phones);
            contact.insert("emails".into(), emails);
            contact.insert("addresses".into(), addresses);
            contact.insert("urls".into(), urls.into());
            contact.insert("custom".into(), json!(custom));
            Value::Object(contact)
        },
    )
}

fn is_empty(contact: &Value) -> bool {
    let empty = |value: &Value| value == &json!([]) || value == &json!({});
    contact.as_object().unwrap().values().all(empty)
}

fn file(form: Form, contacts: &[Value], groups: &[String]) -> Vec<u8> {
    let writer = Writer::new(form);
    let rows = contacts
        .iter()
        .flat_map(|contact| writer.row(contact, groups));
    writer.header().into_iter().chain(rows).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn chunks_may_end_anywhere(file in files(), cuts in vec(any::<Index>(), 0..20)) {
        let whole = read(&file).map(|(_, rows)| rows);
        prop_assert_eq!(read_in_chunks(&file, &cuts), whole);
    }

    #[test]
    fn reading_goes_on_behind_any_row(file in files()) {
        let Ok((reader, rows)) = read(&file) else { return Ok(()) };
        for (index, row) in rows.iter().enumerate() {
            let header = serde_json::to_string(reader.header().unwrap()).unwrap();
            let header = serde_json::from_str(&header).unwrap();
            let mut again = Reader::resume(header, row.next, DateOrder::Unknown).unwrap();
            let mut rest = again.feed(&file[usize::try_from(row.next.offset).unwrap()..]).unwrap();
            rest.extend(again.finish().unwrap());
            prop_assert_eq!(&rest, &rows[index + 1..]);
        }
    }

    #[test]
    fn our_own_columns_lose_nothing(contacts in vec(contacts(), 1..4), groups in vec("[a-z]([ =+a-z]{0,5}[a-z])?", 0..3)) {
        let contacts: Vec<_> = contacts.into_iter().filter(|contact| !is_empty(contact)).collect();
        let (reader, rows) = read(&file(Form::Own, &contacts, &groups)).unwrap();
        prop_assert_eq!(reader.header().unwrap().kind(), Ok(Kind::Own));
        let read: Vec<_> = rows.iter().map(|row| row.result.clone().unwrap()).collect();
        prop_assert_eq!(read, contacts);
        for row in rows {
            prop_assert_eq!(&row.groups, &groups);
        }
    }

    #[test]
    fn google_columns_are_read_as_google(contact in contacts()) {
        let (reader, rows) = read(&file(Form::Google, &[contact], &[])).unwrap();
        prop_assert_eq!(reader.header().unwrap().kind(), Ok(Kind::Google));
        prop_assert!(rows.len() == 1 && rows[0].result.is_ok());
    }

    #[test]
    fn no_cell_is_computed(contact in contacts()) {
        for form in [Form::Own, Form::Google] {
            let row = Writer::new(form).row(&contact, &["=1".to_owned()]);
            let mut csv = csv_core::Reader::new();
            let (mut text, mut ends) = (vec![0; row.len()], vec![0; 200]);
            // At the start of a file, this reader would drop a byte order mark.
            csv.read_record(b"\n", &mut text, &mut ends);
            let (_, _, _, count) = csv.read_record(&row, &mut text, &mut ends);
            let starts = std::iter::once(0).chain(ends.iter().copied());
            for (start, end) in starts.zip(&ends[..count]) {
                let cell = std::str::from_utf8(&text[start..*end]).unwrap();
                let computed = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                prop_assert!(!computed || (form == Form::Google && !cell.contains(char::is_alphabetic)), "{}", cell);
            }
        }
    }
}

#[test]
fn google_gets_what_it_has_columns_for() {
    let phones: Vec<_> = (1..=7)
        .map(|n| json!({"number": format!("+49 30 {n}"), "type": "work"}))
        .collect();
    let contact = json!({
        "name": {"given": "Ada", "display": "The Countess"}, "birthday": "--12-10", "anniversary": "1835-07-08",
        "phones": phones, "emails": [{"address": "ada@example.com", "type": "home", "primary": true}],
        "addresses": [{"street": "a\nb", "city": "c", "type": "work"}, {"city": "d"}, {"street": "e"}, {"city": "f"}],
        "urls": ["https://example.com"], "notes": "=1+1", "custom": {"a": "1", "b": "2", "c": "3", "d": "4", "e": "5", "f": "6"},
    });
    let file = file(
        Form::Google,
        std::slice::from_ref(&contact),
        &["Friends".to_owned()],
    );
    let text = String::from_utf8(file.clone()).unwrap();
    assert!(
        text.contains(",Work,+49 30 5 ::: +49 30 6 ::: +49 30 7,"),
        "{text}"
    );
    assert!(text.contains(",--12-10,'=1+1,"), "{text}");
    let (_, rows) = read(&file).unwrap();
    assert_eq!(rows[0].result.as_ref().unwrap(), &contact);
    assert_eq!(rows[0].groups, ["Friends"]);
}
