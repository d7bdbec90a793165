use crate::tenant;
use end_to_end::{Client, encoded, eventually};
use serde_json::{Value, json};

/// A contact of this name.
pub fn named(given: &str, family: &str) -> Value {
    json!({ "name": { "given": given, "family": family } })
}

async fn check(client: &Client, expected: &[(&str, &[&str])]) {
    for (query, names) in expected {
        assert_eq!(client.found(query).await, *names, "{query}");
    }
}

pub async fn words(root: &Client) {
    let client = &tenant(root, "words").await;
    for contact in [
        json!({ "name": { "given": "Jörg", "family": "Łuczak" }, "nickname": "Yogi",
            "organization": { "name": "Straßenbau Süd GmbH", "department": "Tiefbau" } }),
        json!({ "name": { "given": "Anne-Marie", "family": "O'Brien" }, "emails": [{ "address": "am.smith@post.example.com" }] }),
        json!({ "name": { "given": "Борис", "family": "Годунов" } }),
        json!({ "name": { "given": "مُحَمَّد", "family": "الفاسي" } }),
        json!({ "name": { "given": "小龙", "family": "李" } }),
        json!({ "name": { "display": "Nguye\u{302}\u{303}n" } }),
        json!({ "name": { "display": "İpek Şahin" } }),
        json!({ "organization": { "name": "24/7 Fitness" } }),
    ] {
        client.contact(&contact).await;
    }
    let jorg = ["Jörg Łuczak"].as_slice();
    let anne = ["Anne-Marie O'Brien"].as_slice();
    check(
        client,
        &[
            ("jörg", jorg),
            ("JORG", jorg),
            ("jo\u{308}rg", jorg),
            ("jor", jorg),
            ("łuc", jorg),
            ("luczak jorg", jorg),
            ("Jörg Łuczak", jorg),
            ("  Łuczak ,  jörg ", jorg),
            ("yog", jorg),
            ("strassenbau", jorg),
            ("STRAẞEN", jorg),
            ("süd lucz", jorg),
            ("tief", jorg),
            ("gmbh yogi j", jorg),
            ("org", &[]),
            ("jorg x", &[]),
            ("uczak", &[]),
            ("o'brien", anne),
            ("O’Brien", anne),
            ("obrien", anne),
            ("brien", anne),
            ("marie", anne),
            ("anne-marie", anne),
            ("am.smith@post.example.com", anne),
            ("smith@post", anne),
            ("post.ex", anne),
            ("SMITH", anne),
            ("борис", &["Борис Годунов"]),
            ("БОР", &["Борис Годунов"]),
            ("boris godunov", &["Борис Годунов"]),
            ("محمد", &["مُحَمَّد الفاسي"]),
            ("مُحَمّ", &["مُحَمَّد الفاسي"]),
            ("李", &["小龙 李"]),
            ("xiao", &["小龙 李"]),
            ("nguyen", &["Nguye\u{302}\u{303}n"]),
            ("Nguyễn", &["Nguye\u{302}\u{303}n"]),
            ("ipek sahin", &["İpek Şahin"]),
            ("24/7", &["24/7 Fitness"]),
            ("!?…", &[]),
            ("\u{301}", &[]),
            ("'", &[]),
            ("zzz", &[]),
        ],
    )
    .await;
    let everything = ["Jörg", "Łuczak"].repeat(14).join(" ");
    check(
        client,
        &[(&everything, jorg), (&format!("{everything} nobody"), &[])],
    )
    .await;
    let long = client
        .get(&format!("/v1/contacts?q={}", "a".repeat(10_000)))
        .await;
    assert_eq!(long.sorted_faults(), ["q"]);
}

pub async fn ranks(root: &Client) {
    let client = &tenant(root, "ranks").await;
    for contact in [
        json!({ "name": { "given": "Zoë" }, "organization": { "name": "Ann" } }),
        json!({ "name": { "given": "Aaron" }, "emails": [{ "address": "ann@example.com" }] }),
        named("Annabel", "Abel"),
        named("Bea", "Ann"),
        named("Annika", "Zorn"),
        named("Ann", "Miller"),
        json!({ "name": { "given": "Carl" }, "nickname": "Annie" }),
    ] {
        client.contact(&contact).await;
    }
    let expected = ["Ann Miller", "Bea Ann", "Annabel Abel", "Annika Zorn"];
    for limit in [1, 2, 3, 50] {
        let names = client.names(&format!("q=ann&limit={limit}")).await;
        assert_eq!(names[..4], expected, "limit {limit}");
        let mut rest = names[4..].to_vec();
        rest.sort();
        assert_eq!(rest, ["Aaron", "Carl", "Zoë"], "limit {limit}");
    }
}

pub async fn keys(root: &Client) {
    let client = &tenant(root, "keys").await;
    let many =
        (0..50).map(|place| json!({ "address": format!("a{place}b.c{place}d@aa{place}.example") }));
    for contact in [
        named("Jörg", "Łuczak"),
        named("Kosi", "Mo"),
        json!({ "organization": { "name": "Acme" } }),
        json!({ "name": { "given": "Борис" } }),
        json!({ "name": { "given": "Zoë" }, "emails": many.collect::<Vec<_>>() }),
    ] {
        client.contact(&contact).await;
    }
    for (keys, names) in [
        ("5674", ["Jörg Łuczak", "Kosi Mo"].as_slice()),
        ("56740", &["Jörg Łuczak", "Kosi Mo"]),
        ("582", &["Jörg Łuczak"]),
        ("582 56", &["Jörg Łuczak"]),
        ("58205", &["Jörg Łuczak"]),
        ("66", &["Kosi Mo"]),
        ("2263", &["Acme"]),
        ("26747", &["Борис"]),
        ("963", &["Zoë"]),
        ("5675", &[]),
    ] {
        assert_eq!(
            client.names(&format!("t9={}", encoded(keys))).await,
            names,
            "{keys}"
        );
    }
    for wrong in ["abc", "5*", "5%00"] {
        let answer = client.get(&format!("/v1/contacts?t9={wrong}")).await;
        assert_eq!(answer.sorted_faults(), ["t9"], "{wrong}");
    }
}

pub async fn changes(root: &Client) {
    let client = &tenant(root, "changes").await;
    let ids = client
        .contacts(&["Ada", "Bob", "Cy"].map(|name| named(name, "Old")))
        .await;
    let before = client.shown(&ids[2]).await["updated_at"].clone();
    let since = |at: &Value| format!("updated_since={}", encoded(at.as_str().expect("a time")));
    assert!(
        client
            .names(&since(&before))
            .await
            .contains(&"Cy Old".to_owned())
    );
    assert!(
        client
            .names("updated_since=2999-01-01T00:00:00Z")
            .await
            .is_empty()
    );
    assert_eq!(
        client
            .names("updated_since=2001-01-01T00:00:00%2B01:00&limit=1")
            .await
            .len(),
        3
    );
    let path = format!("/v1/contacts/{}", ids[0]);
    let changed = eventually("a later time", async || {
        let nickname = json!({ "nickname": client.shown(&ids[0]).await["version"].to_string() });
        let changed = client.patch(&path, &nickname).await.expect(200).json();
        (changed["updated_at"].as_str() > before.as_str()).then_some(changed)
    })
    .await;
    let since = since(&changed["updated_at"]);
    assert_eq!(client.names(&since).await, ["Ada Old"]);
    assert_eq!(client.names(&format!("{since}&q=old")).await, ["Ada Old"]);
    client.delete(&path).await.expect(204);
    assert!(client.names(&since).await.is_empty());
    for wrong in ["yesterday", "2026-13-01T00:00:00Z", "1"] {
        let answer = client
            .get(&format!("/v1/contacts?updated_since={wrong}"))
            .await;
        assert_eq!(answer.sorted_faults(), ["updated_since"], "{wrong}");
    }
}

/// Whoever has the answer to a write finds it, and no longer finds what it replaced.
pub async fn at_once(root: &Client) {
    let client = &tenant(root, "at once").await;
    for round in 0..10 {
        let (old, new) = (format!("Before{round}"), format!("After{round}"));
        let id = client.new_contact(&old).await;
        let path = format!("/v1/contacts/{id}");
        assert_eq!(client.found(&old).await, [old.as_str()]);
        client
            .patch(&path, &json!({ "name": { "given": new } }))
            .await
            .expect(200);
        assert!(client.found(&old).await.is_empty());
        assert_eq!(client.found(&new).await, [new.as_str()]);
        assert_eq!(client.names("").await, [new.as_str()]);
        client.delete(&path).await.expect(204);
        assert!(client.found(&new).await.is_empty() && client.names("").await.is_empty());
    }
}
