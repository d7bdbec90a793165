use crate::{
    directory::{called, texts},
    tenant,
};
use end_to_end::{Client, encoded, id_of, send};
use reqwest::Method;
use serde_json::{Value, json};

const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Example//EN\r\nUID:zoe-1\r\nN:Äkerman;Zoë;;;\r\n\
    FN:Zoë Äkerman\r\nitem1.TEL;type=pref:+46 8 123 456 78\r\nitem1.X-ABLabel:cabin\r\nX-COLOUR:mauve\r\nEND:VCARD\r\n";

/// What a desk phone shows for a search: names and numbers in turn.
async fn on_desk_phones(client: &Client, words: &str) -> Vec<String> {
    let path = format!("/v1/directory/yealink.xml?q={}", encoded(words));
    let answer = called(client, client.key(), &path).await.expect(200);
    let entries = texts(&answer).into_iter();
    let entries = entries.filter(|(path, _)| path.contains("/DirectoryEntry/"));
    entries.map(|(_, text)| text).collect()
}

/// The name that a switchboard shows for a caller.
async fn on_the_switchboard(client: &Client, number: &str) -> String {
    let path = format!("/v1/lookup?number={}", encoded(number));
    let request = client.request(Method::GET, &path);
    let answer = send(request.header("accept", "text/plain")).await;
    String::from_utf8(answer.expect(200).body).expect("UTF-8")
}

async fn over_rest(client: &Client) -> Vec<Value> {
    client.all("/v1/contacts?q=zoe").await
}

/// Each edit is seen by everybody else with their next question.
pub async fn story(root: &Client) {
    let client = &tenant(root, "together").await;
    let made = client
        .put_card("zoe.vcf", ("if-none-match", "*"), CARD)
        .await
        .expect(201);
    let tag = made.header("etag").expect("an ETag").to_owned();
    let found = over_rest(client).await;
    assert_eq!(found.len(), 1);
    let id = id_of(&found[0]);
    assert_eq!(found[0]["phones"][0]["label"], "cabin");
    assert_eq!(
        on_desk_phones(client, "zoe").await,
        ["Zoë Äkerman", "+46812345678"]
    );
    assert_eq!(
        on_the_switchboard(client, "+46812345678").await,
        "Zoë Äkerman"
    );
    let start = client.changed_cards("").await;
    assert_eq!(start.present, ["zoe.vcf"]);

    let tag = rest_edits(client, &id, &tag).await;
    address_book_edits(client, &id, &tag).await;
    let edited = client.changed_cards(&start.token).await;
    assert_eq!(edited.present, ["zoe.vcf"]);

    let path = format!("/v1/contacts/{id}");
    client.delete(&path).await.expect(204);
    assert_eq!(client.card("zoe.vcf").await.status, 404);
    let gone = client.changed_cards(&edited.token).await;
    assert_eq!(gone.gone, ["zoe.vcf"]);
    assert_eq!(on_desk_phones(client, "zoe").await, [""; 0]);
    assert_eq!(on_the_switchboard(client, "+46812345679").await, "");
    let latest = json!({ "version": 3 });
    client
        .post(&format!("{path}/restores"), &latest)
        .await
        .expect(200);
    let back = client.changed_cards(&gone.token).await;
    assert_eq!(back.present, ["zoe.vcf"]);
    assert_eq!(
        on_the_switchboard(client, "+46812345679").await,
        "Zoë Öberg"
    );
}

/// A second number over REST; gives the card's new tag.
async fn rest_edits(client: &Client, id: &str, tag: &str) -> String {
    let path = format!("/v1/contacts/{id}");
    let shown = client.get(&path).await.expect(200);
    let mut phones = shown.json()["phones"].clone();
    let more = json!({ "number": "+46 8 123 456 79", "type": "mobile" });
    phones.as_array_mut().expect("phones").push(more);
    let version = shown.header("etag").expect("an ETag");
    let change = json!({ "phones": phones });
    client.patch_if(&path, version, &change).await.expect(200);
    assert_eq!(
        on_the_switchboard(client, "+46812345679").await,
        "Zoë Äkerman"
    );
    let shown = on_desk_phones(client, "12345679").await;
    assert_eq!(shown[0], "Zoë Äkerman", "{shown:?}");
    let card = client.card("zoe.vcf").await.expect(200);
    let text = String::from_utf8(card.body.clone()).expect("UTF-8");
    let added: Vec<_> = text
        .lines()
        .filter(|line| !CARD.lines().any(|old| old == *line))
        .collect();
    assert_eq!(added, ["TEL;TYPE=CELL:+46 8 123 456 79"], "{text}");
    assert_eq!(text.lines().count(), CARD.lines().count() + 1);
    let refused = client.put_card("zoe.vcf", ("if-match", tag), CARD).await;
    assert_eq!(refused.status, 412, "it would undo what it has not seen");
    card.header("etag").expect("an ETag").to_owned()
}

/// Another name, and without the first number, from an address book.
async fn address_book_edits(client: &Client, id: &str, tag: &str) {
    let card = client.card("zoe.vcf").await.expect(200).body;
    let card = String::from_utf8(card).expect("UTF-8");
    let card = card.replace("Äkerman", "Öberg");
    let kept = card.lines().filter(|line| !line.starts_with("item1."));
    let card: String = kept.map(|line| format!("{line}\r\n")).collect();
    let put = client.put_card("zoe.vcf", ("if-match", tag), &card).await;
    put.expect(204);
    let shown = client.shown(id).await;
    assert_eq!(
        (&shown["name"]["family"], &shown["version"]),
        (&json!("Öberg"), &json!(3))
    );
    assert_eq!(on_the_switchboard(client, "+46812345678").await, "");
    assert_eq!(
        on_the_switchboard(client, "+46812345679").await,
        "Zoë Öberg"
    );
    assert_eq!(
        on_desk_phones(client, "oberg").await,
        ["Zoë Öberg", "+46812345679"]
    );
    assert_eq!(
        client.card("zoe.vcf").await.expect(200).body,
        card.as_bytes()
    );
}
