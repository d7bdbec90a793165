use crate::tenant;
use end_to_end::{Answer, Client, id_of, send};
use reqwest::Method;
use serde_json::{Value, json};

const NOBODY: &str = "con_01h455vb4pex5vsknk084sn02q";
/// What a version has of its own.
const STAMPS: [&str; 2] = ["version", "updated_at"];

async fn restore(client: &Client, id: &str, version: u64) -> Answer {
    let path = format!("/v1/contacts/{id}/restores");
    client.post(&path, &json!({ "version": version })).await
}

fn content(contact: &Value) -> Value {
    let mut content = contact.clone();
    for stamp in STAMPS {
        content.as_object_mut().expect("a contact").remove(stamp);
    }
    content
}

/// Whatever a version was, its restoration is the same again, and can be undone in turn.
pub async fn overwrites(root: &Client) {
    let client = &tenant(root, "overwrites").await;
    let group = id_of(
        &client
            .create("/v1/groups", &json!({ "name": "Team" }))
            .await,
    );
    let book = id_of(
        &client
            .create("/v1/books", &json!({ "name": "Other" }))
            .await,
    );
    let first = json!({ "name": { "prefix": "Dr", "given": "Ada", "family": "Lovelace" }, "nickname": "Countess",
        "phones": [{ "number": "+44 20 7946 0018", "type": "work", "label": "desk", "primary": true }],
        "emails": [{ "address": "ada@example.com" }], "organization": { "name": "Engine", "title": "Analyst" },
        "addresses": [{ "city": "London" }], "urls": ["https://example.com"], "birthday": "1815-12-10",
        "notes": "met\nin 1843", "custom": { "k": "v" }, "groups": [group] });
    let id = client.contact(&first).await;
    let path = format!("/v1/contacts/{id}");
    let mut versions = vec![client.shown(&id).await];
    client
        .put(&path, &json!({ "name": { "given": "Bob" }, "groups": [] }))
        .await
        .expect(200);
    versions.push(client.shown(&id).await);
    client
        .patch(
            &path,
            &json!({ "name": { "family": "Builder" }, "notes": "x", "book_id": book }),
        )
        .await
        .expect(200);
    versions.push(client.shown(&id).await);
    let update = json!([{ "op": "update", "id": id, "contact": { "nickname": "B", "phones": [{ "number": "+49 30 1234567" }] } }]);
    client.post("/v1/contacts/batch", &update).await.expect(200);
    versions.push(client.shown(&id).await);
    send(client.request(Method::PUT, &format!("/v1/groups/{group}/members/{id}")))
        .await
        .expect(204);
    versions.push(client.shown(&id).await);

    let numbers: Vec<_> = versions
        .iter()
        .map(|one| one["version"].as_u64().expect("a version"))
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    let listed = client.all(&format!("{path}/history?limit=2")).await;
    let past: Vec<_> = listed.iter().map(|past| past["contact"].clone()).collect();
    assert_eq!(past, versions.iter().rev().cloned().collect::<Vec<_>>());
    for (last, wanted) in (5..).zip([0, 3, 1, 4, 2]) {
        let answer = restore(client, &id, numbers[wanted]).await.expect(200);
        assert_eq!(
            content(&answer.json()),
            content(&versions[wanted]),
            "version {}",
            numbers[wanted]
        );
        assert_eq!(answer.json()["version"], last + 1);
        assert_eq!(client.shown(&id).await, answer.json());
        assert!(answer.header("etag").is_some());
    }
    refusals(client, &id).await;
    check_found(client, &id, &group).await;
}

async fn refusals(client: &Client, id: &str) {
    let before = client.shown(id).await;
    for version in [999, 0] {
        let refused = restore(client, id, version).await;
        assert!(matches!(refused.status, 400 | 404 | 422), "{refused:?}");
    }
    let path = format!("/v1/contacts/{id}/restores");
    for body in [
        json!({}),
        json!({ "version": "1" }),
        json!({ "version": 1, "colour": 1 }),
        json!([]),
    ] {
        client.post(&path, &body).await.problem(400);
    }
    let request = client
        .request(Method::POST, &path)
        .header("if-match", "\"v1\"");
    let request = request
        .header("content-type", "application/json")
        .body("{\"version\": 1}");
    send(request).await.problem(412);
    for unknown in [NOBODY, "con_x", "x"] {
        restore(client, unknown, 1).await.problem(404);
        client
            .get(&format!("/v1/contacts/{unknown}/history"))
            .await
            .problem(404);
    }
    assert_eq!(client.shown(id).await, before);
}

/// Lists and search follow a restoration.
async fn check_found(client: &Client, id: &str, group: &str) {
    restore(client, id, 1).await.expect(200);
    assert_eq!(client.found("lovelace").await, ["Dr Ada Lovelace"]);
    assert!(client.found("builder").await.is_empty());
    assert_eq!(
        client.names(&format!("group={group}")).await,
        ["Dr Ada Lovelace"]
    );
    restore(client, id, 3).await.expect(200);
    assert!(client.found("lovelace").await.is_empty());
    assert!(client.names(&format!("group={group}")).await.is_empty());
}

pub async fn bin(root: &Client) {
    let client = &tenant(root, "bin").await;
    let id = client
        .contact(&json!({ "name": { "given": "Ada" }, "phones": [{ "number": "+49 30 1234567" }] }))
        .await;
    let path = format!("/v1/contacts/{id}");
    client
        .patch(&path, &json!({ "name": { "given": "Augusta" } }))
        .await
        .expect(200);
    client.delete(&path).await.expect(204);
    client.get(&path).await.problem(404);
    client.delete(&path).await.problem(404);
    client
        .patch(&path, &json!({ "nickname": "x" }))
        .await
        .problem(404);
    assert!(client.found("123").await.is_empty() && client.names("").await.is_empty());
    client.get(&format!("{path}/history")).await.expect(200);
    restore(client, &id, 77).await.problem(400);
    client.get(&path).await.problem(404);

    let back = restore(client, &id, 2).await.expect(200).json();
    assert_eq!(
        (&back["id"], &back["name"]["given"]),
        (&json!(id), &json!("Augusta"))
    );
    assert_eq!(client.shown(&id).await, back);
    assert_eq!(
        (client.found("123").await, client.found("augusta").await),
        (vec!["Augusta".to_owned()], vec!["Augusta".to_owned()])
    );
    client.delete(&path).await.expect(204);
    let back = restore(client, &id, 1).await.expect(200).json();
    assert_eq!(back["name"]["given"], "Ada");
    assert!(client.found("augusta").await.is_empty());
    let events = client.events("contact.*").await;
    let types: Vec<_> = events
        .iter()
        .map(|event| event["type"].as_str().expect("a type"))
        .collect();
    let expected = [
        "created", "updated", "deleted", "restored", "deleted", "restored",
    ];
    assert_eq!(types, expected.map(|what| format!("contact.{what}.v1")));
    client
        .delete(&format!("{path}?purge=true"))
        .await
        .expect(204);
    for version in [1, 2, 3] {
        restore(client, &id, version).await.problem(404);
    }
}
