use crate::tenant;
use end_to_end::{Client, send};
use reqwest::Method;
use serde_json::{Value, json};

/// What no contact can say: order, folds, odd case, parameters, and lines that only their writer knows.
const ODD: &str = "BEGIN:VCARD\r\nfn:Odd One\r\nVERSION:3.0\r\nN:One;Odd;;;\r\nUID:odd-1\r\n\
    X-COLOUR;x-shade=\"pa;le\":mau\r\n ve\r\n\tgreen\r\nitem7.TEL;type=pref;TYPE=cell:+44 20 7946 0018\r\n\
    item7.X-ABLabel:desk\r\nX-EMPTY:\r\nREV:2026-01-02T03:04:05Z\r\nEND:VCARD\r\n";
const BARE: &str =
    "BEGIN:VCARD\nVERSION:3.0\nUID:bare-1\nN:Bare;;;;\nFN:Bare\nNOTE:a\\nb\nEND:VCARD\n";

pub async fn cards(root: &Client) {
    let client = &tenant(root, "exported cards").await;
    for (name, card) in [("odd.vcf", ODD), ("bare.vcf", BARE)] {
        let made = client.put_card(name, ("if-none-match", "*"), card).await;
        made.expect(201);
    }
    let exported = client.export("format=vcard").await;
    assert_eq!(
        String::from_utf8(exported).expect("UTF-8"),
        in_order(client).await
    );

    let odd = &client.all("/v1/contacts?q=odd").await[0];
    let path = format!("/v1/contacts/{}", end_to_end::id_of(odd));
    client
        .patch(&path, &json!({ "notes": "seen" }))
        .await
        .expect(200);
    let card = ODD.replace("END:VCARD", "NOTE:seen\r\nEND:VCARD");
    let exported = String::from_utf8(client.export("format=vcard").await).expect("UTF-8");
    let mut lines: Vec<_> = exported.lines().collect();
    let mut expected: Vec<_> = card.lines().chain(BARE.lines()).collect();
    lines.sort_unstable();
    expected.sort_unstable();
    assert_eq!(lines, expected, "an edit adds its own line");
    forms(client).await;
}

/// The cards in the order of the contacts' ids.
async fn in_order(client: &Client) -> String {
    let all = client.contacts_as_shown().await;
    let card = |contact: &Value| match contact["name"]["given"].as_str() {
        Some("Odd") => ODD,
        _ => BARE,
    };
    all.iter().map(card).collect()
}

async fn forms(client: &Client) {
    let json: Value = serde_json::from_slice(&client.export("").await).expect("JSON");
    assert_eq!(json, json!(client.contacts_as_shown().await));
    for (query, kind, file) in [
        ("format=json", "application/json", "contacts.json"),
        (
            "format=csv",
            "text/csv; charset=utf-8; header=present",
            "contacts.csv",
        ),
        (
            "format=vcard&version=4.0",
            "text/vcard; charset=utf-8",
            "contacts.vcf",
        ),
    ] {
        let answer = client
            .get(&format!("/v1/contacts/export?{query}"))
            .await
            .expect(200);
        assert_eq!(answer.header("content-type"), Some(kind));
        let disposition = format!("attachment; filename=\"{file}\"");
        assert_eq!(
            answer.header("content-disposition"),
            Some(disposition.as_str())
        );
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    }
    let refused = client
        .get("/v1/contacts/export?format=xml&version=5.0&columns=mine&group=7&book=8")
        .await;
    assert_eq!(
        refused.sorted_faults(),
        ["book", "columns", "format", "group", "version"]
    );
    let writer = client.with_scopes(&["contacts:write"]).await;
    writer.get("/v1/contacts/export").await.problem(403);
}

/// Several parts' worth, told as one stream in which nobody is missing or there twice.
pub async fn long(root: &Client) {
    const CONTACTS: usize = 900;
    let client = &tenant(root, "long export").await;
    let notes = "n".repeat(2_000);
    let contact = |place| json!({ "name": { "given": format!("L{place:04}") }, "notes": notes });
    for first in (0..CONTACTS).step_by(300) {
        let many: Vec<_> = (first..first + 300).map(contact).collect();
        client.contacts(&many).await;
    }
    let expected = client.contacts_as_shown().await;
    assert_eq!(expected.len(), CONTACTS);
    let whole = client.request(Method::GET, "/v1/contacts/export?format=json");
    let whole = send(whole).await.expect(200);
    assert!(whole.body.len() > 2_000_000, "{} bytes", whole.body.len());
    assert_eq!(whole.header("content-length"), None, "it is a stream");
    assert_eq!(whole.json(), json!(expected));
    let csv = String::from_utf8(client.export("format=csv").await).expect("UTF-8");
    assert_eq!(csv.matches("\r\n").count(), CONTACTS + 1);
    let cards = String::from_utf8(client.export("format=vcard").await).expect("UTF-8");
    assert_eq!(cards.matches("BEGIN:VCARD\r\n").count(), CONTACTS);
    for place in [0, 299, 300, CONTACTS - 1] {
        assert_eq!(cards.matches(&format!("FN:L{place:04}\r\n")).count(), 1);
    }
}
