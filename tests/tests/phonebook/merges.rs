use crate::tenant;
use end_to_end::{Answer, Client, encoded, id_of, send};
use reqwest::Method;
use serde_json::{Value, json};

const MERGES: &str = "/v1/contacts/merges";
const AUGUSTA: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:augusta-1\r\nN:King;Augusta;;;\r\nFN:Augusta King\r\n\
    TEL;TYPE=HOME:+44 20 7946 0018\r\nTEL;TYPE=CELL:+44 7700 900123\r\nEMAIL:augusta@example.com\r\n\
    URL:https://example.com/augusta\r\nBDAY:1815-12-10\r\nORG:Lovelace Estate\r\nNOTE:a countess\r\n\
    X-COLOUR;X-SHADE=pale:mau\r\n ve\r\nEND:VCARD\r\n";

fn ada() -> Value {
    json!({
        "name": { "given": "Ada", "family": "Lovelace" },
        "phones": [{ "number": "+44 20 7946 0018", "type": "work" }],
        "organization": { "name": "Analytical Engines" },
        "custom": { "locker": "7" },
    })
}

async fn merge(client: &Client, into: &str, from: &[&str]) -> Answer {
    let wanted = json!({ "into": into, "from": from });
    client.post(MERGES, &wanted).await
}

/// Who answers to a number, as a switchboard asks.
async fn caller(client: &Client, number: &str) -> String {
    let path = format!("/v1/lookup?number={}", encoded(number));
    let request = client.request(Method::GET, &path);
    let answer = send(request.header("accept", "text/plain")).await;
    String::from_utf8(answer.expect(200).body).expect("UTF-8")
}

/// What is said of a contact, apart from when that was.
fn said(contact: &Value) -> Value {
    let mut said = contact.clone();
    let members = said.as_object_mut().expect("a contact");
    members.retain(|name, _| !["version", "updated_at"].contains(&name.as_str()));
    said
}

pub async fn live(root: &Client) {
    let client = &tenant(root, "merges").await;
    let group = client
        .create("/v1/groups", &json!({ "name": "Countesses" }))
        .await;
    let into = client.contact(&ada()).await;
    let made = client
        .put_card("augusta.vcf", ("if-none-match", "*"), AUGUSTA)
        .await;
    made.expect(201);
    let from = id_of(&client.all("/v1/contacts?q=augusta").await[0]);
    let member = format!("/v1/groups/{}/members/{from}", id_of(&group));
    client.put(&member, &json!({})).await.expect(204);
    let before = (client.shown(&into).await, client.shown(&from).await);
    let start = client.changed_cards("").await;
    let ours = ["augusta.vcf".to_owned(), format!("{into}.vcf")];
    // The card of the group follows a moment later each time.
    let contacts = |cards: &[String]| cards.iter().filter(|card| ours.contains(card)).count();
    assert_eq!((start.present.len(), contacts(&start.present)), (3, 2));

    let duplicates = client.all("/v1/contacts/duplicates?limit=50").await;
    assert_eq!(duplicates.len(), 1, "{duplicates:?}");
    assert_eq!(
        (&duplicates[0]["reason"], &duplicates[0]["value"]),
        (&json!("number"), &json!("+442079460018"))
    );
    let made = merge(client, &into, &[&from]).await.expect(201);
    let path = made.header("location").expect("an address").to_owned();
    assert_eq!(client.get(&path).await.expect(200).json(), made.json());
    assert_eq!(
        client.all("/v1/contacts/duplicates?limit=50").await,
        [] as [Value; 0]
    );
    every_value_is_kept(&client.shown(&into).await, &before.0, &group);

    let merged = client.changed_cards(&start.token).await;
    assert_eq!(merged.gone, ["augusta.vcf"]);
    assert_eq!(contacts(&merged.present), 1, "{merged:?}");
    is_away(client, &from).await;

    client.delete(&path).await.expect(204);
    client.get(&path).await.problem(404);
    client.delete(&path).await.problem(404);
    let after = (client.shown(&into).await, client.shown(&from).await);
    assert_eq!(said(&after.0), said(&before.0));
    assert_eq!(said(&after.1), said(&before.1));
    let back = client.changed_cards(&merged.token).await;
    assert_eq!(contacts(&back.present), 2, "{back:?}");
    assert_eq!(back.gone, [""; 0]);
    let card = client.card("augusta.vcf").await.expect(200);
    assert_eq!(card.body, AUGUSTA.as_bytes(), "byte for byte");
    assert_eq!(caller(client, "+447700900123").await, "Augusta King");
}

fn every_value_is_kept(merged: &Value, before: &Value, group: &Value) {
    for (pointer, value) in [
        ("/name", before["name"].clone()),
        ("/organization", before["organization"].clone()),
        ("/custom", before["custom"].clone()),
        ("/birthday", json!("1815-12-10")),
        ("/emails/0/address", json!("augusta@example.com")),
        ("/urls", json!(["https://example.com/augusta"])),
        ("/groups", json!([group["id"]])),
        ("/phones/0/type", json!("work")),
        ("/phones/1/e164", json!("+447700900123")),
    ] {
        assert_eq!(merged.pointer(pointer), Some(&value), "{pointer}: {merged}");
    }
    assert_eq!(merged["phones"].as_array().map(Vec::len), Some(2));
    let notes = merged["notes"].as_str().expect("notes");
    for lost in ["Augusta King", "Lovelace Estate", "a countess"] {
        assert!(notes.contains(lost), "{lost} in {notes}");
    }
}

/// Whoever was merged is nowhere, and the other one answers to its number.
async fn is_away(client: &Client, id: &str) {
    let path = format!("/v1/contacts/{id}");
    client.get(&path).await.problem(404);
    client.get(&format!("{path}/history")).await.problem(404);
    client
        .patch(&path, &json!({ "notes": "x" }))
        .await
        .problem(404);
    client.delete(&path).await.problem(404);
    client
        .delete(&format!("{path}?purge=true"))
        .await
        .problem(404);
    let restore = json!({ "version": 1 });
    client
        .post(&format!("{path}/restores"), &restore)
        .await
        .problem(404);
    assert_eq!(client.card("augusta.vcf").await.status, 404);
    assert_eq!(client.names("limit=500").await, ["Ada Lovelace"]);
    assert_eq!(caller(client, "+447700900123").await, "Ada Lovelace");
}

pub async fn refused(root: &Client) {
    let client = &tenant(root, "refused merges").await;
    let ids = client.contacts(&[ada(), ada(), ada()]).await;
    let [a, b, binned] = &ids[..] else {
        panic!("three contacts");
    };
    let binned_path = format!("/v1/contacts/{binned}");
    client.delete(&binned_path).await.expect(204);
    let stranger = tenant(root, "stranger").await;
    let theirs = stranger.contact(&ada()).await;
    let unknown = "con_01h455vb4pex5vsknk084sn02q";
    for (into, from, places) in [
        (a, vec![a.as_str()], vec!["#/from/0"]),
        (a, vec![b, b], vec!["#/from/1"]),
        (a, vec![b, unknown, "x"], vec!["#/from/1", "#/from/2"]),
        (a, vec![binned], vec!["#/from/0"]),
        (binned, vec![a], vec!["#/into"]),
        (&theirs, vec![a], vec!["#/into"]),
        (a, vec![&theirs], vec!["#/from/0"]),
        (a, vec![], vec!["#/from"]),
    ] {
        let answer = merge(client, into, &from).await;
        assert_eq!(answer.sorted_faults(), places, "{into} {from:?}");
    }
    // Round in a circle: who was merged away is nobody to merge into, or to merge again.
    let first = merge(client, b, &[a]).await.expect(201);
    for (into, from, place) in [(a, b, "#/into"), (b, a, "#/from/0")] {
        let answer = merge(client, into, &[from]).await;
        assert_eq!(answer.sorted_faults(), [place]);
        let detail = answer.json()["errors"][0]["detail"].clone();
        assert_eq!(detail, "names no contact");
    }
    let path = first.header("location").expect("an address");
    stranger.get(path).await.problem(404);
    stranger.delete(path).await.problem(404);
    client.delete(path).await.expect(204);
    let second = merge(client, a, &[b]).await.expect(201);
    let path = second.header("location").expect("an address");
    client.delete(path).await.expect(204);
    assert_eq!(client.names("").await.len(), 2);
}
