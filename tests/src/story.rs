//! The one true story, told on whatever system it is given.

use crate::{Client, EventStream, Sink, eventually, eventually_within, phone_photo};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// What must still be there after a crash.
pub struct Told {
    pub client: Client,
    pub contact: String,
    pub subscription: String,
    pub secret: String,
    pub last_event_id: String,
}

const EXPECTED: [&str; 4] = [
    "contact.created.v1",
    "image.uploaded.v1",
    "image.ready.v1",
    "contact.updated.v1",
];

/// A key, a webhook, a contact, a photo; everything arrives everywhere, in order and signed.
pub async fn tell(root: &Client, sink: &Sink) -> Told {
    let client = make_key(root).await;
    let (subscription, secret) = subscribe(&client, sink).await;
    let stream = EventStream::open(&client, "?types=contact.*,image.*", None).await;
    let contact = create_contact(&client).await;
    upload_photo(&client, &contact).await;
    check_variants(&client, &contact).await;
    let last_event_id = check_stream(&stream, &contact).await;
    check_webhook(sink, &secret).await;
    check_deliveries(&client, &subscription).await;
    Told {
        client,
        contact,
        subscription,
        secret,
        last_event_id,
    }
}

/// After a crash of everything: all of it is found again, and the system goes on.
pub async fn find_again(told: &Told, sink: &Sink) {
    let client = &told.client;
    let contact = client
        .get(&format!("/v1/contacts/{}", told.contact))
        .await
        .expect(200)
        .json();
    assert_eq!(contact["name"]["given"], "Zoë");
    check_variants(client, &told.contact).await;
    let subscription = client
        .get(&format!("/v1/subscriptions/{}", told.subscription))
        .await
        .expect(200)
        .json();
    assert_eq!(subscription["status"], "active");
    let page = client
        .get("/v1/events?after=0&types=contact.*,image.*")
        .await
        .expect(200)
        .json();
    let types: Vec<_> = page["data"]
        .as_array()
        .expect("events")
        .iter()
        .map(|event| event["type"].clone())
        .collect();
    assert_eq!(types, EXPECTED);

    let resumed = EventStream::open(client, "?types=contact.*", Some(&told.last_event_id)).await;
    let patch = json!({ "nickname": "Zozo" });
    client
        .patch(&format!("/v1/contacts/{}", told.contact), &patch)
        .await
        .expect(200);
    eventually("the next event on the resumed stream", async || {
        (resumed.types() == ["contact.updated.v1"]).then_some(())
    })
    .await;
    let (id, _) = resumed.events().remove(0);
    assert!(
        id > told.last_event_id,
        "sequences increase across restarts"
    );
    eventually("the webhook of the change", async || {
        let changed = sink
            .deliveries()
            .into_iter()
            .find(|d| d.event()["sequence"] == id.as_str())?;
        assert!(changed.is_signed_with(&told.secret));
        Some(())
    })
    .await;
}

async fn make_key(root: &Client) -> Client {
    let scopes = [
        "contacts:read",
        "contacts:write",
        "images:read",
        "subscriptions:read",
        "subscriptions:write",
        "deliveries:read",
    ];
    let key = root
        .post("/v1/keys", &json!({ "name": "story", "scopes": scopes }))
        .await
        .expect(201)
        .json();
    let client = root.with_key(key["secret"].as_str().expect("a secret"));
    assert_eq!(
        client.get("/v1/keys").await.status,
        403,
        "the key lacks keys:read"
    );
    client
}

async fn subscribe(client: &Client, sink: &Sink) -> (String, String) {
    let wanted = json!({ "event_types": ["contact.*", "image.*"], "channel": "webhook", "endpoint": sink.url });
    let made = client
        .post("/v1/subscriptions", &wanted)
        .await
        .expect(201)
        .json();
    let text = |name: &str| {
        made[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name} in {made}"))
            .to_owned()
    };
    assert_eq!(text("status"), "active");
    (text("id"), text("secret"))
}

async fn create_contact(client: &Client) -> String {
    let contact = json!({
        "name": { "given": "Zoë", "family": "Łukasz" },
        "phones": [{ "number": "+49 30 901820", "type": "work" }],
        "emails": [{ "address": "zoe@example.com" }],
    });
    let made = client.post("/v1/contacts", &contact).await.expect(201);
    assert!(made.header("etag").is_some() && made.header("x-request-id").is_some());
    let made = made.json();
    assert_eq!(made["phones"][0]["e164"], "+4930901820");
    let found = client
        .get("/v1/contacts?q=lukasz%20zo")
        .await
        .expect(200)
        .json();
    assert_eq!(found["data"][0]["id"], made["id"]);
    made["id"].as_str().expect("an id").to_owned()
}

async fn upload_photo(client: &Client, contact: &str) {
    let photo = tokio::task::spawn_blocking(phone_photo)
        .await
        .expect("a photo");
    let path = format!("/v1/contacts/{contact}/photo");
    let accepted = client
        .upload(Method::PUT, &path, "image/jpeg", photo)
        .await
        .expect(202);
    let job = accepted.header("location").expect("a job").to_owned();
    let done = eventually_within(Duration::from_secs(60), "the photo's job", async || {
        let job = client.get(&job).await.expect(200).json();
        ["succeeded", "failed"]
            .contains(&job["state"].as_str()?)
            .then_some(job)
    })
    .await;
    assert_eq!(done["state"], "succeeded", "{done}");
}

/// Three sizes, upright, without metadata.
async fn check_variants(client: &Client, contact: &str) {
    let shown = client
        .get(&format!("/v1/contacts/{contact}"))
        .await
        .expect(200)
        .json();
    let image = shown["photo"]["image_id"]
        .as_str()
        .expect("a photo")
        .to_owned();
    let described = client
        .get(&format!("/v1/images/{image}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (described["width"].as_u64(), described["height"].as_u64()),
        (Some(3024), Some(4032)),
        "upright"
    );
    for (name, width, height) in [
        ("thumb", 160, 160),
        ("small", 480, 640),
        ("large", 1200, 1600),
    ] {
        for media_type in ["image/jpeg", "image/webp", "image/png"] {
            let request = client
                .request(Method::GET, &format!("/v1/images/{image}/{name}"))
                .header("accept", media_type);
            let variant = crate::send(request).await.expect(200);
            assert_eq!(variant.header("content-type"), Some(media_type));
            assert!(
                variant
                    .header("cache-control")
                    .is_some_and(|value| value.contains("immutable"))
            );
            let hides = |secret: &[u8]| {
                !variant
                    .body
                    .windows(secret.len())
                    .any(|window| window == secret)
            };
            assert!(
                hides(b"Secret Camera") && hides(b"Exif"),
                "{name} as {media_type} shows metadata"
            );
            let tag = variant.header("etag").expect("an ETag").to_owned();
            let again = client
                .request(Method::GET, &format!("/v1/images/{image}/{name}"))
                .header("accept", media_type);
            crate::send(again.header("if-none-match", tag))
                .await
                .expect(304);
        }
        let entry = described["variants"]
            .as_array()
            .and_then(|all| all.iter().find(|v| v["name"] == name))
            .cloned();
        let entry = entry.unwrap_or_else(|| panic!("{name} in {described}"));
        assert_eq!(
            (entry["width"].as_u64(), entry["height"].as_u64()),
            (Some(width), Some(height)),
            "{name}"
        );
        let photo = client
            .get(&format!("/v1/contacts/{contact}/photo?size={name}"))
            .await
            .expect(200);
        assert_redder_at_the_top(&photo.body, name);
        let part = client.request(
            Method::GET,
            &format!("/v1/contacts/{contact}/photo?size={name}"),
        );
        let part = crate::send(part.header("range", "bytes=0-9"))
            .await
            .expect(206);
        assert_eq!(part.body, photo.body[..10]);
    }
}

/// The stored left edge is red; upright it is the top.
fn assert_redder_at_the_top(jpeg: &[u8], name: &str) {
    let mut decoder = rusty_jpeg::decode::Decoder::new(jpeg);
    let pixels = decoder
        .decode()
        .unwrap_or_else(|e| panic!("{name} is no JPEG: {e}"));
    let info = decoder.info().expect("a size");
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    let red = |x: usize, y: usize| {
        let at = (y * width + x) * 3;
        i32::from(pixels[at]) - i32::from(pixels[at + 1])
    };
    if name != "thumb" {
        assert!(
            red(width / 2, height / 20) > 120,
            "{name} is red at the top"
        );
    }
    assert!(
        red(width / 2, height - height / 20 - 1) < 120,
        "{name} is not red at the bottom"
    );
}

async fn check_stream(stream: &EventStream, contact: &str) -> String {
    eventually("the four events on the stream", async || {
        (stream.types() == EXPECTED).then_some(())
    })
    .await;
    let events = stream.events();
    assert!(
        events.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "in order"
    );
    for (id, event) in &events {
        assert_eq!(event["sequence"], id.as_str());
        assert_eq!(event["specversion"], "1.0");
        assert!(event["traceparent"].is_string(), "{event}");
    }
    assert_eq!(events[0].1["subject"], contact);
    assert_eq!(
        events[3].1["data"]["contact"]["photo"]["image_id"],
        events[2].1["subject"]
    );
    events[3].0.clone()
}

async fn check_webhook(sink: &Sink, secret: &str) {
    eventually("the four events at the webhook", async || {
        let types = sink.types();
        EXPECTED
            .iter()
            .all(|expected| types.iter().any(|arrived| arrived == expected))
            .then_some(())
    })
    .await;
    for delivery in sink.deliveries() {
        assert!(delivery.is_signed_with(secret));
        assert_eq!(delivery.content_type, "application/cloudevents+json");
        assert_eq!(
            delivery.id,
            delivery.event()["id"].as_str().unwrap_or_default()
        );
        assert!(delivery.traceparent.is_some());
    }
}

async fn check_deliveries(client: &Client, subscription: &str) {
    let path = format!("/v1/deliveries?subscription={subscription}&status=delivered");
    let listed: Value = eventually("four delivered deliveries", async || {
        let listed = client.get(&path).await.expect(200).json();
        (listed["data"].as_array()?.len() == 4).then_some(listed)
    })
    .await;
    let id = listed["data"][0]["id"].as_str().expect("an id");
    let one = client
        .get(&format!("/v1/deliveries/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(one["attempts"][0]["status"], 204, "{one}");
}
