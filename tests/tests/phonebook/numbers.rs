use crate::tenant;
use end_to_end::{Client, encoded};
use serde_json::{Value, json};

pub fn phone(given: &str, number: &str) -> Value {
    json!({ "name": { "given": given }, "phones": [{ "number": number }] })
}

pub async fn digits(root: &Client) {
    let client = &tenant(root, "digits").await;
    client.contact(&phone("Anna", "+49 30 1234567")).await;
    client.contact(&phone("Bert", "+44 20 7946 0018")).await;
    let lenient = client
        .post("/v1/contacts?lenient=true", &phone("Porter", "612"))
        .await;
    lenient.expect(201);
    for query in [
        "+49301234567",
        "+49 30 1234567",
        "+49 (0)30 / 123 45-67",
        "0049 30 1234567",
        "030 1234567",
        "(030) 123 4567",
        "030.123.45.67",
        "301 234",
        "234",
        "4567",
        "1234567",
        "anna 123",
        "123 anna",
        "٣٠١٢٣٤",
        "３０１２３",
    ] {
        assert_eq!(client.found(query).await, ["Anna"], "{query}");
    }
    for (query, names) in [
        ("020 7946", ["Bert"].as_slice()),
        ("79460018", &["Bert"]),
        ("612", &["Porter"]),
        ("12", &[]),
        ("999", &[]),
        ("bert 123", &[]),
        ("3012345678", &[]),
    ] {
        assert_eq!(client.found(query).await, names, "{query}");
    }
    let all = client.found("00").await;
    assert!(
        all.is_empty(),
        "two digits are no part of a number: {all:?}"
    );
}

/// The fiftieth number is found like the first.
pub async fn many(root: &Client) {
    let client = &tenant(root, "many numbers").await;
    let number = |place: usize| format!("+49 30 {}", 70_000_000 + place * 1_234_577);
    let phones: Vec<_> = (0..50)
        .map(|place| json!({ "number": number(place), "type": "work" }))
        .collect();
    let central = json!({ "organization": { "name": "Central" }, "phones": phones });
    let made = client.create("/v1/contacts", &central).await;
    assert_eq!(made["phones"].as_array().map(Vec::len), Some(50));
    for place in 0..50 {
        let number = number(place);
        let bare = number.replace(' ', "");
        let national = bare.replace("+49", "0");
        for typed in [
            number.as_str(),
            &bare,
            &national,
            &bare[3..9],
            &bare[bare.len() - 7..],
        ] {
            assert_eq!(client.found(typed).await, ["Central"], "{place}: {typed}");
        }
        let path = format!("/v1/lookup?number={}", encoded(&national));
        let found = client.get(&path).await.expect(200).json();
        assert_eq!(found["matches"][0]["phone"]["number"], number, "{place}");
        assert_eq!(found["matches"][0]["match"], "suffix");
    }
    let mut more = central.clone();
    more["phones"]
        .as_array_mut()
        .expect("phones")
        .push(json!({ "number": "+49 30 123456" }));
    assert_eq!(
        client.post("/v1/contacts", &more).await.sorted_faults(),
        ["#/phones"]
    );
}
