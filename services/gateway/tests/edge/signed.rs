//! Requests that a signature opens the door to.

use crate::{
    client,
    world::{ROOT, World},
};
use serde_json::{Value, json};

const JSON: (&str, &str) = ("content-type", "application/json");
const PNG: (&str, &str) = ("content-type", "image/png");

/// With the root key.
async fn post(world: &World, path: &str, body: &Value) -> (u16, Value) {
    let root = format!("Bearer {ROOT}");
    post_as(world, &root, path, body).await
}

async fn post_as(world: &World, key: &str, path: &str, body: &Value) -> (u16, Value) {
    let fields = [JSON, ("authorization", key)];
    let body = body.to_string();
    let mut reply = client::send(world.address(), "POST", path, &fields, body.as_bytes()).await;
    (reply.status, reply.json().await)
}

/// A URL that the root key has signed.
async fn signed(world: &World, path: &str) -> String {
    signed_by(world, &format!("Bearer {ROOT}"), path).await
}

async fn signed_by(world: &World, key: &str, path: &str) -> String {
    let wanted = json!({ "path": path, "expires_in": 60 });
    let (status, made) = post_as(world, key, "/v1/signed-urls", &wanted).await;
    assert_eq!(status, 201, "{made}");
    assert!(made["expires_at"].is_string());
    text(&made["url"])
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Without a key, as somebody who only has the URL.
async fn status(world: &World, method: &str, url: &str) -> u16 {
    client::send(world.address(), method, url, &[], b"")
        .await
        .status
}

/// Gateways remember a key for a while.
async fn until_dead(world: &World, url: &str) {
    let is_dead = async || status(world, "GET", url).await == 403;
    world.until("a dead signature", is_dead).await;
}

/// A key with this scope, and its id.
async fn key(world: &World, body: &Value) -> (String, String) {
    let (status, made) = post(world, "/v1/keys", body).await;
    assert_eq!(status, 201, "{made}");
    (
        format!("Bearer {}", text(&made["secret"])),
        text(&made["id"]),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_url_opens_what_it_says_and_nothing_else() {
    let world = World::start().await;
    let url = signed(&world, "/pictures/1?w=3&title=a%20b").await;
    let mut reply = world.bare("GET", &url, &[]).await;
    assert_eq!(reply.status, 200);
    let seen = reply.json().await;
    assert_eq!(
        seen["target"], "/pictures/1?w=3&title=a%20b",
        "services see no signature"
    );
    assert_eq!(seen["scopes"], json!(["images:read"]));
    assert_eq!(status(&world, "HEAD", &url).await, 200);
    let turned = url.replace("w=3&title=a%20b", "title=a+b&w=3");
    assert_eq!(status(&world, "GET", &turned).await, 200);
    for other in [
        url.replace("w=3", "w=4"),
        url.replace("w=3&", ""),
        url.replace("/1?", "/2?"),
        url.replace("sig=default", "sig=other"),
        url.replace(".root.", ".key_01h455vb4pex5vsknk084sn02q."),
        url.replace("exp=", "exp=9"),
        format!("{url}&sig=x"),
        format!("{url}A"),
        url.replace("&exp=", "&"),
    ] {
        assert_eq!(status(&world, "GET", &other).await, 403, "{other}");
    }
    assert_eq!(status(&world, "PUT", &url).await, 403);
    assert_eq!(
        status(&world, "DELETE", &url).await,
        401,
        "it takes no signatures"
    );
    let bare = url.split("&exp").next().expect("a path");
    assert_eq!(status(&world, "GET", bare).await, 401);
    let mut reply = world
        .bare("GET", &format!("{bare}&exp=1&sig=a.b.YWJj"), &[])
        .await;
    assert_eq!(
        reply.json().await["detail"],
        "the URL's signature is not valid"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_url_says_so() {
    let world = World::start().await;
    let invitation = json!({ "url": "/pictures/1?size=3", "seconds": 0 });
    let (made, answer) = post(&world, "/pictures/invitations", &invitation).await;
    assert_eq!(made, 201);
    let mut reply = world.bare("PUT", &text(&answer["url"]), &[PNG]).await;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.json().await["detail"], "the signed URL has expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_signed_is_judged_when_it_is_signed() {
    let world = World::start().await;
    let made = async |body: Value| post(&world, "/v1/signed-urls", &body).await;
    let url = "/pictures/1";
    for (body, pointer) in [
        (json!({ "path": url }), "#/expires_in"),
        (
            json!({ "path": url, "expires_in": 604_801 }),
            "#/expires_in",
        ),
        (json!({ "path": url, "expires_in": 0 }), "#/expires_in"),
        (json!({ "expires_in": 5 }), "#/path"),
        (
            json!({ "path": "https://host/", "expires_in": 5 }),
            "#/path",
        ),
        (
            json!({ "path": "/pictures/1?sig=5", "expires_in": 5 }),
            "#/path",
        ),
        (
            json!({ "path": url, "method": "HEAD", "expires_in": 5 }),
            "#/method",
        ),
        (
            json!({ "path": url, "expires_in": 5, "colour": 1 }),
            "#/colour",
        ),
    ] {
        let (status, problem) = made(body).await;
        assert_eq!(status, 400, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let (_, problem) = made(json!({ "path": "/pictures/1?colour=1", "expires_in": 5 })).await;
    assert_eq!(problem["errors"][0]["parameter"], "colour");
    for (method, path) in [("DELETE", url), ("GET", "/nowhere"), ("GET", "/v1/keys")] {
        let (status, problem) =
            made(json!({ "method": method, "path": path, "expires_in": 5 })).await;
        assert_eq!(status, 400, "{problem}");
    }
    let (reader, _) = key(&world, &json!({ "name": "n", "scopes": ["images:read"] })).await;
    for (method, status) in [("GET", 201), ("PUT", 403)] {
        let wanted = json!({ "method": method, "path": url, "expires_in": 5 });
        let (made, _) = post_as(&world, &reader, "/v1/signed-urls", &wanted).await;
        assert_eq!(made, status, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_spends_its_key_s_limits_and_dies_with_it() {
    let world = World::start().await;
    let limited = json!({ "name": "n", "scopes": ["images:read"], "rate": { "per_second": 0.001, "burst": 3 } });
    let (secret, id) = key(&world, &limited).await;
    let url = signed_by(&world, &secret, "/pictures/1").await;
    assert!(url.contains(&id));
    let statuses = [200, 200, 429];
    for expected in statuses {
        let reply = world.bare("GET", &url, &[]).await;
        assert_eq!(reply.status, expected);
        assert!(reply.field("ratelimit").starts_with("\"rate\""));
    }
    assert_eq!(
        world
            .send("DELETE", &format!("/v1/keys/{id}"), &[], b"")
            .await
            .status,
        204
    );
    until_dead(&world, &url).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_key_s_signatures_die_when_it_is_replaced() {
    let world = World::start().await;
    let url = signed(&world, "/pictures/1").await;
    assert_eq!(status(&world, "GET", &url).await, 200);
    let world = world.with_root_key(ROOT).await;
    assert_eq!(status(&world, "GET", &url).await, 200, "the same key");
    let world = world.with_root_key("another-root-key").await;
    assert_eq!(status(&world, "GET", &url).await, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_tenant_s_signatures_die() {
    let world = World::start().await;
    let (_, tenant) = post(&world, "/v1/tenants", &json!({ "name": "t" })).await;
    let secret = format!("Bearer {}", text(&tenant["key"]["secret"]));
    let url = signed_by(&world, &secret, "/pictures/1").await;
    assert_eq!(status(&world, "GET", &url).await, 200);
    let path = format!("/v1/tenants/{}", text(&tenant["id"]));
    assert_eq!(world.send("DELETE", &path, &[], b"").await.status, 204);
    until_dead(&world, &url).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_upload_is_the_one_that_was_announced() {
    let world = World::start().await;
    let invitation = json!({ "url": "/pictures/1?size=6&type=image%2Fpng" });
    let (_, answer) = post(&world, "/pictures/invitations", &invitation).await;
    let url = text(&answer["url"]);
    let put =
        |field, bytes: &'static [u8]| client::send(world.address(), "PUT", &url, field, bytes);
    assert_eq!(put(&[PNG], b"pixel").await.status, 400);
    assert_eq!(put(&[PNG], b"pixels!").await.status, 400);
    assert_eq!(
        put(&[("content-type", "image/jpeg")], b"pixels")
            .await
            .status,
        415
    );
    let chunked = [PNG, ("transfer-encoding", "chunked")];
    for body in [
        &b"5\r\npixel\r\n0\r\n\r\n"[..],
        b"7\r\npixels!\r\n0\r\n\r\n",
    ] {
        let mut reply = client::send_raw(world.address(), "PUT", &url, &chunked, body).await;
        assert_eq!(reply.status, 400);
        let problem = reply.json().await;
        assert_eq!(problem["errors"][0]["header"], "Content-Length");
    }
    assert_eq!(world.taken(), 0);
    world.until("no blob", async || world.blobs() == 0).await;
    let mut reply = put(&[PNG], b"pixels").await;
    assert_eq!(reply.status, 201);
    let seen = reply.json().await;
    assert_eq!(
        (&seen["bytes"], &seen["scopes"]),
        (&json!(6), &json!(["images:write"]))
    );
    assert_eq!(seen["query"], "size=6&type=image%2Fpng");
}
