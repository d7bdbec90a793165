use crate::tenant;
use end_to_end::{Client, eventually, id_of};
use serde_json::{Value, json};

const NOWHERE: &str = "book_01h455vb4pex5vsknk084sn02q";

async fn first_book(client: &Client) -> String {
    let books = client.all("/v1/books?limit=500").await;
    id_of(books.first().expect("the default book"))
}

async fn holds(client: &Client, book: &str, names: &[&str]) {
    assert_eq!(client.names(&format!("book={book}")).await, names);
}

pub async fn live(root: &Client) {
    let client = &tenant(root, "books").await;
    let default = first_book(client).await;
    let ada = client
        .create("/v1/contacts", &json!({ "name": { "given": "Ada" } }))
        .await;
    assert_eq!(ada["book_id"], default.as_str());
    let refused = client.delete(&format!("/v1/books/{default}")).await;
    assert!(matches!(refused.status, 400..500), "{refused:?}");

    let made = client
        .post("/v1/books", &json!({ "name": "Suppliers" }))
        .await
        .expect(201);
    let book = id_of(&made.json());
    let path = format!("/v1/books/{book}");
    assert_eq!(made.header("location"), Some(path.as_str()));
    let tag = made.header("etag").expect("an ETag").to_owned();
    assert_eq!(client.get(&path).await.expect(200).json(), made.json());
    client
        .patch_if(&path, &tag, &json!({ "name": "Vendors" }))
        .await
        .expect(200);
    client
        .patch_if(&path, &tag, &json!({ "name": "Late" }))
        .await
        .problem(412);
    client.delete_if(&path, &tag).await.problem(412);
    assert_eq!(
        client.post("/v1/books", &json!({})).await.sorted_faults(),
        ["#/name"]
    );
    for unknown in [NOWHERE, "x", "grp_01h455vb4pex5vsknk084sn02q"] {
        client
            .get(&format!("/v1/books/{unknown}"))
            .await
            .problem(404);
        client
            .delete(&format!("/v1/books/{unknown}"))
            .await
            .problem(404);
    }
    move_between(client, &default, &book, &id_of(&ada)).await;

    let books: Vec<_> = client
        .all("/v1/books?limit=1")
        .await
        .iter()
        .map(id_of)
        .collect();
    assert_eq!(books, [default.clone(), book.clone()]);
    client
        .patch(
            &format!("/v1/books/{default}"),
            &json!({ "name": "People" }),
        )
        .await
        .expect(200);
    let books = client.all("/v1/books?limit=1").await;
    assert_eq!((books.len(), &books[0]["name"]), (2, &json!("People")));
    let stranger = tenant(root, "stranger").await;
    stranger.get(&path).await.problem(404);
    stranger.delete(&path).await.problem(404);
}

async fn move_between(client: &Client, default: &str, book: &str, ada: &str) {
    let path = format!("/v1/contacts/{ada}");
    for unknown in [NOWHERE, "x"] {
        let refused = client.patch(&path, &json!({ "book_id": unknown })).await;
        assert_eq!(refused.sorted_faults(), ["#/book_id"]);
    }
    let moved = client
        .patch(&path, &json!({ "book_id": book }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&moved["book_id"], &moved["version"]),
        (&json!(book), &json!(2))
    );
    let bob = json!({ "name": { "given": "Bob" }, "book_id": book });
    client.contact(&bob).await;
    holds(client, book, &["Ada", "Bob"]).await;
    holds(client, default, &[]).await;
    assert_eq!(client.names("").await, ["Ada", "Bob"]);
    assert_eq!(client.names(&format!("book={book}&q=bo")).await, ["Bob"]);
    client
        .patch(&path, &json!({ "book_id": default }))
        .await
        .expect(200);
    holds(client, default, &["Ada"]).await;
    holds(client, book, &["Bob"]).await;
    client
        .patch(&path, &json!({ "nickname": "Countess" }))
        .await
        .expect(200);
    holds(client, default, &["Ada"]).await;
}

pub async fn die(root: &Client) {
    let client = &tenant(root, "dying book").await;
    let default = first_book(client).await;
    let book = id_of(&client.create("/v1/books", &json!({ "name": "Old" })).await);
    client.new_contact("Stays").await;
    let lying =
        |place: usize| json!({ "name": { "given": format!("L{place:03}") }, "book_id": book });
    let contacts: Vec<Value> = (0..130).map(lying).collect();
    let ids = client.contacts(&contacts).await;
    let path = format!("/v1/books/{book}");
    client.delete(&path).await.expect(204);
    client.get(&path).await.problem(404);
    let late = client.post("/v1/contacts", &lying(999)).await;
    assert_eq!(late.sorted_faults(), ["#/book_id"]);
    eventually("an empty book", async || {
        (client.names("limit=500").await == ["Stays"]).then_some(())
    })
    .await;
    for id in [&ids[0], &ids[129]] {
        client.get(&format!("/v1/contacts/{id}")).await.problem(404);
        let restored = client
            .post(
                &format!("/v1/contacts/{id}/restores"),
                &json!({ "version": 1 }),
            )
            .await;
        assert_eq!(restored.expect(200).json()["book_id"], default.as_str());
    }
    holds(client, &default, &["L000", "L129", "Stays"]).await;
    holds(client, &book, &[]).await;
    assert_eq!(client.all("/v1/books?limit=1").await.len(), 1);
    race(client).await;
}

/// Whoever gets into a book before its end goes to the bin with it.
async fn race(client: &Client) {
    for round in 0..5 {
        let made = client
            .create("/v1/books", &json!({ "name": "Brief" }))
            .await;
        let path = format!("/v1/books/{}", id_of(&made));
        let wanted = json!({ "name": { "given": "Late" }, "book_id": made["id"] });
        let writes = (0..12).map(|_| client.post("/v1/contacts", &wanted));
        let delete = async {
            if round > 0 {
                client.new_contact("Pause").await;
            }
            client.delete(&path).await.expect(204);
        };
        let (answers, ()) = tokio::join!(futures_util::future::join_all(writes), delete);
        for answer in answers {
            assert!(matches!(answer.status, 201 | 400), "{answer:?}");
        }
        eventually("nobody in a book that is gone", async || {
            client.found("late").await.is_empty().then_some(())
        })
        .await;
    }
}
