//! What every path answers to input that is not as it should be.

use end_to_end::{Answer, Client, RawAnswer, System, raw, send, try_send};
use reqwest::{Body, Method};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const KEY: &str = "end-to-end-tests-root-key-0123456789abcdef";
const MIB: usize = 1 << 20;
/// A well-formed id without its prefix, of nothing that exists.
const NOWHERE: &str = "01h455vb4pex5vsknk084sn02q";
const CREATIONS: [&str; 5] = [
    "/v1/contacts",
    "/v1/presets",
    "/v1/keys",
    "/v1/tenants",
    "/v1/subscriptions",
];
const LISTS: [&str; 7] = [
    "/v1/contacts",
    "/v1/presets",
    "/v1/keys",
    "/v1/tenants",
    "/v1/subscriptions",
    "/v1/deliveries",
    "/v1/jobs",
];

async fn post(client: &Client, path: &str, body: impl Into<Body>) -> Answer {
    let request = client.request(Method::POST, path);
    send(request.header("content-type", JSON).body(body)).await
}

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let system = System::embedded().await;
    let deep = "[".repeat(100_000);
    let malformed: [&[u8]; 9] = [
        b"",
        b"{",
        b"nul",
        b"{\"name\": {\"given\": \"Ada\"}} x",
        b"{'name': 1}",
        b"{\"name\": \"\xff\xfe\"}",
        b"{\"name\": \"\\ud800\"}",
        b"{\"name\": 1e999999}",
        deep.as_bytes(),
    ];
    for path in CREATIONS {
        for body in malformed {
            let problem = post(&system.client, path, body.to_vec()).await.problem(400);
            assert_eq!(problem["type"], "urn:switchboard:problem:malformed-json");
        }
        for body in ["[]", "null", "7", "\"text\"", "true"] {
            let answer = post(&system.client, path, body).await;
            assert_eq!(answer.sorted_faults(), ["#"], "{path} {body}");
        }
    }
}

#[tokio::test]
async fn json_over_a_mebibyte_is_refused_announced_or_not() {
    let system = System::embedded().await;
    for path in CREATIONS {
        let fits = format!("{{\"padding\":\"{}\"}}", "x".repeat(MIB - 100));
        assert!(
            post(&system.client, path, fits)
                .await
                .sorted_faults()
                .contains(&"#/padding".to_owned()),
            "{path}"
        );
        let announced = post(&system.client, path, "x".repeat(MIB + 1)).await;
        announced.problem(413);
        let pieces = (0..40).map(|_| Ok::<_, std::io::Error>(vec![b' '; 32 << 10]));
        let chunked = Body::wrap_stream(futures_util::stream::iter(pieces));
        post(&system.client, path, chunked).await.problem(413);
    }
    // A chunk of no size at all.
    let request = format!(
        "POST /v1/contacts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\ncontent-type: {JSON}\r\n\
         transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{{}}"
    );
    let answer = RawAnswer::to(&system.client.url, request.as_bytes()).await;
    assert!(matches!(answer.status, 400 | 413), "{answer:?}");
}

#[tokio::test]
async fn every_fault_of_a_body_is_named_at_once() {
    let system = System::embedded().await;
    let contact = json!({
        "name": { "given": 7, "colour": "red" }, "nickname": [], "colour": "red", "birthday": "2000-02-30", "notes": {},
        "phones": [{ "number": "12" }, { "number": "+49 30 1234567", "type": "satellite", "primary": "yes" }, {}, "x"],
        "emails": [{ "address": "nobody" }], "urls": [1], "custom": { "a/b": 1 }, "organization": [], "addresses": {},
    });
    let keys = json!({ "name": "", "scopes": ["everything"], "rate": { "per_second": -1, "colour": 1 }, "quota": 5,
        "expires_at": "tomorrow", "colour": 1 });
    let subscription = json!({ "event_types": ["contact.*", "No", 7], "channel": "pigeon", "endpoint": "ftp://example.com",
        "secret": "short", "colour": 1 });
    for (path, body, expected) in [
        (
            "/v1/contacts",
            contact.clone(),
            [
                "#/addresses",
                "#/birthday",
                "#/colour",
                "#/custom/a~1b",
                "#/emails/0/address",
                "#/name/colour",
                "#/name/given",
                "#/nickname",
                "#/notes",
                "#/organization",
                "#/phones/0/number",
                "#/phones/1/primary",
                "#/phones/1/type",
                "#/phones/2/number",
                "#/phones/3",
                "#/urls/0",
            ]
            .as_slice(),
        ),
        (
            "/v1/keys",
            keys,
            &[
                "#/colour",
                "#/expires_at",
                "#/name",
                "#/quota",
                "#/rate/colour",
                "#/rate/per_second",
                "#/scopes/0",
            ],
        ),
        (
            "/v1/subscriptions",
            subscription,
            &[
                "#/channel",
                "#/colour",
                "#/endpoint",
                "#/event_types/1",
                "#/event_types/2",
                "#/secret",
            ],
        ),
        (
            "/v1/tenants",
            json!({ "name": 7, "colour": 1 }),
            &["#/colour", "#/name"],
        ),
    ] {
        let answer = system.client.post(path, &body).await;
        assert_eq!(answer.sorted_faults(), expected, "{path}");
    }
    let id = system.client.new_contact("Ada").await;
    let path = format!("/v1/contacts/{id}");
    let put = system.client.put(&path, &contact).await.sorted_faults();
    assert_eq!(put.len(), 16, "{put:?}");
    let patch = json!({ "name": { "given": 7 }, "colour": 1, "birthday": "soon" });
    assert_eq!(
        system.client.patch(&path, &patch).await.sorted_faults(),
        ["#/birthday", "#/colour", "#/name/given"]
    );
    let unchanged = system.client.get(&path).await.expect(200).json();
    assert_eq!(
        (&unchanged["version"], &unchanged["name"]["given"]),
        (&json!(1), &json!("Ada"))
    );
}

#[tokio::test]
async fn faults_of_the_query_and_of_the_body_are_named_together() {
    let system = System::embedded().await;
    let client = &system.client;
    let contact = json!({ "name": { "given": 7 }, "colour": "red" });
    for (path, body, expected) in [
        (
            "/v1/contacts?colour=red&region=XX&lenient=maybe&lenient=no&size=%ff",
            &contact,
            [
                "#/colour",
                "#/name/given",
                "colour",
                "lenient",
                "lenient",
                "region",
                "size",
            ]
            .as_slice(),
        ),
        (
            "/v1/contacts?region=XX",
            &contact,
            &["#/colour", "#/name/given", "region"],
        ),
        (
            "/v1/keys?colour=red",
            &json!({ "name": 7 }),
            &["#/name", "#/scopes", "colour"],
        ),
        (
            "/v1/tenants?colour=red",
            &json!({ "name": 7 }),
            &["#/name", "colour"],
        ),
        ("/v1/subscriptions?colour=red", &json!([]), &["#", "colour"]),
    ] {
        let answer = client.post(path, body).await;
        assert_eq!(answer.sorted_faults(), expected, "{path}");
    }
    let broken = post(client, "/v1/contacts?colour=red", "{").await;
    assert_eq!(broken.sorted_faults(), ["#", "colour"]);
    for (query, expected) in [
        ("colour=red&limit=501", ["colour", "limit"].as_slice()),
        ("limit=0&cursor=!&size=1", &["cursor", "limit", "size"]),
    ] {
        for path in LISTS.iter().chain(&["/v1/dead-letters"]) {
            let answer = client.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.sorted_faults(), expected, "{path}?{query}");
        }
    }
    for (path, expected) in [
        (
            "/v1/contacts?limit=0&q={}&colour=red",
            ["colour", "limit", "q"].as_slice(),
        ),
        (
            "/v1/deliveries?limit=0&status=lost&subscription=x&colour=red",
            &["colour", "limit", "status", "subscription"],
        ),
        (
            "/v1/events?limit=0&after=x&colour=red",
            &["after", "colour", "limit"],
        ),
    ] {
        let answer = client.get(&path.replace("{}", &"x".repeat(201))).await;
        assert_eq!(answer.sorted_faults(), expected, "{path}");
    }
    let picture = client.upload(
        Method::POST,
        "/v1/images?presets=nope&colour=red",
        "image/png",
        vec![0; 10],
    );
    assert_eq!(picture.await.sorted_faults(), ["colour", "presets"]);
}

#[tokio::test]
async fn a_request_with_an_unknown_parameter_does_nothing() {
    let system = System::embedded().await;
    let client = &system.client;
    let contact = client.new_contact("Ada").await;
    let ada = json!({ "name": { "given": "Ada" } }).to_string();
    let keyed = async |path: &str| {
        let request = client.request(Method::POST, path);
        let request = request
            .header("content-type", JSON)
            .header("idempotency-key", "one");
        send(request.body(ada.clone())).await
    };
    let refused = keyed("/v1/contacts?colour=red").await;
    assert_eq!(refused.sorted_faults(), ["colour"]);
    let path = format!("/v1/contacts/{contact}?colour=red");
    client.delete(&path).await.problem(400);
    let named = json!({ "name": "t" });
    let tenant = client.post("/v1/tenants?colour=red", &named).await;
    assert_eq!(tenant.sorted_faults(), ["colour"]);
    let photo = format!("/v1/contacts/{contact}/photo?colour=red");
    let jpeg = vec![0xff, 0xd8, 0xff, 0xe0, 0, 16];
    let photo = client.upload(Method::PUT, &photo, "image/jpeg", jpeg).await;
    assert_eq!(photo.sorted_faults(), ["colour"]);
    let listed = client.get("/v1/contacts").await.expect(200).json();
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1), "{listed}");
    let tenants = client.get("/v1/tenants").await.expect(200).json();
    assert_eq!(tenants["data"], json!([]));
    assert_eq!(client.events("contact.*").await.len(), 1);
    // The refusal is not what the key stands for.
    keyed("/v1/contacts").await.expect(201);
}

#[tokio::test]
async fn numbers_that_cannot_be_one_are_refused_unless_lenient() {
    let system = System::embedded().await;
    let client = &system.client;
    let with = |number: &str| json!({ "phones": [{ "number": number }] });
    let long = "9".repeat(90);
    for number in [
        "12",
        "hello",
        "+",
        "+49",
        "+999 123456789",
        "030 1234567",
        "+49 30 1234567890123456",
        "+١٢",
        long.as_str(),
    ] {
        let answer = client.post("/v1/contacts", &with(number)).await;
        assert_eq!(answer.sorted_faults(), ["#/phones/0/number"], "{number}");
        let kept = client
            .post("/v1/contacts?lenient=true", &with(number))
            .await
            .expect(201)
            .json();
        assert_eq!(kept["phones"][0]["number"], number);
        assert!(kept["phones"][0]["e164"].is_null(), "{kept}");
    }
    let german = client
        .post("/v1/contacts?region=DE", &with("030 1234567"))
        .await;
    assert_eq!(
        german.expect(201).json()["phones"][0]["e164"],
        "+49301234567"
    );
    for query in [
        "region=XX",
        "region=deutschland",
        "region=",
        "lenient=maybe",
    ] {
        let answer = client
            .post(&format!("/v1/contacts?{query}"), &with("+49 30 1234567"))
            .await;
        assert_eq!(
            answer.sorted_faults(),
            [query.split('=').next().expect("a name")],
            "{query}"
        );
    }
}

#[tokio::test]
async fn parameters_are_known_and_within_bounds() {
    let system = System::embedded().await;
    let client = &system.client;
    let contact = client.new_contact("Ada").await;
    let history = format!("/v1/contacts/{contact}/history");
    for path in LISTS.iter().copied().chain(["/v1/dead-letters", &history]) {
        for bad in ["0", "501", "-1", "1.5", "many", "", "99999999999999999999"] {
            let answer = client.get(&format!("{path}?limit={bad}")).await;
            assert_eq!(answer.sorted_faults(), ["limit"], "{path} {bad}");
        }
        client.get(&format!("{path}?limit=500")).await.expect(200);
        for bad in ["%20", "!", "_w", "AA"] {
            let answer = client.get(&format!("{path}?cursor={bad}")).await;
            assert_eq!(answer.sorted_faults(), ["cursor"], "{path} {bad}");
        }
        let both = client.get(&format!("{path}?limit=501&cursor=!")).await;
        assert_eq!(both.sorted_faults(), ["cursor", "limit"], "{path}");
        for (query, places) in [
            ("colour=red&size=1", ["colour", "size"].as_slice()),
            ("limit=5&limit=6", &["limit"]),
        ] {
            let answer = client.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.sorted_faults(), places, "{path} {query}");
        }
    }
    for (query, places) in [
        (
            "limit=501&after=x&types=No!",
            ["after", "limit", "types"].as_slice(),
        ),
        ("after=-1", &["after"]),
        ("after=123456789012345678901", &["after"]),
        ("colour=red", &["colour"]),
    ] {
        let answer = client.get(&format!("/v1/events?{query}")).await;
        assert_eq!(answer.sorted_faults(), places, "{query}");
    }
    for (query, place) in [
        ("status=lost", "status"),
        ("subscription=x", "subscription"),
    ] {
        let answer = client.get(&format!("/v1/deliveries?{query}")).await;
        assert_eq!(answer.sorted_faults(), [place]);
    }
    let long = format!("/v1/contacts?q={}", "x".repeat(201));
    assert_eq!(client.get(&long).await.sorted_faults(), ["q"]);
}

/// Every path of the API that names one thing, with a method that only reads or deletes it.
const THINGS: [(&str, &str, Method); 15] = [
    ("/v1/contacts/{}", "con", Method::GET),
    ("/v1/contacts/{}", "con", Method::DELETE),
    ("/v1/contacts/{}/history", "con", Method::GET),
    ("/v1/contacts/{}/photo", "con", Method::GET),
    ("/v1/contacts/{}/photo", "con", Method::DELETE),
    ("/v1/images/{}", "img", Method::GET),
    ("/v1/images/{}", "img", Method::DELETE),
    ("/v1/images/{}/thumb", "img", Method::GET),
    ("/v1/images/{}/render", "img", Method::GET),
    ("/v1/subscriptions/{}", "sub", Method::GET),
    ("/v1/subscriptions/{}", "sub", Method::DELETE),
    ("/v1/deliveries/{}", "dlv", Method::GET),
    ("/v1/jobs/{}", "job", Method::GET),
    ("/v1/keys/{}", "key", Method::DELETE),
    ("/v1/tenants/{}", "ten", Method::DELETE),
];

#[tokio::test]
async fn every_path_refuses_parameters_that_it_does_not_know() {
    let system = System::embedded().await;
    let client = &system.client;
    let mut wrong = Vec::new();
    for path in CREATIONS.iter().copied().chain(["/v1/services"]) {
        let method = if path == "/v1/services" {
            Method::GET
        } else {
            Method::POST
        };
        let request = client
            .request(method, &format!("{path}?colour=red"))
            .header("content-type", JSON);
        let answer = send(request.body("{}")).await;
        if answer.status != 400 || !answer.faults().contains(&"colour".to_owned()) {
            wrong.push(format!("{path}: {} {:?}", answer.status, answer.faults()));
        }
    }
    for (template, prefix, method) in THINGS {
        let path = template.replace("{}", &format!("{prefix}_{NOWHERE}"));
        let answer = send(client.request(method.clone(), &format!("{path}?colour=red"))).await;
        if answer.status != 400 || answer.faults() != ["colour"] {
            wrong.push(format!("{method} {template}: {}", answer.status));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn what_does_not_exist_is_404_however_its_id_is_written() {
    let system = System::embedded().await;
    let client = &system.client;
    let long = "x".repeat(2_000);
    for (template, prefix, method) in THINGS {
        let other = if prefix == "con" { "img" } else { "con" };
        for id in [
            format!("{prefix}_{NOWHERE}"),
            format!("{other}_{NOWHERE}"),
            format!("{prefix}_{}", NOWHERE.to_uppercase()),
            format!("{prefix}_{}", &NOWHERE[1..]),
            format!("{prefix}_8zzzzzzzzzzzzzzzzzzzzzzzzz"),
            NOWHERE.to_owned(),
            "nope".to_owned(),
            "%00".to_owned(),
            "%ff%fe".to_owned(),
            "..%2f..%2fetc".to_owned(),
            "%E2%82%AC".to_owned(),
            long.clone(),
        ] {
            let path = template.replace("{}", &id);
            let answer = send(client.request(method.clone(), &path)).await;
            assert_eq!(answer.status, 404, "{method} {path}");
            answer.problem(404);
        }
    }
    for path in [
        "/v1",
        "/v1/contact",
        "/v1/contacts/",
        "/v2/contacts",
        "/v1//contacts",
    ] {
        client.get(path).await.problem(404);
    }
    let contact = format!("/v1/contacts/con_{NOWHERE}");
    let named = json!({ "name": { "given": "Ada" } });
    client.put(&contact, &named).await.problem(404);
    client.patch(&contact, &named).await.problem(404);
    let redrive = format!("/v1/dead-letters/dl_{NOWHERE}/redrives");
    client.post(&redrive, &json!({})).await.problem(404);
}

#[tokio::test]
async fn wrong_methods_are_told_the_right_ones() {
    let system = System::embedded().await;
    let client = &system.client;
    for (path, method, allow) in [
        ("/v1/contacts", Method::DELETE, ["GET", "POST"].as_slice()),
        (
            "/v1/contacts/con_x",
            Method::POST,
            &["GET", "PUT", "PATCH", "DELETE"],
        ),
        (
            "/v1/contacts/con_x/photo",
            Method::POST,
            &["GET", "PUT", "DELETE"],
        ),
        ("/v1/images", Method::PUT, &["POST"]),
        ("/v1/events", Method::POST, &["GET"]),
        ("/v1/keys", Method::PATCH, &["GET", "POST"]),
        ("/v1/services", Method::DELETE, &["GET"]),
    ] {
        let answer = send(client.request(method, path)).await;
        answer.problem(405);
        let named = answer.header("allow").expect("Allow").to_owned();
        for method in allow {
            assert!(
                named.split(", ").any(|word| word == *method),
                "{path}: {named}"
            );
        }
    }
    let odd = Method::from_bytes(b"BREW").expect("a method");
    send(client.request(odd, "/v1/contacts")).await.problem(405);
}

#[tokio::test]
async fn bodies_of_another_type_are_refused() {
    let system = System::embedded().await;
    let client = &system.client;
    let contact = client.new_contact("Ada").await;
    let path = format!("/v1/contacts/{contact}");
    for (method, path, content_type) in [
        (Method::POST, "/v1/contacts", Some("text/plain")),
        (Method::POST, "/v1/contacts", Some("application/xml")),
        (Method::POST, "/v1/contacts", None),
        (Method::PUT, path.as_str(), Some(MERGE_PATCH)),
        (
            Method::POST,
            "/v1/keys",
            Some("application/x-www-form-urlencoded"),
        ),
        (Method::POST, "/v1/subscriptions", Some("json")),
        (Method::POST, "/v1/images", Some("text/plain")),
        (Method::POST, "/v1/images", None),
    ] {
        let mut request = client.request(method, path).body("{}");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        send(request).await.problem(415);
    }
    let patch = client.request(Method::PATCH, &path);
    let answer = send(patch.header("content-type", JSON).body("{}")).await;
    answer.problem(415);
    assert_eq!(answer.header("accept-patch"), Some(MERGE_PATCH));
    let charset = client.request(Method::POST, "/v1/contacts");
    let charset = charset.header("content-type", "Application/JSON; charset=UTF-8");
    send(charset.body(r#"{"nickname":"x","name":{"given":"B"}}"#))
        .await
        .expect(201);
}

#[tokio::test]
async fn entity_tags_guard_against_lost_updates() {
    let system = System::embedded().await;
    let client = &system.client;
    let path = format!("/v1/contacts/{}", client.new_contact("Ada").await);
    let first = client.get(&path).await.expect(200);
    let tag = first.header("etag").expect("an ETag").to_owned();
    assert!(tag.starts_with('"'), "a strong tag: {tag}");
    let conditional = async |method: Method, name: &str, value: &str, body: Option<Value>| {
        let mut request = client.request(method, &path).header(name, value);
        if let Some(body) = body {
            request = request
                .header("content-type", MERGE_PATCH)
                .body(body.to_string());
        }
        send(request).await
    };
    for value in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"x\", {tag}"),
        "*".to_owned(),
    ] {
        let same = conditional(Method::GET, "if-none-match", &value, None).await;
        let same = same.expect(304);
        assert!(same.body.is_empty());
        assert_eq!(same.header("etag"), Some(tag.as_str()));
    }
    let nick = |name: &str| Some(json!({ "nickname": name }));
    conditional(Method::PATCH, "if-match", &tag, nick("one"))
        .await
        .expect(200);
    for stale in [tag.as_str(), "\"nonsense\"", "garbage", ""] {
        conditional(Method::PATCH, "if-match", stale, nick("two"))
            .await
            .problem(412);
        conditional(Method::DELETE, "if-match", stale, None)
            .await
            .problem(412);
    }
    conditional(Method::GET, "if-none-match", &tag, None)
        .await
        .expect(200);
    let put = client.request(Method::PUT, &path).header("if-match", &tag);
    let put = put.header("content-type", JSON);
    send(put.body(first.body.clone())).await.problem(412);

    let phones = json!({ "phones": [{ "number": "+49 30 1234567" }] });
    client.patch(&path, &phones).await.problem(428);
    let now = client.get(&path).await.expect(200);
    let now = now.header("etag").expect("an ETag");
    conditional(Method::PATCH, "if-match", now, Some(phones))
        .await
        .expect(200);
    assert_eq!(client.get(&path).await.json()["nickname"], "one");
}

#[tokio::test]
async fn a_repeated_post_gets_the_first_answer() {
    let system = System::embedded().await;
    let client = &system.client;
    let keyed = async |path: &str, key: &str, body: &Value| {
        let request = client.request(Method::POST, path);
        let request = request
            .header("content-type", JSON)
            .header("idempotency-key", key);
        send(request.body(body.to_string())).await
    };
    let ada = json!({ "name": { "given": "Ada" } });
    let first = keyed("/v1/contacts", "\"one\"", &ada).await.expect(201);
    let again = keyed("/v1/contacts", "one", &ada).await.expect(201);
    assert_eq!(first.body, again.body);
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(first.header("etag"), again.header("etag"));
    keyed(
        "/v1/contacts",
        "one",
        &json!({ "name": { "given": "Bob" } }),
    )
    .await
    .problem(422);
    // A refusal is an answer too.
    let nobody = json!({ "notes": "nobody" });
    let refused = keyed("/v1/contacts", "two", &nobody).await;
    refused.problem(400);
    keyed("/v1/contacts", "two", &nobody).await.problem(400);
    keyed("/v1/contacts", "two", &ada).await.problem(422);
    for bad in ["\"\"", "ü", &"x".repeat(256)] {
        let answer = keyed("/v1/contacts", bad, &ada).await;
        assert_eq!(answer.sorted_faults(), ["Idempotency-Key"], "{bad}");
    }

    let wanted = json!({ "name": "n", "scopes": ["contacts:read"] });
    let made = keyed("/v1/keys", "k", &wanted).await.expect(201).json();
    let replayed = keyed("/v1/keys", "k", &wanted).await.expect(201).json();
    assert!(made["secret"].is_string() && replayed["secret"].is_null());
    assert_eq!(made["id"], replayed["id"]);
    let named = json!({ "name": "t" });
    let made = keyed("/v1/tenants", "t", &named).await.expect(201).json();
    let replayed = keyed("/v1/tenants", "t", &named).await.expect(201).json();
    assert!(made["key"]["secret"].is_string() && replayed["key"]["secret"].is_null());

    let listed = client.get("/v1/contacts").await.expect(200).json();
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1), "{listed}");
}

#[tokio::test]
async fn posts_with_one_key_at_once_make_one_contact() {
    let system = System::embedded().await;
    let client = &system.client;
    let body = json!({ "name": { "given": "Ada" } }).to_string();
    let posts = (0..20).map(|_| {
        let request = client.request(Method::POST, "/v1/contacts");
        let request = request
            .header("content-type", JSON)
            .header("idempotency-key", "same");
        send(request.body(body.clone()))
    });
    let answers = futures_util::future::join_all(posts).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status == 201);
    assert!(!made.is_empty());
    assert!(made.windows(2).all(|pair| pair[0].body == pair[1].body));
    for answer in refused {
        answer.problem(409);
        assert!(answer.header("retry-after").is_some());
    }
    let listed = client.get("/v1/contacts").await.expect(200).json();
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(client.events("contact.*").await.len(), 1);
}

#[tokio::test]
async fn only_listed_origins_may_call_from_a_browser() {
    let origins = ("SWITCHBOARD__GATEWAY__CORS_ORIGINS", "https://app.example");
    let system = System::embedded_with(&[origins]).await;
    let client = &system.client;
    let preflight = async |origin: &str| {
        let request = client.anonymous(Method::OPTIONS, "/v1/contacts/con_x");
        let request = request
            .header("origin", origin)
            .header("access-control-request-method", "PATCH");
        let wanted = "authorization,content-type,if-match,idempotency-key";
        send(request.header("access-control-request-headers", wanted)).await
    };
    let allowed = preflight("https://app.example").await;
    assert!(matches!(allowed.status, 200 | 204), "{allowed:?}");
    let origin = "access-control-allow-origin";
    assert_eq!(allowed.header(origin), Some("https://app.example"));
    let methods = allowed.header("access-control-allow-methods");
    assert!(methods.is_some_and(|methods| methods.contains("PATCH")));
    let headers = allowed.header("access-control-allow-headers");
    assert!(headers.is_some_and(|headers| headers.to_ascii_lowercase().contains("if-match")));
    for other in [
        "https://evil.example",
        "https://app.example.evil.example",
        "null",
    ] {
        assert_eq!(preflight(other).await.header(origin), None, "{other}");
        let request = client.request(Method::GET, "/v1/contacts");
        let answer = send(request.header("origin", other)).await;
        assert_eq!(answer.header(origin), None, "{other}");
    }
    let request = client.request(Method::GET, "/v1/contacts");
    let answer = send(request.header("origin", "https://app.example")).await;
    let exposed = answer.expect(200);
    assert_eq!(exposed.header(origin), Some("https://app.example"));
    let exposed = exposed
        .header("access-control-expose-headers")
        .expect("exposed headers")
        .to_ascii_lowercase();
    for name in [
        "etag",
        "location",
        "link",
        "ratelimit",
        "ratelimit-policy",
        "retry-after",
        "x-request-id",
    ] {
        assert!(
            exposed.split(',').any(|listed| listed.trim() == name),
            "{name} in {exposed}"
        );
    }
    // A refusal says so to the browser too.
    let refused = client.anonymous(Method::GET, "/v1/contacts");
    let refused = send(refused.header("origin", "https://app.example")).await;
    refused.problem(401);
    assert_eq!(refused.header(origin), Some("https://app.example"));
}

/// A request without a body whose line and fields the test chooses; `host` and two more are there already.
fn with_head(target: &str, fields: &str) -> String {
    format!(
        "GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {KEY}\r\n{fields}\r\n"
    )
}

/// So many fields, with the three that are there already.
fn fields(count: usize) -> String {
    (3..count).map(|n| format!("x-{n}: y\r\n")).collect()
}

#[tokio::test]
async fn request_lines_are_bounded() {
    let system = System::embedded().await;
    let get = async |line: usize| {
        let target = "/v1/contacts?q=";
        let padding = line - "GET  HTTP/1.1".len() - target.len();
        let request = with_head(&format!("{target}{}", "x".repeat(padding)), "");
        RawAnswer::to(&system.client.url, request.as_bytes()).await
    };
    // Too long for the parameter, not for the line.
    get(16 << 10).await.problem(400);
    for line in [(16 << 10) + 1, 17 << 10, 60 << 10, 100 << 10, 1 << 20] {
        get(line).await.problem(414);
    }
}

#[tokio::test]
async fn header_blocks_are_bounded() {
    let system = System::embedded().await;
    let get = async |fields: &str| {
        let request = with_head("/v1/contacts", fields);
        RawAnswer::to(&system.client.url, request.as_bytes()).await
    };
    for count in [3, 96, 97, 100] {
        assert_eq!(get(&fields(count)).await.status, 200, "{count}");
    }
    for count in [101, 200, 1_000, 5_000] {
        get(&fields(count)).await.problem(431);
    }
    let given = with_head("/", "");
    let given = given.len() - "GET / HTTP/1.1\r\n".len() - "\r\n".len();
    let block = |bytes: usize| {
        let padding = bytes - given - "x: \r\n".len();
        format!("x: {}\r\n", "y".repeat(padding))
    };
    assert_eq!(get(&block(64 << 10)).await.status, 200);
    for bytes in [(64 << 10) + 1, 65 << 10, 120 << 10, 300 << 10, 4 << 20] {
        get(&block(bytes)).await.problem(431);
    }
}

#[tokio::test]
async fn a_hundred_fields_all_count() {
    let system = System::embedded().await;
    // The last of them is what says who calls, and how the request ends.
    let padding: String = (0..97).map(|n| format!("x-{n}: y\r\n")).collect();
    let request = format!(
        "GET /v1/contacts HTTP/1.1\r\n{padding}authorization: Bearer {KEY}\r\nhost: x\r\nconnection: close\r\n\r\n"
    );
    let answer = RawAnswer::to(&system.client.url, request.as_bytes()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("connection"), Some("close"));
}

#[tokio::test]
async fn what_is_no_request_is_told_so() {
    let system = System::embedded().await;
    let url = &system.client.url;
    for nonsense in [
        "GARBAGE\r\n\r\n",
        "G@T / HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET /v1/contacts HTTP/3.0\r\nhost: x\r\n\r\n",
        "GET /v1/contacts HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /v1/contacts HTTP/1.1\r\nhost: x\r\nspaced : y\r\n\r\n",
        "GET /v1/contacts HTTP/1.1\r\n\r\n",
        "GET /v1/contacts HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
        "POST /v1/contacts HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        "POST /v1/contacts HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "POST /v1/contacts HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00",
    ] {
        RawAnswer::to(url, nonsense.as_bytes()).await.problem(400);
    }
    try_send(system.client.request(Method::GET, "/v1/contacts"))
        .await
        .expect("a gateway that goes on")
        .expect(200);
}

#[tokio::test]
async fn requests_before_a_refused_one_are_answered_first() {
    let system = System::embedded().await;
    let body = json!({ "nickname": "Ada", "name": { "given": "Ada" } }).to_string();
    let post = format!(
        "POST /v1/contacts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\ncontent-type: {JSON}\r\n"
    );
    let sized = format!("{post}content-length: {}\r\n\r\n{body}", body.len());
    let chunked = format!(
        "{post}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    let refused = with_head("/v1/contacts", &fields(101));
    let mut stream = raw(&system.client.url).await;
    let all = format!("{}{refused}", format!("{sized}{chunked}").repeat(10));
    stream
        .write_all(all.as_bytes())
        .await
        .expect("a connection");
    stream.shutdown().await.expect("a connection");
    let mut answers = String::new();
    stream
        .read_to_string(&mut answers)
        .await
        .expect("all answers");
    let statuses: Vec<&str> = answers
        .lines()
        .filter_map(|line| line.split("HTTP/1.1 ").nth(1))
        .map(|rest| &rest[..3])
        .collect();
    let mut expected = vec!["201"; 20];
    expected.push("431");
    assert_eq!(statuses, expected);
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let origins = ("SWITCHBOARD__GATEWAY__CORS_ORIGINS", "https://app.example");
    let system = System::embedded_with(&[origins]).await;
    let client = &system.client;
    for path in ["/livez", "/readyz", "/openapi.json", "/docs/", "/nowhere"] {
        let answer = client.get(path).await;
        assert!(answer.header("x-request-id").is_some(), "{path}");
    }
    let preflight = client
        .anonymous(Method::OPTIONS, "/v1/contacts")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "PATCH");
    assert!(send(preflight).await.header("x-request-id").is_some());
}
