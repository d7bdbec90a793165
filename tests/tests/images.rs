//! What is made of a picture: formats, presets of one's own, their variants made again, and renderings on demand.

#[path = "images/formats.rs"]
mod formats;
#[path = "images/presets.rs"]
mod presets;
#[path = "images/remakes.rs"]
mod remakes;
#[path = "images/renders.rs"]
mod renders;

use end_to_end::{Answer, Client, bombs, eventually, eventually_within, send};
use reqwest::Method;
use serde_json::Value;
use std::time::Duration;

const JPEG: &str = "image/jpeg";
/// A process that is killed holds what it had claimed for half a minute.
const PATIENCE: Duration = Duration::from_secs(90);

/// The id of an image whose variants are there.
async fn new_image(client: &Client, query: &str, jpeg: Vec<u8>) -> String {
    new_image_of(client, query, JPEG, jpeg).await
}

async fn new_image_of(client: &Client, query: &str, media_type: &str, bytes: Vec<u8>) -> String {
    let request = client
        .request(Method::POST, &format!("/v1/images{query}"))
        .header("content-type", media_type)
        .header("prefer", "wait=20");
    let image = send(request.body(bytes)).await.expect(200).json();
    assert_eq!(image["status"], "ready", "{image}");
    text(&image["id"])
}

async fn small_image(client: &Client) -> String {
    new_image(client, "", bombs::jpeg(320, 240)).await
}

async fn get_as(client: &Client, path: &str, name: &str, value: &str) -> Answer {
    send(client.request(Method::GET, path).header(name, value)).await
}

/// The job at this path when it is over.
async fn ended(client: &Client, job: &str) -> Value {
    eventually_within(PATIENCE, "the end of a job", async || {
        let job = client.get(job).await.expect(200).json();
        let is_over = matches!(
            job["state"].as_str(),
            Some("succeeded" | "failed" | "cancelled")
        );
        is_over.then_some(job)
    })
    .await
}

/// The variants of one preset.
async fn variants(client: &Client, id: &str, name: &str) -> Vec<Value> {
    let image = client.get(&format!("/v1/images/{id}")).await.expect(200);
    let image = image.json();
    let all = image["variants"].as_array().expect("variants").clone();
    all.into_iter().filter(|one| one["name"] == name).collect()
}

/// May another `Accept` get another answer?
fn varies(answer: &Answer) -> bool {
    let vary = answer.header("vary").unwrap_or_default();
    vary.split(',').any(|name| name.trim() == "Accept")
}

async fn no_blobs(system: &end_to_end::System) {
    eventually("no blob", async || {
        end_to_end::blobs(system).is_empty().then_some(())
    })
    .await;
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
