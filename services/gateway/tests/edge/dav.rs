//! Methods, paths, bodies and refusals beyond those of plain JSON services.

use crate::{client, library::BAD_TOKEN, world::World};
use settings::CommaList;

const XML: (&str, &str) = ("content-type", "application/xml; charset=utf-8");
const BASIC: &str = "Basic realm=\"switchboard\", charset=\"UTF-8\"";

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_reach_the_service_with_their_fields() {
    let world = World::start().await;
    for path in ["/cards", "/cards/", "/cards/me/a%20b.vcf", "/cards/a/b/"] {
        let depth = [("depth", "1"), ("user-agent", "test")];
        let mut reply = world.send("PROPFIND", path, &depth, b"").await;
        assert_eq!(reply.status, 207);
        let seen = format!("PROPFIND {path} depth=Some(\"1\") user-agent=None body=0");
        assert_eq!(reply.text().await, seen);
    }
    let body = b"<propfind/>";
    let mut reply = world.send("PROPFIND", "/cards/", &[XML], body).await;
    assert!(reply.text().await.ends_with("body=11"));
    let mut reply = world.get("/phones/snom.xml").await;
    assert!(reply.text().await.starts_with("GET /phones/snom.xml "));
    let mut document = world.bare("GET", "/openapi.json", &[]).await;
    let document: serde_json::Value = serde_json::from_str(&document.text().await).expect("JSON");
    let cards = &document["paths"]["/cards/{path}"];
    assert!(cards["x-additional-operations"]["REPORT"].is_object());
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_and_options_need_no_key() {
    let world = World::start().await;
    for (method, path) in [
        ("PROPFIND", "/"),
        ("GET", "/.well-known/cards"),
        ("PROPFIND", "/.well-known/cards"),
        ("OPTIONS", "/.well-known/cards"),
    ] {
        let reply = world.bare(method, path, &[]).await;
        assert_eq!((reply.status, reply.field("location")), (301, "/cards/"));
    }
    assert_eq!(
        world.bare("GET", "/", &[]).await.field("location"),
        "/docs/"
    );
    let reply = world.bare("OPTIONS", "/cards/x", &[]).await;
    assert_eq!(
        (reply.status, reply.field("dav")),
        (204, "1, 3, addressbook")
    );
    let allow = "MKCOL, PROPFIND, PUT, REPORT, OPTIONS";
    assert_eq!(reply.field("allow"), allow);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_is_answered_for_dav_too() {
    let origins = CommaList(vec!["https://app.example".to_owned()]);
    let world = World::with(|settings| settings.cors_origins = origins).await;
    let fields = [
        ("origin", "https://app.example"),
        ("access-control-request-method", "PROPFIND"),
        ("access-control-request-headers", "depth"),
    ];
    let reply = world.bare("OPTIONS", "/cards/", &fields).await;
    assert_eq!(reply.status, 200);
    assert!(
        reply
            .field("access-control-allow-methods")
            .contains("PROPFIND")
    );
    assert_eq!(reply.field("dav"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_may_read_where_a_thing_is() {
    let origins = CommaList(vec!["https://app.example".to_owned()]);
    let world = World::with(|settings| settings.cors_origins = origins).await;
    let origin = ("origin", "https://app.example");
    let reply = world.send("GET", "/pictures/1", &[origin], b"").await;
    assert_eq!(reply.status, 200);
    let exposed = reply.field("access-control-expose-headers").to_lowercase();
    let exposed: Vec<_> = exposed.split(',').map(str::trim).collect();
    for name in ["location", "content-location", "upload-result"] {
        assert!(exposed.contains(&name), "{name}: {exposed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_xml_and_challenge_to_basic() {
    let world = World::start().await;
    let mut reply = world.bare("PROPFIND", "/cards/", &[]).await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.all("www-authenticate")[0], BASIC);
    assert!(reply.text().await.contains("<d:error xmlns:d=\"DAV:\""));
    let vcard = ("content-type", "text/vcard");
    let large = vec![b'x'; 1_500_001];
    for (status, method, path, field, body) in [
        (404, "PROPFIND", "/readers/me/books/1", XML, &b""[..]),
        (405, "DELETE", "/cards/x", XML, b""),
        (413, "PUT", "/cards/x", vcard, &large),
        (415, "PUT", "/cards/x", XML, b"<x/>"),
        (415, "REPORT", "/cards/x", vcard, b"<x/>"),
        (400, "PROPFIND", "/cards/?colour=red", XML, b""),
        (409, "MKCOL", "/cards/x", XML, b""),
    ] {
        let mut reply = world.send(method, path, &[field], body).await;
        assert_eq!(reply.status, status, "{method} {path}");
        assert_eq!(
            reply.field("content-type"),
            "application/xml; charset=utf-8"
        );
        let text = reply.text().await;
        assert!(text.contains("<s:message>"), "{text}");
    }
    let reply = world.send("PUT", "/cards/x", &[vcard], &large[1..]).await;
    assert_eq!(reply.status, 207);
    let mut reply = world.send("REPORT", "/cards/", &[], b"").await;
    assert_eq!(
        (reply.status, reply.text().await.as_str()),
        (403, BAD_TOKEN)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn phones_are_challenged_to_basic_but_read_problems() {
    let world = World::start().await;
    let mut reply = world.bare("GET", "/phones/snom.xml", &[]).await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.all("www-authenticate")[0], BASIC);
    assert!(reply.text().await.starts_with('{'));
    let reply = world.bare("GET", "/book?pages=1", &[]).await;
    let challenges = reply.all("www-authenticate");
    assert_eq!(challenges, ["Bearer realm=\"switchboard\""]);
    // "phone" and the root key.
    let key = ("authorization", "Basic cGhvbmU6dGhlLXJvb3Qta2V5");
    assert_eq!(
        world.bare("GET", "/phones/snom.xml", &[key]).await.status,
        207
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_s_scopes_and_limits_hold_for_dav() {
    let world = World::start().await;
    let body = br#"{"name":"x","scopes":["contacts:read"],"rate":{"per_second":0.001,"burst":2}}"#;
    let json = ("content-type", "application/json");
    let mut made = world.send("POST", "/v1/keys", &[json], body).await;
    let made = made.text().await;
    let made: serde_json::Value = serde_json::from_str(&made).expect("JSON");
    let key = format!("Bearer {}", made["secret"].as_str().expect("a secret"));
    let key = ("authorization", key.as_str());
    for (method, status) in [
        ("PROPFIND", 207),
        ("PUT", 403),
        ("MKCOL", 409),
        ("PROPFIND", 429),
    ] {
        let mut reply = world.bare(method, "/cards/x", &[key]).await;
        assert_eq!(reply.status, status, "{method}");
        let is_error = reply.text().await.contains("<d:error");
        assert_eq!(is_error, status != 207);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_away_is_503_in_xml() {
    let (gateway, _folder) = World::start().await.without_services().await;
    let key = [("authorization", "Bearer the-root-key")];
    let mut reply = client::send(gateway.address(), "PROPFIND", "/cards/", &key, b"").await;
    assert_eq!(reply.status, 503);
    assert!(reply.text().await.contains("<d:error"));
}
