use super::*;

#[tokio::test]
async fn multiget_gives_what_is_there() {
    let book = Phonebook::start().await;
    book.put_card("ada.vcf", ADA).await.is(201);
    let hrefs = format!(
        "<D:href>{}</D:href><D:href>http://host{}</D:href><D:href>/dav/books/other/ada.vcf</D:href>",
        at("nobody.vcf"),
        at("ada.vcf")
    );
    let prop = "<D:prop><D:getetag/><C:address-data/><D:nonsense/></D:prop>";
    let found = book
        .report(&at(""), "C:addressbook-multiget", &format!("{prop}{hrefs}"))
        .await
        .is(207);
    assert_eq!(found.hrefs(), ["ada.vcf", "ada.vcf!", "nobody.vcf!"]);
    let data = found.between("<C:address-data>", "</C:address-data>");
    let data = data
        .replace("&#13;", "\r")
        .replace("&lt;", "<")
        .replace("&gt;", ">");
    assert_eq!(data.replace("&amp;", "&"), ADA);

    let four = "<D:prop><C:address-data version='4.0'/></D:prop>";
    let four = format!("{four}<D:href>{}</D:href>", at("ada.vcf"));
    let four = book.report(&at(""), "C:addressbook-multiget", &four).await;
    four.has("VERSION:4.0")
        .has("X-COLOUR")
        .has("version=\"4.0\"");
    let some = "<D:prop><C:address-data><C:prop name='FN'/></C:address-data></D:prop>";
    let some = format!("{some}<D:href>{}</D:href>", at("ada.vcf"));
    let some = book.report(&at(""), "C:addressbook-multiget", &some).await;
    some.has("FN:Ada Lovelace").has("VERSION:3.0").lacks("TEL");
    let html = "<D:prop><C:address-data content-type='text/html'/></D:prop><D:href>/dav/</D:href>";
    let html = book
        .report(&at(""), "C:addressbook-multiget", html)
        .await
        .is(403);
    html.has("<C:supported-address-data/>");
    book.stop().await;
}

#[tokio::test]
async fn version_4_is_given_as_3_to_those_who_ask() {
    let book = Phonebook::start().await;
    let four = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:4\r\nFN:Grace Hopper\r\nKIND:individual\r\n\
        TEL;VALUE=uri;PREF=1;TYPE=cell:tel:+1-202-555-0142\r\nANNIVERSARY:19300615\r\nEND:VCARD\r\n";
    book.put_card("grace.vcf", four).await.is(201);
    let three = "<D:prop><C:address-data version='3.0'/></D:prop>";
    let three = format!("{three}<D:href>{}</D:href>", at("grace.vcf"));
    let three = book.report(&at(""), "C:addressbook-multiget", &three).await;
    three
        .has("VERSION:3.0")
        .has("N:")
        .lacks("KIND")
        .lacks("PREF=1");
    assert_eq!(book.get(&at("grace.vcf")).await.text(), four);
    book.stop().await;
}

#[tokio::test]
async fn queries_find_by_all_filters() {
    let book = Phonebook::start().await;
    book.put_card("ada.vcf", ADA).await.is(201);
    let joerg = card("j", "Jörg").replace("END:", "EMAIL;TYPE=work:j@example.com\r\nEND:");
    book.put_card("joerg.vcf", &joerg).await.is(201);
    book.create(super::super::ada()).await;
    let text = |name: &str, attributes: &str, text: &str| {
        format!(
            "<C:prop-filter name='{name}'><C:text-match {attributes}>{text}</C:text-match></C:prop-filter>"
        )
    };
    for (filter, count) in [
        (String::new(), 3),
        (text("FN", "", "ADA"), 2),
        (text("FN", "match-type='equals'", "jÖrg"), 1),
        (text("FN", "match-type='equals' collation='i;octet'", "jÖrg"), 0),
        (text("FN", "negate-condition='yes'", "ada"), 1),
        (text("FN", "match-type='starts-with'", "j") + &text("UID", "", "ada-1"), 2),
        ("<C:prop-filter name='X-COLOUR'/>".to_owned(), 1),
        ("<C:prop-filter name='EMAIL'><C:is-not-defined/></C:prop-filter>".to_owned(), 2),
        ("<C:prop-filter name='EMAIL'><C:param-filter name='TYPE'><C:text-match>work</C:text-match></C:param-filter></C:prop-filter>".to_owned(), 1),
    ] {
        let inside = format!("<D:prop><D:getetag/></D:prop><C:filter>{filter}</C:filter>");
        let found = book.report(&at(""), "C:addressbook-query", &inside).await.is(207);
        assert_eq!(found.hrefs().len(), count, "{filter}");
    }
    let limited = "<D:prop/><C:filter/><C:limit><C:nresults>2</C:nresults></C:limit>";
    let limited = book
        .report(&at(""), "C:addressbook-query", limited)
        .await
        .is(207);
    limited
        .has("507 Insufficient Storage")
        .has("<D:number-of-matches-within-limits/>");
    assert_eq!(limited.hrefs().len(), 3);
    let odd = text("FN", "collation='i;basic'", "x");
    let odd = format!("<D:prop/><C:filter>{odd}</C:filter>");
    let odd = book
        .report(&at(""), "C:addressbook-query", &odd)
        .await
        .is(403);
    odd.has("<C:supported-collation/>");
    book.stop().await;
}

#[tokio::test]
async fn principals_can_be_searched() {
    let book = Phonebook::start().await;
    let search = |text: &str| {
        format!(
            "<D:property-search><D:prop><D:displayname/></D:prop><D:match>{text}</D:match></D:property-search>\
             <D:prop><C:addressbook-home-set/></D:prop>"
        )
    };
    let root = "D:principal-property-search";
    let found = book
        .report("/dav/principals/", root, &search("switch"))
        .await
        .is(207);
    assert_eq!(found.hrefs(), ["me"]);
    let nobody = book
        .report("/dav/principals/", root, &search("nobody"))
        .await
        .is(207);
    assert_eq!(nobody.hrefs(), [""; 0]);
    let set = book
        .report("/dav/", "D:principal-search-property-set", "")
        .await
        .is(200);
    set.has("<D:displayname/>");
    book.stop().await;
}
