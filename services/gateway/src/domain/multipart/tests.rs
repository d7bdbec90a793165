use super::{Boundary, Fault, FileField, Out};
use proptest::prelude::*;

const TYPE: &str = "multipart/form-data; boundary=\"--b a\"";

/// A file's declared type and its bytes.
type File = (Option<String>, Vec<u8>);

fn read(pieces: &[&[u8]]) -> Result<File, Fault> {
    let mut field = FileField::new(&Boundary::of(TYPE)?);
    let (mut content_type, mut bytes) = (None, Vec::new());
    for out in pieces.iter().map(|piece| field.push(piece)) {
        for out in out? {
            match out {
                Out::Begin(declared) => content_type = declared,
                Out::Data(data) => bytes.extend_from_slice(&data),
            }
        }
    }
    field.finish()?;
    Ok((content_type, bytes))
}

fn form(bytes: &[u8]) -> Vec<u8> {
    let head = "----b a\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\ncontent-type: image/png\r\n\r\n";
    [head.as_bytes(), bytes, b"\r\n----b a--\r\n"].concat()
}

fn fault(text: &str) -> Fault {
    read(&[text.as_bytes()]).unwrap_err()
}

#[test]
fn the_file_comes_out() {
    let file = read(&[&form(b"\r\n--b\r\n----b")]).unwrap();
    assert_eq!(file.0.as_deref(), Some("image/png"));
    assert_eq!(file.1, b"\r\n--b\r\n----b");
    let bare = "before\r\n----b a \t\r\nContent-Disposition:form-data;name=file\r\n\r\nx\r\n----b a--behind";
    assert_eq!(read(&[bare.as_bytes()]), Ok((None, b"x".to_vec())));
    let head = "----b a\r\nContent-Disposition: form-data; name=file\r\n\r\n";
    for empty in ["\r\n----b a--", "----b a--\r\n"] {
        let form = [head, empty].concat();
        assert_eq!(
            read(&[form.as_bytes()]),
            Ok((None, Vec::new())),
            "{empty:?}"
        );
    }
}

#[test]
fn what_is_wrong_is_named() {
    let part =
        |name: &str| format!("----b a\r\nContent-Disposition: form-data; name={name}\r\n\r\nx\r\n");
    let file = part("file");
    assert_eq!(fault(""), Fault::Truncated);
    assert_eq!(fault(&file), Fault::Truncated);
    assert_eq!(fault(&format!("{file}----b a-")), Fault::Truncated);
    assert_eq!(fault("----b a--"), Fault::NoFile);
    assert_eq!(fault(&format!("{file}{file}----b a--")), Fault::SecondFile);
    let unknown = format!("{file}{}----b a--", part("presets"));
    assert_eq!(fault(&unknown), Fault::UnknownField("presets".to_owned()));
    assert_eq!(fault("----b ax\r\n"), Fault::Delimiter);
    assert_eq!(
        fault(&format!("----b a{}\r\n", " ".repeat(65))),
        Fault::Delimiter
    );
    assert_eq!(fault("----b a\r\n\r\nx"), Fault::Nameless);
    assert_eq!(
        fault("----b a\r\ncontent-disposition: attachment; name=file\r\n\r\n"),
        Fault::Nameless
    );
    assert_eq!(
        fault("----b a\r\nno colon\r\n\r\n"),
        Fault::Head("no colon".to_owned())
    );
    assert_eq!(
        fault(&format!("----b a\r\na: {}", "x".repeat(9000))),
        Fault::HeadTooLong
    );
    assert_eq!(
        fault(&format!("----b a\r\n{}\r\n", "a: b\r\n".repeat(17))),
        Fault::HeadTooLong
    );
    assert_eq!(fault(&"x".repeat(5000)), Fault::Around);
    let long = [form(b"x"), vec![b'x'; 5000]].concat();
    assert_eq!(read(&[&long]), Err(Fault::Around));
}

#[test]
fn boundaries_are_those_of_the_standard() {
    for good in ["b", "\"a b:c\"", "----WebKitFormBoundaryABC"] {
        assert!(Boundary::of(&format!("multipart/form-data; boundary={good}")).is_ok());
    }
    let long = "b".repeat(71);
    for bad in ["", "\"\"", "\"a \"", "ä", "<b>", &long] {
        let bad = format!("multipart/form-data; boundary={bad}");
        assert_eq!(Boundary::of(&bad), Err(Fault::Boundary), "{bad}");
    }
    assert_eq!(Boundary::of("multipart/form-data"), Err(Fault::Boundary));
}

/// The text in pieces that end at these places.
fn split<'a>(text: &'a [u8], places: &[usize]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = places.iter().map(|at| at % (text.len() + 1)).collect();
    places.extend([0, text.len()]);
    places.sort_unstable();
    places
        .windows(2)
        .map(|ends| &text[ends[0]..ends[1]])
        .collect()
}

fn likely() -> impl Strategy<Value = Vec<u8>> {
    const WORDS: &[&str] = &[
        "\r\n----b a",
        "\r\n",
        "--",
        "\r",
        "-",
        "x",
        "\r\n----b a--",
        "Content-Disposition: form-data; name=file",
    ];
    let words = prop::collection::vec(prop::sample::select(WORDS), 0..12);
    words.prop_map(|words| words.concat().into_bytes())
}

proptest! {
    #[test]
    fn any_file_comes_out_however_it_is_split(
        bytes in prop::collection::vec(prop::sample::select(b"\r\n-ba x".to_vec()), 0..200),
        places: [usize; 6],
    ) {
        let form = form(&bytes);
        prop_assume!(!bytes.windows(9).any(|part| part == b"\r\n----b a"));
        prop_assume!(!bytes.starts_with(b"----b a"));
        let file = read(&split(&form, &places));
        prop_assert_eq!(file, Ok((Some("image/png".to_owned()), bytes)));
    }

    #[test]
    fn splits_do_not_matter_to_what_is_broken_either(form in likely(), places: [usize; 6]) {
        let bytewise: Vec<_> = form.chunks(1).collect();
        let whole = read(&[&form]);
        prop_assert_eq!(&read(&bytewise), &whole);
        prop_assert_eq!(&read(&split(&form, &places)), &whole);
    }

    #[test]
    fn anything_is_read_without_a_panic(bytes: Vec<u8>) {
        let _ = read(&[&bytes]);
        let _ = Boundary::of(&String::from_utf8_lossy(&bytes));
    }
}
