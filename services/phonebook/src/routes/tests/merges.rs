//! Finding contacts that are in the phonebook twice, and making one of them.

use super::{Phonebook, ada};
use serde_json::{Value, json};

fn id_of(path: &str) -> Value {
    path.rsplit('/').next().unwrap().into()
}

/// Reason, value and the contacts' display names of every group, page by page.
async fn duplicates(book: &Phonebook, limit: usize) -> Vec<(String, String, Vec<String>)> {
    let mut uri = format!("/v1/contacts/duplicates?limit={limit}");
    let mut all = Vec::new();
    loop {
        let page = book.get(&uri).await;
        assert_eq!(page.status(), 200, "{}", page.json());
        let page = page.json();
        for group in page["data"].as_array().unwrap() {
            let text = |name: &str| group[name].as_str().unwrap().to_owned();
            let contacts = group["contacts"].as_array().unwrap().iter();
            let names = contacts.map(|one| one["name"]["display"].as_str().unwrap().to_owned());
            let mut names: Vec<_> = names.collect();
            names.sort();
            all.push((text("reason"), text("value"), names));
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => uri = format!("/v1/contacts/duplicates?limit={limit}&cursor={cursor}"),
            None => return all,
        }
    }
}

#[tokio::test]
async fn duplicates_are_told_once_by_their_strongest_reason() {
    let book = Phonebook::start().await;
    for contact in [
        json!({"name": {"given": "Ada"}, "phones": [{"number": "+44 20 7946 0018"}, {"number": "+44 20 7946 0019"}]}),
        json!({"name": {"given": "Augusta"}, "phones": [{"number": "+442079460018"}, {"number": "+44 2079460019"}]}),
        json!({"name": {"given": "Àda"}, "emails": [{"address": "ada@example.com"}]}),
        json!({"name": {"given": "Countess"}, "emails": [{"address": "ADA@example.com"}]}),
        json!({"name": {"given": "Grace"}, "phones": [{"number": "+44 20 7946 0020"}]}),
        json!({"name": {"given": "Grace"}, "phones": [{"number": "+44 20 7946 0020"}]}),
        json!({"name": {"given": "Charles"}}),
    ] {
        book.create(contact).await;
    }
    let group = |reason: &str, value: &str, names: [&str; 2]| {
        (
            reason.to_owned(),
            value.to_owned(),
            names.map(str::to_owned).to_vec(),
        )
    };
    let all = duplicates(&book, 50).await;
    assert_eq!(
        all[..3],
        [
            group("number", "+442079460018", ["Ada", "Augusta"]),
            group("number", "+442079460020", ["Grace", "Grace"]),
            group("email", "ada@example.com", ["Countess", "Àda"]),
        ]
    );
    assert_eq!(
        (all[3].0.as_str(), &all[3].2[..]),
        ("name", &["Ada", "Àda"].map(str::to_owned)[..])
    );
    assert_eq!(all.len(), 4);
    assert_eq!(duplicates(&book, 1).await, all);
    let foreign = book.get("/v1/contacts/duplicates?cursor=eHg").await;
    assert_eq!(foreign.status(), 400);
    book.stop().await;
}

#[tokio::test]
async fn a_large_group_shrinks_as_it_is_merged() {
    let book = Phonebook::start().await;
    for _ in 0..23 {
        book.create(json!({"name": {"given": "Ada"}})).await;
    }
    let first = book.get("/v1/contacts/duplicates").await.json();
    let ids: Vec<_> = first["data"][0]["contacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    assert_eq!((ids.len(), &first["next_cursor"]), (20, &Value::Null));
    let merge = json!({"into": ids[0], "from": ids[1..]});
    assert_eq!(book.post("/v1/contacts/merges", merge).await.status(), 201);
    let rest = book.get("/v1/contacts/duplicates").await.json();
    assert_eq!(rest["data"][0]["contacts"].as_array().unwrap().len(), 4);
    book.stop().await;
}

#[tokio::test]
async fn a_number_that_all_share_hides_nobody() {
    let book = Phonebook::start().await;
    let number = json!([{"number": "+44 20 7946 0018"}]);
    for name in (0..21)
        .map(|n| format!("Nobody {n}"))
        .chain(["Zoe".to_owned(), "Zoe".to_owned()])
    {
        book.create(json!({"name": {"given": name}, "phones": number}))
            .await;
    }
    let all = duplicates(&book, 50).await;
    assert_eq!((all.len(), all[0].2.len()), (2, 20));
    assert_eq!(
        (all[1].0.as_str(), &all[1].2),
        ("name", &vec!["Zoe".to_owned(); 2])
    );
    book.stop().await;
}

#[tokio::test]
async fn a_merge_and_its_undoing() {
    let book = Phonebook::start().await;
    let group = book
        .post("/v1/groups", json!({"name": "Friends"}))
        .await
        .json();
    let into = book.create(ada()).await;
    let from = book
        .create(json!({
            "name": {"given": "Augusta"}, "groups": [group["id"]], "birthday": "1815-12-10",
            "phones": [{"number": "+442079460018", "type": "work"}, {"number": "+44 20 7946 0019"}],
        }))
        .await;
    let (before, other) = (book.get(&into).await.json(), book.get(&from).await.json());

    let wanted = json!({"into": id_of(&into), "from": [id_of(&from)]}).to_string();
    let stale = [("if-match", "\"v7\"")];
    let uri = "/v1/contacts/merges";
    assert_eq!(
        book.send("POST", uri, &stale, wanted.clone(), None)
            .await
            .status(),
        412
    );
    let fresh = [("if-match", "\"v1\"")];
    let made = book.send("POST", uri, &fresh, wanted.clone(), None).await;
    assert_eq!(made.status(), 201, "{}", made.json());
    let path = made.header("location").to_owned();
    assert_eq!(
        path,
        format!("{uri}/{}", made.json()["id"].as_str().unwrap())
    );
    let contact = &made.json()["contact"];
    assert_eq!(contact, &book.get(&into).await.json());
    assert_eq!(contact["phones"][0]["type"], "work");
    assert_eq!(contact["phones"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&contact["groups"], &contact["birthday"]),
        (&json!([group["id"]]), &json!("1815-12-10"))
    );
    assert_eq!(contact["notes"], "Merged from Augusta:\nName: Augusta");

    assert_eq!(book.get(&path).await.json(), made.json());
    let id = id_of(&from);
    for (method, gone) in [
        ("GET", from.clone()),
        ("GET", format!("{from}/history")),
        ("DELETE", format!("{from}?purge=true")),
    ] {
        assert_eq!(
            book.send(method, &gone, &[], "", None).await.status(),
            404,
            "{method} {gone}"
        );
    }
    let members = format!("/v1/contacts?group={}", group["id"].as_str().unwrap());
    assert_eq!(book.displays(&members).await, ["Ada Lovelace"]);
    let again = book.send("POST", uri, &[], wanted, None).await;
    assert_eq!((again.status(), again.pointer()), (400, json!("#/from/0")));

    assert_eq!(
        book.send("DELETE", &path, &[], "", None).await.status(),
        204
    );
    assert_eq!(book.get(&path).await.status(), 404);
    let back = book.get(&from).await;
    assert_eq!(back.header("etag"), "\"v2\"");
    for (was, is) in [(before, book.get(&into).await.json()), (other, back.json())] {
        for name in ["id", "name", "phones", "groups", "birthday", "notes"] {
            assert_eq!(is[name], was[name], "{name}");
        }
    }
    assert_eq!(id_of(&from), id);
    let events = book.events().await;
    assert_eq!(
        events[3..],
        [
            "contact.updated.v1",
            "contact.deleted.v1",
            "contact.updated.v1",
            "contact.restored.v1"
        ]
    );
    book.stop().await;
}

#[tokio::test]
async fn an_undoing_leaves_later_changes_and_waits_for_the_contact() {
    let book = Phonebook::start().await;
    let into = book.create(ada()).await;
    let from = book
        .create(json!({"name": {"given": "Augusta"}, "urls": ["https://example.com"]}))
        .await;
    let made = book
        .post(
            "/v1/contacts/merges",
            json!({"into": id_of(&into), "from": [id_of(&from)]}),
        )
        .await;
    let path = made.header("location").to_owned();
    let renamed = json!({"name": {"family": "King"}, "nickname": "Countess"});
    assert_eq!(book.patch(&into, None, renamed).await.status(), 200);

    book.send("DELETE", &into, &[], "", None).await;
    assert_eq!(book.get(&path).await.json()["contact"], Value::Null);
    assert_eq!(
        book.send("DELETE", &path, &[], "", None).await.status(),
        409
    );
    assert_eq!(
        book.post(&format!("{into}/restores"), json!({}))
            .await
            .status(),
        200
    );
    assert_eq!(
        book.send("DELETE", &path, &[], "", None).await.status(),
        204
    );
    let after = book.get(&into).await.json();
    assert_eq!(after["name"]["display"], "Ada King");
    assert_eq!(
        (&after["nickname"], &after["urls"]),
        (&json!("Countess"), &json!([]))
    );
    assert_eq!(after["notes"], Value::Null);
    book.stop().await;
}

#[tokio::test]
async fn what_cannot_be_merged_is_named() {
    let book = Phonebook::start().await;
    let (one, two) = (book.create(ada()).await, book.create(ada()).await);
    let (one, two) = (id_of(&one), id_of(&two));
    let unknown = String::from(ports::TypeId::new("con"));
    for (body, pointer) in [
        (json!({"into": one, "from": [two, one]}), "#/from/1"),
        (json!({"into": one, "from": [two, two]}), "#/from/1"),
        (json!({"into": one, "from": [two, unknown]}), "#/from/1"),
        (json!({"into": unknown, "from": [two]}), "#/into"),
        (json!({"into": "con_x", "from": [two]}), "#/into"),
        (json!({"into": one, "from": []}), "#/from"),
        (json!({"into": one, "from": vec!["con_x"; 21]}), "#/from"),
        (json!({"from": [two]}), "#/into"),
        (json!({"into": one, "from": [two], "how": "well"}), "#/how"),
    ] {
        let refused = book.post("/v1/contacts/merges", body.clone()).await;
        assert_eq!(
            (refused.status(), refused.pointer()),
            (400, json!(pointer)),
            "{body}"
        );
    }
    let numbers = |from: usize| -> Value {
        (from..from + 30)
            .map(|n| json!({"number": format!("+4930123{n:04}")}))
            .collect()
    };
    let many = book.create(json!({"phones": numbers(0)})).await;
    let more = book.create(json!({"phones": numbers(30)})).await;
    let refused = book
        .post(
            "/v1/contacts/merges",
            json!({"into": id_of(&many), "from": [id_of(&more)]}),
        )
        .await;
    assert_eq!(
        (refused.status(), refused.pointer()),
        (409, json!("#/phones"))
    );

    let notes = "n".repeat(9_000);
    let custom = |start: usize| -> serde_json::Map<String, Value> {
        (start..start + 2)
            .map(|n| (n.to_string(), "\u{1F600}".repeat(1_000).into()))
            .collect()
    };
    let mut large = Vec::new();
    for n in 0..20 {
        let contact = json!({"name": {"given": "A"}, "notes": notes, "custom": custom(2 * n)});
        large.push(id_of(&book.create(contact).await));
    }
    let refused = book
        .post("/v1/contacts/merges", json!({"into": one, "from": large}))
        .await;
    assert_eq!(refused.status(), 422, "{}", refused.json());
    for path in ["/v1/contacts/merges/x", "/v1/contacts/merges/mrg_x"] {
        assert_eq!(book.get(path).await.status(), 404);
    }
    book.stop().await;
}
