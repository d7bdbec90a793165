//! CardDAV as programs of others speak it: vdirsyncer between a folder and Switchboard, khard on the folder.

use end_to_end::{AddressBook, Client, System, eventually, id_of, send};
use reqwest::Method;
use serde_json::{Value, json};

const ADA: &str = "BEGIN:VCARD
VERSION:3.0
UID:ada-1
N:Lovelace;Ada;King;Lady;
FN:Lady Ada Lovelace
NICKNAME:Enchantress
ORG:Analytical Engines;Research
TITLE:Programmer
TEL;TYPE=CELL:+49 151 12345678
TEL;TYPE=WORK,VOICE:+49 30 1234567
EMAIL;TYPE=WORK:ada@example.org
BDAY:1815-12-10
NOTE:Wrote\\, then computed.
X-FAVOURITE-NUMBER:7
X-SOCIALPROFILE;TYPE=chat:ada
item1.URL:https://example.org/ada
item1.X-ABLABEL:Engine
END:VCARD
";

fn card(uid: &str, given: &str, family: &str) -> String {
    format!(
        "BEGIN:VCARD\nVERSION:3.0\nUID:{uid}\nN:{family};{given};;;\nFN:{given} {family}\nX-KEPT:{uid}\nEND:VCARD\n"
    )
}

/// A system with no contacts, and a folder that belongs to it.
async fn begin() -> (System, AddressBook) {
    let system = System::embedded().await;
    let book = AddressBook::discover(&system.client).await;
    book.sync().await.expect();
    (system, book)
}

async fn contacts(client: &Client) -> Vec<Value> {
    let page = client.get("/v1/contacts?limit=500").await.expect(200);
    page.json()["data"].as_array().cloned().unwrap_or_default()
}

/// The only contact that this word finds.
async fn contact(client: &Client, word: &str) -> Value {
    let page = client.get(&format!("/v1/contacts?q={word}")).await;
    let found = page.expect(200).json()["data"].clone();
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{word}: {found}");
    found[0].clone()
}

fn path(contact: &Value) -> String {
    format!("/v1/contacts/{}", contact["id"].as_str().expect("an id"))
}

/// The lines that only one of the two has.
fn difference<'a>(before: &'a str, after: &'a str) -> Vec<&'a str> {
    let without = |these: &'a str, others: &'a str| {
        let lines = these.lines();
        lines.filter(move |line| !others.lines().any(|other| other == *line))
    };
    without(before, after)
        .chain(without(after, before))
        .collect()
}

/// Does a run's log show that nothing but listings went over the network, and no file was touched?
fn moved_nothing(said: &str) -> bool {
    let moves = [
        "Copying",
        "Deleting",
        "PUT http",
        "DELETE http",
        "addressbook-multiget",
    ];
    !moves.iter().any(|word| said.contains(word))
}

#[tokio::test]
async fn a_card_of_the_folder_becomes_a_contact() {
    let (system, book) = begin().await;
    book.write("ada.vcf", ADA);
    book.sync().await.expect();
    let ada = contact(&system.client, "lovelace").await;
    let is = |pointer: &str, expected: Value| {
        assert_eq!(ada.pointer(pointer), Some(&expected), "{pointer} of {ada}");
    };
    is("/name/prefix", json!("Lady"));
    is("/name/given", json!("Ada"));
    is("/name/middle", json!("King"));
    is("/name/family", json!("Lovelace"));
    is("/nickname", json!("Enchantress"));
    is("/organization/name", json!("Analytical Engines"));
    is("/organization/department", json!("Research"));
    is("/organization/title", json!("Programmer"));
    is("/phones/0/e164", json!("+4915112345678"));
    is("/phones/0/type", json!("mobile"));
    is("/phones/1/number", json!("+49 30 1234567"));
    is("/phones/1/type", json!("work"));
    is("/emails/0/address", json!("ada@example.org"));
    is("/birthday", json!("1815-12-10"));
    is("/notes", json!("Wrote, then computed."));
    assert!(
        moved_nothing(&book.sync().await.expect()),
        "nothing is left to move"
    );
}

#[tokio::test]
async fn a_change_of_one_field_changes_one_property_of_the_card() {
    let (system, book) = begin().await;
    book.write("ada.vcf", ADA);
    book.sync().await.expect();
    let ada = contact(&system.client, "lovelace").await;
    let change = json!({ "organization": { "title": "Countess" } });
    system.client.patch(&path(&ada), &change).await.expect(200);
    book.sync().await.expect();
    let (name, after) = book.card("ada-1");
    assert_eq!(name, "ada.vcf");
    assert_eq!(
        difference(ADA, &after),
        ["TITLE:Programmer", "TITLE:Countess"]
    );
}

#[tokio::test]
async fn a_contact_of_the_server_becomes_a_card_and_comes_back_changed() {
    let (system, book) = begin().await;
    let grace = json!({ "name": { "given": "Grace", "family": "Hopper" }, "phones": [{ "number": "+1 212 555 0123" }] });
    system.client.post("/v1/contacts", &grace).await.expect(201);
    book.sync().await.expect();
    let (name, made) = book.card("Hopper");
    assert!(made.contains("212"), "{made}");
    book.write(
        &name,
        &made.replace(
            "END:VCARD",
            "X-SHIP:Constitution\nNOTE:Rear admiral\nEND:VCARD",
        ),
    );
    book.sync().await.expect();
    let after = contact(&system.client, "hopper").await;
    assert_eq!(after["notes"], "Rear admiral");
    system
        .client
        .patch(&path(&after), &json!({ "nickname": "Amazing" }))
        .await
        .expect(200);
    book.sync().await.expect();
    let (_, card) = book.card("Hopper");
    for line in [
        "X-SHIP:Constitution",
        "NOTE:Rear admiral",
        "NICKNAME:Amazing",
    ] {
        assert!(card.lines().any(|other| other == line), "{line}: {card}");
    }
}

#[tokio::test]
async fn what_one_side_deletes_goes_from_the_other() {
    let (system, book) = begin().await;
    for (name, given) in [("a.vcf", "Anna"), ("b.vcf", "Bert"), ("c.vcf", "Carl")] {
        book.write(name, &card(name, given, "Deleted"));
    }
    book.sync().await.expect();
    let (anna, bert) = (
        contact(&system.client, "anna").await,
        contact(&system.client, "bert").await,
    );
    book.remove("a.vcf");
    system.client.delete(&path(&bert)).await.expect(204);
    book.sync().await.expect();
    system.client.get(&path(&anna)).await.expect(404);
    assert_eq!(book.cards().into_keys().collect::<Vec<_>>(), ["c.vcf"]);
    assert_eq!(contacts(&system.client).await.len(), 1);
}

#[tokio::test]
async fn neither_side_overwrites_the_other_unasked() {
    let (system, book) = begin().await;
    book.write("a.vcf", &card("a", "Anna", "Before"));
    book.sync().await.expect();
    let anna = contact(&system.client, "anna").await;
    let there = json!({ "name": { "family": "There" } });
    system.client.patch(&path(&anna), &there).await.expect(200);
    book.write("a.vcf", &card("a", "Anna", "Here"));

    let refused = book.sync().await;
    assert!(
        !refused.succeeded && refused.said.contains("conflict"),
        "{}",
        refused.said
    );
    assert_eq!(
        contact(&system.client, "anna").await["name"]["family"],
        "There"
    );
    assert!(book.card("Anna").1.contains("Here"));

    book.resolve_conflicts_by("a wins");
    book.sync().await.expect();
    assert_eq!(
        contact(&system.client, "anna").await["name"]["family"],
        "Here"
    );
    assert!(moved_nothing(&book.sync().await.expect()), "both are alike");
}

#[tokio::test]
async fn two_hundred_cards_are_moved_once_and_unchanged() {
    let (system, book) = begin().await;
    for n in 0..200 {
        let family = format!("Größe{n:03}");
        book.write(
            &format!("{n:03}.vcf"),
            &card(&format!("many-{n}"), "Zoë", &family),
        );
    }
    let written = book.cards();
    book.sync().await.expect();
    assert_eq!(contacts(&system.client).await.len(), 200);
    assert!(moved_nothing(&book.sync().await.expect()), "all was there");
    assert_eq!(book.cards(), written);

    let other = AddressBook::discover(&system.client).await;
    other.sync().await.expect();
    let texts = |book: &AddressBook| {
        let mut texts: Vec<_> = book.cards().into_values().collect();
        texts.sort();
        texts
    };
    assert_eq!(
        texts(&other),
        texts(&book),
        "a second folder gets the same cards"
    );
    assert!(moved_nothing(&other.sync().await.expect()), "all was there");
}

#[tokio::test]
async fn groups_go_both_ways() {
    let (system, book) = begin().await;
    let client = &system.client;
    let here = card("g-1", "", "Friends").replace(
        "END:",
        "X-ADDRESSBOOKSERVER-KIND:group\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:ada-1\nEND:",
    );
    book.write("a-group.vcf", &here);
    book.write("b-ada.vcf", ADA);
    book.sync().await.expect();
    let ada = contact(client, "lovelace").await;
    let groups = client.get("/v1/groups").await.expect(200).json();
    assert_eq!(groups["data"][0]["name"], "Friends");
    assert_eq!(ada["groups"], json!([groups["data"][0]["id"]]));
    assert!(moved_nothing(&book.sync().await.expect()), "both are alike");

    let made = client
        .create("/v1/groups", &json!({ "name": "Team" }))
        .await;
    let team = format!("/v1/groups/{}", id_of(&made));
    let member = format!("{team}/members/{}", id_of(&ada));
    send(client.request(Method::PUT, &member)).await.expect(204);
    let (name, _) = eventually("Ada in both cards", async || {
        book.sync().await.expect();
        let cards = book.cards().into_iter();
        let mut team = cards.filter(|(_, card)| card.contains("FN:Team"));
        team.find(|(_, card)| card.contains("MEMBER:urn:uuid:ada-1"))
    })
    .await;
    assert_eq!(book.card("FN:Lady Ada").1, ADA);
    assert!(moved_nothing(&book.sync().await.expect()), "both are alike");
    let list = book.khard(&["list", "--parsable"], "").await;
    assert!(list.contains("Lovelace"), "{list}");

    book.remove("a-group.vcf");
    client.delete(&team).await.expect(204);
    book.sync().await.expect();
    assert!(!book.cards().contains_key(&name));
    let groups = client.get("/v1/groups").await.expect(200).json();
    assert_eq!(groups["data"], json!([]));
    assert_eq!(contacts(client).await.len(), 1);
}

#[tokio::test]
async fn khard_makes_changes_and_lists_contacts() {
    let (system, book) = begin().await;
    let client = &system.client;
    let mut text = "First name : Ada\nLast name : Lovelace\nOrganisation : Analytical Engines\n\
                    Phone :\n    cell : \"+49 151 12345678\"\nEmail :\n    work : ada@example.org\n"
        .to_owned();
    let draft = book.draft(&text);
    book.khard(&["new", "-a", "book", "-i", &draft], "").await;
    book.sync().await.expect();
    let ada = contact(client, "lovelace").await;
    assert_eq!(ada["phones"][0]["e164"], "+4915112345678");
    assert_eq!(ada["organization"]["name"], "Analytical Engines");

    text = text.replace("Analytical Engines", "Difference Engines");
    let draft = book.draft(&text);
    book.khard(&["edit", "-i", &draft, "lovelace"], "yes\n")
        .await;
    book.sync().await.expect();
    let edited = contact(client, "lovelace").await;
    assert_eq!(edited["id"], ada["id"], "it stays the same contact");
    assert_eq!(edited["organization"]["name"], "Difference Engines");

    let grace = json!({ "name": { "given": "Grace", "family": "Hopper" } });
    client.post("/v1/contacts", &grace).await.expect(201);
    client
        .patch(&path(&edited), &json!({ "nickname": "Enchantress" }))
        .await
        .expect(200);
    book.sync().await.expect();
    let list = book.khard(&["list", "--parsable"], "").await;
    assert!(
        list.contains("Ada Lovelace") && list.contains("Grace Hopper"),
        "{list}"
    );
    let shown = book.khard(&["show", "lovelace"], "").await;
    assert!(
        shown.contains("Enchantress") && shown.contains("Difference Engines"),
        "{shown}"
    );
}
