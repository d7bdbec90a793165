use crate::tenant;
use end_to_end::{Client, eventually, id_of, send};
use reqwest::Method;
use serde_json::{Value, json};

const NOBODY: &str = "con_01h455vb4pex5vsknk084sn02q";
const NOWHERE: &str = "grp_01h455vb4pex5vsknk084sn02q";

async fn has_members(client: &Client, group: &str, names: &[&str]) {
    assert_eq!(client.names(&format!("group={group}")).await, names);
}

pub async fn live(root: &Client) {
    let client = &tenant(root, "groups").await;
    let stranger = tenant(root, "stranger").await;
    let made = client
        .post("/v1/groups", &json!({ "name": "Team" }))
        .await
        .expect(201);
    let group = id_of(&made.json());
    assert!(group.starts_with("grp_"));
    let path = format!("/v1/groups/{group}");
    assert_eq!(made.header("location"), Some(path.as_str()));
    let tag = made.header("etag").expect("an ETag").to_owned();
    assert_eq!(client.get(&path).await.expect(200).json(), made.json());
    check_input(client, &path).await;

    let renamed = client
        .patch_if(&path, &tag, &json!({ "name": "Crew" }))
        .await
        .expect(200);
    assert_ne!(renamed.header("etag"), Some(tag.as_str()));
    client
        .patch_if(&path, &tag, &json!({ "name": "Late" }))
        .await
        .problem(412);
    client.delete_if(&path, &tag).await.problem(412);
    let listed = client.all("/v1/groups?limit=1").await;
    assert_eq!(listed, [renamed.json()]);

    let [ada, bob] = [
        client.new_contact("Ada").await,
        client.new_contact("Bob").await,
    ];
    join_and_leave(client, &path, &ada).await;
    write_memberships(client, &group, &bob).await;
    let member = format!("{path}/members/{ada}");
    for path in [&path, &member] {
        let method = if *path == member {
            Method::PUT
        } else {
            Method::GET
        };
        send(stranger.request(method, path)).await.problem(404);
    }
    assert!(stranger.names(&format!("group={group}")).await.is_empty());
}

async fn check_input(client: &Client, path: &str) {
    for (group, faults) in [
        (json!({}), ["#/name"].as_slice()),
        (json!({ "name": "" }), &["#/name"]),
        (json!({ "name": 7, "colour": 1 }), &["#/colour", "#/name"]),
        (json!([]), &["#"]),
    ] {
        let answer = client.post("/v1/groups", &group).await;
        assert_eq!(answer.sorted_faults(), faults, "{group}");
    }
    client
        .patch(path, &json!({ "name": null }))
        .await
        .problem(400);
    for unknown in [NOWHERE, "grp_x", NOBODY] {
        let path = format!("/v1/groups/{unknown}");
        client.get(&path).await.problem(404);
        client
            .patch(&path, &json!({ "name": "n" }))
            .await
            .problem(404);
        client.delete(&path).await.problem(404);
    }
    let refused = client.put(path, &json!({ "name": "n" })).await;
    refused.problem(405);
    assert!(
        refused
            .header("allow")
            .is_some_and(|allow| allow.contains("PATCH"))
    );
}

async fn join_and_leave(client: &Client, path: &str, ada: &str) {
    let group = path.rsplit('/').next().expect("an id");
    let member = format!("{path}/members/{ada}");
    for _ in 0..2 {
        let joined = send(client.request(Method::PUT, &member)).await;
        assert!((200..300).contains(&joined.status), "{joined:?}");
        has_members(client, group, &["Ada"]).await;
    }
    assert_eq!(client.shown(ada).await["groups"], json!([group]));
    assert_eq!(client.names(&format!("group={group}&q=ad")).await, ["Ada"]);
    assert!(
        client
            .names(&format!("group={group}&q=bob"))
            .await
            .is_empty()
    );
    for (group, contact) in [(group, NOBODY), (NOWHERE, ada), (group, "x"), ("x", ada)] {
        let path = format!("/v1/groups/{group}/members/{contact}");
        send(client.request(Method::PUT, &path)).await.problem(404);
        client.delete(&path).await.problem(404);
    }
    client.delete(&member).await.expect(204);
    has_members(client, group, &[]).await;
    assert_eq!(client.shown(ada).await["groups"], json!([]));
}

/// Memberships are a part of the contact as well.
async fn write_memberships(client: &Client, group: &str, bob: &str) {
    let wanted = json!({ "name": { "given": "Cy" }, "groups": [NOWHERE, group, "x"] });
    let refused = client.post("/v1/contacts", &wanted).await;
    assert_eq!(refused.sorted_faults(), ["#/groups/0", "#/groups/2"]);
    let path = format!("/v1/contacts/{bob}");
    let patch = json!({ "groups": [group] });
    client.patch(&path, &patch).await.problem(428);
    let joined = client.patch_if(&path, "*", &patch).await.expect(200).json();
    assert_eq!(joined["groups"], json!([group]));
    has_members(client, group, &["Bob"]).await;
    let left = client
        .patch_if(&path, "*", &json!({ "groups": null }))
        .await;
    assert_eq!(left.expect(200).json()["groups"], json!([]));
    has_members(client, group, &[]).await;
    let [again, cy] = [&[group, group][..], &[group]].map(|groups| json!({ "groups": groups }));
    client.patch_if(&path, "*", &again).await.expect(200);
    let mut named = cy;
    named["name"] = json!({ "given": "Cy" });
    client.contact(&named).await;
    has_members(client, group, &["Bob", "Cy"]).await;
    client
        .patch(&path, &json!({ "name": { "given": "Zed" } }))
        .await
        .expect(200);
    has_members(client, group, &["Cy", "Zed"]).await;
    client.delete(&path).await.expect(204);
    has_members(client, group, &["Cy"]).await;
}

/// Whoever joins a group before its end is no member afterwards.
async fn race(client: &Client, ids: &[String]) {
    for _ in 0..5 {
        let made = client
            .create("/v1/groups", &json!({ "name": "Brief" }))
            .await;
        let path = format!("/v1/groups/{}", id_of(&made));
        let join = |id: &String| client.request(Method::PUT, &format!("{path}/members/{id}"));
        let joins = ids[1..13].iter().map(|id| send(join(id)));
        let delete = async {
            client.new_contact("Pause").await;
            client.delete(&path).await.expect(204);
        };
        let (answers, ()) = tokio::join!(futures_util::future::join_all(joins), delete);
        for answer in answers {
            assert!(matches!(answer.status, 204 | 404), "{answer:?}");
        }
        eventually("no member of a group that is gone", async || {
            let all = client.all("/v1/contacts?limit=500").await;
            let is_member = |one: &Value| {
                let groups = one["groups"].as_array().expect("groups");
                groups.contains(&made["id"])
            };
            (!all.iter().any(is_member)).then_some(())
        })
        .await;
    }
}

pub async fn die(root: &Client) {
    let client = &tenant(root, "dying group").await;
    let [group, other] = [
        id_of(
            &client
                .create("/v1/groups", &json!({ "name": "Gone" }))
                .await,
        ),
        id_of(
            &client
                .create("/v1/groups", &json!({ "name": "Stays" }))
                .await,
        ),
    ];
    let member = |place: usize| json!({ "name": { "given": format!("M{place:03}") }, "groups": [group, other] });
    let members: Vec<Value> = (0..130).map(member).collect();
    let ids = client.contacts(&members).await;
    client
        .delete(&format!("/v1/contacts/{}", ids[0]))
        .await
        .expect(204);
    assert_eq!(
        client
            .names(&format!("group={group}&limit=500"))
            .await
            .len(),
        129
    );

    let path = format!("/v1/groups/{group}");
    client.delete(&path).await.expect(204);
    client.get(&path).await.problem(404);
    client.delete(&path).await.problem(404);
    let wanted = json!({ "name": { "given": "Late" }, "groups": [group] });
    client.post("/v1/contacts", &wanted).await.problem(400);
    eventually("the end of all memberships", async || {
        let all = client.all("/v1/contacts?limit=500").await;
        let left = all.iter().all(|one| one["groups"] == json!([other]));
        (left && all.len() == 129).then_some(())
    })
    .await;
    has_members(client, &group, &[]).await;
    assert_eq!(
        client.names(&format!("group={other}&limit=7")).await.len(),
        129
    );
    // It was a member when it was deleted.
    let restored = client
        .post(
            &format!("/v1/contacts/{}/restores", ids[0]),
            &json!({ "version": 1 }),
        )
        .await;
    assert_eq!(restored.expect(200).json()["groups"], json!([other]));
    let deleted = client.events("group.*").await;
    let types: Vec<_> = deleted
        .iter()
        .map(|event| event["type"].as_str().expect("a type"))
        .collect();
    assert_eq!(
        types,
        ["group.created.v1", "group.created.v1", "group.deleted.v1"]
    );
    race(client, &ids).await;
}
