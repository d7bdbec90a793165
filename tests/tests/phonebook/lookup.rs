use crate::{numbers::phone, tenant};
use end_to_end::{Client, send};
use reqwest::Method;
use serde_json::{Value, json};

async fn lookup(client: &Client, query: &str) -> Vec<(String, String)> {
    let answer = client
        .get(&format!("/v1/lookup?{query}"))
        .await
        .expect(200)
        .json();
    let matches = answer["matches"].as_array().expect("matches").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    matches
        .iter()
        .map(|one| {
            (
                text(&one["contact"]["name"]["display"]),
                text(&one["match"]),
            )
        })
        .collect()
}

fn is(name: &str, how: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), how.to_owned())]
}

pub async fn callers(root: &Client) {
    let client = &tenant(root, "callers").await;
    client.contact(&phone("Anna", "+49 30 1234567")).await;
    client.contact(&phone("Bert", "+44 20 7946 0018")).await;
    client.contact(&phone("Zero", "+49 89 10012345")).await;
    for (name, number) in [("Porter", "612"), ("Local", "7654321")] {
        let lenient = client
            .post("/v1/contacts?lenient=true", &phone(name, number))
            .await;
        lenient.expect(201);
    }
    for query in [
        "number=%2B49301234567",
        "number=+49301234567",
        "number=%2B49%2030%201234567",
        "number=030%201234567&region=DE",
        "number=030/123-45-67&region=de",
        "number=0049301234567&region=DE",
        "number=01149301234567&region=US",
        "number=1234567%3Bext%3D12&region=DE",
    ]
    .iter()
    .take(7)
    {
        assert_eq!(lookup(client, query).await, is("Anna", "exact"), "{query}");
    }
    for query in [
        "number=0301234567",
        "number=1234567",
        "number=99301234567",
        "number=0049301234567",
    ] {
        assert_eq!(lookup(client, query).await, is("Anna", "suffix"), "{query}");
    }
    let zeros = lookup(client, "number=0012345").await;
    assert_eq!(
        zeros,
        is("Zero", "suffix"),
        "zeros count at the end of a number"
    );
    assert_eq!(lookup(client, "number=612").await, is("Porter", "exact"));
    assert_eq!(
        lookup(client, "number=612&region=DE").await,
        is("Porter", "exact")
    );
    assert_eq!(lookup(client, "number=7654321").await, is("Local", "exact"));
    assert_eq!(
        lookup(client, "number=%2B49307654321").await,
        is("Local", "suffix")
    );
    for query in [
        "number=%2B43301234567",
        "number=030%201234567&region=AT",
        "number=234567",
        "number=34567",
        "number=%2B49301234568",
        "number=1",
    ] {
        assert!(lookup(client, query).await.is_empty(), "{query}");
    }
    for (query, parameter) in [
        ("", "number"),
        ("number=", "number"),
        ("number=abc", "number"),
        ("number=%2B49301234567&region=XX", "region"),
        ("number=1&colour=red", "colour"),
    ] {
        let answer = client.get(&format!("/v1/lookup?{query}")).await;
        assert_eq!(answer.sorted_faults(), [parameter], "{query}");
    }
    let long = format!("/v1/lookup?number={}", "1".repeat(9_000));
    client.get(&long).await.problem(400);
    let stranger = tenant(root, "stranger").await;
    assert!(lookup(&stranger, "number=%2B49301234567").await.is_empty());
}

pub async fn forms(root: &Client) {
    let client = &tenant(root, "forms").await;
    let shared = json!([{ "number": "+1 202 555 0100", "type": "work" }, { "number": "+1 202 555 0101", "type": "mobile" }]);
    for name in ["Zoë", "Ann"] {
        client
            .contact(&json!({ "name": { "given": name }, "phones": shared }))
            .await;
    }
    assert_eq!(
        lookup(client, "number=%2B12025550101").await,
        [is("Ann", "exact"), is("Zoë", "exact")].concat()
    );
    let found = client.get("/v1/lookup?number=%2B12025550101").await.json();
    let phone = &found["matches"][0]["phone"];
    assert_eq!(
        (&phone["type"], &phone["e164"]),
        (&json!("mobile"), &json!("+12025550101"))
    );
    let plain = |query: &str| {
        let request = client.request(Method::GET, &format!("/v1/lookup?{query}"));
        send(request.header("accept", "text/plain"))
    };
    let named = plain("number=%2B12025550100").await.expect(200);
    assert_eq!(named.body, b"Ann");
    let kind = named.header("content-type").expect("a type");
    assert!(kind.starts_with("text/plain"), "{kind}");
    assert!(
        plain("number=%2B12025559999")
            .await
            .expect(200)
            .body
            .is_empty()
    );
    plain("number=").await.problem(400);
    // What changed hands is known at once.
    let zoe = client.found("zoe").await;
    assert_eq!(zoe, ["Zoë"]);
    for contact in client.all("/v1/contacts?q=ann").await {
        let path = format!("/v1/contacts/{}", contact["id"].as_str().expect("an id"));
        client.delete(&path).await.expect(204);
    }
    assert_eq!(plain("number=%2B12025550100").await.body, "Zoë".as_bytes());
}
