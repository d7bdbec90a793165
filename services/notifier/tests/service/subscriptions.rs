//! The routes of subscriptions and deliveries, as the gateway would call them.

use crate::world::{World, eventually, scopes, sink::Sink};
use serde_json::{Value, json};
use web::Scopes;

const ENDPOINT: &str = "https://example.com/in";

fn pointers(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().expect("errors");
    errors
        .iter()
        .filter_map(|e| e["pointer"].as_str().or(e["parameter"].as_str()))
        .collect()
}

fn path(subscription: &Value) -> String {
    format!(
        "/v1/subscriptions/{}",
        subscription["id"].as_str().expect("an id")
    )
}

#[tokio::test]
async fn a_subscription_is_made_shown_changed_and_deleted() {
    let world = World::new().await;
    let created = world.subscribe(&["contact.*"], ENDPOINT).await;
    assert_eq!(
        (&created["status"], &created["version"]),
        (&json!("active"), &json!(1))
    );
    let shown = world.call("GET", &path(&created), Value::Null).await;
    assert_eq!((shown.status, shown.etag.as_deref()), (200, Some("\"1\"")));
    assert_eq!(shown.json["endpoint"], ENDPOINT);
    assert!(
        shown.json.get("secret").is_none(),
        "the secret is shown once"
    );

    let patch = json!({"event_types": ["image.*"], "description": "pictures"});
    let careless = world.call("PATCH", &path(&created), patch.clone()).await;
    assert_eq!(careless.status, 428);
    let with = async |tag| {
        let headers = [("if-match", tag)];
        world
            .call_as(
                Scopes::admin(),
                "PATCH",
                &path(&created),
                &headers,
                patch.clone(),
            )
            .await
    };
    let changed = with("\"1\"").await;
    assert_eq!(
        (changed.status, changed.etag.as_deref()),
        (200, Some("\"2\""))
    );
    assert_eq!(changed.json["event_types"], json!(["image.*"]));
    assert_eq!(with("\"1\"").await.status, 412);

    assert_eq!(
        world
            .call("DELETE", &path(&created), Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(
        world
            .call("DELETE", &path(&created), Value::Null)
            .await
            .status,
        404
    );
    assert_eq!(
        world
            .call("GET", "/v1/subscriptions/nonsense", Value::Null)
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn what_is_wrong_or_not_offered_is_named() {
    let world = World::with(|settings| settings.notifier.allow_private_networks = false).await;
    let body = json!({
        "topic": "t", "event_types": ["NO"], "channel": "email", "endpoint": "http://169.254.169.254/", "quiet_hours": {},
    });
    let refused = world.call("POST", "/v1/subscriptions", body).await;
    assert_eq!(refused.status, 400);
    let mut named = pointers(&refused.json);
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "#/channel",
            "#/endpoint",
            "#/event_types/0",
            "#/quiet_hours",
            "#/topic"
        ]
    );
    for uri in [
        "/v1/subscriptions?limit=0",
        "/v1/deliveries?status=lost",
        "/v1/deliveries?subscription=x",
        "/v1/deliveries?cursor=eA",
    ] {
        let refused = world.call("GET", uri, Value::Null).await;
        assert_eq!(
            (refused.status, pointers(&refused.json).len()),
            (400, 1),
            "{uri}"
        );
    }
}

#[tokio::test]
async fn nobody_subscribes_to_what_they_may_not_read() {
    let world = World::new().await;
    let mine = scopes(&["subscriptions:write", "images:read"]);
    let subscribe = async |types: &[&str]| {
        let body = json!({"event_types": types, "channel": "webhook", "endpoint": ENDPOINT});
        world
            .call_as(mine.clone(), "POST", "/v1/subscriptions", &[], body)
            .await
            .status
    };
    assert_eq!(subscribe(&["contact.*"]).await, 403);
    assert_eq!(subscribe(&["image.*", "contact.created.v1"]).await, 403);
    assert_eq!(subscribe(&["image.*"]).await, 201);
    assert_eq!(subscribe(&["*"]).await, 201);
    // Nor can they turn to themselves what another may read.
    let theirs = world.subscribe(&["contact.*"], ENDPOINT).await;
    let patch = json!({"endpoint": "https://example.org/mine"});
    let taken = world
        .call_as(mine.clone(), "PATCH", &path(&theirs), &[], patch)
        .await;
    assert_eq!(taken.status, 403);
}

#[tokio::test]
async fn scopes_narrow_what_a_star_sees() {
    let (world, mut sink) = (World::new().await, Sink::with(200).await);
    let body = json!({"event_types": ["*"], "channel": "webhook", "endpoint": sink.url()});
    let mine = scopes(&["subscriptions:write", "images:read"]);
    let created = world
        .call_as(mine, "POST", "/v1/subscriptions", &[], body)
        .await;
    assert_eq!(created.status, 201);
    world.happen("contact.created.v1", "x_1", &json!({})).await;
    world.happen("image.ready.v1", "x_1", &json!({})).await;
    assert_eq!(sink.next().await.json()["type"], "image.ready.v1");
    assert_eq!(sink.drain(), 0);
}

#[tokio::test]
async fn lists_go_on_where_they_stopped() {
    let (world, mut sink) = (World::new().await, Sink::with(200).await);
    let subscription = world.subscribe(&["contact.*"], &sink.url()).await;
    world.subscribe(&["image.*"], ENDPOINT).await;
    for n in 0..5 {
        world
            .happen("contact.created.v1", &format!("con_{n}"), &json!({}))
            .await;
        sink.next().await;
    }
    let id = subscription["id"].as_str().unwrap();
    for (uri, total) in [
        ("/v1/subscriptions?limit=1".to_owned(), 2),
        ("/v1/deliveries?limit=2".to_owned(), 5),
        (format!("/v1/deliveries?subscription={id}&limit=2"), 5),
        (
            format!("/v1/deliveries?subscription={id}&status=delivered&limit=5"),
            5,
        ),
    ] {
        eventually(|| async {
            let mut seen = Vec::new();
            let mut page = world.get(&uri).await;
            loop {
                let data = page["data"].as_array().unwrap();
                seen.extend(
                    data.iter()
                        .map(|entry| entry["id"].as_str().unwrap().to_owned()),
                );
                let Some(cursor) = page["next_cursor"].as_str() else {
                    break;
                };
                page = world.get(&format!("{uri}&cursor={cursor}")).await;
            }
            let mut unique = seen.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), seen.len(), "nothing twice");
            (seen.len() == total).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_replayed_answer_hides_the_secret() {
    let world = World::new().await;
    let body = json!({"event_types": ["*"], "channel": "webhook", "endpoint": ENDPOINT});
    let headers = [("idempotency-key", "once")];
    let post = async || {
        world
            .call_as(
                Scopes::admin(),
                "POST",
                "/v1/subscriptions",
                &headers,
                body.clone(),
            )
            .await
    };
    let (first, again) = (post().await, post().await);
    assert_eq!((again.status, &again.json["id"]), (201, &first.json["id"]));
    assert!(first.json.get("secret").is_some() && again.json.get("secret").is_none());
}
