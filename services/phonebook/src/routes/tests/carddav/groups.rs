use super::*;
use serde_json::{Value, json};

/// A group's card as Apple's address books write it.
fn group(uid: &str, name: &str, members: &[&str]) -> String {
    let lines: String = members
        .iter()
        .map(|member| format!("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{member}\r\n"))
        .collect();
    let lines = format!("X-ADDRESSBOOKSERVER-KIND:group\r\n{lines}END:");
    card(uid, name).replace("END:", &lines)
}

/// Waits until it is so.
async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let deadline = std::time::Instant::now() + super::super::PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(std::time::Instant::now() < deadline, "{what}");
        tokio::task::yield_now().await;
    }
}

impl Phonebook {
    /// Names and ids of all groups.
    async fn groups(&self) -> Vec<(String, String)> {
        let list = self.get("/v1/groups").await.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let all = list["data"].as_array().unwrap().iter();
        all.map(|one| (text(&one["name"]), text(&one["id"])))
            .collect()
    }

    async fn only_group(&self) -> String {
        let mut groups = self.groups().await;
        assert_eq!(groups.len(), 1, "{groups:?}");
        groups.remove(0).1
    }

    async fn members(&self, group: &str) -> Vec<String> {
        self.displays(&format!("/v1/contacts?group={group}&limit=500"))
            .await
    }

    async fn has_members(&self, group: &str, names: &[&str]) {
        until(&format!("{names:?} in {group}"), async || {
            (self.members(group).await == names).then_some(())
        })
        .await;
    }

    async fn has_text(&self, name: &str, text: &str) {
        until(text, async || {
            (self.get(&at(name)).await.text() == text).then_some(())
        })
        .await;
    }

    async fn membership(&self, method: &str, group: &str, contact: &str) {
        let id = contact.rsplit('/').next().unwrap();
        let uri = format!("/v1/groups/{group}/members/{id}");
        self.dav(method, &uri, &[], "").await.is(204);
    }

    async fn changes(&self, token: &str) -> Reply {
        let inside = format!(
            "<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>"
        );
        self.report(&at(""), "D:sync-collection", &inside).await
    }
}

/// The name of the only card of a group that the phonebook made.
async fn made_card(book: &Phonebook, text: &str) -> String {
    let inside = "<D:prop><D:getetag/><C:address-data/></D:prop><C:filter>\
        <C:prop-filter name='X-ADDRESSBOOKSERVER-KIND'/></C:filter>";
    let listed = book.report(&at(""), "C:addressbook-query", inside).await;
    listed.has(text);
    let hrefs = listed.hrefs();
    assert_eq!(hrefs.len(), 1, "{hrefs:?}");
    hrefs[0].clone()
}

#[tokio::test]
async fn a_card_of_a_group_is_a_group() {
    let book = Phonebook::start().await;
    book.put_card("ada.vcf", ADA).await.is(201);
    book.put_card("bob.vcf", &card("BOB", "Bob")).await.is(201);
    let tag = |reply: &Reply| reply.header("etag").to_owned();
    let ada = tag(&book.get(&at("ada.vcf")).await);
    let friends = group("group-1", "Friends", &["ada-1", "BOB", "BOB"]);
    let made = book.put_card("group.vcf", &friends).await.is(201);
    let id = book.only_group().await;
    assert_eq!(book.members(&id).await, ["Ada Lovelace", "Bob"]);
    let shown = book.get(&at("group.vcf")).await;
    assert_eq!((shown.text(), tag(&shown)), (&*friends, tag(&made)));
    // No card of a contact says it, so none is another one now.
    assert_eq!(tag(&book.get(&at("ada.vcf")).await), ada);

    assert_eq!(book.displays("/v1/contacts").await, ["Ada Lovelace", "Bob"]);
    assert!(book.displays("/v1/contacts?q=friends").await.is_empty());
    let since = "/v1/contacts?updated_since=2000-01-01T00:00:00Z";
    assert_eq!(book.displays(since).await.len(), 2);

    let crew = group("group-1", "Crew", &["BOB"]);
    let stale = [VCARD[0], ("if-match", "\"x\"")];
    book.dav("PUT", &at("group.vcf"), &stale, &crew)
        .await
        .is(412);
    book.put_card("group.vcf", &crew).await.is(204);
    assert_eq!(book.groups().await, [("Crew".to_owned(), id.clone())]);
    assert_eq!(book.members(&id).await, ["Bob"]);
    assert_eq!(book.get(&at("group.vcf")).await.text(), crew);

    let none = card("group-1", "Crew");
    let refused = book.put_card("group.vcf", &none).await.is(403);
    refused.has("<C:valid-address-data");
    let refused = book.put_card("ada.vcf", &group("ada-1", "Ada", &[])).await;
    refused.is(403).has("<C:valid-address-data");

    let path = at("group.vcf");
    book.dav("DELETE", &path, &stale[1..], "").await.is(412);
    book.dav("DELETE", &path, &[], "").await.is(204);
    book.get(&path).await.is(404);
    assert!(book.groups().await.is_empty());
    let list = book.get("/v1/contacts").await.json();
    for contact in list["data"].as_array().unwrap() {
        assert_eq!(contact["groups"], json!([]));
    }
    book.put_card("group.vcf", &crew).await.is(201);
    assert_ne!(book.only_group().await, id);
    let events = book.events().await;
    let of_groups: Vec<_> = events
        .iter()
        .filter(|one| one.starts_with("group"))
        .collect();
    let expected = ["created", "updated", "deleted", "created"];
    assert_eq!(
        of_groups,
        expected.map(|what| format!("group.{what}.v1")).each_ref()
    );
    book.stop().await;
}

#[tokio::test]
async fn a_group_that_was_made_elsewhere_has_a_card() {
    let book = Phonebook::start().await;
    let token = book.changes("").await.sync_token();
    let made = book.post("/v1/groups", json!({"name": "On call"})).await;
    let path = made.header("location").to_owned();
    let id = book.only_group().await;
    let name = made_card(&book, "X-ADDRESSBOOKSERVER-KIND:group").await;
    let changed = book.changes(&token).await;
    assert_eq!(changed.hrefs(), [name.as_str()]);
    let first = book.get(&at(&name)).await;
    first.has("\r\nFN:On call\r\nN:On call;;;;\r\n");

    let ada = book.create(super::super::ada()).await;
    let member = format!("urn:uuid:{}", ada.rsplit('/').next().unwrap());
    book.membership("PUT", &id, &ada).await;
    let line = format!("X-ADDRESSBOOKSERVER-MEMBER:{member}\r\nEND:");
    let full = first.text().replace("END:", &line);
    book.has_text(&name, &full).await;
    let stale = [VCARD[0], ("if-match", first.header("etag"))];
    book.dav("PUT", &at(&name), &stale, &full).await.is(412);
    let hrefs = format!(
        "<D:prop><C:address-data/></D:prop><D:href>{}</D:href>",
        at(&name)
    );
    let got = book.report(&at(""), "C:addressbook-multiget", &hrefs).await;
    got.has(&member);

    let token = changed.sync_token();
    let renamed = book.patch(&path, None, json!({"name": "Crew"})).await;
    assert_eq!(renamed.status(), 200);
    let text = full.replace("On call", "Crew");
    assert_eq!(book.get(&at(&name)).await.text(), text);
    let changed = book.changes(&token).await;
    assert!(changed.hrefs().contains(&name));

    book.membership("DELETE", &id, &ada).await;
    let empty = text.replace(&line, "END:");
    book.has_text(&name, &empty).await;
    book.membership("PUT", &id, &ada).await;
    book.has_text(&name, &text).await;
    // Whom nobody remembers is in no card.
    book.dav("DELETE", &format!("{ada}?purge=true"), &[], "")
        .await
        .is(204);
    book.has_text(&name, &empty).await;

    let token = book.changes(&token).await.sync_token();
    book.dav("DELETE", &path, &[], "").await.is(204);
    assert_eq!(book.changes(&token).await.hrefs(), [format!("{name}!")]);
    book.get(&at(&name)).await.is(404);
    book.stop().await;
}

#[tokio::test]
async fn changes_elsewhere_touch_only_lines_of_members_and_names() {
    let book = Phonebook::start().await;
    book.put_card("ada.vcf", ADA).await.is(201);
    let text = "BEGIN:VCARD\nVERSION:4.0\nUID:urn:uuid:g\nKIND:group\nX-COLOUR;X-SHADE=pale:mau\n ve\nFN:Friends\n\
        MEMBER:mailto:bob@example.com\nMEMBER;PREF=1:urn:uuid:ada-1\nREV:20200101T000000Z\nEND:VCARD\n";
    book.put_card("group.vcf", text).await.is(201);
    let id = book.only_group().await;
    assert_eq!(book.members(&id).await, ["Ada Lovelace"]);
    let eve = book.create(json!({"name": {"given": "Eve"}})).await;
    book.membership("PUT", &id, &eve).await;
    let line = format!("MEMBER:urn:uuid:{}\n", eve.rsplit('/').next().unwrap());
    let with_eve = text.replace("REV:", &format!("{line}REV:"));
    book.has_text("group.vcf", &with_eve).await;
    let ada = until("Ada", async || {
        let found = book.get("/v1/contacts?q=ada").await.json();
        found["data"][0]["id"].as_str().map(str::to_owned)
    })
    .await;
    book.membership("DELETE", &id, &ada).await;
    let without = with_eve.replace("MEMBER;PREF=1:urn:uuid:ada-1\n", "");
    book.has_text("group.vcf", &without).await;
    let path = format!("/v1/groups/{id}");
    book.patch(&path, None, json!({"name": "Crew"})).await;
    let crew = without.replace("Friends", "Crew");
    assert_eq!(book.get(&at("group.vcf")).await.text(), crew);
    // A description is no part of the card.
    let tag = book.get(&at("group.vcf")).await.header("etag").to_owned();
    let described = book.patch(&path, None, json!({"description": "x"})).await;
    assert_eq!(described.status(), 200);
    assert_eq!(book.get(&at("group.vcf")).await.header("etag"), tag);
    book.stop().await;
}

#[tokio::test]
async fn groups_may_come_before_their_members() {
    let book = Phonebook::start().await;
    let text = group("g", "Friends", &["g", "h", "ada-1", "later", "never"]);
    book.put_card("g.vcf", &text).await.is(201);
    let id = book.only_group().await;
    // Groups in groups stay in the cards.
    book.put_card("h.vcf", &group("h", "Others", &["g", "ada-1", "h"]))
        .await
        .is(201);
    book.put_card("ada.vcf", ADA).await.is(201);
    assert_eq!(book.members(&id).await, ["Ada Lovelace"]);
    let made = book.post("/v1/books", json!({"name": "Work"})).await;
    let work = made.json()["id"].as_str().unwrap().to_owned();
    let other = format!("/dav/books/{work}/later.vcf");
    let late = card("urn:uuid:later", "Late");
    book.dav("PUT", &other, VCARD, &late).await.is(201);
    assert_eq!(book.members(&id).await, ["Ada Lovelace", "Late"]);
    assert_eq!(book.get(&at("g.vcf")).await.text(), text);

    // Whom the card names no more is not waited for.
    book.put_card("g.vcf", &group("g", "Friends", &["later"]))
        .await
        .is(204);
    book.put_card("never.vcf", &card("never", "Never"))
        .await
        .is(201);
    assert_eq!(book.members(&id).await, ["Late"]);
    book.put_card("g.vcf", &text).await.is(204);
    assert_eq!(book.members(&id).await, ["Ada Lovelace", "Late", "Never"]);

    // Who is in the bin comes back as a member, also if the card named it only then.
    book.dav("DELETE", &at("never.vcf"), &[], "").await.is(204);
    book.has_members(&id, &["Ada Lovelace", "Late"]).await;
    assert_eq!(book.get(&at("g.vcf")).await.text(), text);
    book.stop().await;
}

#[tokio::test]
async fn a_deleted_book_takes_its_groups_along() {
    let book = Phonebook::start().await;
    let made = book.post("/v1/books", json!({"name": "Work"})).await;
    let work = made.json()["id"].as_str().unwrap().to_owned();
    let uri = |name: &str| format!("/dav/books/{work}/{name}");
    for name in ["a", "b", "c"] {
        let put = book.dav("PUT", &uri(name), VCARD, &card(name, name)).await;
        put.is(201);
    }
    book.put_card("ada.vcf", ADA).await.is(201);
    for name in ["g", "h"] {
        let text = group(name, name, &["a", "b", "c", "ada-1"]);
        book.dav("PUT", &uri(name), VCARD, &text).await.is(201);
    }
    let (_, id) = book.groups().await.remove(0);
    assert_eq!(book.members(&id).await.len(), 4);
    book.dav("DELETE", &format!("/v1/books/{work}"), &[], "")
        .await
        .is(204);
    until("the end of the groups", async || {
        let list = book.get("/v1/contacts").await.json();
        let is_free =
            list["data"].as_array().unwrap().len() == 1 && list["data"][0]["groups"] == json!([]);
        (is_free && book.groups().await.is_empty()).then_some(())
    })
    .await;
    book.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_groups_come_and_go_in_many_commits() {
    let book = Phonebook::start().await;
    let create =
        |n: usize| json!({"op": "create", "contact": {"name": {"given": format!("M{n:03}")}}});
    let all: Vec<Value> = (0..400).map(create).collect();
    let made = book.post("/v1/contacts/batch", json!(all)).await.json();
    let results = made["results"].as_array().unwrap();
    let known = results
        .iter()
        .map(|one| one["contact"]["id"].as_str().unwrap().to_owned());
    let strangers = (0..1_500).map(|n| format!("stranger-{n:04}"));
    let members: Vec<String> = strangers.chain(known).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let text = group("g", "Everybody", &members);
    book.put_card("g.vcf", &text).await.is(201);
    let id = book.only_group().await;
    let count = async |wanted: usize| {
        until(&format!("{wanted} members"), async || {
            (book.members(&id).await.len() == wanted).then_some(())
        })
        .await;
    };
    count(400).await;
    assert_eq!(book.get(&at("g.vcf")).await.text(), text);
    book.put_card("s.vcf", &card("stranger-1499", "Stranger"))
        .await
        .is(201);
    count(401).await;

    // Another change before the last one is done.
    let path = format!("/v1/contacts/{}", members[1_500]);
    for keep in [1_500..1_501, 1_500..1_900, 0..1_502] {
        let text = group("g", "Everybody", &members[keep]);
        book.put_card("g.vcf", &text).await.is(204);
    }
    book.membership("DELETE", &id, &path).await;
    count(2).await;
    until("the card without the one who left", async || {
        let shown = book.get(&at("g.vcf")).await;
        (shown.text()
            == group(
                "g",
                "Everybody",
                &[&members[..1_500], &[members[1_501]]].concat(),
            ))
        .then_some(())
    })
    .await;
    book.dav("DELETE", &at("g.vcf"), &[], "").await.is(204);
    until("nothing is left of it", async || {
        let mut left = 0;
        for prefix in [
            "phonebook/awaited/",
            "phonebook/joining/",
            "phonebook/listing/",
        ] {
            let query = super::super::Query {
                prefix: prefix.to_owned(),
                limit: 10,
                ..Default::default()
            };
            let store = &book.node.backends().store;
            left += store.query(&book.tenant, query).await.unwrap().items.len();
        }
        (left == 0).then_some(())
    })
    .await;
    book.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_join_at_once_are_all_in_the_card() {
    let book = Phonebook::start().await;
    book.post("/v1/groups", json!({"name": "All"})).await;
    let id = book.only_group().await;
    let name = made_card(&book, "FN:All").await;
    let mut paths = Vec::new();
    for n in 0..24 {
        paths.push(
            book.create(json!({"name": {"given": format!("M{n:02}")}}))
                .await,
        );
    }
    let joins = paths.iter().map(|path| book.membership("PUT", &id, path));
    futures_util::future::join_all(joins).await;
    until("all in the card", async || {
        let shown = book.get(&at(&name)).await;
        let is_named = |path: &String| shown.text().contains(path.rsplit('/').next().unwrap());
        paths.iter().all(is_named).then_some(())
    })
    .await;
    book.stop().await;
}

impl Phonebook {
    /// Waits until nobody's card is still to be told.
    async fn is_quiet(&self) {
        let left = async |prefix: &str| {
            let query = super::super::Query {
                prefix: prefix.to_owned(),
                limit: 10,
                ..Default::default()
            };
            let store = &self.node.backends().store;
            store.query(&self.tenant, query).await.unwrap().items.len()
        };
        until("all cards are told", async || {
            let count = left("phonebook/joining/").await + left("phonebook/listing/").await;
            (count == 0).then_some(())
        })
        .await;
    }

    /// The path of the only contact that is found so.
    async fn path_of(&self, query: &str) -> String {
        let found = self.get(&format!("/v1/contacts?{query}")).await.json();
        format!("/v1/contacts/{}", found["data"][0]["id"].as_str().unwrap())
    }
}

#[tokio::test]
async fn a_card_that_is_deleted_and_written_anew_is_a_member_again() {
    let book = Phonebook::start().await;
    book.put_card("ada.vcf", ADA).await.is(201);
    let text = group("g", "Friends", &["ada-1"]);
    book.put_card("g.vcf", &text).await.is(201);
    let id = book.only_group().await;
    let first = book.path_of("q=ada").await;
    book.dav("DELETE", &at("ada.vcf"), &[], "").await.is(204);
    book.put_card("ada.vcf", &card("ada-1", "Ada"))
        .await
        .is(201);
    assert_eq!(book.members(&id).await, ["Ada"]);
    assert_eq!(book.get(&at("g.vcf")).await.text(), text);

    // The line means the new one by now, whatever becomes of the old one.
    book.dav("DELETE", &format!("{first}?purge=true"), &[], "")
        .await
        .is(204);
    book.is_quiet().await;
    assert_eq!(book.get(&at("g.vcf")).await.text(), text);

    // Who is erased is not waited for.
    let second = book.path_of("q=ada").await;
    book.dav("DELETE", &at("ada.vcf"), &[], "").await.is(204);
    book.dav("DELETE", &format!("{second}?purge=true"), &[], "")
        .await
        .is(204);
    book.has_text("g.vcf", &group("g", "Friends", &[])).await;
    book.put_card("ada.vcf", ADA).await.is(201);
    assert!(book.members(&id).await.is_empty());
    book.stop().await;
}

#[tokio::test]
async fn contacts_of_one_name_are_deleted_in_one_request() {
    let book = Phonebook::start().await;
    let made = book.post("/v1/books", json!({"name": "Work"})).await;
    let work = made.json()["id"].as_str().unwrap().to_owned();
    let there = format!("/dav/books/{work}/ada.vcf");
    book.put_card("ada.vcf", ADA).await.is(201);
    book.dav("PUT", &there, VCARD, ADA).await.is(201);
    for name in ["g", "h"] {
        let text = group(name, name, &["ada-1"]);
        book.put_card(&format!("{name}.vcf"), &text).await.is(201);
    }
    let list = book.get("/v1/contacts").await.json();
    let groups: Vec<_> = book.groups().await.into_iter().map(|(_, id)| id).collect();
    let mut deletions = Vec::new();
    for (contact, group) in list["data"].as_array().unwrap().iter().zip(&groups) {
        let path = format!("/v1/contacts/{}", contact["id"].as_str().unwrap());
        let only = json!({"groups": [group]});
        let tag = book.get(&path).await.header("etag").to_owned();
        assert_eq!(book.patch(&path, Some(&tag), only).await.status(), 200);
        deletions.push(json!({"op": "delete", "id": contact["id"]}));
    }
    let done = book
        .post("/v1/contacts/batch", json!(deletions))
        .await
        .json();
    for result in done["results"].as_array().unwrap() {
        assert_eq!(result["status"], 204, "{done}");
    }
    book.put_card("ada.vcf", ADA).await.is(201);
    for group in &groups {
        assert_eq!(book.members(group).await, ["Ada Lovelace"]);
    }
    book.stop().await;
}

#[tokio::test]
async fn one_member_under_many_names_joins_once() {
    let book = Phonebook::start().await;
    let names = ["x", "urn:uuid:x", " urn:UUID:x"];
    let text = group("g", "Friends", &names);
    book.put_card("g.vcf", &text).await.is(201);
    book.put_card("x.vcf", &card("urn:uuid:x", "X"))
        .await
        .is(201);
    let id = book.only_group().await;
    assert_eq!(book.members(&id).await, ["X"]);
    let more = group("g", "Crew", &[names[2], "y", "urn:uuid:y"]);
    book.put_card("g.vcf", &more).await.is(204);
    assert_eq!(book.members(&id).await, ["X"]);
    assert_eq!(book.get(&at("g.vcf")).await.text(), more);
    book.stop().await;
}

/// Two contacts of two books with one `UID`, and the group in whose card one line means both.
async fn namesakes(book: &Phonebook) -> (String, [String; 2]) {
    let made = book.post("/v1/books", json!({"name": "Work"})).await;
    let work = made.json()["id"].as_str().unwrap().to_owned();
    book.put_card("x.vcf", &card("x", "Here")).await.is(201);
    let there = format!("/dav/books/{work}/x.vcf");
    book.dav("PUT", &there, VCARD, &card("x", "There"))
        .await
        .is(201);
    let paths = [book.path_of("q=here").await, book.path_of("q=there").await];
    book.put_card("g.vcf", &group("g", "Friends", &[]))
        .await
        .is(201);
    let id = book.only_group().await;
    for path in &paths {
        book.membership("PUT", &id, path).await;
    }
    book.has_text("g.vcf", &group("g", "Friends", &["x"])).await;
    (id, paths)
}

#[tokio::test]
async fn a_line_stays_while_it_means_another_member() {
    let book = Phonebook::start().await;
    let (id, paths) = namesakes(&book).await;
    let text = group("g", "Friends", &["x"]);
    book.is_quiet().await;
    assert_eq!(book.get(&at("g.vcf")).await.text(), text);
    for path in &paths {
        book.membership("DELETE", &id, path).await;
        book.is_quiet().await;
        assert_eq!(book.get(&at("g.vcf")).await.text(), text);
        book.membership("PUT", &id, path).await;
    }
    for path in &paths {
        book.membership("DELETE", &id, path).await;
    }
    book.has_text("g.vcf", &group("g", "Friends", &[])).await;
    book.stop().await;
}

#[tokio::test]
async fn with_its_line_goes_every_member_that_it_means() {
    let book = Phonebook::start().await;
    let (id, [here, _]) = namesakes(&book).await;
    book.membership("DELETE", &id, &here).await;
    book.is_quiet().await;
    assert_eq!(book.members(&id).await, ["There"]);
    let none = group("g", "Friends", &[]);
    book.put_card("g.vcf", &none).await.is(204);
    assert!(book.members(&id).await.is_empty());
    book.stop().await;
}

#[tokio::test]
async fn a_changed_uid_is_told_to_the_cards() {
    let book = Phonebook::start().await;
    book.post("/v1/groups", json!({"name": "Crew"})).await;
    let group = book.only_group().await;
    let name = made_card(&book, "FN:Crew").await;
    let unnamed = card("", "Ada").replace("UID:\r\n", "");
    book.put_card("ada.vcf", &unnamed).await.is(201);
    let path = book.path_of("q=ada").await;
    book.membership("PUT", &group, &path).await;
    let id = path.rsplit('/').next().unwrap();
    let line = format!("urn:uuid:{id}\r\n");
    until("the line", async || {
        let shown = book.get(&at(&name)).await;
        shown.text().contains(&line).then_some(())
    })
    .await;
    book.put_card("ada.vcf", &card("abc", "Ada")).await.is(204);
    book.is_quiet().await;
    book.get(&at(&name)).await.lacks(&line).has("urn:uuid:abc");
    assert_eq!(book.members(&group).await, ["Ada"]);
    book.stop().await;
}
