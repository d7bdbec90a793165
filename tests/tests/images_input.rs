//! Uploads that are no pictures, pictures that are broken or too large, and uploads that never end: none leaves bytes behind.

use end_to_end::{
    Answer, Client, RawAnswer, System, blobs, bombs, eventually, phone_photo, raw, send,
};
use reqwest::{Body, Method};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;

const KEY: &str = "end-to-end-tests-root-key-0123456789abcdef";
const JPEG: &str = "image/jpeg";
/// More than enough for a refusal by the header alone, far too little to decode what the bombs claim.
const AT_ONCE: Duration = Duration::from_secs(5);

async fn post_image(client: &Client, content_type: &str, bytes: impl Into<Vec<u8>>) -> Answer {
    client
        .upload(Method::POST, "/v1/images", content_type, bytes.into())
        .await
}

async fn no_blobs(system: &System, after: &str) {
    eventually(&format!("no blob {after}"), async || {
        blobs(system).is_empty().then_some(())
    })
    .await;
}

/// What became of an image in the end.
async fn settled(client: &Client, id: &str) -> Value {
    eventually("the end of the image's processing", async || {
        let image = client.get(&format!("/v1/images/{id}")).await.expect(200);
        Some(image.json()).filter(|image| image["status"] != "processing")
    })
    .await
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn what_is_no_picture_is_415_whatever_it_is_declared_as() {
    let system = System::embedded().await;
    let client = &system.client;
    let contact = client.new_contact("Ada").await;
    let photo = format!("/v1/contacts/{contact}/photo");
    let impostors: [&[u8]; 7] = [
        b"",
        b"just text",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"%PDF-1.7",
        b"BM\0\0\0\0\0\0\0\0",
        b"PK\x03\x04",
        b"\xFF\xD8",
    ];
    for bytes in impostors {
        for content_type in [JPEG, "image/png", "image/svg+xml"] {
            post_image(client, content_type, bytes).await.problem(415);
        }
        let answer = client.upload(Method::PUT, &photo, JPEG, bytes.to_vec());
        answer.await.problem(415);
    }
    for content_type in ["text/plain", "application/json", "video/mp4"] {
        let picture = bombs::jpeg(64, 48);
        post_image(client, content_type, picture.clone())
            .await
            .problem(415);
        let answer = client.upload(Method::PUT, &photo, content_type, picture);
        answer.await.problem(415);
    }
    for query in ["presets=huge", "presets=thumb,huge", "colour=red"] {
        let path = format!("/v1/images?{query}");
        let picture = bombs::jpeg(64, 48);
        let answer = client.upload(Method::POST, &path, JPEG, picture).await;
        let name = query.split('=').next().expect("a name");
        assert_eq!(answer.sorted_faults(), [name], "{query}");
    }
    no_blobs(&system, "of refused uploads").await;
    assert!(client.events("image.*").await.is_empty());
    let listed = client.get("/v1/jobs").await.expect(200).json();
    assert_eq!(listed["data"], serde_json::json!([]));
}

#[tokio::test]
async fn the_picture_counts_and_not_what_it_is_declared_as() {
    let system = System::embedded().await;
    let image = post_image(&system.client, "image/png", bombs::jpeg(64, 48)).await;
    let image = settled(&system.client, &text(&image.expect(202).json()["id"])).await;
    assert_eq!(
        (&image["status"], &image["format"]),
        (&"ready".into(), &"jpeg".into()),
        "{image}"
    );
}

#[tokio::test]
async fn a_truncated_picture_fails_and_says_why() {
    let system = System::embedded().await;
    let client = &system.client;
    let whole = bombs::jpeg(640, 480);
    let header_only = whole[..40].to_vec();
    post_image(client, JPEG, header_only).await.problem(422);
    no_blobs(&system, "of a broken header").await;

    let half = whole[..whole.len() / 2].to_vec();
    let accepted = post_image(client, JPEG, half).await.expect(202);
    let id = text(&accepted.json()["id"]);
    let image = settled(client, &id).await;
    assert_eq!(image["status"], "failed", "{image}");
    assert!(image["error"].is_string(), "{image}");
    assert_eq!(image["variants"], serde_json::json!([]));
    let job = client.get(accepted.header("location").expect("a job"));
    let job = job.await.expect(200).json();
    assert_eq!(job["state"], "failed", "{job}");
    assert!(!job["errors"].as_array().expect("errors").is_empty());
    let failed = client.events("image.failed.v1").await;
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["subject"], id.as_str());
    assert!(failed[0]["data"]["error"].is_string(), "{failed:?}");
    client
        .get(&format!("/v1/images/{id}/thumb"))
        .await
        .problem(404);
    client.delete(&format!("/v1/images/{id}")).await.expect(204);
    no_blobs(&system, "of a deleted image").await;
}

#[tokio::test]
async fn a_broken_photo_leaves_the_contact_as_it_was() {
    let system = System::embedded().await;
    let client = &system.client;
    let path = format!("/v1/contacts/{}", client.new_contact("Ada").await);
    let photo = format!("{path}/photo");
    let whole = bombs::jpeg(640, 480);
    let broken = [
        whole[..whole.len() / 2].to_vec(),
        bombs::png_claiming(60_000),
    ];
    for bytes in broken {
        let accepted = client.upload(Method::PUT, &photo, JPEG, bytes).await;
        let job = accepted
            .expect(202)
            .header("location")
            .expect("a job")
            .to_owned();
        let job = eventually("the end of the job", async || {
            let job = client.get(&job).await.expect(200).json();
            matches!(job["state"].as_str(), Some("failed" | "succeeded")).then_some(job)
        })
        .await;
        assert_eq!(job["state"], "failed", "{job}");
        assert!(job["errors"].to_string().len() > 10, "{job}");
        client.get(&photo).await.problem(404);
    }
    let contact = client.get(&path).await.expect(200).json();
    assert!(
        contact["photo"].is_null() && contact["version"] == 1,
        "{contact}"
    );
    no_blobs(&system, "of broken photos").await;
}

#[tokio::test]
async fn image_bombs_are_refused_at_once_naming_the_limit() {
    let system = System::embedded().await;
    let client = &system.client;
    for (name, bytes) in [
        ("a PNG of 60000×60000", bombs::png_claiming(60_000)),
        ("a PNG of 20000×20000", bombs::png_claiming(20_000)),
        ("a PNG of 2³¹×2³¹", bombs::png_claiming(u32::MAX / 2)),
        ("a JPEG of 65000×65000", bombs::jpeg_claiming(65_000)),
        ("a JPEG of 25000×25000", bombs::jpeg_claiming(25_000)),
        ("2000 scans", bombs::jpeg_with_scans(2_000)),
    ] {
        let started = Instant::now();
        let answer = post_image(client, JPEG, bytes).await;
        let why = if answer.status == 202 {
            let image = settled(client, &text(&answer.json()["id"])).await;
            assert_eq!(image["status"], "failed", "{name}");
            let id = text(&image["id"]);
            client.delete(&format!("/v1/images/{id}")).await.expect(204);
            text(&image["error"])
        } else {
            text(&answer.problem(422)["detail"])
        };
        assert!(
            started.elapsed() < AT_ONCE,
            "{name}: {:?}",
            started.elapsed()
        );
        assert!(why.contains("limit"), "{name}: {why}");
    }
    no_blobs(&system, "of bombs").await;
}

#[tokio::test]
async fn uploads_over_the_limit_are_413_announced_or_not() {
    let limit = ("SWITCHBOARD__GATEWAY__MAX_UPLOAD_BYTES", "100000");
    let system = System::embedded_with(&[limit]).await;
    let client = &system.client;
    let photo = format!("/v1/contacts/{}/photo", client.new_contact("Ada").await);
    let large = [bombs::jpeg(64, 48), vec![0; 200_000]].concat();
    for (method, path) in [(Method::POST, "/v1/images"), (Method::PUT, photo.as_str())] {
        let announced = client.upload(method.clone(), path, JPEG, large.clone());
        announced.await.problem(413);
        let pieces: Vec<_> = large.chunks(8 << 10).map(<[u8]>::to_vec).collect();
        let pieces = pieces.into_iter().map(Ok::<_, std::io::Error>);
        let chunked = Body::wrap_stream(futures_util::stream::iter(pieces));
        let request = client.request(method, path).header("content-type", JPEG);
        send(request.body(chunked)).await.problem(413);
    }
    no_blobs(&system, "over the limit").await;
    let small = post_image(client, JPEG, bombs::jpeg(64, 48)).await;
    let small = text(&small.expect(202).json()["id"]);
    assert_eq!(settled(client, &small).await["status"], "ready");
}

fn upload_head(path: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\ncontent-type: {JPEG}\r\ncontent-length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn an_upload_that_is_cut_off_leaves_nothing() {
    let system = System::embedded().await;
    let photo = phone_photo();
    let head = upload_head("/v1/images", photo.len());
    for _ in 0..5 {
        let mut stream = raw(&system.client.url).await;
        stream
            .write_all(head.as_bytes())
            .await
            .expect("a gateway that reads");
        let half = &photo[..photo.len() / 2];
        stream.write_all(half).await.expect("a gateway that reads");
        eventually("the first bytes in the blob store", async || {
            (!blobs(&system).is_empty()).then_some(())
        })
        .await;
        drop(stream);
        no_blobs(&system, "of an upload that was cut off").await;
    }
    assert!(system.client.events("image.*").await.is_empty());
    system.client.get("/v1/contacts").await.expect(200);
}

#[tokio::test]
async fn a_body_that_stops_coming_is_408() {
    let idle = ("SWITCHBOARD__GATEWAY__UPLOAD_IDLE_TIMEOUT", "300ms");
    let system = System::embedded_with(&[idle]).await;
    let contacts = upload_head("/v1/contacts", 100).replace(JPEG, "application/json");
    for head in [upload_head("/v1/images", 1_000_000), contacts] {
        let mut stream = raw(&system.client.url).await;
        stream
            .write_all(head.as_bytes())
            .await
            .expect("a gateway that reads");
        stream
            .write_all(b"{\xFF\xD8\xFF")
            .await
            .expect("a gateway that reads");
        let started = Instant::now();
        let answer = RawAnswer::read(stream).await;
        assert_eq!(answer.status, 408, "{answer:?}");
        assert!(
            answer.head.contains("application/problem+json"),
            "{answer:?}"
        );
        assert!(started.elapsed() < AT_ONCE, "{:?}", started.elapsed());
    }
    no_blobs(&system, "of an upload that stopped").await;
}

#[tokio::test]
async fn an_upload_that_comes_slowly_but_steadily_is_taken() {
    let idle = ("SWITCHBOARD__GATEWAY__UPLOAD_IDLE_TIMEOUT", "1s");
    let system = System::embedded_with(&[idle]).await;
    let picture = bombs::jpeg(640, 480);
    let pieces: Vec<_> = picture
        .chunks(picture.len() / 8)
        .map(<[u8]>::to_vec)
        .collect();
    let slowly = futures_util::stream::unfold(pieces.into_iter(), |mut pieces| async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let piece = pieces.next()?;
        Some((Ok::<_, std::io::Error>(piece), pieces))
    });
    let request = system.client.request(Method::POST, "/v1/images");
    let request = request.header("content-type", JPEG);
    let accepted = send(request.body(Body::wrap_stream(slowly)))
        .await
        .expect(202);
    let image = settled(&system.client, &text(&accepted.json()["id"])).await;
    assert_eq!(image["status"], "ready");
}

#[tokio::test]
async fn of_two_photos_and_a_deletion_the_deletion_stays() {
    let system = System::embedded().await;
    let client = &system.client;
    let path = format!("/v1/contacts/{}", client.new_contact("Ada").await);
    let photo = format!("{path}/photo");
    for size in [320, 640] {
        let picture = bombs::jpeg(size, size);
        let put = client.upload(Method::PUT, &photo, JPEG, picture).await;
        put.expect(202);
    }
    client.delete(&photo).await.expect(204);
    client.delete(&photo).await.problem(404);
    // Both images have come and gone.
    eventually("the end of both images", async || {
        let deleted = client.events("image.deleted.v1").await;
        (deleted.len() == 2).then_some(())
    })
    .await;
    no_blobs(&system, "of photos that were overtaken").await;
    let contact = client.get(&path).await.expect(200).json();
    assert!(contact["photo"].is_null(), "{contact}");
    client.get(&photo).await.problem(404);
    let jobs = client.get("/v1/jobs").await.expect(200).json();
    for job in jobs["data"].as_array().expect("jobs") {
        // The first may have been quick enough to succeed before it was overtaken.
        let state = job["state"].as_str();
        assert!(matches!(state, Some("cancelled" | "succeeded")), "{job}");
    }
}

#[tokio::test]
async fn the_last_of_two_photos_stays_and_the_first_leaves_nothing() {
    let system = System::embedded().await;
    let client = &system.client;
    let path = format!("/v1/contacts/{}", client.new_contact("Ada").await);
    let photo = format!("{path}/photo");
    let mut last = String::new();
    for size in [320, 640] {
        let picture = bombs::jpeg(size, size);
        let put = client.upload(Method::PUT, &photo, JPEG, picture).await;
        last = text(&put.expect(202).json()["image_id"]);
    }
    eventually("the second photo alone", async || {
        let contact = client.get(&path).await.expect(200).json();
        let gone = client.events("image.deleted.v1").await.len() == 1;
        (gone && contact["photo"]["image_id"] == last.as_str()).then_some(())
    })
    .await;
    eventually("the blobs of one image alone", async || {
        let all = blobs(&system);
        let of_last = all
            .iter()
            .filter(|file| file.to_string_lossy().contains(&last));
        // Beside its variants there is the original, wherever it was uploaded to.
        (all.len() == of_last.count() + 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_purge_erases_photos_history_and_the_data_of_events() {
    let system = System::embedded().await;
    let client = &system.client;
    let id = client.new_contact("Zoë-Unforgettable").await;
    let path = format!("/v1/contacts/{id}");
    let photo = format!("{path}/photo");
    let put = client.upload(Method::PUT, &photo, JPEG, bombs::jpeg(320, 320));
    put.await.expect(202);
    eventually("the photo", async || {
        (client.get(&photo).await.status == 200).then_some(())
    })
    .await;
    client
        .patch(&path, &serde_json::json!({ "nickname": "Unforgettable" }))
        .await
        .expect(200);
    client
        .delete(&format!("{path}?purge=maybe"))
        .await
        .problem(400);
    client
        .delete(&format!("{path}?purge=true"))
        .await
        .expect(204);
    for gone in [&path, &photo, &format!("{path}/history")] {
        client.get(gone).await.problem(404);
    }
    client
        .delete(&format!("{path}?purge=true"))
        .await
        .problem(404);
    let log = eventually("an erased log", async || {
        let log = client.events("*").await;
        let text = serde_json::to_string(&log).expect("JSON");
        (!text.contains("Unforgettable")).then_some(log)
    })
    .await;
    let told: Vec<_> = log
        .iter()
        .filter(|event| event["subject"] == id.as_str())
        .collect();
    assert!(told.len() >= 3, "the log keeps its order: {log:#?}");
    let last = told.last().expect("an event");
    assert_eq!(last["type"], "contact.deleted.v1");
    assert_eq!(last["data"]["contact"], serde_json::json!({ "id": id }));
    no_blobs(&system, "of a purged contact").await;
}
