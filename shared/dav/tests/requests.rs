//! What the standards say of request bodies, and what is refused with which condition.
#![allow(clippy::expect_used, clippy::panic)]

use dav::{
    AddressDataRequest, Condition, Mkcol, PropName, Propfind, Proppatch, Report, RequestError,
    Selection, prop,
};

const MAX: usize = 64 * 1024;

fn propfind(body: &str) -> Result<Selection, RequestError> {
    Propfind::read(body.as_bytes(), MAX).map(|request| request.selection)
}

fn report(body: &str) -> Result<Report, RequestError> {
    Report::read(body.as_bytes(), MAX)
}

/// A report of CardDAV with this content.
fn query(content: &str) -> Result<Report, RequestError> {
    report(&format!(
        r#"<C:addressbook-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav">{content}</C:addressbook-query>"#
    ))
}

fn sync(content: &str) -> Result<Report, RequestError> {
    report(&format!(
        r#"<D:sync-collection xmlns:D="DAV:">{content}</D:sync-collection>"#
    ))
}

#[test]
fn no_body_asks_for_all_properties() {
    let all = Selection::All { include: vec![] };
    assert_eq!(propfind(""), Ok(all.clone()));
    assert_eq!(propfind(" \r\n"), Ok(all.clone()));
    assert_eq!(
        propfind(r#"<propfind xmlns="DAV:"><allprop/></propfind>"#),
        Ok(all)
    );
}

#[test]
fn allprop_can_include_more() {
    let body = r#"<d:propfind xmlns:d="DAV:"><d:allprop/><d:include><d:supported-report-set/><d:sync-token/></d:include></d:propfind>"#;
    let include = vec![prop::SUPPORTED_REPORT_SET, prop::SYNC_TOKEN];
    assert_eq!(propfind(body), Ok(Selection::All { include }));
}

#[test]
fn unknown_elements_and_attributes_are_ignored() {
    let body = r#"<D:propfind xmlns:D="DAV:" xmlns:E="urn:e" E:x="1" y="2"><E:leave-out>hello<D:prop><D:owner/></D:prop></E:leave-out><!-- c --><?pi?><D:propname/></D:propfind>"#;
    assert_eq!(propfind(body), Ok(Selection::Names));
}

#[test]
fn a_property_is_asked_for_once() {
    let body = r#"<propfind xmlns="DAV:"><prop><getetag/><x:getetag xmlns:x="DAV:"/><getetag xmlns=""/></prop></propfind>"#;
    let bare = PropName::new("", "getetag").expect("a name");
    assert_eq!(
        propfind(body),
        Ok(Selection::Listed(vec![prop::GETETAG, bare]))
    );
}

#[test]
fn namespaces_are_compared_after_their_references() {
    let body = r#"<x:propfind xmlns:x="DAV&#58;"><x:propname/></x:propfind>"#;
    assert_eq!(propfind(body), Ok(Selection::Names));
    let body = r#"<x:propfind xmlns:x="urn:other"><x:propname/></x:propfind>"#;
    assert!(matches!(propfind(body), Err(RequestError::Root { .. })));
}

#[test]
fn changes_keep_their_order() {
    let patch = Proppatch::read(
        br#"<D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:z"><D:set><D:prop><D:displayname> One </D:displayname></D:prop></D:set><D:remove><D:prop><Z:a/><D:displayname/></D:prop></D:remove><D:set><D:prop><Z:a>2</Z:a></D:prop></D:set></D:propertyupdate>"#,
        MAX,
    )
    .expect("a patch");
    let told: Vec<_> = patch
        .changes
        .iter()
        .map(|change| (change.name.local(), change.value.as_deref()))
        .collect();
    let expected = [
        ("displayname", Some("One")),
        ("a", None),
        ("displayname", None),
        ("a", Some("2")),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_plain_mkcol_makes_a_collection() {
    assert_eq!(Mkcol::read(b"", MAX), Ok(Mkcol::default()));
    let calendar = br#"<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/><c:calendar xmlns:c="urn:ietf:params:xml:ns:caldav"/></resourcetype></prop></set></mkcol>"#;
    let error = Mkcol::read(calendar, MAX).expect_err("a calendar");
    assert_eq!(error.condition(), Some(Condition::ValidResourceType));
}

#[test]
fn what_is_not_offered_names_its_condition() {
    let filter = |inside: &str| query(&format!("<C:filter>{inside}</C:filter>"));
    let data = |attributes: &str| {
        query(&format!(
            "<D:prop><C:address-data {attributes}/></D:prop><C:filter/>"
        ))
    };
    let many = "<C:prop-filter name='X'/>".repeat(200);
    let cases = [
        (
            report("<D:expand-property xmlns:D='DAV:'/>"),
            Condition::SupportedReport,
        ),
        (
            filter(
                "<C:prop-filter name='FN'><C:text-match collation='i;klingon'/></C:prop-filter>",
            ),
            Condition::SupportedCollation,
        ),
        (filter(&many), Condition::SupportedFilter),
        (
            data("content-type='application/vcard+json'"),
            Condition::SupportedAddressData,
        ),
        (data("version='5.0'"), Condition::SupportedAddressData),
        (
            sync("<D:sync-token/><D:sync-level>infinite</D:sync-level>"),
            Condition::SyncTraversalSupported,
        ),
    ];
    for (outcome, condition) in cases {
        let error = outcome.expect_err("not offered");
        assert_eq!(error.status().code(), 403, "{error}");
        assert_eq!(error.condition(), Some(condition));
    }
}

#[test]
fn what_is_wrong_is_named() {
    let filter = |inside: &str| query(&format!("<C:filter>{inside}</C:filter>"));
    let cases = [
        (
            filter("<C:prop-filter/>"),
            "C:prop-filter has no attribute name",
        ),
        (
            filter("<C:prop-filter name='FN' test='some'/>"),
            "test of C:prop-filter can not be \"some\"",
        ),
        (
            filter(
                "<C:prop-filter name='FN'><C:text-match match-type='like'>x</C:text-match></C:prop-filter>",
            ),
            "match-type of C:text-match can not be \"like\"",
        ),
        (
            filter(
                "<C:prop-filter name='FN'><C:is-not-defined/><C:text-match>x</C:text-match></C:prop-filter>",
            ),
            "C:prop-filter has is-not-defined together with other conditions",
        ),
        (
            query("<C:limit><C:nresults>many</C:nresults></C:limit>"),
            "C:nresults can not be \"many\"",
        ),
        (
            query("<C:limit><C:nresults>0</C:nresults></C:limit>"),
            "C:nresults can not be \"0\"",
        ),
        (
            report("<C:addressbook-multiget xmlns:C='urn:ietf:params:xml:ns:carddav'/>"),
            "C:addressbook-multiget has no href",
        ),
        (
            report(
                "<C:addressbook-multiget xmlns:C='urn:ietf:params:xml:ns:carddav' xmlns='DAV:'><href>/dav/../x</href></C:addressbook-multiget>",
            ),
            "the href \"/dav/../x\" has a segment that is empty, a dot, two dots, or has a slash or a control character",
        ),
        (sync(""), "D:sync-collection has no sync-token"),
        (
            sync("<D:sync-token/><D:sync-level>2</D:sync-level>"),
            "D:sync-level can not be \"2\"",
        ),
    ];
    for (outcome, message) in cases {
        let error = outcome.expect_err(message);
        assert_eq!(error.to_string(), message);
        assert_eq!(error.status().code(), 400);
        assert_eq!(error.condition(), None);
    }
    let error = propfind(r#"<propfind xmlns="DAV:"/>"#).expect_err("no choice");
    assert_eq!(
        error.to_string(),
        "D:propfind has no prop, allprop or propname"
    );
}

#[test]
fn a_limit_beyond_all_numbers_is_no_fault() {
    let Ok(Report::Query(query)) =
        query("<C:limit><C:nresults>99999999999999999999</C:nresults></C:limit>")
    else {
        panic!("refused")
    };
    assert_eq!(query.limit.map(u32::from), Some(u32::MAX));
}

#[test]
fn address_data_is_found_in_any_report() {
    let Ok(Report::Query(query)) = query(
        "<D:prop><C:address-data content-type='Text/vCard; charset=utf-8'><C:allprop/></C:address-data></D:prop>",
    ) else {
        panic!("refused")
    };
    assert_eq!(query.address_data, Some(AddressDataRequest::default()));
}

#[test]
fn requests_name_only_so_many_properties() {
    let names: String = (0..200).map(|number| format!("<p{number}/>")).collect();
    let body = format!(r#"<propfind xmlns="DAV:"><prop>{names}</prop></propfind>"#);
    let error = propfind(&body).expect_err("too many");
    assert_eq!(error.to_string(), "D:prop has more than 128 properties");
}
