//! What may be wrong with a file and its rows.
#![allow(clippy::unwrap_used, clippy::panic)] // Helpers are not seen as tests.

use contact_csv::{DateOrder, Form, HeaderError, Reader, Row, Separator, Writer};
use serde_json::json;

fn try_read(file: impl AsRef<[u8]>) -> Result<Vec<Row>, HeaderError> {
    let mut reader = Reader::new(DateOrder::Unknown);
    let mut rows = reader.feed(file.as_ref())?;
    rows.extend(reader.finish()?);
    Ok(rows)
}

fn read(file: impl AsRef<[u8]>) -> Vec<Row> {
    try_read(file).unwrap()
}

fn complaints(row: &Row) -> Vec<String> {
    let faults = row.result.as_ref().unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_file_without_a_header_is_refused() {
    for empty in ["", "\r\n\r\n", "sep=;\r\n", "sep=;", "  "] {
        assert_eq!(try_read(empty), Err(HeaderError::Empty), "{empty:?}");
    }
    assert!(matches!(
        try_read("a,b\n1,2"),
        Err(HeaderError::Unknown { .. })
    ));
    assert_eq!(
        try_read(format!("\"{}", "a\n".repeat(40_000))),
        Err(HeaderError::TooLong)
    );
    assert_eq!(
        try_read(format!("Name{}", ",".repeat(1_000))),
        Err(HeaderError::TooManyColumns)
    );
    assert_eq!(
        try_read("name.given,Name.Given\nA,B"),
        Err(HeaderError::Repeated("Name.Given".into()))
    );
}

#[test]
fn our_own_ids_are_read_again_and_others_are_custom() {
    let id = "con_01h455vb4pex5vsknk084sn02q";
    let rows = read(format!("ID,name.given\n {id} ,Ada\n17,Eva\n,Zoe\n"));
    let [ada, eva, zoe] = &rows[..] else {
        panic!("three rows")
    };
    let said = |row: &Row| row.result.clone().unwrap();
    assert_eq!(
        (&said(ada)["id"], &said(ada)["custom"]),
        (&json!(id), &json!({}))
    );
    assert_eq!(said(eva)["custom"], json!({ "ID": "17" }));
    assert!(said(eva).get("id").is_none() && said(zoe).get("id").is_none());
    let writer = Writer::new(Form::Own);
    let file = [writer.header(), writer.row(&said(ada), &[])].concat();
    assert_eq!(said(&read(file)[0]), said(ada));
}

#[test]
fn names_of_groups_stand_on_lines_of_any_kind() {
    let rows = read("name.given,groups\nAda,\"Chess\r\nFriends\rWork\n\n Home \"\n");
    assert_eq!(rows[0].groups, ["Chess", "Friends", "Work", "Home"]);
    let rows = read("First Name,Labels\nAda,\"Old\r\nfriends ::: *  Work ::: \r\"\n");
    assert_eq!(rows[0].groups, ["Old friends", "Work"]);
}

#[test]
fn an_error_stays() {
    let mut reader = Reader::new(DateOrder::Unknown);
    assert!(reader.feed(b"\xEF\xBB\xBFcolour\n").is_err());
    assert!(reader.feed(b"Name\nAda\n").is_err());
    assert!(reader.finish().is_err());
}

#[test]
fn excel_may_declare_the_separator() {
    let file = "\u{FEFF}\r\nSEP=;\r\nFirst Name;Last Name, maiden\r\nAda;Byron\r\n";
    let mut reader = Reader::new(DateOrder::Unknown);
    let rows = reader.feed(file.as_bytes()).unwrap();
    assert_eq!(reader.header().unwrap().separator(), Separator::Semicolon);
    assert_eq!(rows[0].line, 4);
    assert_eq!(
        rows[0].result.as_ref().unwrap()["custom"],
        json!({"Last Name, maiden": "Byron"})
    );
}

#[test]
fn any_line_break_ends_a_row() {
    for line_break in ["\n", "\r", "\r\n"] {
        let file = ["Name,Notes", "Ada,\"1\r\n2\"", "", "Bob,", ",,", "Cy"].join(line_break);
        let rows = read(&file);
        let lines: Vec<_> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 5, 7], "{line_break:?}");
        assert_eq!(rows[0].result.as_ref().unwrap()["notes"], "1\r\n2");
        assert_eq!(rows[2].next.offset, file.len() as u64);
    }
}

#[test]
fn rows_may_be_short_but_not_long() {
    let rows = read("Name,Nickname,Notes\nAda\nBob,B,n,, \nCy,C,n,more\n");
    assert!(rows[0].result.is_ok() && rows[1].result.is_ok());
    assert_eq!(
        complaints(&rows[2]),
        ["has 4 cells, but the header names 3 columns"]
    );
    assert_eq!(rows[2].line, 4);
}

#[test]
fn bytes_that_are_no_text_are_faults_of_their_row() {
    let mut file = "Name,Notes\nZoë,".as_bytes().to_vec();
    file.extend(std::iter::repeat_n(b'a', 300 << 10));
    file.extend(b"\nBob,\xFF\nAda,ok\n");
    let rows = read(&file);
    assert_eq!(complaints(&rows[0]), ["Notes: is longer than 256 KiB"]);
    assert_eq!(
        complaints(&rows[1]),
        ["Notes: holds bytes that are not UTF-8"]
    );
    assert!(rows[2].result.is_ok());
    let utf16 = b"\xFF\xFEN\0a\0m\0e\0\n\0\x00\xD8\n\0A\0\n\0B\0C";
    let rows = read(utf16);
    assert_eq!(
        complaints(&rows[0]),
        ["Name: holds code units that are not UTF-16"]
    );
    assert!(rows[1].result.is_ok());
    assert_eq!(
        complaints(&rows[2]),
        ["Name: holds code units that are not UTF-16"]
    );
    assert_eq!(rows[2].next.offset, utf16.len() as u64);
}

#[test]
fn rows_are_bounded() {
    let rows = read(format!("Name\n{}\nAda\n", "a".repeat(600 << 10)));
    assert!(complaints(&rows[0])[0].starts_with("is longer than 512 KiB"));
    assert!(rows[1].result.is_ok());
    let rows = read(format!("Name\n{}\nAda\n", ",".repeat(1_001)));
    assert_eq!(complaints(&rows[0]), ["has more than 1,000 cells"]);
    assert!(rows[1].result.is_ok());
}

#[test]
fn a_file_may_not_end_within_quotation_marks() {
    let rows = read("Name\nAda\n\"Bob\nCy\n");
    assert!(rows[0].result.is_ok());
    assert_eq!(complaints(&rows[1]), ["ends within quotation marks"]);
    assert_eq!(rows[1].line, 3);
    assert!(read("Name\n\"Ada\"")[0].result.is_ok());
}

#[test]
fn what_does_not_fit_into_custom_is_told() {
    let names: Vec<_> = (0..60).map(|n| format!("Extra {n}")).collect();
    let long = "k".repeat(101);
    let file = format!(
        "Name,{long},,{}\nAda,x,y,{}{}\n",
        names.join(","),
        "z".repeat(1_001),
        ",v".repeat(59)
    );
    let row = &read(file)[0];
    let custom = row.result.as_ref().unwrap()["custom"]
        .as_object()
        .unwrap()
        .clone();
    assert_eq!(custom.len(), 50);
    assert_eq!(custom["Column 3"], "y");
    assert_eq!(custom["Extra 0"].as_str().unwrap().len(), 1_000);
    assert_eq!(
        row.notes.len(),
        13,
        "the long name, the long value, and eleven too many"
    );
}

#[test]
fn every_fault_of_a_row_is_told() {
    let row = &read("name.given,birthday,phones.0.primary,more\nAda,soon,maybe,[]\n")[0];
    assert_eq!(
        complaints(row),
        [
            "more: is no JSON object",
            "birthday: is no date such as 1980-12-31, or --12-31 when the year is unknown",
            "phones.0.primary: must be true or false",
        ]
    );
    let row = &read(
        "name.given,custom.k,more\nAda,v,\"{\"\"name\"\":7,\"\"custom\"\":{\"\"k\"\":\"\"w\"\"}}\"\n",
    )[0];
    assert_eq!(
        complaints(row),
        [
            "name.given: says otherwise than the column more",
            "custom.k: says otherwise than another column",
        ]
    );
}

#[test]
fn our_columns_can_be_written_by_hand() {
    let file = "Name.Given,phones.3.number,phones.3.primary,custom.Shoe size,Colour,groups\nAda,'+44 20,TRUE,38,red,\"Friends\nChoir\"";
    let row = &read(file)[0];
    assert_eq!(
        row.result.as_ref().unwrap(),
        &json!({"name": {"given": "Ada"}, "phones": [{"number": "+44 20", "primary": true}],
            "emails": [], "addresses": [], "urls": [], "custom": {"Shoe size": "38", "Colour": "red"}})
    );
    assert_eq!(row.groups, ["Friends", "Choir"]);
}
