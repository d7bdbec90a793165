use super::*;
use serde_json::{Value, json};

#[tokio::test]
async fn a_card_comes_back_byte_for_byte() {
    let book = Phonebook::start().await;
    let name = "Ada%20%26%20Co.vcf";
    let made = book.put_card(name, ADA).await.is(201);
    let etag = made.header("etag").to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"'));
    let got = book.get(&at(name)).await.is(200);
    assert_eq!((got.text(), got.header("etag")), (ADA, etag.as_str()));

    let same = book.put_card(name, ADA).await.is(204);
    assert_eq!(same.header("etag"), etag);
    assert_eq!(book.events().await, ["contact.created.v1"]);
    let contact = &book.get("/v1/contacts").await.json()["data"][0];
    assert_eq!(contact["phones"][0]["e164"], "+442079460018");
    assert_eq!(contact["phones"][0]["label"], "desk");

    let none = [("if-none-match", "*")];
    book.dav("PUT", &at(name), &none, ADA).await.is(412);
    book.dav("PUT", &at("new.vcf"), &[("if-match", "*")], ADA)
        .await
        .is(412);
    let coloured = ADA.replace("mau\r\n ve", "blue");
    let put = book
        .dav("PUT", &at(name), &[("if-match", &etag)], &coloured)
        .await
        .is(204);
    book.dav("PUT", &at(name), &[("if-match", &etag)], ADA)
        .await
        .is(412);
    book.dav("DELETE", &at(name), &[("if-match", &etag)], "")
        .await
        .is(412);
    let now = [("if-match", put.header("etag"))];
    book.dav("DELETE", &at(name), &now, "").await.is(204);
    book.get(&at(name)).await.is(404);
    let again = book.dav("PUT", &at(name), &none, ADA).await.is(201);
    assert_ne!(again.header("etag"), etag, "another card has another tag");
    let expected = ["created", "updated", "deleted", "created"];
    assert_eq!(
        book.events().await,
        expected.map(|what| format!("contact.{what}.v1"))
    );
    book.stop().await;
}

#[tokio::test]
async fn of_two_who_create_one_wins() {
    let book = Phonebook::start().await;
    let none = [("if-none-match", "*")];
    let (one, two) = (card("one", "One"), card("two", "Two"));
    for round in 0..5 {
        let path = at(&format!("{round}.vcf"));
        let (one, two) = (
            one.replace("one", &path),
            two.replace("two", &format!("2{path}")),
        );
        let first = book.dav("PUT", &path, &none, &one);
        let second = book.dav("PUT", &path, &none, &two);
        let (first, second) = futures_util::future::join(first, second).await;
        let mut statuses = [first.status(), second.status()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 412]);
        let won = if first.status() == 201 { one } else { two };
        assert_eq!(book.get(&path).await.text(), won);
    }
    book.stop().await;
}

#[tokio::test]
async fn an_edit_elsewhere_touches_only_its_own_properties() {
    let book = Phonebook::start().await;
    book.put_card("ada.vcf", ADA).await.is(201);
    let path = only_contact(&book).await;
    let patched = book.patch(&path, None, json!({"notes": "new"})).await;
    assert_eq!(patched.status(), 200);
    let expected = ADA.replace("NOTE:a & b <c>", "NOTE:new");
    assert_eq!(book.get(&at("ada.vcf")).await.text(), expected);

    let coloured = expected.replace("mau\r\n ve", "blue");
    book.put_card("ada.vcf", &coloured).await.is(204);
    let restored = book
        .post(&format!("{path}/restores"), json!({"version": 1}))
        .await;
    assert_eq!(restored.status(), 200, "{}", restored.json());
    assert_eq!(book.get(&at("ada.vcf")).await.text(), ADA);
    book.post(&format!("{path}/restores"), json!({"version": 3}))
        .await;
    assert_eq!(book.get(&at("ada.vcf")).await.text(), coloured);

    book.dav("DELETE", &at("ada.vcf"), &[], "").await.is(204);
    let back = book
        .post(&format!("{path}/restores"), json!({"version": 2}))
        .await;
    assert_eq!(back.status(), 200, "{}", back.json());
    assert_eq!(book.get(&at("ada.vcf")).await.text(), expected);
    book.stop().await;
}

#[tokio::test]
async fn what_is_no_card_is_refused_with_its_precondition() {
    let book = Phonebook::start().await;
    book.put_card("ada.vcf", ADA).await.is(201);
    let nobody = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:x\r\nNOTE:nobody\r\nEND:VCARD\r\n";
    let photo = "A".repeat(crate::domain::card::MAX_CARD_BYTES);
    let large = card("l", "L").replace("END:", &format!("PHOTO;ENCODING=b:{photo}\r\nEND:"));
    let amps = "&".repeat(300 << 10);
    let escaped = card("e", "E").replace("END:", &format!("X-A:{amps}\r\nEND:"));
    for (name, sent, status, condition) in [
        ("b.vcf", "hello", 403, "valid-address-data"),
        ("b.vcf", "", 403, "valid-address-data"),
        (
            "b.vcf",
            "BEGIN:VCARD\r\nEND:VCARD\r\n",
            403,
            "valid-address-data",
        ),
        ("b.vcf", nobody, 403, "valid-address-data"),
        ("b.vcf", &large, 403, "max-resource-size"),
        ("b.vcf", &escaped, 403, "max-resource-size"),
        ("b.vcf", &card("ada-1", "Eve"), 409, "no-uid-conflict"),
        ("ada.vcf", &card("eve", "Eve"), 409, "no-uid-conflict"),
    ] {
        let refused = book.put_card(name, sent).await.is(status);
        refused.has("<D:error").has(&format!("<C:{condition}"));
        if status == 409 {
            refused.has(&format!("<D:href>{}</D:href>", at("ada.vcf")));
        }
    }
    let json = [("content-type", "application/json")];
    let refused = book.dav("PUT", &at("b.vcf"), &json, ADA).await.is(403);
    refused.has("supported-address-data");
    let long = format!("{}.vcf", "x".repeat(255));
    book.put_card(&long, &card("x", "X")).await.is(414);
    assert_eq!(book.get(&at("ada.vcf")).await.text(), ADA);
    book.stop().await;
}

#[tokio::test]
async fn odd_cards_are_kept_too() {
    let book = Phonebook::start().await;
    let old = "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg\nTEL;CELL;PREF:call the porter\nEND:VCARD\n";
    book.put_card("old.vcf", old).await.is(201);
    assert_eq!(book.get(&at("old.vcf")).await.text(), old);
    assert_eq!(book.displays("/v1/contacts").await, ["Jörg Müller"]);
    let newer = [("accept", "text/vcard;version=4.0")];
    book.dav("GET", &at("old.vcf"), &newer, "")
        .await
        .is(200)
        .has("Müller;Jörg");
    // A card that had no UID may get one.
    let with_uid = old.replace("END:", "UID:old-1\nEND:");
    book.put_card("old.vcf", &with_uid).await.is(204);
    book.put_card("old.vcf", &with_uid.replace("old-1", "old-2"))
        .await
        .is(409);
    book.stop().await;
}

#[tokio::test]
async fn a_purge_takes_the_cards_along() {
    let book = Phonebook::start().await;
    book.put_card("ada.vcf", ADA).await.is(201);
    book.put_card("ada.vcf", &ADA.replace("pale", "dark"))
        .await
        .is(204);
    let path = only_contact(&book).await;
    let purged = format!("{path}?purge=true");
    book.dav("DELETE", &purged, &[], "").await.is(204);
    let query = super::super::Query {
        prefix: "phonebook/".to_owned(),
        limit: 10,
        ..Default::default()
    };
    let store = &book.node.backends().store;
    let mut left = store.query(&book.tenant, query).await.unwrap().items;
    left.retain(|(key, _)| !key.starts_with("phonebook/request/"));
    assert!(left.is_empty(), "{left:?}");
    book.stop().await;
}

#[tokio::test]
async fn who_comes_back_or_moves_gives_up_a_taken_name() {
    let book = Phonebook::start().await;
    book.put_card("ada.vcf", ADA).await.is(201);
    let path = only_contact(&book).await;
    let id = path.rsplit('/').next().unwrap().to_owned();
    book.dav("DELETE", &at("ada.vcf"), &[], "").await.is(204);
    book.put_card("ada.vcf", &card("ada-1", "Usurper"))
        .await
        .is(201);
    book.post(&format!("{path}/restores"), json!({}))
        .await
        .is(200);
    let listed = book.propfind(&at(""), "1", "<getetag/>").await;
    assert_eq!(
        listed.hrefs(),
        ["ada.vcf", book::DEFAULT, &format!("{id}.vcf")]
    );
    book.get(&at("ada.vcf")).await.has("Usurper");

    let other = book
        .post("/v1/books", json!({"name": "Other"}))
        .await
        .json();
    let other = other["id"].as_str().unwrap();
    let theirs = format!("/dav/books/{other}/{id}.vcf");
    book.dav("PUT", &theirs, VCARD, &card("z", "Zoe"))
        .await
        .is(201);
    book.patch(&path, None, json!({ "book_id": other }))
        .await
        .is(200);
    let listed = book
        .propfind(&format!("/dav/books/{other}/"), "1", "<getetag/>")
        .await;
    assert_eq!(listed.hrefs().len(), 3, "{:?}", listed.hrefs());
    book.stop().await;
}

async fn only_contact(book: &Phonebook) -> String {
    let list: Value = book.get("/v1/contacts").await.json();
    assert_eq!(list["data"].as_array().map(Vec::len), Some(1));
    format!("/v1/contacts/{}", list["data"][0]["id"].as_str().unwrap())
}
