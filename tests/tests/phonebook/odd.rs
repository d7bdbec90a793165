use crate::{search::named, tenant};
use end_to_end::{Client, send};
use reqwest::Method;
use serde_json::json;

/// Whatever is taken comes back as it was, is listed, and harms no reader of it.
pub async fn names(root: &Client) {
    let client = &tenant(root, "odd").await;
    let odd = [
        "\u{202e}evil\u{202c}",
        "\u{2067}أبو\u{2069} Ali",
        "a\u{200b}b",
        "e\u{301}\u{301}\u{301}\u{301}",
        "\u{301}",
        "👩‍👩‍👧‍👦 Family",
        "!!!",
        "/../",
        "a/b",
        "%2F",
        "\\",
        "'; --",
        "<b>&amp;</b>",
        "\u{fdfa}",
        "𝕬𝖉𝖆",
        "ﬁx",
        "\u{ffff}",
        "{}",
        "*",
        "\u{1f}",
        "tab\tbed",
        "Ⅻ",
        "①",
        "ქართული",
        "हिन्दी",
        "ไทย",
        "한국어",
        "が",
        "Ç",
        "x\u{0}y",
    ];
    let mut kept = 0;
    for (place, name) in odd.iter().enumerate() {
        let number = format!("+49 30 5550{place:03}");
        let contact =
            json!({ "name": { "given": name, "family": "Odd" }, "phones": [{ "number": number }] });
        let answer = client.post("/v1/contacts", &contact).await;
        if answer.status == 400 {
            assert_eq!(answer.sorted_faults(), ["#/name/given"], "{name:?}");
            continue;
        }
        let made = answer.expect(201).json();
        assert_eq!(made["name"]["given"], *name);
        assert_eq!(
            client.shown(made["id"].as_str().expect("an id")).await,
            made
        );
        assert!(
            client.found("odd").await.contains(&format!("{name} Odd")),
            "{name:?}"
        );
        let plain = client.request(
            Method::GET,
            &format!(
                "/v1/lookup?number={}",
                number.replace([' ', '+'], "").replacen("49", "%2B49", 1)
            ),
        );
        let plain = send(plain.header("accept", "text/plain")).await.expect(200);
        assert!(
            !plain.body.is_empty() && !plain.body.contains(&b'\n'),
            "{name:?}"
        );
        kept += 1;
    }
    assert!(kept >= 25, "{kept} names are taken");
    assert_eq!(client.all("/v1/contacts?limit=1").await.len(), kept);
    assert_eq!(client.found("odd").await.len(), kept);
    for (query, expected) in [
        ("ada", "𝕬𝖉𝖆 Odd"),
        ("fix", "ﬁx Odd"),
        ("eeee", ""),
        ("é", "e\u{301}\u{301}\u{301}\u{301} Odd"),
        ("हिन्दी", "हिन्दी Odd"),
        ("한국", "한국어 Odd"),
        ("ქართ", "ქართული Odd"),
        ("family", "👩‍👩‍👧‍👦 Family Odd"),
        ("evil", "\u{202e}evil\u{202c} Odd"),
        ("ab", "a\u{200b}b Odd"),
    ] {
        let found = client.found(query).await;
        let is_there = found.iter().any(|name| name == expected);
        assert!(
            is_there || (expected.is_empty() && found.is_empty()),
            "{query}: {found:?}"
        );
    }
    equal(client).await;
}

/// Many of one name are told apart by nothing but their ids.
async fn equal(client: &Client) {
    let twins: Vec<_> = (0..120).map(|_| named("Twin", "Same")).collect();
    let mut ids = client.contacts(&twins).await;
    let mut listed: Vec<_> = client
        .all("/v1/contacts?q=twin+same&limit=7")
        .await
        .iter()
        .map(end_to_end::id_of)
        .collect();
    ids.sort();
    listed.sort();
    assert_eq!(listed, ids);
}
