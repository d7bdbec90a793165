//! Groups as cards: whoever makes one, API, address book or file, the others have it too.

use crate::tenant;
use end_to_end::{Answer, Client, eventually, id_of, send};
use reqwest::Method;
use serde_json::json;

const BOOK: &str = "/dav/books/book_00000000000000000000000000";

fn person(uid: &str, name: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nN:;{name};;;\r\nFN:{name}\r\nEND:VCARD\r\n")
}

fn apple(name: &str, members: &[&str]) -> String {
    let line = |member: &&str| format!("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{member}\r\n");
    let lines: String = members.iter().map(line).collect();
    format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Apple Inc.//macOS//EN\r\nN:{name}\r\nFN:{name}\r\n\
         X-ADDRESSBOOKSERVER-KIND:group\r\n{lines}REV:2026-01-02T03:04:05Z\r\nUID:group-{name}\r\nEND:VCARD\r\n"
    )
}

async fn dav(
    client: &Client,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let mut request = client.request(method, path).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request).await
}

async fn put(client: &Client, name: &str, card: &str) -> Answer {
    let path = format!("{BOOK}/{name}");
    dav(
        client,
        "PUT",
        &path,
        &[("content-type", "text/vcard")],
        card,
    )
    .await
}

async fn card(client: &Client, href: &str) -> String {
    let answer = client.get(href).await.expect(200);
    String::from_utf8(answer.body.to_vec()).expect("UTF-8")
}

/// What has changed: the answer, and the next token.
async fn changes(client: &Client, token: &str) -> (String, String) {
    let body = format!(
        "<D:sync-collection xmlns:D='DAV:'><D:sync-token>{token}</D:sync-token>\
         <D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>"
    );
    let headers = [("content-type", "application/xml")];
    let answer = dav(client, "REPORT", &format!("{BOOK}/"), &headers, &body).await;
    let text = String::from_utf8(answer.expect(207).body.to_vec()).expect("UTF-8");
    let (_, rest) = text.split_once("<D:sync-token>").expect("a token");
    let (token, _) = rest.split_once("</D:sync-token>").expect("its end");
    let token = token.to_owned();
    (text, token)
}

/// The addresses in an answer.
fn hrefs(text: &str) -> Vec<&str> {
    let starts = text.split("<D:href>").skip(1);
    starts
        .filter_map(|rest| rest.split("</D:href>").next())
        .collect()
}

async fn has_members(client: &Client, group: &str, names: &[&str]) {
    eventually(&format!("{names:?} are the members"), async || {
        (client.names(&format!("group={group}")).await == names).then_some(())
    })
    .await;
}

/// An address book's group is one of the API's.
pub async fn from_cards(root: &Client) {
    let client = &tenant(root, "group cards").await;
    put(client, "ada.vcf", &person("ada", "Ada"))
        .await
        .expect(201);
    let friends = apple("Friends", &["ada", "bob"]);
    let made = put(client, "friends.vcf", &friends).await.expect(201);
    put(client, "bob.vcf", &person("bob", "Bob"))
        .await
        .expect(201);
    let groups = client.all("/v1/groups").await;
    assert_eq!((groups.len(), &groups[0]["name"]), (1, &json!("Friends")));
    let group = id_of(&groups[0]);
    has_members(client, &group, &["Ada", "Bob"]).await;
    assert_eq!(
        client.names("").await,
        ["Ada", "Bob"],
        "the group is nobody"
    );
    assert!(client.found("friends").await.is_empty());
    let href = format!("{BOOK}/friends.vcf");
    assert_eq!(card(client, &href).await, friends);

    let tag = made.header("etag").expect("an ETag").to_owned();
    let crew = apple("Crew", &["bob"]).replace("group-Crew", "group-Friends");
    let headers = [("content-type", "text/vcard"), ("if-match", tag.as_str())];
    dav(client, "PUT", &href, &headers, &crew).await.expect(204);
    dav(client, "PUT", &href, &headers, &friends)
        .await
        .expect(412);
    let renamed = client.get(&format!("/v1/groups/{group}")).await.expect(200);
    assert_eq!(renamed.json()["name"], "Crew");
    has_members(client, &group, &["Bob"]).await;

    client.delete(&href).await.expect(204);
    client
        .get(&format!("/v1/groups/{group}"))
        .await
        .problem(404);
    assert_eq!(client.names("").await, ["Ada", "Bob"], "the contacts stay");
}

/// The API's group is one of an address book's.
pub async fn to_cards(root: &Client) {
    let client = &tenant(root, "cards of groups").await;
    let (_, token) = changes(client, "").await;
    let made = client
        .create("/v1/groups", &json!({ "name": "Team" }))
        .await;
    let path = format!("/v1/groups/{}", id_of(&made));
    let (changed, token) = changes(client, &token).await;
    let href = hrefs(&changed)[0].to_owned();
    let text = card(client, &href).await;
    assert!(text.contains("X-ADDRESSBOOKSERVER-KIND:group") && text.contains("FN:Team"));
    let ids = client
        .contacts(&["Ada", "Bob"].map(|name| json!({ "name": { "given": name } })))
        .await;
    for id in &ids {
        let member = format!("{path}/members/{id}");
        send(client.request(Method::PUT, &member)).await.expect(204);
    }
    let named = |text: &str| {
        ids.iter()
            .filter(|id| text.contains(&format!("urn:uuid:{id}")))
            .count()
    };
    eventually("the members in the card", async || {
        (named(&card(client, &href).await) == 2).then_some(())
    })
    .await;
    // What the address book adds and the API adds are both there.
    let seen = card(client, &href).await;
    let eve = person("eve", "Eve");
    put(client, "eve.vcf", &eve).await.expect(201);
    let more = seen.replace(
        "END:",
        "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:eve\r\nX-OWN:kept\r\nEND:",
    );
    let headers = [("content-type", "text/vcard")];
    dav(client, "PUT", &href, &headers, &more).await.expect(204);
    has_members(client, &id_of(&made), &["Ada", "Bob", "Eve"]).await;
    client
        .delete(&format!("{path}/members/{}", ids[0]))
        .await
        .expect(204);
    client
        .patch(&path, &json!({ "name": "Crew" }))
        .await
        .expect(200);
    let line = format!("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{}\r\n", ids[0]);
    let wanted = more.replace(&line, "").replace("Team", "Crew");
    eventually("only those lines are changed", async || {
        (card(client, &href).await == wanted).then_some(())
    })
    .await;

    let (_, token) = changes(client, &token).await;
    client.delete(&path).await.expect(204);
    let (gone, _) = changes(client, &token).await;
    let tombstone = format!("<D:href>{href}</D:href><D:status>HTTP/1.1 404");
    assert!(gone.contains(&tombstone), "{gone}");
    client.get(&href).await.expect(404);
    assert_eq!(client.names("").await, ["Ada", "Bob", "Eve"]);
}

/// A file's group is one, too, and comes out of an export again.
pub async fn from_files(root: &Client) {
    let client = &tenant(root, "groups in files").await;
    let file = apple("Friends", &["ada", "nobody"]) + &person("ada", "Ada");
    let import = async |file: String| {
        let request = client
            .request(Method::POST, "/v1/contacts/imports")
            .header("content-type", "text/vcard")
            .header("prefer", "wait=20");
        send(request.body(file)).await
    };
    let first = import(file.clone()).await;
    assert!((200..300).contains(&first.status), "{first:?}");
    let group = eventually("the group", async || client.all("/v1/groups").await.pop()).await;
    assert_eq!(group["name"], "Friends");
    has_members(client, &id_of(&group), &["Ada"]).await;
    let export = client
        .get("/v1/contacts/export?format=vcard")
        .await
        .expect(200);
    let text = String::from_utf8(export.body.to_vec()).expect("UTF-8");
    assert!(
        text.contains("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:nobody"),
        "{text}"
    );
    let before = client.get("/v1/events?after=0&limit=500").await.json();
    import(text).await;
    import(file).await;
    eventually("the imports are over", async || {
        let jobs = client.all("/v1/jobs").await;
        let is_over = jobs.iter().all(|job| job["state"] == "succeeded");
        (jobs.len() == 3 && is_over).then_some(())
    })
    .await;
    let after = client.get("/v1/events?after=0&limit=500").await.json();
    assert_eq!(before["data"], after["data"], "nothing has changed");
}
