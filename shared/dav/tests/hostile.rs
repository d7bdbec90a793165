//! Bytes that nobody vouches for: every reader answers, quickly, and within its limits.
#![allow(clippy::expect_used, clippy::panic)]

use dav::{
    Mkcol, Propfind, Proppatch, Report, RequestError,
    xml::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MAX_NAME, MAX_TEXT, XmlError, XmlFault},
};
use proptest::prelude::*;
use std::time::{Duration, Instant};

const MAX: usize = 4 * 1024 * 1024;

fn fault(body: impl AsRef<[u8]>) -> XmlFault {
    match Propfind::read(body.as_ref(), MAX) {
        Err(RequestError::Xml(XmlError { fault, .. })) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn documents_declare_nothing() {
    let laughs = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]><propfind xmlns="DAV:"><prop>&lol2;</prop></propfind>"#;
    assert_eq!(fault(laughs), XmlFault::Doctype);
    assert_eq!(
        fault(r#"<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>"#),
        XmlFault::Doctype
    );
    let entity = XmlFault::Entity("lol".to_owned());
    assert_eq!(fault("<a>&lol;</a>"), entity);
    assert_eq!(fault("<a b='&lol;'/>"), entity);
}

#[test]
fn only_utf_8_is_read() {
    let text =
        r#"<?xml version="1.0" encoding="UTF-16"?><propfind xmlns="DAV:"><propname/></propfind>"#;
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = [b"\xFF\xFE".as_slice(), &wide].concat();
    for body in [text.as_bytes(), &wide, &big, &marked] {
        let error = Propfind::read(body, MAX).expect_err("UTF-16");
        assert_eq!(
            error.to_string(),
            "line 1: the body is in UTF-16; only UTF-8 is read"
        );
        assert_eq!(error.status().code(), 415);
    }
    let latin = text.replace("UTF-16", "ISO-8859-1");
    assert_eq!(fault(latin), XmlFault::Encoding("ISO-8859-1".to_owned()));
    assert_eq!(fault(b"<a>\n\xE9</a>"), XmlFault::NotUtf8);
    let marked = format!("\u{FEFF}{}", text.replace("UTF-16", "utf-8"));
    assert!(Propfind::read(marked.as_bytes(), MAX).is_ok());
}

#[test]
fn characters_are_those_of_xml() {
    assert_eq!(fault("<a>\u{0}</a>"), XmlFault::Character(0));
    assert_eq!(fault("<a>&#1;</a>"), XmlFault::Character(1));
    assert_eq!(fault("<a b='&#xFFFF;'/>"), XmlFault::Character(0xFFFF));
    for broken in [
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>&#x110000;</a>",
        "<a>&#;</a>",
    ] {
        assert!(matches!(fault(broken), XmlFault::Syntax(_)), "{broken}");
    }
}

#[test]
fn broken_documents_are_refused() {
    for body in [
        "<a>",
        "<a></b>",
        "</a>",
        "<a",
        "<a b>",
        "<a b=c/>",
        "<a b='1' b='2'/>",
        "<x:a/>",
        "<a x:b=''/>",
        "<a>&amp</a>",
        "<a xmlns:xmlns='u'/>",
        "<1/>",
        "<a:b:c xmlns:a='u'/>",
        "<a/><b/>",
        "<a/>x",
        "x<a/>",
        "<!-- -->",
        "<a><![CDATA[</a>",
        "<a?/>",
        "<>",
        "<a/",
        "<xmlns:a/>",
        "<xml:a/>",
        "\u{FEFF}",
    ] {
        let error = Propfind::read(body.as_bytes(), MAX).expect_err(body);
        assert!(matches!(error, RequestError::Xml(_)), "{body}: {error}");
        assert_eq!(error.status().code(), 400);
    }
}

#[test]
fn faults_name_their_line() {
    let error = Propfind::read(b"<a>\n\n<b x:c='1'/>\n</a>", MAX).expect_err("no namespace");
    assert_eq!(error.to_string(), "line 3: the prefix x has no namespace");
}

#[test]
fn limits_hold_to_the_last_unit() {
    let nested = |depth| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let many = |count| format!("<a>{}</a>", "<b/>".repeat(count));
    let attributes = |count| {
        let list: String = (0..count).map(|n| format!(" a{n}=''")).collect();
        format!("<a{list}/>")
    };
    let named = |length| format!("<{}/>", "n".repeat(length));
    let text = |length| format!("<a>{}</a>", "t".repeat(length));
    type Body<'a> = &'a dyn Fn(usize) -> String;
    let cases: [(Body<'_>, usize); 5] = [
        (&nested, MAX_DEPTH),
        (&|count| many(count - 1), MAX_ELEMENTS),
        (&attributes, MAX_ATTRIBUTES),
        (&named, MAX_NAME),
        (&text, MAX_TEXT),
    ];
    for (body, limit) in cases {
        let fits = Propfind::read(body(limit).as_bytes(), MAX);
        assert!(matches!(fits, Err(RequestError::Root { .. })), "{fits:?}");
        let error = Propfind::read(body(limit + 1).as_bytes(), MAX);
        assert!(matches!(error, Err(RequestError::Xml(_))), "{error:?}");
    }
}

#[test]
fn a_body_is_at_most_as_large_as_the_caller_says() {
    let body = b"<propfind xmlns='DAV:'><propname/></propfind>";
    assert!(Propfind::read(body, body.len()).is_ok());
    let error = Propfind::read(body, body.len() - 1).expect_err("too large");
    assert_eq!(error.status().code(), 413);
}

#[test]
fn bombs_fizzle() {
    let attributes: String = (0..100_000).map(|n| format!(" a{n}='x'")).collect();
    let declared: String = (0..100_000).map(|n| format!(" xmlns:a{n}='x'")).collect();
    let prefixes: String = (0..31).map(|n| format!(" xmlns:p{n}='u'")).collect();
    let bombs = [
        "<a>".repeat(1_000_000),
        format!("<a>{}", "<b/>".repeat(1_000_000)),
        format!("<a{attributes}/>"),
        format!("<a{declared}/>"),
        format!("<a b='{}'/>", "x".repeat(3_000_000)),
        format!("<a>{}</a>", "x".repeat(3_000_000)),
        format!("<a>{}</a>", "&lt;".repeat(900_000)),
        format!("<{}/>", "n".repeat(3_000_000)),
        "<!--".repeat(900_000),
        "<![CDATA[".repeat(400_000),
        // Each of many names is looked up among all the declarations around it.
        format!(
            "{}{}",
            format!("<a{prefixes}>").repeat(31),
            "<b/>".repeat(60_000)
        ),
    ];
    for bomb in bombs {
        let start = Instant::now();
        let refused = Report::read(bomb.as_bytes(), MAX);
        let taken = start.elapsed();
        assert!(matches!(refused, Err(RequestError::Xml(_))), "{refused:?}");
        // Generous: this also runs without optimisation, beside other tests.
        assert!(taken < Duration::from_secs(5), "{taken:?}");
    }
}

/// Pieces that bodies are made of, in an order that nobody intended.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<D:propfind xmlns:D=\"DAV:\">",
        "</D:propfind>",
        "<D:prop>",
        "</D:prop>",
        "<D:getetag/>",
        "<C:addressbook-query xmlns:C=\"urn:ietf:params:xml:ns:carddav\" xmlns:D=\"DAV:\">",
        "</C:addressbook-query>",
        "<C:filter test=\"allof\">",
        "</C:filter>",
        "<C:prop-filter name=\"a.b\">",
        "</C:prop-filter>",
        "<C:text-match>",
        "</C:text-match>",
        "<C:address-data version='4.0'>",
        "</C:address-data>",
        "<C:limit><C:nresults>9</C:nresults></C:limit>",
        "<D:sync-collection xmlns:D='DAV:'>",
        "</D:sync-collection>",
        "<D:sync-token>",
        "</D:sync-token>",
        "<D:mkcol xmlns:D='DAV:'>",
        "<D:set>",
        "</D:set>",
        "</D:mkcol>",
        "<D:href>",
        "</D:href>",
        "<?xml version='1.0'?>",
        "<!-- x -->",
        "<![CDATA[",
        "]]>",
        "&#x41;",
        "&amp;",
        "&",
        "é",
        "/a%2",
        "<",
        "\0",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn read_all(body: &[u8]) {
    let _ = Propfind::read(body, MAX).map_err(|error| error.to_body());
    let _ = Proppatch::read(body, MAX).map_err(|error| error.to_body());
    let _ = Mkcol::read(body, MAX).map_err(|error| error.to_body());
    let _ = Report::read(body, MAX).map_err(|error| error.to_body());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..256)) {
        read_all(&body);
    }

    #[test]
    fn any_soup_is_read_or_refused(body in soup()) {
        read_all(body.as_bytes());
    }

    #[test]
    fn every_refusal_is_well_formed(body in soup()) {
        if let Err(error) = Report::read(body.as_bytes(), MAX) {
            let answer = error.to_body();
            roxmltree::Document::parse(&answer).expect(&answer);
        }
    }

    #[test]
    fn a_broken_request_never_panics(at in 0_usize..300, byte: u8) {
        let mut body = br#"<C:addressbook-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/><C:address-data version="4.0"/></D:prop><C:filter><C:prop-filter name="FN"><C:text-match match-type="equals">x&amp;y</C:text-match></C:prop-filter></C:filter></C:addressbook-query>"#.to_vec();
        if let Some(place) = body.get_mut(at) {
            *place = byte;
        }
        read_all(&body);
    }
}
