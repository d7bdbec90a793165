use end_to_end::{Delivery, Sink, System, bombs, eventually, id_of};
use reqwest::Method;
use serde_json::json;

/// Nothing else in the store has these in it.
const SECRETS: [&str; 5] = [
    "Quasimodowski",
    "unforgettable",
    "7946555",
    "esmeralda",
    "bellringer",
];
/// Answers of requests, which are remembered until nobody can repeat these, and then go by themselves.
const ANSWERS: &str = "*:request/*";

#[tokio::test]
async fn a_purge_leaves_nothing_in_the_store() {
    let system = System::on_servers(1).await;
    let (client, sink) = (&system.client, Sink::start().await);
    let wanted =
        json!({ "event_types": ["contact.*"], "channel": "webhook", "endpoint": sink.url });
    client.post("/v1/subscriptions", &wanted).await.expect(201);
    let contact = json!({ "name": { "given": "Quasimodowski" }, "nickname": "unforgettable",
        "phones": [{ "number": "+44 20 7946 555" }], "emails": [{ "address": "esmeralda@example.com" }] });
    let id = client.contact(&contact).await;
    let path = format!("/v1/contacts/{id}");
    for notes in ["bellringer", "bellringer of Notre Dame", "x"] {
        client
            .patch(&path, &json!({ "notes": notes }))
            .await
            .expect(200);
    }
    let photo = format!("{path}/photo");
    let put = client.upload(Method::PUT, &photo, "image/jpeg", bombs::jpeg(320, 320));
    put.await.expect(202);
    eventually("the photo", async || {
        (client.get(&photo).await.status == 200).then_some(())
    })
    .await;
    client.delete(&path).await.expect(204);
    client
        .post(&format!("{path}/restores"), &json!({ "version": 2 }))
        .await
        .expect(200);
    eventually("all webhooks", async || {
        let told = sink.deliveries();
        let restored = |told: &Delivery| told.event()["type"] == "contact.restored.v1";
        told.iter().any(restored).then_some(())
    })
    .await;
    let redis = system.redis.as_ref().expect("Redis");
    let held = async || {
        let dump = redis.dump().await;
        let text = String::from_utf8_lossy(&dump).to_lowercase();
        SECRETS
            .into_iter()
            .filter(|secret| text.contains(&secret.to_lowercase()))
            .collect::<Vec<_>>()
    };
    assert_eq!(held().await, SECRETS);
    let bystander = client.new_contact("Bystander").await;
    client
        .delete(&format!("{path}?purge=true"))
        .await
        .expect(204);
    for gone in [path.clone(), format!("{path}/history"), photo] {
        client.get(&gone).await.problem(404);
    }
    redis.forget(ANSWERS).await;
    eventually("an empty store", async || {
        held().await.is_empty().then_some(())
    })
    .await;
    let log = serde_json::to_string(&client.events("*").await).expect("JSON");
    let logs = system.logs().join("\n");
    for text in [log, logs] {
        assert!(SECRETS.iter().all(|secret| !text.contains(secret)));
    }
    let all: Vec<_> = client
        .all("/v1/contacts?limit=10")
        .await
        .iter()
        .map(id_of)
        .collect();
    assert_eq!(all, [bystander]);
    let blobs = system.folder.path().join("blobs");
    eventually("no blobs", async || files(&blobs).is_empty().then_some(())).await;
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
