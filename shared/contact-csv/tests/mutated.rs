//! Address books that somebody has broken.
#![allow(clippy::unwrap_used)] // Helpers are not seen as tests.

use contact_csv::{DateOrder, Form, HeaderError, Kind, Reader, Row, Writer};
use mutate::{Campaign, Dice};
use serde_json::{Value, json};

const WORDS: &[&str] = &[
    "\"",
    "\"\"",
    ",",
    ";",
    "\t",
    "\r\n",
    "sep=;\r\n",
    "\u{FEFF}",
    "name.given",
    "name.given,phones.0.number,more\r\n",
    "custom.x",
    "id",
    "con_01h455vb4pex5vsknk084sn02q",
    "groups",
    "more",
    "{\"phones\":[null,{\"number\":\"1\"}]}",
    "urls.49",
    "phones.7.primary",
    "true",
    "5/4/1980",
    "--02-29",
    "0/0/00",
    "'=1+1",
    " ::: ",
    "* ",
    "Phone 1 - Value",
    "First Name",
    "Nachname",
];
const OWN: &str = "id,name.given,phones.0.number,phones.0.primary,birthday,groups,custom.locker,more\r\n\
    con_01h455vb4pex5vsknk084sn02q,Ada,'+44 20 7946 0018,TRUE,1815-12-10,\"Chess\nFriends\",7,\"{\"\"urls\"\":[\"\"x\"\"]}\"\r\n\
    ,Eva,,,,,,\r\n";

fn samples() -> Vec<Vec<u8>> {
    let wide = format!("\u{FEFF}{OWN}");
    let wide = wide.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files: [&[u8]; 7] = [
        include_bytes!("corpus/google-new.csv"),
        include_bytes!("corpus/google-old.csv"),
        include_bytes!("corpus/outlook-classic.csv"),
        include_bytes!("corpus/outlook-com.csv"),
        include_bytes!("corpus/outlook-french.csv"),
        include_bytes!("corpus/outlook-german.csv"),
        OWN.as_bytes(),
    ];
    files
        .map(<[u8]>::to_vec)
        .into_iter()
        .chain([wide])
        .collect()
}

type Read = (Reader, Vec<Row>);

/// All rows of a file that comes in pieces of these sizes.
fn read(file: &[u8], mut size: impl FnMut() -> usize) -> Result<Read, HeaderError> {
    let mut reader = Reader::new(DateOrder::Unknown);
    let (mut rows, mut rest) = (Vec::new(), file);
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(size().clamp(1, rest.len()));
        rows.extend(reader.feed(piece)?);
        rest = behind;
    }
    rows.extend(reader.finish()?);
    Ok((reader, rows))
}

fn whole(file: &[u8]) -> Result<Read, HeaderError> {
    read(file, || usize::MAX)
}

/// Pieces may end anywhere, reading goes on behind any row, and rows are where they say they are.
fn check_places(dice: &mut Dice, file: &[u8], reader: &Reader, rows: &[Row]) {
    let most = if file.len() > 4_096 { 8_192 } else { 64 };
    let (_, pieces) = read(file, || dice.number(1..=most)).unwrap();
    assert_eq!(pieces, rows);
    assert!(rows.is_sorted_by_key(|row| row.line));
    assert!(rows.is_sorted_by_key(|row| row.next.offset));
    if rows.is_empty() {
        return;
    }
    let behind = dice.number(0..=rows.len() - 1);
    let next = rows[behind].next;
    assert!(next.offset <= file.len() as u64);
    let header = reader.header().unwrap().clone();
    let mut again = Reader::resume(header, next, DateOrder::Unknown).unwrap();
    let offset = usize::try_from(next.offset).unwrap();
    let mut rest = again.feed(&file[offset..]).unwrap();
    rest.extend(again.finish().unwrap());
    assert_eq!(rest, rows[behind + 1..]);
}

/// Our own columns give back what they were given, Google's can be read, and neither is larger than it needs to be.
fn check_writing(contact: &Value, groups: &[String]) {
    let told = contact.to_string().len() + groups.concat().len();
    for form in [Form::Own, Form::Google] {
        let writer = Writer::new(form);
        let row = writer.row(contact, groups);
        assert!(
            row.len() <= 4 * told + 1_024,
            "{} of {told} bytes",
            row.len()
        );
        let file = [writer.header(), row].concat();
        let (reader, rows) = whole(&file).unwrap();
        let kind = match form {
            Form::Own => Kind::Own,
            Form::Google => Kind::Google,
        };
        assert_eq!(reader.header().unwrap().kind(), Ok(kind));
        if form == Form::Own && !is_empty(contact) {
            assert_eq!(rows.len(), 1);
            assert_eq!(rows[0].result.as_ref(), Ok(contact));
            assert_eq!(rows[0].groups, groups);
        }
        assert!(rows.iter().all(|row| row.result.is_ok()), "{rows:?}");
    }
}

fn is_empty(contact: &Value) -> bool {
    let empty = |value: &Value| value == &json!([]) || value == &json!({});
    contact.as_object().unwrap().values().all(empty)
}

#[test]
fn broken_files_keep_every_promise() {
    Campaign::new("contact-csv", &samples(), WORDS).run(|dice, file| {
        let (reader, rows) = match whole(file) {
            Ok(read) => read,
            Err(error) => {
                assert!(error.to_string().len() < 8_192);
                return;
            }
        };
        check_places(dice, file, &reader, &rows);
        for row in rows.iter().take(20) {
            if let Ok(contact) = &row.result {
                check_writing(contact, &row.groups);
            }
        }
    });
}
