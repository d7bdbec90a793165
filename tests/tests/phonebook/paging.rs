use crate::{search::named, tenant};
use end_to_end::{Client, id_of};
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering},
};

async fn ids(client: &Client, query: &str) -> Vec<String> {
    let all = client.all(&format!("/v1/contacts?{query}")).await;
    all.iter().map(id_of).collect()
}

fn equal_names(count: usize) -> Vec<Value> {
    (0..count)
        .map(|place| match place % 3 {
            0 => named("Max", "Mustermann"),
            1 => named("Max", &format!("Muster{place:02}")),
            _ => json!({ "name": { "given": format!("P{place:02}") }, "organization": { "name": "Max Muster Maximal" },
                "emails": [{ "address": "max@muster.example" }], "nickname": "Maxi" }),
        })
        .collect()
}

pub async fn pages(root: &Client) {
    let client = &tenant(root, "pages").await;
    let made: HashSet<_> = client
        .contacts(&equal_names(61))
        .await
        .into_iter()
        .collect();
    for query in [
        "",
        "q=max",
        "q=max+mu",
        "q=mu+max+m",
        "t9=629",
        "updated_since=2001-01-01T00:00:00Z",
    ] {
        let whole = ids(client, &format!("{query}&limit=500")).await;
        assert_eq!(whole.len(), made.len(), "{query}");
        assert_eq!(
            whole.iter().cloned().collect::<HashSet<_>>(),
            made,
            "{query}"
        );
        for limit in [1, 2, 3, 7, 20, 60, 61, 62] {
            assert_eq!(
                ids(client, &format!("{query}&limit={limit}")).await,
                whole,
                "{query} by {limit}"
            );
        }
    }
    follow_links(client).await;
    for wrong in ["limit=0", "limit=501", "limit=x", "cursor=x", "cursor=%00"] {
        let answer = client.get(&format!("/v1/contacts?{wrong}")).await;
        let name = wrong.split('=').next().expect("a name");
        assert_eq!(answer.sorted_faults(), [name], "{wrong}");
    }
    let foreign = client.get("/v1/contacts?q=max&limit=1").await.json();
    let cursor = foreign["next_cursor"].as_str().expect("a cursor");
    client
        .get(&format!("/v1/contacts?limit=1&cursor={cursor}"))
        .await
        .problem(400);
}

/// `Link` leads through the same list, with its query.
async fn follow_links(client: &Client) {
    let (mut path, mut found) = ("/v1/contacts?q=max%20mu&limit=20".to_owned(), 0);
    loop {
        let page = client.get(&path).await.expect(200);
        found += page.json()["data"].as_array().map_or(0, Vec::len);
        let Some(link) = page.header("link") else {
            break;
        };
        let (target, relation) = link.split_once('>').expect("a link");
        assert!(relation.contains("rel=\"next\""), "{link}");
        path = target.trim_start_matches('<').replace(&client.url, "");
    }
    assert_eq!(found, 61);
}

/// Those who are there from the first page to the last are listed once, whatever happens to others.
pub async fn others(root: &Client) {
    let client = &tenant(root, "others").await;
    let made = client.contacts(&equal_names(45)).await;
    let stop = AtomicBool::new(false);
    let write = async {
        let mut round = 0;
        while !stop.load(Ordering::Relaxed) {
            let passing = client.contact(&named("Max", &format!("Mu{round}"))).await;
            let note = json!({ "notes": format!("round {round}") });
            let path = format!("/v1/contacts/{}", made[round % made.len()]);
            client.patch(&path, &note).await.expect(200);
            client
                .delete(&format!("/v1/contacts/{passing}"))
                .await
                .expect(204);
            round += 1;
        }
        round
    };
    let read = async {
        for limit in [1, 2, 7] {
            for query in ["", "q=max", "t9=629"] {
                let listed = ids(client, &format!("{query}&limit={limit}")).await;
                let mut ours: Vec<_> = listed.into_iter().filter(|id| made.contains(id)).collect();
                ours.sort();
                let mut expected = made.clone();
                expected.sort();
                assert_eq!(ours, expected, "{query} by {limit}");
            }
        }
        stop.store(true, Ordering::Relaxed);
    };
    let (rounds, ()) = tokio::join!(write, read);
    assert!(rounds > 3, "{rounds} rounds");
}
