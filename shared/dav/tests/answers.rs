//! What is written, judged by a strict reader that is not ours.
#![allow(clippy::expect_used, clippy::panic)]

use dav::{
    CALENDARSERVER, CARDDAV, CardVersion, Collation, Condition, DAV, Href, Mkcol, Multistatus,
    Preferences, Privilege, PropName, Property, Propfind, Proppatch, ReportKind, Response, Status,
    Value, error_body, principal_search_property_set, prop,
};
use proptest::prelude::*;
use roxmltree::{Document, Node};
use std::time::Duration;
use time::OffsetDateTime;

fn book() -> Href {
    Href::root().collection("dav").collection("book")
}

fn written(responses: &[Response], preferences: Preferences) -> String {
    let mut out = Multistatus::new(preferences);
    responses.iter().for_each(|response| out.push(response));
    out.finish()
}

fn body(response: Response) -> String {
    written(&[response], Preferences::default())
}

fn all<'a>(document: &'a Document<'_>, namespace: &'a str, name: &'a str) -> Vec<Node<'a, 'a>> {
    let found = document.descendants();
    found
        .filter(|node| node.has_tag_name((namespace, name)))
        .collect()
}

/// What is inside the one property of a resource.
fn inside(name: PropName, value: Value) -> String {
    let body = body(Response::propstats(
        book(),
        vec![dav::Propstat::new(
            Status::Ok,
            vec![Property::new(name, value)],
        )],
    ));
    Document::parse(&body).expect(&body);
    let start = body.find("<D:prop>").expect("a prop") + "<D:prop>".len();
    body[start..body.find("</D:prop>").expect("its end")].to_owned()
}

#[test]
fn found_comes_first_and_missing_is_told() {
    let request = Propfind::read(
        br#"<a:propfind xmlns:a="DAV:"><a:prop><x:color xmlns:x="urn:x"/><a:getetag/><a:displayname/></a:prop></a:propfind>"#,
        1000,
    )
    .expect("a request");
    let properties = vec![
        (prop::DISPLAYNAME, Value::text("A & B")).into(),
        (prop::GETETAG, Value::text("\"1\"")).into(),
        (prop::OWNER, Value::href(book())).into(),
    ];
    let response = request.selection.answer(book(), properties);
    let expected = concat!(
        r#"<?xml version="1.0" encoding="utf-8"?>"#,
        r#"<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns:CS="http://calendarserver.org/ns/">"#,
        "<D:response><D:href>/dav/book/</D:href>",
        "<D:propstat><D:prop><D:getetag>\"1\"</D:getetag><D:displayname>A &amp; B</D:displayname></D:prop>",
        "<D:status>HTTP/1.1 200 OK</D:status></D:propstat>",
        r#"<D:propstat><D:prop><N:color xmlns:N="urn:x"/></D:prop>"#,
        "<D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>",
        "</D:response></D:multistatus>",
    );
    assert_eq!(body(response.clone()), expected);

    let minimal = Preferences::parse(Some("return=minimal"), None);
    assert!(!written(&[response], minimal).contains("404"));
    let nothing = request.selection.answer(book(), vec![]);
    assert!(written(&[nothing], minimal).contains(
        "<D:propstat><D:prop></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
    ));
}

#[test]
fn all_and_names_choose_for_the_client() {
    let properties = || {
        vec![
            (prop::GETETAG, Value::text("\"1\"")).into(),
            (prop::SYNC_TOKEN, Value::text("t")).into(),
            (prop::GETCTAG, Value::text("c")).into(),
        ]
    };
    let answer = |request: &str| {
        let request = Propfind::read(request.as_bytes(), 1000).expect(request);
        body(request.selection.answer(book(), properties()))
    };
    let all =
        answer(r#"<propfind xmlns="DAV:"><allprop/><include><sync-token/></include></propfind>"#);
    assert!(all.contains("<D:getetag>\"1\"</D:getetag><D:sync-token>t</D:sync-token></D:prop>"));
    let names = answer(r#"<propfind xmlns="DAV:"><propname/></propfind>"#);
    assert!(names.contains("<D:prop><D:getetag/><D:sync-token/><CS:getctag/></D:prop>"));
}

#[test]
fn values_become_their_elements() {
    let at = OffsetDateTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let cases = [
        (
            prop::RESOURCETYPE,
            Value::address_book(),
            "<D:resourcetype><D:collection/><C:addressbook/></D:resourcetype>",
        ),
        (
            prop::RESOURCETYPE,
            Value::ResourceType(vec![]),
            "<D:resourcetype/>",
        ),
        (
            prop::GETCONTENTLENGTH,
            Value::Number(7),
            "<D:getcontentlength>7</D:getcontentlength>",
        ),
        (
            prop::CREATIONDATE,
            Value::Created(at),
            "<D:creationdate>1994-11-06T08:49:37Z</D:creationdate>",
        ),
        (
            prop::GETLASTMODIFIED,
            Value::Modified(at),
            "<D:getlastmodified>Sun, 06 Nov 1994 08:49:37 GMT</D:getlastmodified>",
        ),
        (
            prop::ADDRESSBOOK_HOME_SET,
            Value::href(Href::root().collection("ä b")),
            "<C:addressbook-home-set><D:href>/%C3%A4%20b/</D:href></C:addressbook-home-set>",
        ),
        (
            prop::CURRENT_USER_PRINCIPAL,
            Value::Unauthenticated,
            "<D:current-user-principal><D:unauthenticated/></D:current-user-principal>",
        ),
        (
            prop::SUPPORTED_REPORT_SET,
            Value::Reports(vec![ReportKind::SyncCollection]),
            "<D:supported-report-set><D:supported-report><D:report><D:sync-collection/></D:report></D:supported-report></D:supported-report-set>",
        ),
        (
            prop::CURRENT_USER_PRIVILEGE_SET,
            Value::Privileges(Privilege::READER.to_vec()),
            "<D:current-user-privilege-set><D:privilege><D:read/></D:privilege><D:privilege><D:read-current-user-privilege-set/></D:privilege></D:current-user-privilege-set>",
        ),
        (
            prop::SUPPORTED_ADDRESS_DATA,
            Value::CardVersions(vec![CardVersion::V30]),
            r#"<C:supported-address-data><C:address-data-type content-type="text/vcard" version="3.0"/></C:supported-address-data>"#,
        ),
        (
            prop::SUPPORTED_COLLATION_SET,
            Value::Collations(vec![Collation::Octet]),
            "<C:supported-collation-set><C:supported-collation>i;octet</C:supported-collation></C:supported-collation-set>",
        ),
        (
            prop::ADDRESS_DATA,
            Value::Card {
                version: CardVersion::V30,
                text: "A\r\nB".to_owned(),
            },
            "<C:address-data>A&#13;\nB</C:address-data>",
        ),
        (
            prop::ADDRESS_DATA,
            Value::Card {
                version: CardVersion::V40,
                text: String::new(),
            },
            r#"<C:address-data content-type="text/vcard" version="4.0"/>"#,
        ),
        (
            PropName::new("", "x").expect("a name"),
            Value::text("1"),
            "<x>1</x>",
        ),
    ];
    for (name, value, expected) in cases {
        assert_eq!(inside(name, value), expected);
    }
}

#[test]
fn a_sync_answer_ends_with_its_token() {
    let mut out = Multistatus::new(Preferences::default());
    out.push(&Response::not_found(book().member("gone.vcf")));
    out.push(&Response::truncated(book()));
    let body = out.finish_with_token("urn:t:1&2");
    assert!(body.ends_with(concat!(
        "<D:response><D:href>/dav/book/gone.vcf</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>",
        "<D:response><D:href>/dav/book/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status>",
        "<D:error><D:number-of-matches-within-limits/></D:error></D:response>",
        "<D:sync-token>urn:t:1&amp;2</D:sync-token></D:multistatus>",
    )));
}

#[test]
fn changes_are_made_together_or_not_at_all() {
    let patch = Proppatch::read(
        br#"<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>x</D:displayname><D:getetag>1</D:getetag></D:prop></D:set></D:propertyupdate>"#,
        1000,
    )
    .expect("a patch");
    let refused = body(patch.answer(book(), |change| change.name == prop::DISPLAYNAME));
    assert!(refused.contains("<D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status><D:error><D:cannot-modify-protected-property/></D:error>"));
    assert!(refused.contains(
        "<D:prop><D:displayname/></D:prop><D:status>HTTP/1.1 424 Failed Dependency</D:status>"
    ));
    let made = body(patch.answer(book(), |_| true));
    assert!(made.contains(
        "<D:prop><D:displayname/><D:getetag/></D:prop><D:status>HTTP/1.1 200 OK</D:status>"
    ));
}

#[test]
fn a_collection_that_is_not_made_says_why() {
    let made = Mkcol::read(
        br#"<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/></resourcetype><owner/></prop></set></mkcol>"#,
        1000,
    )
    .expect("a mkcol");
    let body = made.refusal(|_| false);
    let document = Document::parse(&body).expect("XML");
    assert!(
        document
            .root_element()
            .has_tag_name((DAV, "mkcol-response"))
    );
    assert_eq!(all(&document, DAV, "owner").len(), 1);
}

#[test]
fn errors_name_their_condition() {
    let card = book().member("a.vcf");
    let body = Condition::NoUidConflict(card.clone()).to_body("<another>");
    assert!(body.ends_with("<C:no-uid-conflict><D:href>/dav/book/a.vcf</D:href></C:no-uid-conflict><D:responsedescription>&lt;another&gt;</D:responsedescription></D:error>"));
    let body = Condition::NeedPrivileges(card, Privilege::Unbind).to_body("no");
    let document = Document::parse(&body).expect("XML");
    assert_eq!(all(&document, DAV, "unbind").len(), 1);
    Document::parse(&error_body(None, "\u{0}")).expect("XML");
    let body = principal_search_property_set(&[(prop::DISPLAYNAME, "name")]);
    Document::parse(&body).expect("XML");
}

/// As a reader sees text that may have held what XML can not.
fn readable(text: &str) -> String {
    let fits = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..);
    text.chars()
        .map(|c| {
            if fits(c) {
                c
            } else {
                char::REPLACEMENT_CHARACTER
            }
        })
        .collect()
}

fn any_name() -> impl Strategy<Value = PropName> {
    let namespace = prop_oneof![
        Just(DAV.to_owned()),
        Just(CARDDAV.to_owned()),
        Just(CALENDARSERVER.to_owned()),
        Just("http://www.w3.org/XML/1998/namespace".to_owned()),
        any::<String>(),
    ];
    (namespace, "[a-zA-Z_é][a-z0-9._-]{0,8}").prop_filter_map("a name", |(namespace, local)| {
        PropName::new(&namespace, &local).ok()
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        cards in proptest::collection::vec((any::<String>(), any_name(), any::<String>()), 0..8),
        token in any::<String>(),
    ) {
        let mut out = Multistatus::new(Preferences::default());
        let mut body = String::new();
        for (file, name, text) in &cards {
            let property = Property::new(name.clone(), Value::text(text.clone()));
            let group = dav::Propstat::new(Status::Ok, vec![property]);
            out.push(&Response::propstats(book().member(file.clone()), vec![group]));
            body += &out.take();
        }
        body += &out.finish_with_token(&token);

        let document = Document::parse(&body).expect(&body);
        let responses: Vec<_> = document
            .root_element()
            .children()
            .filter(|node| node.has_tag_name((DAV, "response")))
            .collect();
        prop_assert_eq!(responses.len(), cards.len());
        for (response, (file, name, text)) in responses.iter().zip(&cards) {
            let href = response.first_element_child().and_then(|node| node.text()).unwrap_or_default();
            prop_assert_eq!(href, book().member(file.clone()).to_string());
            let property = response
                .descendants()
                .find(|node| node.has_tag_name((DAV, "prop")))
                .and_then(|node| node.first_element_child())
                .expect("a property");
            prop_assert_eq!(property.tag_name().name(), name.local());
            prop_assert_eq!(property.tag_name().namespace().unwrap_or_default(), name.namespace());
            prop_assert_eq!(property.text().unwrap_or_default(), readable(text));
        }
        let last = document.root_element().last_element_child().expect("a token");
        prop_assert_eq!(last.text().unwrap_or_default(), readable(&token));
    }

    #[test]
    fn a_missing_property_of_any_name_is_told(name in any_name()) {
        let selection = dav::Selection::Listed(vec![name]);
        let body = body(selection.answer(book(), vec![]));
        Document::parse(&body).expect(&body);
    }
}
