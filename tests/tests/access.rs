//! Keys, scopes, limits and tenants: who may do what, and who sees nothing.

use end_to_end::{
    Client, EventStream, Sink, System, blobs, bombs, eventually, eventually_within, send,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const JSON: &str = "application/json";

fn key_in(seconds: u64, scopes: &[&str]) -> Value {
    let at = std::time::SystemTime::now() + Duration::from_secs(seconds);
    let since = at.duration_since(std::time::UNIX_EPOCH).expect("a time");
    json!({ "name": "test", "scopes": scopes, "expires_at": rfc3339(since.as_secs()) })
}

/// Civil time of a Unix time, by Howard Hinnant's `civil_from_days`.
fn rfc3339(unix: u64) -> String {
    let (days, rest) = (unix / 86_400 + 719_468, unix % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[tokio::test]
async fn callers_without_a_valid_key_are_refused() {
    let system = System::embedded().await;
    let client = &system.client;
    let long = format!("Bearer {}", "x".repeat(5_000));
    for authorization in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer nope",
        "Basic !!!",
        "Basic bm8=",
        "Digest username=\"x\"",
        "Bearer sb_../../etc_x",
        long.as_str(),
    ] {
        let request = client.anonymous(Method::GET, "/v1/contacts");
        let answer = send(request.header("authorization", authorization)).await;
        answer.problem(401);
        assert!(answer.header("www-authenticate").is_some());
    }
    for path in [
        "/v1/contacts",
        "/v1/events",
        "/v1/keys",
        "/v1/tenants",
        "/v1/images/img_x",
    ] {
        send(client.anonymous(Method::GET, path)).await.problem(401);
    }
    for path in ["/livez", "/readyz", "/openapi.json", "/docs/"] {
        send(client.anonymous(Method::GET, path)).await.expect(200);
    }
    // A valid key with one letter changed.
    let wanted = json!({ "name": "n", "scopes": ["contacts:read"] });
    let key = client.post("/v1/keys", &wanted).await.expect(201).json();
    let secret = key["secret"].as_str().expect("a secret");
    let (rest, last) = secret.split_at(secret.len() - 1);
    let forged = format!("{rest}{}", if last == "A" { "B" } else { "A" });
    let forged = client.with_key(&forged);
    forged.get("/v1/contacts").await.problem(401);
    client
        .with_key(secret)
        .get("/v1/contacts")
        .await
        .expect(200);
}

#[tokio::test]
async fn expired_and_deleted_keys_are_refused_within_seconds() {
    let system = System::embedded().await;
    let root = &system.client;
    let past =
        json!({ "name": "n", "scopes": ["contacts:read"], "expires_at": "2001-01-01T00:00:00Z" });
    let answer = root.post("/v1/keys", &past).await;
    assert_eq!(answer.sorted_faults(), ["#/expires_at"]);
    let (_, expiring) = root.with_new_key(&key_in(3, &["contacts:read"])).await;
    let wanted = json!({ "name": "n", "scopes": ["contacts:read"] });
    let (id, deleted) = root.with_new_key(&wanted).await;
    for client in [&expiring, &deleted] {
        client.get("/v1/contacts").await.expect(200);
    }
    root.delete(&format!("/v1/keys/{id}")).await.expect(204);
    root.delete(&format!("/v1/keys/{id}")).await.problem(404);
    for client in [&deleted, &expiring] {
        eventually_within(Duration::from_secs(5), "the key's refusal", async || {
            (client.get("/v1/contacts").await.status == 401).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn every_operation_needs_its_scope() {
    let system = System::embedded().await;
    let root = &system.client;
    let openapi = root.get("/openapi.json").await.expect(200).json();
    let stranger = root.with_scopes(&["notifications:write"]).await;
    let mut checked = 0;
    for (template, item) in openapi["paths"].as_object().expect("paths") {
        let more = item["x-additional-operations"].as_object();
        let operations = item.as_object().expect("operations");
        for (method, operation) in operations.iter().chain(more.into_iter().flatten()) {
            let Some(scope) = operation["x-scope"].as_str() else {
                continue;
            };
            let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes());
            let method = method.expect("a method");
            let path = template.replace("{id}", "x").replace("{variant}", "x");
            let answer = send(stranger.request(method.clone(), &path)).await;
            let named = if item["x-errors"] == "dav" {
                String::from_utf8_lossy(&answer.expect(403).body).into_owned()
            } else {
                answer.problem(403)["detail"].to_string()
            };
            assert!(
                named.contains(scope),
                "{method} {template}: {scope} in {named}"
            );
            checked += 1;
        }
    }
    assert!(checked >= 25, "{checked} operations");
    let reader = root.with_scopes(&["contacts:read"]).await;
    reader.get("/v1/contacts").await.expect(200);
    let ada = json!({ "name": { "given": "Ada" } });
    reader.post("/v1/contacts", &ada).await.problem(403);
    let writer = root.with_scopes(&["contacts:write"]).await;
    writer.post("/v1/contacts", &ada).await.expect(201);
    writer.get("/v1/contacts").await.problem(403);
}

#[tokio::test]
async fn nobody_gives_away_more_than_they_have() {
    let system = System::embedded().await;
    let root = &system.client;
    let giver = root.with_scopes(&["keys:write", "contacts:read"]).await;
    let wanted = |scope: &str| json!({ "name": "n", "scopes": [scope] });
    giver
        .post("/v1/keys", &wanted("contacts:read"))
        .await
        .expect(201);
    for more in ["contacts:write", "admin", "keys:read"] {
        giver.post("/v1/keys", &wanted(more)).await.problem(403);
    }
    let (_, admin) = root.with_new_key(&wanted("admin")).await;
    let (tenant, other) = root.with_new_tenant("other").await;
    for caller in [&admin, &other] {
        caller.get("/v1/tenants").await.problem(403);
        let named = json!({ "name": "n" });
        caller.post("/v1/tenants", &named).await.problem(403);
        let path = format!("/v1/tenants/{tenant}");
        caller.delete(&path).await.problem(403);
    }
    let subscriber = root
        .with_scopes(&["subscriptions:write", "contacts:read"])
        .await;
    let sink = Sink::start().await;
    let images = json!({ "event_types": ["image.*"], "channel": "webhook", "endpoint": sink.url });
    subscriber
        .post("/v1/subscriptions", &images)
        .await
        .problem(403);
}

#[tokio::test]
async fn events_need_the_scope_of_what_they_tell_of() {
    let system = System::embedded().await;
    let root = &system.client;
    let reader = root.with_scopes(&["contacts:read"]).await;
    let stream = EventStream::open(&reader, "", None).await;
    let everything = EventStream::open(root, "", None).await;
    let picture = bombs::jpeg(64, 48);
    root.upload(Method::POST, "/v1/images", "image/jpeg", picture)
        .await
        .expect(202);
    eventually("the image on the full stream", async || {
        let types = everything.types();
        types.contains(&"image.ready.v1".to_owned()).then_some(())
    })
    .await;
    root.new_contact("Ada").await;
    eventually("the contact on both streams", async || {
        let seen = |stream: &EventStream| stream.types().contains(&"contact.created.v1".to_owned());
        (seen(&stream) && seen(&everything)).then_some(())
    })
    .await;
    assert_eq!(stream.types(), ["contact.created.v1"]);
    assert_eq!(reader.events("*").await.len(), 1);
    assert!(reader.events("image.*").await.is_empty());
    let nothing = root.with_scopes(&["topics:read"]).await;
    assert!(nothing.events("*").await.is_empty());
}

#[tokio::test]
async fn positions_in_the_log_are_checked() {
    let system = System::embedded().await;
    let client = &system.client;
    for bad in [
        "x",
        "-1",
        "1.5",
        "",
        "123456789012345678901",
        "99999999999999999999",
        "ü",
    ] {
        let request = client
            .request(Method::GET, "/v1/events")
            .header("accept", "text/event-stream")
            .header("last-event-id", bad);
        let answer = send(request).await;
        assert_eq!(answer.sorted_faults(), ["Last-Event-ID"], "{bad}");
    }
    let request = client
        .request(Method::GET, "/v1/events?after=x&limit=0&colour=red")
        .header("accept", "text/event-stream");
    send(request).await.problem(400);
}

#[tokio::test]
async fn a_key_s_rate_and_quota_are_kept() {
    let system = System::embedded().await;
    let root = &system.client;
    let limited =
        |name: &str, limit: Value| json!({ "name": "n", "scopes": ["contacts:read"], name: limit });
    let rate = limited("rate", json!({ "per_second": 0.5, "burst": 5 }));
    let quota = limited("quota", json!({ "per_day": 5 }));
    for (name, wanted) in [("rate", rate), ("quota", quota)] {
        let (_, client) = root.with_new_key(&wanted).await;
        let mut refused = None;
        for number in 0..10 {
            let answer = client.get("/v1/contacts").await;
            let fields = ["ratelimit-policy", "ratelimit"].map(|field| answer.header(field));
            let fields = fields.map(|field| field.expect("both fields").to_owned());
            assert!(
                fields[0].starts_with(&format!("\"{name}\";q=5;w=")),
                "{fields:?}"
            );
            assert!(
                fields[1].starts_with(&format!("\"{name}\";r=")),
                "{fields:?}"
            );
            if answer.status == 429 {
                refused = Some((number, answer));
                break;
            }
            answer.expect(200);
        }
        let (number, answer) = refused.expect("a refusal");
        assert!((5..=7).contains(&number), "{name}: {number}");
        answer.problem(429);
        let wait: u64 = answer
            .header("retry-after")
            .and_then(|field| field.parse().ok())
            .expect("seconds");
        assert!(wait >= 1);
        // One caller's limit is no other's.
        root.get("/v1/contacts").await.expect(200);
    }
}

#[tokio::test]
async fn a_refused_caller_may_come_back_when_told() {
    let system = System::embedded().await;
    let wanted = json!({ "name": "n", "scopes": ["contacts:read"], "rate": { "per_second": 2, "burst": 2 } });
    let (_, client) = system.client.with_new_key(&wanted).await;
    eventually("a refusal", async || {
        (client.get("/v1/contacts").await.status == 429).then_some(())
    })
    .await;
    eventually_within(Duration::from_secs(5), "a token", async || {
        (client.get("/v1/contacts").await.status == 200).then_some(())
    })
    .await;
}

/// One of everything that has an id, made by this caller.
async fn one_of_each(client: &Client, sink: &Sink) -> Vec<String> {
    let wanted =
        json!({ "event_types": ["contact.*"], "channel": "webhook", "endpoint": sink.url });
    let made = client.post("/v1/subscriptions", &wanted).await.expect(201);
    let subscription = format!(
        "/v1/subscriptions/{}",
        made.json()["id"].as_str().expect("an id")
    );
    let contact = format!("/v1/contacts/{}", client.new_contact("Ada").await);
    let picture = bombs::jpeg(64, 48);
    let photo = format!("{contact}/photo");
    client
        .upload(Method::PUT, &photo, "image/jpeg", picture.clone())
        .await
        .expect(202);
    let image = client
        .upload(Method::POST, "/v1/images", "image/jpeg", picture)
        .await
        .expect(202);
    let job = image.header("location").expect("a job").to_owned();
    let image = format!("/v1/images/{}", image.json()["id"].as_str().expect("an id"));
    let delivery = eventually("a delivery", async || {
        let listed = client
            .get("/v1/deliveries?status=delivered")
            .await
            .expect(200)
            .json();
        Some(format!(
            "/v1/deliveries/{}",
            listed["data"][0]["id"].as_str()?
        ))
    })
    .await;
    eventually("the pictures", async || {
        let ready = client.get(&format!("{image}/thumb")).await.status == 200;
        let shown = client.get(&format!("{photo}?size=thumb")).await.status == 200;
        (ready && shown).then_some(())
    })
    .await;
    let thumb = format!("{image}/thumb");
    let history = format!("{contact}/history");
    vec![
        subscription,
        contact,
        photo,
        history,
        image,
        thumb,
        job,
        delivery,
    ]
}

#[tokio::test]
async fn a_tenant_s_things_are_unknown_to_others_and_go_with_it() {
    let (system, sink) = (System::embedded().await, Sink::start().await);
    let root = &system.client;
    let (tenant, owner) = root.with_new_tenant("owner").await;
    let (_, other) = root.with_new_tenant("other").await;
    let things = one_of_each(&owner, &sink).await;
    let own_key = owner.get("/v1/keys").await.expect(200).json()["data"][0]["id"].clone();
    let own_key = format!("/v1/keys/{}", own_key.as_str().expect("an id"));
    for stranger in [&other, root] {
        for path in &things {
            stranger.get(path).await.problem(404);
            let answer = stranger.delete(path).await;
            assert!(
                matches!(answer.status, 404 | 405),
                "{path}: {}",
                answer.status
            );
        }
        stranger.delete(&own_key).await.problem(404);
        let named = json!({ "name": { "given": "Eve" } });
        stranger.put(&things[1], &named).await.problem(404);
        stranger.patch(&things[1], &named).await.problem(404);
        let picture = bombs::jpeg(8, 8);
        stranger
            .upload(Method::PUT, &things[2], "image/jpeg", picture)
            .await
            .problem(404);
        let disabled = json!({ "status": "disabled" });
        stranger.patch(&things[0], &disabled).await.problem(404);
        let secrets = format!("{}/secrets", things[0]);
        stranger.post(&secrets, &json!({})).await.problem(404);
        let retries = format!("{}/retries", things[7]);
        let retry = stranger.request(Method::POST, &retries);
        send(retry.header("content-type", JSON)).await.problem(404);
        for list in [
            "/v1/contacts",
            "/v1/subscriptions",
            "/v1/deliveries",
            "/v1/jobs",
        ] {
            let listed = stranger.get(list).await.expect(200).json();
            assert_eq!(listed["data"], json!([]), "{list}");
        }
        assert!(stranger.events("*").await.is_empty());
    }
    for path in &things {
        owner.get(path).await.expect(200);
    }
    assert!(!blobs(&system).is_empty());

    root.delete(&format!("/v1/tenants/{tenant}"))
        .await
        .expect(204);
    eventually("the tenant's blobs and key to go", async || {
        let refused = owner.get("/v1/contacts").await.status == 401;
        (refused && blobs(&system).is_empty()).then_some(())
    })
    .await;
    other.get("/v1/contacts").await.expect(200);
}

#[test]
fn times_are_written_as_rfc_3339() {
    assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
    assert_eq!(rfc3339(951_827_696), "2000-02-29T12:34:56Z");
}
