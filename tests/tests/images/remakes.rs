use super::{JPEG, ended, new_image, no_blobs, small_image, text, variants};
use end_to_end::{Answer, Client, System, blobs, bombs, eventually};
use reqwest::Method;
use serde_json::json;
use std::time::Instant;

const IMMUTABLE: &str = "private, max-age=31536000, immutable";
const PASSING: &str = "private, max-age=60, stale-while-revalidate=86400";

/// The path of a new contact, and its photo.
async fn with_photo(client: &Client, given: &str) -> (String, Answer) {
    let contact = format!("/v1/contacts/{}", client.new_contact(given).await);
    let photo = format!("{contact}/photo");
    let put = client.upload(Method::PUT, &photo, JPEG, bombs::jpeg(320, 320));
    put.await.expect(202);
    let photo = eventually("the photo", async || {
        let photo = client.get(&format!("{photo}?size=thumb")).await;
        (photo.status == 200).then_some(photo)
    })
    .await;
    (contact, photo)
}

#[tokio::test]
async fn a_changed_preset_makes_its_variants_again() {
    let system = System::embedded().await;
    let client = &system.client;
    let (ada, old_photo) = with_photo(client, "Ada").await;
    let (grace, _) = with_photo(client, "Grace").await;
    client.delete(&grace).await.expect(204);
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(small_image(client).await);
    }
    let path = format!("/v1/images/{}/thumb", ids[0]);
    let old = client.get(&path).await.expect(200);
    assert_eq!(old.header("cache-control"), Some(IMMUTABLE));
    let versioned = text(&variants(client, &ids[0], "thumb").await[0]["url"]);
    assert_eq!(versioned, format!("{path}?v=1"));
    let first = client.get(&versioned).await.expect(200);
    assert_eq!(first.header("etag"), old.header("etag"));
    assert_eq!(first.header("cache-control"), Some(IMMUTABLE));

    let square = json!({ "width": 64, "height": 64, "fit": "cover" });
    let changed = client.put("/v1/presets/thumb", &square).await.expect(200);
    let location = changed.header("location").expect("a job").to_owned();
    assert_eq!(
        location,
        format!("/v1/jobs/{}", text(&changed.json()["job_id"]))
    );
    let job = eventually("the end of the job", async || {
        // There is never a moment without one.
        client.get(&path).await.expect(200);
        let job = client.get(&location).await.expect(200).json();
        assert!(
            job["done"].as_u64() <= job["total"].as_u64() || job["total"] == 0,
            "{job}"
        );
        (job["state"] == "succeeded").then_some(job)
    })
    .await;
    assert_eq!(
        (&job["done"], &job["total"], &job["errors"]),
        (&json!(7), &json!(7), &json!([]))
    );
    assert_eq!(
        (&job["kind"], &job["result"]),
        (&json!("preset"), &json!("/v1/presets/thumb"))
    );

    let new = client.get(&path).await.expect(200);
    assert_ne!(new.header("etag"), old.header("etag"));
    for path in [&path, &versioned] {
        let new = client.get(path).await.expect(200);
        assert_eq!(new.header("cache-control"), Some(PASSING));
    }
    for id in &ids {
        let made = variants(client, id, "thumb").await;
        assert!(made.iter().all(|one| one["width"] == 64), "{made:?}");
        let url = text(&made[0]["url"]);
        assert_eq!(url, format!("/v1/images/{id}/thumb?v=2"));
        let bytes = client.get(&url).await.expect(200);
        assert_eq!(bytes.header("cache-control"), Some(IMMUTABLE));
        assert_eq!(variants(client, id, "small").await.len(), 2);
    }
    client.get(&format!("{path}?v=x")).await.problem(400);
    // The phonebook has heard of it, also for a contact in the bin.
    client
        .post(&format!("{grace}/restores"), &json!({ "version": 2 }))
        .await
        .expect(200);
    for contact in [&ada, &grace] {
        eventually("the new photo", async || {
            let photo = client.get(&format!("{contact}/photo?size=thumb")).await;
            let photo = photo.expect(200);
            (photo.header("etag") != old_photo.header("etag")).then_some(())
        })
        .await;
        client
            .delete(&format!("{contact}?purge=true"))
            .await
            .expect(204);
    }
    for id in &ids {
        client.delete(&format!("/v1/images/{id}")).await.expect(204);
    }
    no_blobs(&system).await;
}

#[tokio::test]
async fn an_upload_does_not_wait_for_a_re_make() {
    let few = ("SWITCHBOARD__IMAGE_RESIZE__CONCURRENCY_REMAKES", "1");
    let system = System::embedded_with(&[few]).await;
    let client = &system.client;
    let mut ids = Vec::new();
    for _ in 0..24 {
        ids.push(new_image(client, "?presets=large", bombs::jpeg(2400, 1800)).await);
    }
    let other = json!({ "width": 1590, "height": 1590 });
    let changed = client.put("/v1/presets/large", &other).await.expect(200);
    let location = changed.header("location").expect("a job").to_owned();
    let remade = || {
        blobs(&system)
            .iter()
            .any(|file| file.to_string_lossy().contains(".v2."))
    };
    eventually("the first one made again", async || remade().then_some(())).await;

    let started = Instant::now();
    new_image(client, "?presets=thumb", bombs::jpeg(320, 240)).await;
    let took = started.elapsed();
    let job = client.get(&location).await.expect(200).json();
    assert_eq!(
        job["state"], "running",
        "the upload took {took:?}, and {job}"
    );
    // It meets the newcomer, or was past its place by then.
    let job = ended(client, &location).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    assert!(
        [24, 25].map(|done| json!(done)).contains(&job["done"]),
        "{job}"
    );
    for id in &ids {
        let made = variants(client, id, "large").await;
        assert!(made.iter().all(|one| one["width"] == 1590), "{made:?}");
    }
    println!("an upload during a re-make took {took:?}");
}

#[tokio::test]
async fn a_re_make_goes_on_after_its_process_was_killed() {
    let mut system = System::embedded().await;
    let mut ids = Vec::new();
    for _ in 0..12 {
        let bytes = bombs::jpeg(1200, 900);
        ids.push(new_image(&system.client, "?presets=small", bytes).await);
    }
    let other = json!({ "width": 300 });
    let changed = system
        .client
        .put("/v1/presets/small", &other)
        .await
        .expect(200);
    let location = changed.header("location").expect("a job").to_owned();
    let remade = || {
        blobs(&system)
            .iter()
            .any(|file| file.to_string_lossy().contains(".v2."))
    };
    eventually("the first one made again", async || remade().then_some(())).await;
    system.processes[0].restart().await;
    system.wait_until_ready().await;
    let client = &system.client;
    let job = ended(client, &location).await;
    assert_eq!(
        (&job["state"], &job["done"]),
        (&json!("succeeded"), &json!(12))
    );
    for id in &ids {
        let made = variants(client, id, "small").await;
        assert!(made.iter().all(|one| one["width"] == 300), "{made:?}");
    }
}
