//! Requests that somebody has broken.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use dav::{
    CardProperties, CardProperty, Depth, Href, Mkcol, Multistatus, Preferences, PropName, Propfind,
    Proppatch, Report, RequestError, Response, Selection, Value, prop,
};
use mutate::Campaign;
use roxmltree::Document;
use std::{borrow::Cow, collections::BTreeSet};

const MAX: usize = 1 << 20;
/// A refusal quotes what is wrong, but not all of it.
const MAX_REFUSAL: usize = 16 << 10;

const SAMPLES: [&str; 9] = [
    r#"<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:" xmlns:Z="urn:z"><D:prop>
        <D:getetag/><Z:colour/><D:displayname/></D:prop></D:propfind>"#,
    r#"<propfind xmlns="DAV:"><allprop/><include><supported-report-set/></include></propfind>"#,
    r#"<A:propertyupdate xmlns:A="DAV:"><A:set><A:prop><B:me-card xmlns:B="http://calendarserver.org/ns/">
        <A:href>/dav/book/me.vcf</A:href></B:me-card></A:prop></A:set><A:remove><A:prop><A:displayname/></A:prop></A:remove></A:propertyupdate>"#,
    r#"<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/><C:addressbook xmlns:C="urn:ietf:params:xml:ns:carddav"/>
        </resourcetype><displayname>Friends &#38; <![CDATA[<family>]]></displayname></prop></set></mkcol>"#,
    r#"<C:addressbook-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/>
        <C:address-data content-type="text/vcard" version="4.0"><C:prop name="item1.TEL"/><C:prop name="PHOTO" novalue="yes"/></C:address-data></D:prop>
        <C:filter test="allof"><C:prop-filter name="FN"><C:text-match collation="i;unicode-casemap" match-type="starts-with" negate-condition="no">Mü&amp;</C:text-match>
        <C:param-filter name="TYPE"><C:text-match>work</C:text-match></C:param-filter></C:prop-filter>
        <C:prop-filter name="EMAIL"><C:is-not-defined/></C:prop-filter></C:filter><C:limit><C:nresults>100</C:nresults></C:limit></C:addressbook-query>"#,
    r#"<C:addressbook-multiget xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><prop><getetag/><C:address-data/></prop>
        <href>/dav/book/a%20b.vcf</href><href>http://h/dav/book/%C3%A9.vcf</href></C:addressbook-multiget>"#,
    r#"<sync-collection xmlns="DAV:"><sync-token>urn:token:1</sync-token><sync-level>1</sync-level>
        <limit><nresults>20</nresults></limit><prop><getetag/></prop></sync-collection>"#,
    r#"<D:principal-property-search xmlns:D="DAV:" test="anyof"><D:property-search><D:prop><D:displayname/></D:prop>
        <D:match>doe</D:match></D:property-search><D:prop><D:displayname/></D:prop></D:principal-property-search>"#,
    "/dav/books/book_00000000000000000000000000/a%20b.vcf",
];

const WORDS: &[&str] = &[
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<!DOCTYPE x [<!ENTITY y 'z'>]>",
    "&y;",
    "&#0;",
    "&#x10FFFF;",
    "&amp;",
    "<?xml version='1.0' encoding='utf-16'?>",
    " xmlns='urn:x'",
    " xmlns:D='urn:y'",
    " xmlns:D=''",
    "xml:lang='de'",
    "<D:prop>",
    "</D:prop>",
    "<x:y xmlns:x='urn:z'/>",
    "<D:set>",
    "<D:href>/%2e%2e/</D:href>",
    "%00",
    "%",
    "//",
    "/../",
    "99999999999999999999",
    "infinity",
    "return=minimal, depth-noroot",
    "\u{FEFF}",
    "\u{FFFF}",
];

/// A card all of whose values are the request itself.
struct Echo<'t>(&'t str);

impl CardProperties for Echo<'_> {
    fn properties(&self) -> impl Iterator<Item = impl CardProperty> {
        std::iter::once(Echo(self.0))
    }
}

impl CardProperty for Echo<'_> {
    fn group(&self) -> Option<&str> {
        Some("item1")
    }

    fn name(&self) -> &str {
        "FN"
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.0)
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        std::iter::once(("TYPE", self.0))
    }
}

fn here() -> Href {
    Href::root().collection("dav")
}

fn written(response: &Response) -> String {
    let mut out = Multistatus::new(Preferences::default());
    out.push(response);
    out.finish()
}

/// Namespace and name of all properties in an answer.
fn named(answer: &str) -> Vec<(String, String)> {
    let document = Document::parse(answer).expect(answer);
    let all = document.descendants();
    let props = all.filter(|node| node.has_tag_name(("DAV:", "prop")));
    let inside = props.flat_map(|prop| prop.children().filter(roxmltree::Node::is_element));
    let name = |node: roxmltree::Node<'_, '_>| {
        let name = node.tag_name();
        (
            name.namespace().unwrap_or_default().to_owned(),
            name.name().to_owned(),
        )
    };
    inside.map(name).collect()
}

fn names<'n>(all: impl IntoIterator<Item = &'n PropName>) -> BTreeSet<(String, String)> {
    let pair = |name: &PropName| (name.namespace().to_owned(), name.local().to_owned());
    all.into_iter().map(pair).collect()
}

/// Each property that was asked for is told of once, and a text arrives as it was sent.
fn check_selection(selection: &Selection, text: &str) {
    let property = (prop::DISPLAYNAME, Value::text(text.to_owned())).into();
    let answer = written(&selection.answer(here(), vec![property]));
    let told = named(&answer);
    if let Selection::Listed(wanted) = selection {
        let expected = names(wanted);
        assert_eq!(told.len(), expected.len(), "{answer}");
        assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), expected);
    }
    if selection.names(&prop::DISPLAYNAME) {
        let document = Document::parse(&answer).expect(&answer);
        let mut all = document.descendants();
        let node = all.find(|node| node.has_tag_name(("DAV:", "displayname")));
        let is_sayable =
            |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..);
        let sayable = |c| {
            if is_sayable(c) {
                c
            } else {
                char::REPLACEMENT_CHARACTER
            }
        };
        let expected: String = text.chars().map(sayable).collect();
        assert_eq!(node.unwrap().text().unwrap_or_default(), expected);
    }
}

fn check_refusal(error: &RequestError) {
    let answer = error.to_body();
    Document::parse(&answer).expect(&answer);
    assert!(answer.len() <= MAX_REFUSAL && error.to_string().len() <= MAX_REFUSAL);
    assert!((400..500).contains(&error.status().code()));
}

fn check_report(report: &Report, text: &str) {
    match report {
        Report::Query(query) => {
            query.filter.matches(&Echo(text));
            check_selection(&query.selection, text);
        }
        Report::Multiget(multiget) => {
            check_selection(&multiget.selection, text);
            multiget.hrefs.iter().for_each(check_href);
        }
        Report::Sync(sync) => check_selection(&sync.selection, text),
        Report::PrincipalSearch(search) => {
            search.matches(|_| Some(text));
            check_selection(&search.selection, text);
        }
        Report::PrincipalSearchProperties => {}
    }
}

/// A path is the same after it was written, and none of its segments leads elsewhere.
fn check_href(href: &Href) {
    assert_eq!(Href::parse(&href.to_string()).as_ref(), Ok(href));
    let is_plain = |name: &String| !["", ".", ".."].contains(&name.as_str()) && !name.contains('/');
    assert!(href.segments().iter().all(is_plain), "{href}");
}

#[test]
fn broken_requests_keep_every_promise() {
    let samples = SAMPLES.map(|sample| sample.as_bytes().to_vec());
    Campaign::new("dav", &samples, WORDS).run(|_, body| {
        let text = String::from_utf8_lossy(body);
        match Propfind::read(body, MAX) {
            Ok(request) => check_selection(&request.selection, &text),
            Err(error) => check_refusal(&error),
        }
        match Proppatch::read(body, MAX) {
            Ok(patch) => {
                let told = named(&written(&patch.answer(here(), |_| true)));
                let changed = names(patch.changes.iter().map(|change| &change.name));
                assert_eq!(told.len(), changed.len());
                assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), changed);
            }
            Err(error) => check_refusal(&error),
        }
        match Mkcol::read(body, MAX) {
            Ok(made) => {
                let _ = made.value(&prop::DISPLAYNAME);
            }
            Err(error) => check_refusal(&error),
        }
        match Report::read(body, MAX) {
            Ok(report) => check_report(&report, &text),
            Err(error) => check_refusal(&error),
        }
        if let Ok(href) = Href::parse(&text) {
            check_href(&href);
        }
        let _ = Depth::parse(Some(&text), Depth::Zero);
        let _ = Preferences::parse(Some(&text), Some(&text));
    });
}
