use super::*;
use serde_json::json;

#[tokio::test]
async fn clients_find_their_books() {
    let book = Phonebook::start().await;
    for start in ["/", "/dav/", "/dav"] {
        let found = book
            .propfind(
                start,
                "0",
                "<current-user-principal/><principal-URL/><resourcetype/>",
            )
            .await
            .is(207);
        found.has("<D:current-user-principal><D:href>/dav/principals/me/</D:href>");
        found.has("<D:principal-URL/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status>");
        let (ok, missing) = found.text().split_once("404 Not Found").unwrap();
        assert!(ok.contains("HTTP/1.1 200 OK") && !missing.contains("200 OK"));
    }
    let home = book
        .propfind(
            "/dav/principals/me/",
            "0",
            "<C:addressbook-home-set/><displayname/>",
        )
        .await
        .is(207);
    home.has("<C:addressbook-home-set><D:href>/dav/books/</D:href>");
    let props = "<resourcetype/><displayname/><CS:getctag/><sync-token/><C:max-resource-size/>\
        <supported-report-set/><current-user-privilege-set/><C:supported-address-data/>";
    let books = book.propfind("/dav/books/", "1", props).await.is(207);
    assert_eq!(books.hrefs(), [book::DEFAULT, "books"]);
    for part in [
        "<D:collection/><C:addressbook/>",
        "<D:displayname>Contacts</D:displayname>",
        "<C:max-resource-size>524288</C:max-resource-size>",
        "<D:sync-collection/>",
        "<D:write-content/>",
        "version=\"4.0\"",
        "<CS:getctag>data:,",
    ] {
        books.has(part);
    }
    book.stop().await;
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused_in_the_words_of_dav() {
    let book = Phonebook::start().await;
    let depth = [("depth", "0")];
    for (body, status) in [
        ("<propfind", 400),
        (
            "<!DOCTYPE x [<!ENTITY a 'b'>]><propfind xmlns='DAV:'>&a;</propfind>",
            400,
        ),
        ("<other xmlns='DAV:'/>", 400),
        ("", 207),
    ] {
        book.dav("PROPFIND", "/dav/", &depth, body).await.is(status);
    }
    let infinite = book.dav("PROPFIND", "/dav/", &[], "").await.is(403);
    infinite.has("<D:propfind-finite-depth/>");
    let odd = [("depth", "2")];
    book.dav("PROPFIND", "/dav/", &odd, "").await.is(400);
    let unknown = book
        .report("/dav/books/", "D:version-tree", "")
        .await
        .is(403);
    unknown.has("<D:supported-report/>");
    let elsewhere = "<D:sync-token/><D:prop/>";
    let elsewhere = book
        .report("/dav/books/", "D:sync-collection", elsewhere)
        .await
        .is(403);
    elsewhere.has("<D:supported-report/>");
    for (method, path, status) in [
        ("PROPFIND", "/dav/nowhere/", 404),
        ("PROPFIND", "/dav/books/nowhere/", 404),
        ("PROPFIND", "/dav/books/a/b/c/", 404),
        ("PROPFIND", "/dav/books/..%2f/", 404),
        ("GET", "/dav/books/", 405),
        ("GET", &at("nobody.vcf"), 404),
        ("PUT", "/dav/books/", 405),
        ("PUT", "/dav/books/nowhere/a.vcf", 409),
        ("DELETE", "/dav/books/", 405),
        ("DELETE", &at(""), 403),
        ("DELETE", &at("nobody.vcf"), 404),
        ("MKCOL", "/dav/books/", 403),
        ("POST", "/dav/", 405),
    ] {
        let reply = book.dav(method, path, &depth, "").await;
        assert_eq!(reply.status(), status, "{method} {path}");
    }
    book.stop().await;
}

#[tokio::test]
async fn books_are_made_renamed_and_deleted() {
    let book = Phonebook::start().await;
    let mkcol = |props: &str| {
        format!(
            "<mkcol xmlns='DAV:' xmlns:C='urn:ietf:params:xml:ns:carddav'><set><prop><resourcetype><collection/>\
             <C:addressbook/></resourcetype>{props}</prop></set></mkcol>"
        )
    };
    let path = "/dav/books/My%20friends/";
    let colour = mkcol("<displayname>F</displayname><colour xmlns='urn:x'>red</colour>");
    let refused = book.dav("MKCOL", path, &[], &colour).await.is(424);
    refused
        .has("mkcol-response")
        .has("HTTP/1.1 403 Forbidden")
        .has("424 Failed Dependency");
    book.dav("MKCOL", path, &[], "")
        .await
        .is(403)
        .has("<D:valid-resourcetype/>");
    let named = mkcol("<displayname>Friends</displayname>");
    book.dav("MKCOL", path, &[], &named).await.is(201);
    book.dav("MKCOL", path, &[], &named)
        .await
        .is(403)
        .has("<D:resource-must-be-null/>");

    let inside = format!("{path}ada.vcf");
    book.dav("PUT", &inside, VCARD, ADA).await.is(201);
    book.put_card("ada.vcf", ADA).await.is(201);
    let listed = book.propfind(path, "1", "<getetag/>").await;
    assert_eq!(listed.hrefs(), ["My%20friends", "ada.vcf"]);
    let old = book
        .report(path, "D:sync-collection", "<D:sync-token/><D:prop/>")
        .await;

    let patch = "<propertyupdate xmlns='DAV:'><set><prop><displayname>Pals</displayname></prop></set>\
        <remove><prop><C:addressbook-description xmlns:C='urn:ietf:params:xml:ns:carddav'/></prop></remove></propertyupdate>";
    book.dav("PROPPATCH", path, &[], patch)
        .await
        .is(207)
        .lacks("403");
    let protected = "<propertyupdate xmlns='DAV:'><set><prop><displayname>No</displayname><getetag>x</getetag></prop></set></propertyupdate>";
    let refused = book.dav("PROPPATCH", path, &[], protected).await.is(207);
    refused
        .has("403 Forbidden")
        .has("424 Failed Dependency")
        .lacks("200 OK");
    let names = book.get("/v1/books").await.json();
    assert_eq!(names["data"][1]["name"], "Pals");

    book.dav("DELETE", path, &[], "").await.is(204);
    book.propfind(path, "0", "<displayname/>").await.is(404);
    assert_eq!(book.displays("/v1/contacts").await, ["Ada Lovelace"]);
    book.dav("MKCOL", path, &[], &named).await.is(201);
    let token = format!("<D:sync-token>{}</D:sync-token><D:prop/>", old.sync_token());
    let other = book.report(path, "D:sync-collection", &token).await.is(400);
    other.has("<D:valid-sync-token/>");
    book.stop().await;
}

#[tokio::test]
async fn contacts_of_other_clients_are_cards_too() {
    let book = Phonebook::start().await;
    let path = book.create(super::super::ada()).await;
    let id = path.rsplit('/').next().unwrap();
    let name = format!("{id}.vcf");
    let found = book
        .propfind(&at(""), "1", "<getetag/><resourcetype/><getcontentlength/>")
        .await;
    assert_eq!(found.hrefs(), [book::DEFAULT, &name]);
    found.has("<D:resourcetype/>");
    let first = book.get(&at(&name)).await.is(200);
    assert_eq!(first.header("content-type"), "text/vcard; charset=utf-8");
    first
        .has("VERSION:3.0")
        .has(&format!("UID:{id}\r\n"))
        .has("FN:Ada Lovelace\r\n");
    found.has(&format!(
        "<D:getcontentlength>{}</D:getcontentlength>",
        first.text().len()
    ));
    assert_eq!(book.get(&at(&name)).await.text(), first.text());
    let accept = [("accept", "text/vcard; version=4.0")];
    book.dav("GET", &at(&name), &accept, "")
        .await
        .is(200)
        .has("VERSION:4.0");

    let stale = [("if-match", "\"x\"")];
    book.dav("PUT", &at(&name), &stale, first.text())
        .await
        .is(412);
    let fresh = [("if-match", first.header("etag"))];
    let edited = first.text().replace("FN:Ada Lovelace", "FN:The Countess");
    let put = book.dav("PUT", &at(&name), &fresh, &edited).await.is(204);
    assert_ne!(put.header("etag"), first.header("etag"));
    assert_eq!(book.get(&at(&name)).await.text(), edited);
    assert_eq!(
        book.get(&path).await.json()["name"]["display"],
        "The Countess"
    );
    let noted = book.patch(&path, None, json!({"notes": "hi"})).await;
    assert_eq!(noted.status(), 200);
    book.get(&at(&name))
        .await
        .has("NOTE:hi")
        .has("FN:The Countess");
    book.stop().await;
}
