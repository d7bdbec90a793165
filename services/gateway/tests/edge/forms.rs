//! Uploads in forms.

use crate::{client::Reply, gallery::LARGEST, world::World};
use serde_json::Value;

const FORM: (&str, &str) = ("content-type", "multipart/form-data; boundary=b");

fn part(name: &str, fields: &str, bytes: &str) -> String {
    format!(
        "--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a\"\r\n{fields}\r\n{bytes}\r\n"
    )
}

async fn post(world: &World, body: &str) -> Reply {
    world
        .send("POST", "/pictures", &[FORM], body.as_bytes())
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_a_form_is_an_upload_like_any_other() {
    let world = World::start().await;
    let types = [
        ("", "application/octet-stream"),
        ("Content-Type: image/png\r\n", "image/png"),
    ];
    for (field, seen) in types {
        let body = format!("{}--b--\r\n", part("file", field, "pixels\r\n--"));
        let mut reply = world
            .send("POST", "/pictures?title=a", &[FORM], body.as_bytes())
            .await;
        assert_eq!(reply.status, 201);
        let taken = reply.json().await;
        assert_eq!(
            (&taken["bytes"], &taken["type"]),
            (&10.into(), &seen.into())
        );
        assert_eq!(taken["query"], "title=a");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_wrong_leaves_nothing_and_says_why() {
    let world = World::start().await;
    let file = part("file", "", "pixels");
    let other = part("title", "", "Sunset");
    let text = part("file", "Content-Type: text/plain\r\n", "words");
    for (status, why, body) in [
        (400, "ends before", file.clone()),
        (400, "ends before", format!("{file}--b")),
        (400, "twice", format!("{file}{file}--b--")),
        (400, "no field \"title\"", format!("{file}{other}--b--")),
        (400, "no field \"title\"", format!("{other}{file}--b--")),
        (400, "lacks", "--b--".to_owned()),
        (400, "head", format!("--b\r\nx: {}", "y".repeat(9_000))),
        (415, "image/*", format!("{text}--b--")),
        (
            413,
            "larger",
            format!("{}--b--", part("file", "", &"x".repeat(LARGEST + 1))),
        ),
        (
            413,
            "larger",
            format!("{}--b--", part("file", "", &"x".repeat(LARGEST + 100_000))),
        ),
    ] {
        let mut reply = post(&world, &body).await;
        let problem = reply.json().await;
        assert_eq!(reply.status, status, "{problem}");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(why), "{problem}");
    }
    let fields = [("content-type", "multipart/form-data")];
    let mut reply = world.send("POST", "/pictures", &fields, b"x").await;
    let problem = reply.json().await;
    assert_eq!(reply.status, 400);
    assert_eq!(problem["errors"][0]["header"], "Content-Type");
    let mut reply = post(&world, &format!("{other}--b--")).await;
    let problem: Value = reply.json().await;
    assert_eq!(problem["errors"][0]["pointer"], "#/title");
    world.until("no blob", async || world.blobs() == 0).await;
    assert_eq!(world.taken(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_takes_forms_gets_them() {
    let world = World::start().await;
    let body = format!("{}--b--", part("file", "", "pixels"));
    let reply = world
        .send("PUT", "/pictures/1", &[FORM], body.as_bytes())
        .await;
    assert_eq!(reply.status, 415);
    let fits = format!("{}--b--", part("file", "", &"x".repeat(LARGEST)));
    assert_eq!(post(&world, &fits).await.status, 201);
}
