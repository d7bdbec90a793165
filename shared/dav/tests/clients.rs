//! Requests in the shape in which the clients that matter send them.
#![allow(clippy::expect_used, clippy::panic)]

use dav::{
    AddressbookQuery, CALENDARSERVER, CARDDAV, CardVersion, Filter, Href, Mkcol, PropName,
    Propfind, Proppatch, Report, Selection,
    filter::{Collation, MatchType, ParamFilter, ParamRule, PropFilter, PropRule, Test, TextMatch},
    prop,
};

const MAX: usize = 1024 * 1024;

fn propfind(body: &str) -> Selection {
    Propfind::read(body.as_bytes(), MAX).expect(body).selection
}

fn report(body: &str) -> Report {
    Report::read(body.as_bytes(), MAX).expect(body)
}

fn query(body: &str) -> AddressbookQuery {
    match report(body) {
        Report::Query(query) => query,
        other => panic!("{other:?}"),
    }
}

fn name(namespace: &str, local: &str) -> PropName {
    PropName::new(namespace, local).expect(local)
}

#[test]
fn davx5_looks_for_address_books() {
    let selection = propfind(
        r#"<?xml version='1.0' encoding='UTF-8' ?><propfind xmlns="DAV:" xmlns:CAL="urn:ietf:params:xml:ns:caldav" xmlns:CARD="urn:ietf:params:xml:ns:carddav"><prop><resourcetype /><displayname /><CARD:addressbook-description /><CARD:addressbook-home-set /><current-user-principal /><current-user-privilege-set /><owner /><CAL:supported-calendar-component-set /></prop></propfind>"#,
    );
    assert_eq!(
        selection,
        Selection::Listed(vec![
            prop::RESOURCETYPE,
            prop::DISPLAYNAME,
            prop::ADDRESSBOOK_DESCRIPTION,
            prop::ADDRESSBOOK_HOME_SET,
            prop::CURRENT_USER_PRINCIPAL,
            prop::CURRENT_USER_PRIVILEGE_SET,
            prop::OWNER,
            name(
                "urn:ietf:params:xml:ns:caldav",
                "supported-calendar-component-set"
            ),
        ])
    );
}

#[test]
fn davx5_synchronises_and_fetches() {
    let sync = report(
        r#"<?xml version='1.0' encoding='UTF-8' ?><sync-collection xmlns="DAV:"><sync-token>http://example.org/sync/42</sync-token><sync-level>1</sync-level><limit><nresults>200</nresults></limit><prop><getetag /></prop></sync-collection>"#,
    );
    let Report::Sync(sync) = sync else {
        panic!("{sync:?}")
    };
    assert_eq!(sync.token.as_deref(), Some("http://example.org/sync/42"));
    assert_eq!(sync.limit.map(u32::from), Some(200));
    assert_eq!(sync.selection, Selection::Listed(vec![prop::GETETAG]));

    let multiget = report(
        r#"<?xml version='1.0' encoding='UTF-8' ?><CARD:addressbook-multiget xmlns="DAV:" xmlns:CARD="urn:ietf:params:xml:ns:carddav"><prop><getcontenttype /><getetag /><CARD:address-data content-type="text/vcard" version="4.0" /></prop><href>/dav/book/a%20b.vcf</href><href>/dav/book/c.vcf</href></CARD:addressbook-multiget>"#,
    );
    let Report::Multiget(multiget) = multiget else {
        panic!("{multiget:?}")
    };
    let book = Href::root().collection("dav").collection("book");
    assert_eq!(
        multiget.hrefs,
        [book.member("a b.vcf"), book.member("c.vcf")]
    );
    let data = multiget.address_data.expect("cards are wanted");
    assert_eq!(data.version, Some(CardVersion::V40));
    assert_eq!(data.properties, None);
    assert!(multiget.selection.names(&prop::ADDRESS_DATA));
}

#[test]
fn apple_contacts_asks_for_much_with_many_prefixes() {
    let selection = propfind(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<A:propfind xmlns:A="DAV:">
  <A:prop>
    <A:add-member/>
    <B:bulk-requests xmlns:B="http://me.com/_namespace/"/>
    <A:current-user-privilege-set/>
    <A:displayname/>
    <C:guardian-restricted xmlns:C="http://calendarserver.org/ns/"/>
    <D:max-image-size xmlns:D="urn:ietf:params:xml:ns:carddav"/>
    <D:max-resource-size xmlns:D="urn:ietf:params:xml:ns:carddav"/>
    <C:me-card xmlns:C="http://calendarserver.org/ns/"/>
    <A:owner/>
    <C:push-transports xmlns:C="http://calendarserver.org/ns/"/>
    <A:quota-available-bytes/>
    <A:resource-id/>
    <A:resourcetype/>
    <A:supported-report-set/>
    <A:sync-token/>
    <C:getctag xmlns:C="http://calendarserver.org/ns/"/>
  </A:prop>
</A:propfind>
"#,
    );
    for wanted in [
        prop::DISPLAYNAME,
        prop::MAX_RESOURCE_SIZE,
        prop::ME_CARD,
        prop::GETCTAG,
        name("http://me.com/_namespace/", "bulk-requests"),
        name(CARDDAV, "max-image-size"),
        name(CALENDARSERVER, "push-transports"),
    ] {
        assert!(selection.names(&wanted), "{wanted}");
    }
}

#[test]
fn apple_contacts_names_its_own_card() {
    let patch = Proppatch::read(
        br#"<?xml version="1.0" encoding="UTF-8"?>
<A:propertyupdate xmlns:A="DAV:"><A:set><A:prop>
  <B:me-card xmlns:B="http://calendarserver.org/ns/"><A:href>/dav/book/me.vcf</A:href></B:me-card>
</A:prop></A:set></A:propertyupdate>"#,
        MAX,
    )
    .expect("a patch");
    let [change] = patch.changes.as_slice() else {
        panic!("{patch:?}")
    };
    assert_eq!(change.name, prop::ME_CARD);
    assert_eq!(change.value.as_deref(), Some("/dav/book/me.vcf"));
}

#[test]
fn apple_contacts_searches() {
    let query = query(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<B:addressbook-query xmlns:B="urn:ietf:params:xml:ns:carddav"><A:prop xmlns:A="DAV:"><A:getetag/><B:address-data/></A:prop>
<B:filter test="anyof"><B:prop-filter name="FN"><B:text-match collation="i;unicode-casemap" match-type="contains">Müller &amp; Söhne</B:text-match></B:prop-filter>
<B:prop-filter name="EMAIL" test="allof"><B:text-match>@example.org</B:text-match><B:param-filter name="TYPE"><B:is-not-defined/></B:param-filter></B:prop-filter></B:filter>
<B:limit><B:nresults>100</B:nresults></B:limit></B:addressbook-query>"#,
    );
    let text = |text| TextMatch::new(text, MatchType::Contains, Collation::UnicodeCasemap, false);
    let matches = |test, texts, parameters| PropRule::Matches {
        test,
        texts,
        parameters,
    };
    let without_type = ParamFilter {
        name: "TYPE".to_owned(),
        rule: ParamRule::NotDefined,
    };
    let expected = Filter {
        test: Test::AnyOf,
        properties: vec![
            PropFilter {
                group: None,
                name: "FN".to_owned(),
                rule: matches(Test::AnyOf, vec![text("Müller & Söhne")], vec![]),
            },
            PropFilter {
                group: None,
                name: "EMAIL".to_owned(),
                rule: matches(Test::AllOf, vec![text("@example.org")], vec![without_type]),
            },
        ],
    };
    assert_eq!(query.filter, expected);
    assert_eq!(query.limit.map(u32::from), Some(100));
    assert_eq!(query.address_data, Some(dav::AddressDataRequest::default()));
}

#[test]
fn thunderbird_lists_and_fetches() {
    let selection = propfind(
        r#"<propfind xmlns="DAV:" xmlns:cs="http://calendarserver.org/ns/"><prop><resourcetype/><displayname/><current-user-privilege-set/><cs:getctag/></prop></propfind>"#,
    );
    assert!(selection.names(&prop::GETCTAG));
    let initial = report(
        r#"<sync-collection xmlns="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav"><sync-token/><sync-level>1</sync-level><prop><getetag/><card:address-data/></prop></sync-collection>"#,
    );
    let Report::Sync(initial) = initial else {
        panic!("{initial:?}")
    };
    assert_eq!(initial.token, None);
    assert!(initial.address_data.is_some());
}

#[test]
fn vdirsyncer_and_khard_use_a_single_prefix() {
    let selection = propfind(
        r#"<?xml version="1.0" encoding="utf-8" ?>
            <propfind xmlns="DAV:">
                <prop>
                    <resourcetype/>
                    <getcontenttype/>
                    <getetag/>
                </prop>
            </propfind>
        "#,
    );
    assert!(selection.names(&prop::GETCONTENTTYPE));
    let multiget = report(
        r#"<?xml version="1.0" encoding="utf-8" ?>
            <C:addressbook-multiget xmlns="DAV:"
                    xmlns:C="urn:ietf:params:xml:ns:carddav">
                <prop>
                    <getetag/>
                    <C:address-data/>
                </prop>
                <href>/dav/book/x@example.org.vcf</href>
            </C:addressbook-multiget>"#,
    );
    assert!(matches!(multiget, Report::Multiget(multiget) if multiget.hrefs.len() == 1));
}

#[test]
fn vdirsyncer_makes_an_address_book() {
    let made = Mkcol::read(
        br#"<?xml version="1.0" encoding="utf-8" ?>
            <mkcol xmlns="DAV:">
                <set>
                    <prop>
                        <resourcetype><collection/><C:addressbook xmlns:C="urn:ietf:params:xml:ns:carddav"/></resourcetype>
                        <displayname>Friends &#38; family</displayname>
                        <C:addressbook-description xmlns:C="urn:ietf:params:xml:ns:carddav"><![CDATA[<close>]]></C:addressbook-description>
                    </prop>
                </set>
            </mkcol>"#,
        MAX,
    )
    .expect("a mkcol");
    assert!(made.address_book);
    assert_eq!(made.value(&prop::DISPLAYNAME), Some("Friends & family"));
    assert_eq!(made.value(&prop::ADDRESSBOOK_DESCRIPTION), Some("<close>"));
    assert_eq!(made.value(&prop::GETETAG), None);
}

#[test]
fn evolution_asks_for_everything_of_one_uid() {
    let query = query(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<C:addressbook-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><prop><getetag/><C:address-data><C:prop name="VERSION"/><C:prop name="UID"/><C:prop name="PHOTO" novalue="yes"/></C:address-data></prop><C:filter><C:prop-filter name="UID"><C:text-match collation="i;octet" match-type="equals" negate-condition="no">pas-id-1</C:text-match></C:prop-filter></C:filter></C:addressbook-query>"#,
    );
    let wanted = query
        .address_data
        .and_then(|data| data.properties)
        .expect("properties are named");
    let names: Vec<_> = wanted.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["VERSION", "UID", "PHOTO"]);
    assert!(wanted[2].no_value && !wanted[1].no_value);
}

#[test]
fn a_whole_address_book_is_fetched_at_once() {
    let mut body = String::from(
        r#"<C:addressbook-multiget xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><prop><C:address-data/></prop>"#,
    );
    for number in 0..20_000 {
        body += &format!("<href>/dav/book/{number}.vcf</href>");
    }
    body += "</C:addressbook-multiget>";
    let Report::Multiget(multiget) = report(&body) else {
        panic!("another report")
    };
    assert_eq!(multiget.hrefs.len(), 20_000);
    assert_eq!(multiget.hrefs[19_999].name(), Some("19999.vcf"));
}

#[test]
fn principals_are_searched_by_display_name() {
    let search = report(
        r#"<D:principal-property-search xmlns:D="DAV:" test="anyof"><D:property-search><D:prop><D:displayname/></D:prop><D:match>DOE</D:match></D:property-search><D:prop><D:displayname/></D:prop></D:principal-property-search>"#,
    );
    let Report::PrincipalSearch(search) = search else {
        panic!("{search:?}")
    };
    let with =
        |text| search.matches(move |name: &PropName| (*name == prop::DISPLAYNAME).then_some(text));
    assert!(with("Jane Doe"));
    assert!(!with("Jane"));
    assert!(!search.matches(|_| None));
    assert_eq!(
        report(r#"<principal-search-property-set xmlns="DAV:"/>"#),
        Report::PrincipalSearchProperties
    );
}
