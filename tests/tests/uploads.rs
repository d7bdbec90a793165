//! Every way to upload a picture: as a body, in a form, by a signed URL, and in pieces.

use end_to_end::{Answer, Client, System, TusFile, blobs, bombs, eventually, phone_photo, send};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::fs;

const JPEG: &str = "image/jpeg";
const FORM: &str = "multipart/form-data; boundary=limit";
const PIECE: &str = "application/offset+octet-stream";

async fn no_blobs(system: &System, after: &str) {
    eventually(&format!("no blob {after}"), async || {
        blobs(system).is_empty().then_some(())
    })
    .await;
}

async fn ready(client: &Client, path: &str) -> Value {
    let image = eventually("the end of the image's processing", async || {
        let image = client.get(path).await.expect(200).json();
        Some(image).filter(|image| image["status"] != "processing")
    })
    .await;
    assert_eq!(image["status"], "ready", "{image}");
    image
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The names of an image's variants, each once.
fn variants(image: &Value) -> Vec<String> {
    let all = image["variants"].as_array().expect("variants").iter();
    let mut names: Vec<_> = all.map(|variant| text(&variant["name"])).collect();
    names.dedup();
    names
}

fn part(name: &str, content_type: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--limit\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.jpg\"\r\nContent-Type: {content_type}\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

#[tokio::test]
async fn a_form_with_a_picture_becomes_an_image() {
    let system = System::embedded().await;
    let client = &system.client;
    let photo = phone_photo();
    let body = [part("file", JPEG, &photo), b"--limit--\r\n".to_vec()].concat();
    let post = |path: &'static str, body| client.upload(Method::POST, path, FORM, body);
    let accepted = post("/v1/images?presets=thumb", body).await.expect(202);
    let path = accepted
        .header("content-location")
        .expect("a path")
        .to_owned();
    let image = ready(client, &path).await;
    assert_eq!(image["bytes"], photo.len());
    assert_eq!(variants(&image), ["thumb"]);
    client.delete(&path).await.expect(204);
    no_blobs(&system, "of a deleted image").await;

    let file = part("file", JPEG, &photo);
    let end = b"--limit--".to_vec();
    let twice = [file.clone(), file.clone(), end.clone()].concat();
    let other = [
        file.clone(),
        part("presets", "text/plain", b"thumb"),
        end.clone(),
    ]
    .concat();
    let words = [part("file", "text/plain", b"words"), end.clone()].concat();
    let no_picture = [part("file", JPEG, b"words"), end].concat();
    for (status, body) in [
        (400, file),
        (400, twice),
        (400, other),
        (415, words),
        (415, no_picture),
    ] {
        post("/v1/images", body).await.problem(status);
    }
    let bare = client.upload(Method::POST, "/v1/images", "multipart/form-data", photo);
    bare.await.problem(400);
    no_blobs(&system, "of refused forms").await;
    assert_eq!(client.events("image.uploaded.v1").await.len(), 1);
}

/// What is to be put, announced.
async fn announce(client: &Client, bytes: &[u8]) -> Value {
    let body = json!({ "content_type": JPEG, "size": bytes.len(), "presets": ["small"] });
    let answer = client.post("/v1/images/uploads", &body).await.expect(201);
    answer.json()
}

/// A request of somebody who has the URL and no key.
async fn put(client: &Client, url: &str, content_type: &str, bytes: &[u8]) -> Answer {
    let request = client.anonymous(Method::PUT, url);
    let request = request.header("content-type", content_type);
    send(request.body(bytes.to_vec())).await
}

#[tokio::test]
async fn an_announced_picture_is_put_without_a_key() {
    let system = System::embedded().await;
    let client = &system.client;
    let picture = bombs::jpeg(640, 480);
    let announced = announce(client, &picture).await;
    let (url, path) = (
        text(&announced["upload_url"]),
        format!("/v1/images/{}", text(&announced["image_id"])),
    );
    assert!(announced["expires_at"].is_string());
    client.get(&path).await.problem(404);

    put(client, &url, JPEG, &picture[1..]).await.problem(400);
    put(client, &url, "image/png", &picture).await.problem(415);
    for forged in [
        url.replace("size=", "size=1"),
        url.replace("jpeg", "png"),
        url.replace("exp=", "exp=1"),
        format!("{url}0"),
    ] {
        put(client, &forged, JPEG, &picture).await.problem(403);
    }
    let other = announce(client, &picture).await;
    let elsewhere = url.replace(&text(&announced["image_id"]), &text(&other["image_id"]));
    put(client, &elsewhere, JPEG, &picture).await.problem(403);
    let bare = url.split('?').next().expect("a path");
    put(client, bare, JPEG, &picture).await.problem(401);
    no_blobs(&system, "before the picture").await;

    let accepted = put(client, &url, JPEG, &picture).await.expect(202).json();
    assert_eq!(accepted["id"], announced["image_id"]);
    let image = ready(client, &path).await;
    assert_eq!(variants(&image), ["small"]);
    put(client, &url, JPEG, &picture).await.problem(409);
    client.delete(&path).await.expect(204);
    put(client, &url, JPEG, &picture).await.problem(404);
    no_blobs(&system, "of a deleted image").await;
    let wrong = json!({ "content_type": "text/plain", "size": 0, "presets": ["huge"] });
    let refused = client.post("/v1/images/uploads", &wrong).await;
    assert_eq!(
        refused.sorted_faults(),
        ["#/content_type", "#/presets", "#/size"]
    );
}

#[tokio::test]
async fn a_repeated_announcement_is_the_same_one() {
    let system = System::embedded().await;
    let client = &system.client;
    let picture = bombs::jpeg(64, 48);
    let body = json!({ "content_type": JPEG, "size": picture.len() }).to_string();
    let announce = || {
        let request = client.request(Method::POST, "/v1/images/uploads");
        let request = request.header("content-type", "application/json");
        send(request.header("idempotency-key", "one").body(body.clone()))
    };
    let (one, two) = (announce().await.expect(201), announce().await.expect(201));
    assert_eq!(one.json(), two.json());
    let url = text(&two.json()["upload_url"]);
    put(client, &url, JPEG, &picture).await.expect(202);
}

#[tokio::test]
async fn a_variant_can_be_shown_to_who_has_no_key() {
    let system = System::embedded().await;
    let client = &system.client;
    let picture = bombs::jpeg(64, 48);
    let accepted = client
        .upload(Method::POST, "/v1/images", JPEG, picture)
        .await;
    let path = accepted
        .expect(202)
        .header("content-location")
        .expect("a path")
        .to_owned();
    ready(client, &path).await;
    let wanted = json!({ "path": format!("{path}/thumb"), "expires_in": 60 });
    let made = client
        .post("/v1/signed-urls", &wanted)
        .await
        .expect(201)
        .json();
    let url = text(&made["url"]);
    let shown = send(client.anonymous(Method::GET, &url)).await.expect(200);
    assert_eq!(shown.header("content-type"), Some(JPEG));
    send(client.anonymous(Method::GET, &url.replace("/thumb", "/small")))
        .await
        .problem(403);
    send(client.anonymous(Method::DELETE, &url))
        .await
        .problem(405);
    send(client.anonymous(Method::GET, &path))
        .await
        .problem(401);
    let whole = json!({ "path": path, "expires_in": 60 });
    client.post("/v1/signed-urls", &whole).await.problem(400);
}

fn tus(client: &Client, method: Method, path: &str) -> RequestBuilder {
    client
        .request(method, path)
        .header("tus-resumable", "1.0.0")
}

async fn begin(client: &Client, length: usize) -> String {
    // image/jpeg and small
    let metadata = "filetype aW1hZ2UvanBlZw==,presets c21hbGw=";
    let request = tus(client, Method::POST, "/v1/uploads").header("upload-length", length);
    let begun = send(request.header("upload-metadata", metadata))
        .await
        .expect(201);
    begun.header("location").expect("a path").to_owned()
}

async fn patch(client: &Client, path: &str, offset: usize, bytes: &[u8]) -> Answer {
    let request = tus(client, Method::PATCH, path).header("content-type", PIECE);
    send(request.header("upload-offset", offset).body(bytes.to_vec())).await
}

async fn offset(client: &Client, path: &str) -> Option<String> {
    let head = send(tus(client, Method::HEAD, path)).await;
    head.header("upload-offset").map(str::to_owned)
}

#[tokio::test]
async fn an_upload_in_pieces_survives_a_crash() {
    let mut system = System::embedded().await;
    let photo = phone_photo();
    let path = begin(&system.client, photo.len()).await;
    let (head, tail) = photo.split_at(photo.len() / 3);
    patch(&system.client, &path, 0, head).await.expect(204);
    system.crash().await;
    let client = &system.client;
    assert_eq!(offset(client, &path).await, Some(head.len().to_string()));
    patch(client, &path, 0, head).await.problem(409);
    let last = patch(client, &path, head.len(), tail).await.expect(204);
    let image = ready(client, last.header("upload-result").expect("an image")).await;
    assert_eq!(
        (&image["bytes"], variants(&image)),
        (&photo.len().into(), vec!["small".to_owned()])
    );
    eventually("the blobs of one image alone", async || {
        let variants = image["variants"].as_array().expect("variants").len();
        (blobs(&system).len() == variants + 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_no_picture_ends_an_upload_in_pieces() {
    let system = System::embedded().await;
    let client = &system.client;
    let path = begin(client, 10).await;
    patch(client, &path, 0, b"words").await.expect(204);
    patch(client, &path, 5, b"words").await.problem(415);
    eventually("the end of the upload", async || {
        offset(client, &path).await.is_none().then_some(())
    })
    .await;
    no_blobs(&system, "of a refused upload").await;
    assert!(client.events("image.*").await.is_empty());
}

#[tokio::test]
async fn an_upload_that_nobody_goes_on_with_leaves_nothing() {
    let short = ("SWITCHBOARD__GATEWAY__RESUMABLE_LIFETIME", "2s");
    let system = System::embedded_with(&[short]).await;
    let client = &system.client;
    let path = begin(client, 10).await;
    patch(client, &path, 0, b"words").await.expect(204);
    eventually("the end of the upload", async || {
        offset(client, &path).await.is_none().then_some(())
    })
    .await;
    no_blobs(&system, "of an upload that expired").await;
}

#[tokio::test]
async fn pieces_may_come_to_several_gateways() {
    let system = System::on_servers(2).await;
    let photo = phone_photo();
    let clients: Vec<_> = system
        .gateways()
        .iter()
        .map(|url| system.client.at(url))
        .collect();
    let path = begin(&clients[0], photo.len()).await;
    let mut sent = 0;
    let mut result = None;
    for (piece, client) in photo.chunks(photo.len() / 3).zip(clients.iter().cycle()) {
        let answer = patch(client, &path, sent, piece).await.expect(204);
        sent += piece.len();
        result = answer.header("upload-result").map(str::to_owned);
    }
    ready(&system.client, &result.expect("an image")).await;
    // One gateway's signatures hold at another.
    let picture = bombs::jpeg(64, 48);
    let url = text(&announce(&clients[0], &picture).await["upload_url"]);
    put(&clients[1], &url, JPEG, &picture).await.expect(202);
}

#[tokio::test]
async fn a_program_of_others_uploads_in_pieces() {
    let system = System::embedded().await;
    let client = &system.client;
    let photo = phone_photo();
    let path = system.folder.path().join("photo.jpg");
    fs::write(&path, &photo).expect("a file");
    let file = TusFile {
        path: &path,
        metadata: "filetype=image/jpeg;filename=photo.jpg;presets=thumb,large",
        piece: photo.len() / 5,
    };
    let half = photo.len() as u64 / 2;
    let begun = file.upload(client, "", Some(half)).await;
    assert!(
        (half..photo.len() as u64).contains(&begun.offset),
        "{begun:?}"
    );
    assert!(client.events("image.*").await.is_empty());
    let done = file.upload(client, &begun.url, None).await;
    assert_eq!(
        (done.url.as_str(), done.offset),
        (begun.url.as_str(), photo.len() as u64)
    );
    let path = begun
        .url
        .strip_prefix(&client.url)
        .expect("our URL")
        .to_owned();
    let head = send(tus(client, Method::HEAD, &path)).await.expect(200);
    let image = ready(client, head.header("upload-result").expect("an image")).await;
    assert_eq!(variants(&image), ["thumb", "large"]);
}
