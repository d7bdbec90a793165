use super::*;
use proptest::prelude::*;

/// Everything that a file gives, fed in pieces of a size, with each entry's line and what it says.
fn entries(form: Form, file: &[u8], piece: usize) -> Result<Vec<(u64, String)>, Unreadable> {
    let mut reader = Reader::resume(At::start(form), None, DateOrder::Unknown)?;
    let mut found = Vec::new();
    for bytes in file.chunks(piece) {
        reader.feed(bytes)?;
        while let Some(entry) = reader.next()? {
            found.push(told(entry));
        }
    }
    reader.finish()?;
    while let Some(entry) = reader.next()? {
        found.push(told(entry));
    }
    Ok(found)
}

/// The same, with another reader behind each entry.
fn resumed(form: Form, file: &[u8]) -> Result<Vec<(u64, String)>, Unreadable> {
    let (mut at, mut header, mut found) = (At::start(form), None, Vec::new());
    loop {
        let mut reader = Reader::resume(at, header.as_ref(), DateOrder::Unknown)?;
        reader.feed(file.get(at.offset() as usize..).unwrap_or_default())?;
        let mut entry = reader.next()?;
        if entry.is_none() {
            reader.finish()?;
            entry = reader.next()?;
        }
        let Some(entry) = entry else {
            return Ok(found);
        };
        header = reader.header().cloned();
        at = entry.next;
        found.push(told(entry));
    }
}

fn told(entry: Entry) -> (u64, String) {
    let line = entry.line;
    let told = match entry.content {
        Ok(content) => String::from_utf8_lossy(&content.source()).into_owned(),
        Err(reason) => reason,
    };
    (line, told)
}

const ARRAY: &[u8] =
    b"\xEF\xBB\xBF[\n{\"a\": \"],\\\"{\"},\n{\"b\": [1, {\"c\": 2}]} ,\n{broken},\n\"x\"\n]\n";

#[test]
fn an_array_is_read_value_by_value() {
    let expected = [
        (2, r#"{"a":"],\"{"}"#),
        (3, r#"{"b":[1,{"c":2}]}"#),
        (4, "line 4: this is not valid JSON"),
        (5, "\"x\""),
    ];
    for piece in [1, 2, 7, 1_000] {
        let found = entries(Form::Json, ARRAY, piece).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|(line, told)| (*line, told.as_str()))
            .collect();
        assert_eq!(found, expected, "in pieces of {piece}");
    }
    assert_eq!(resumed(Form::Json, ARRAY).unwrap().len(), 4);
}

#[test]
fn what_is_no_array_is_told() {
    for (file, fault) in [
        ("", "the file is empty"),
        (" {\"data\": []}", "line 1: the file must be a JSON array"),
    ] {
        let error = entries(Form::Json, file.as_bytes(), 3).unwrap_err();
        assert!(error.to_string().starts_with(fault), "{error}");
    }
    for (file, fault) in [
        (
            "[{}, {\"a\":\n",
            "line 1: the file ends within this contact",
        ),
        ("[{}\n", "line 1: the file ends within this contact"),
        ("[{},\n", "line 2: the file ends before the array does"),
        (
            "[{}] []",
            "line 1: there is more behind the end of the array",
        ),
    ] {
        let found = entries(Form::Json, file.as_bytes(), 3).unwrap();
        assert_eq!(found.last().unwrap().1, fault, "{file}");
    }
    assert!(entries(Form::Json, b"[]", 1).unwrap().is_empty());
}

#[test]
fn a_value_that_is_too_large_ends_with_itself() {
    let file = format!("[\"{}\", 7]", "x".repeat(2 << 20));
    let found = entries(Form::Json, file.as_bytes(), 64 << 10).unwrap();
    assert_eq!(found[0].1, "line 1: the contact is larger than 1024 KiB");
    assert_eq!(found[1].1, "7");
}

#[test]
fn media_types_tell_the_form() {
    assert_eq!(Form::of("text/x-vcard; charset=utf-8"), Some(Form::Cards));
    assert_eq!(Form::of("Text/CSV"), Some(Form::Csv));
    assert_eq!(Form::of("application/json"), Some(Form::Json));
    assert_eq!(Form::of("image/png"), None);
}

#[test]
fn a_report_is_bounded() {
    let mut report = Report::default();
    for _ in 0..250 {
        report.refuse(&"x".repeat(10_000));
        report.accept(Verdict::Created, vec!["y".repeat(10_000)]);
    }
    assert_eq!((report.done(), report.seen()), (250, 500));
    assert_eq!((report.errors.len(), report.notes.len()), (100, 100));
    assert_eq!(report.errors[1].index, 2);
    assert!(serde_json::to_vec(&report).unwrap().len() < 80 << 10);
    assert_eq!(report.summary(), ["250 created", "250 refused"]);
}

proptest! {
    #[test]
    fn pieces_and_resumption_change_nothing(
        file in "[\\[\\]{},:\"\\\\ \na1]{0,60}|(BEGIN:VCARD|VERSION:3.0|FN:a|END:VCARD|x| |\r|\n){0,30}",
        piece in 1_usize..20,
    ) {
        for form in [Form::Json, Form::Cards, Form::Csv] {
            let whole = entries(form, file.as_bytes(), 1_000);
            prop_assert_eq!(&entries(form, file.as_bytes(), piece), &whole);
            prop_assert_eq!(&resumed(form, file.as_bytes()), &whole);
        }
    }
}
