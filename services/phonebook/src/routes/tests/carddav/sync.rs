use super::*;
use serde_json::json;

async fn sync(book: &Phonebook, token: &str, more: &str) -> Reply {
    let inside = format!(
        "<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>{more}<D:prop><D:getetag/></D:prop>"
    );
    book.report(&at(""), "D:sync-collection", &inside).await
}

async fn changed(book: &Phonebook, token: &str) -> Vec<String> {
    sync(book, token, "").await.is(207).hrefs()
}

#[tokio::test]
async fn every_change_is_told_once_and_old_tokens_still_hold() {
    let book = Phonebook::start().await;
    let empty = sync(&book, "", "").await.is(207);
    assert_eq!(empty.hrefs(), [""; 0]);
    let start = empty.sync_token();
    book.put_card("a.vcf", &card("a", "A")).await.is(201);
    book.put_card("b.vcf", &card("b", "B")).await.is(201);
    let first = sync(&book, "", "").await;
    assert_eq!(first.hrefs(), ["a.vcf", "b.vcf"]);
    first.has("<D:getetag>");
    let token = first.sync_token();
    assert_eq!(changed(&book, &token).await, [""; 0]);

    book.put_card("b.vcf", &card("b", "Bob")).await.is(204);
    assert_eq!(changed(&book, &token).await, ["b.vcf"]);
    for _ in 0..2 {
        book.dav("DELETE", &at("a.vcf"), &[], "").await.is(204);
        book.put_card("a.vcf", &card("a", "A again")).await.is(201);
    }
    assert_eq!(changed(&book, &token).await, ["a.vcf", "b.vcf"]);
    book.dav("DELETE", &at("a.vcf"), &[], "").await.is(204);
    assert_eq!(changed(&book, &token).await, ["a.vcf!", "b.vcf"]);
    assert_eq!(changed(&book, "").await, ["b.vcf"]);
    assert_eq!(changed(&book, &start).await, ["a.vcf!", "b.vcf"]);

    let other = book
        .post("/v1/books", json!({"name": "Other"}))
        .await
        .json();
    let now = sync(&book, "", "").await.sync_token();
    let contact = book.get("/v1/contacts").await.json()["data"][0].clone();
    let path = format!("/v1/contacts/{}", contact["id"].as_str().unwrap());
    book.patch(&path, None, json!({"book_id": other["id"]}))
        .await
        .is(200);
    assert_eq!(changed(&book, &now).await, ["b.vcf!"]);
    let inside = "<D:sync-token/><D:prop/>";
    let there = format!("/dav/books/{}/", other["id"].as_str().unwrap());
    let there = book.report(&there, "D:sync-collection", inside).await;
    assert_eq!(there.hrefs(), ["b.vcf"]);
    book.patch(&path, None, json!({"book_id": book::DEFAULT}))
        .await
        .is(200);
    assert_eq!(changed(&book, &now).await, ["b.vcf"]);
    book.stop().await;
}

#[tokio::test]
async fn unknown_tokens_are_refused() {
    let book = Phonebook::start().await;
    let token = sync(&book, "", "").await.sync_token();
    let future = token.replace("/0000", "/0999");
    for unknown in ["x", "data:,", "http://example.com/sync/1", &future] {
        let refused = sync(&book, unknown, "").await.is(400);
        refused.has("<D:error").has("<D:valid-sync-token/>");
    }
    let inside = "<D:sync-token/><D:sync-level>infinite</D:sync-level><D:prop/>";
    let infinite = book
        .report(&at(""), "D:sync-collection", inside)
        .await
        .is(403);
    infinite.has("<D:sync-traversal-supported/>");
    book.stop().await;
}

#[tokio::test]
async fn a_limit_cuts_and_the_token_goes_on() {
    let book = Phonebook::start().await;
    // All of one commit have one stamp.
    let operations: Vec<_> = (0..7)
        .map(|n| json!({"op": "create", "contact": {"name": {"given": format!("P{n}")}}}))
        .collect();
    book.post("/v1/contacts/batch", json!(operations))
        .await
        .is(200);
    let limit = "<D:limit><D:nresults>3</D:nresults></D:limit>";
    let (mut token, mut seen) = (String::new(), Vec::new());
    for (count, is_cut) in [(3, true), (3, true), (1, false)] {
        let page = sync(&book, &token, limit).await.is(207);
        let mut hrefs = page.hrefs();
        assert_eq!(page.text().contains("507 Insufficient Storage"), is_cut);
        hrefs.retain(|href| href != book::DEFAULT);
        assert_eq!(hrefs.len(), count);
        seen.extend(hrefs);
        token = page.sync_token();
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 7);
    assert_eq!(changed(&book, &token).await, [""; 0]);
    book.stop().await;
}

#[tokio::test]
async fn long_answers_come_in_parts() {
    let book = Phonebook::start().await;
    let filler = "x".repeat(200 << 10);
    for n in 0..6 {
        let large = card(&n.to_string(), "L").replace("END:", &format!("X-A:{filler}\r\nEND:"));
        book.put_card(&format!("{n}.vcf"), &large).await.is(201);
    }
    let prop = "<D:prop><D:getetag/><C:address-data/></D:prop>";
    let namespaces = "xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:carddav'";
    let hrefs: String = (0..6)
        .map(|n| format!("<D:href>{}</D:href>", at(&format!("{n}.vcf"))))
        .collect();
    for (root, inside) in [
        ("D:sync-collection", "<D:sync-token/>"),
        ("C:addressbook-query", ""),
        ("C:addressbook-multiget", &hrefs),
    ] {
        let body = format!("<{root} {namespaces}>{prop}{inside}</{root}>");
        let (text, parts) = book.whole("REPORT", &at(""), &[], &body).await;
        assert!(parts >= 2, "{root}: {parts}");
        assert_eq!(text.matches("<D:response>").count(), 6, "{root}");
        assert_eq!(text.matches("<?xml").count(), 1, "{root}");
        assert!(text.ends_with("</D:multistatus>"), "{root}");
    }
    book.stop().await;
}
