use super::{ended, get_as, new_image, small_image, text, variants};
use end_to_end::{System, bombs, send};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn presets_are_made_shown_changed_and_deleted() {
    let system = System::embedded().await;
    let client = &system.client;
    let names = async || {
        let list = client.get("/v1/presets").await.expect(200).json();
        let data = list["data"].as_array().expect("presets").clone();
        let names: Vec<String> = data.iter().map(|one| text(&one["name"])).collect();
        names
    };
    assert_eq!(names().await, ["thumb", "small", "large"]);
    let thumb = client.get("/v1/presets/thumb").await.expect(200).json();
    let expected = json!({
        "name": "thumb", "width": 160, "height": 160, "fit": "cover", "gravity": "center", "background": null,
        "blur": null, "quality": null, "format": null, "lossless": false, "enlarge": false, "version": 1,
    });
    assert_eq!(thumb, expected);

    let hero =
        json!({ "name": "hero", "width": 300, "height": 100, "fit": "cover", "format": "webp" });
    let made = client.post("/v1/presets", &hero).await.expect(201);
    assert_eq!(made.header("location"), Some("/v1/presets/hero"));
    assert_eq!(made.header("etag"), Some("\"1\""));
    client.post("/v1/presets", &hero).await.problem(409);
    assert_eq!(names().await, ["thumb", "small", "large", "hero"]);
    let first = client.get("/v1/presets?limit=3").await.expect(200);
    let next = format!("/v1/presets?cursor={}", text(&first.json()["next_cursor"]));
    let rest = client.get(&next).await.expect(200).json();
    assert_eq!(
        (&rest["data"][0]["name"], &rest["next_cursor"]),
        (&json!("hero"), &Value::Null)
    );

    let stale = client
        .request(Method::PUT, "/v1/presets/hero")
        .header("content-type", "application/json")
        .header("if-match", "\"7\"");
    send(stale.body("{}")).await.problem(412);
    // What was shown can be put back, and changes nothing.
    let same = client
        .put("/v1/presets/hero", &made.json())
        .await
        .expect(200);
    assert_eq!(
        (same.header("etag"), same.header("location")),
        (Some("\"1\""), None)
    );
    let changed = client
        .put("/v1/presets/hero", &json!({ "width": 90 }))
        .await
        .expect(200);
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let job = changed.header("location").expect("a job").to_owned();
    assert_eq!(changed.json()["fit"], "inside", "PUT replaces");
    assert_eq!(ended(client, &job).await["state"], "succeeded");
    get_as(client, "/v1/presets/hero", "if-none-match", "\"2\"")
        .await
        .expect(304);

    client.delete("/v1/presets/hero").await.expect(204);
    for given in ["thumb", "small", "large"] {
        client
            .delete(&format!("/v1/presets/{given}"))
            .await
            .problem(409);
    }
    for method in [Method::GET, Method::DELETE] {
        send(client.request(method, "/v1/presets/hero"))
            .await
            .problem(404);
    }
    client
        .put("/v1/presets/hero", &json!({}))
        .await
        .problem(404);
    // A new one of the name is not taken for the old one.
    let again = client.post("/v1/presets", &hero).await.expect(201);
    assert_eq!(again.json()["version"], 3);
}

#[tokio::test]
async fn every_fault_of_a_preset_is_told_at_once() {
    let system = System::embedded().await;
    let client = &system.client;
    let wrong = json!({
        "name": "No Name", "width": 0, "height": 10_001, "fit": "stretch", "gravity": "left", "background": "red",
        "blur": 0, "quality": 0, "format": "bmp", "lossless": 1, "enlarge": "x", "colour": 1,
    });
    let faults = client
        .post("/v1/presets?backfill=maybe", &wrong)
        .await
        .sorted_faults();
    let expected = [
        "#/background",
        "#/blur",
        "#/colour",
        "#/enlarge",
        "#/fit",
        "#/format",
        "#/gravity",
        "#/height",
        "#/lossless",
        "#/name",
        "#/quality",
        "#/width",
        "backfill",
    ];
    assert_eq!(faults, expected);
    for name in ["render", "content", "", "-x"] {
        let answer = client.post("/v1/presets", &json!({ "name": name })).await;
        assert_eq!(answer.sorted_faults(), ["#/name"], "{name}");
    }
    let renamed = client
        .put("/v1/presets/thumb", &json!({ "name": "small" }))
        .await;
    assert_eq!(renamed.sorted_faults(), ["#/name"]);
    let list = client.get("/v1/presets").await.expect(200).json();
    assert_eq!(list["data"].as_array().map(Vec::len), Some(3), "{list}");
}

#[tokio::test]
async fn there_is_a_most_of_presets() {
    let system = System::embedded().await;
    let client = &system.client;
    for number in 3..50 {
        let name = format!("p{number}");
        client
            .post("/v1/presets", &json!({ "name": name }))
            .await
            .expect(201);
    }
    client
        .post("/v1/presets", &json!({ "name": "one-more" }))
        .await
        .problem(409);
}

#[tokio::test]
async fn uploads_are_made_in_the_presets_of_their_tenant() {
    let system = System::embedded().await;
    let client = &system.client;
    let before = small_image(client).await;
    let hero =
        json!({ "name": "hero", "width": 200, "height": 50, "fit": "cover", "format": "webp" });
    client.post("/v1/presets", &hero).await.expect(201);
    let after = small_image(client).await;
    let only = new_image(client, "?presets=hero", bombs::jpeg(320, 240)).await;

    for id in [&after, &only] {
        let made = variants(client, id, "hero").await;
        assert_eq!(made.len(), 1, "{made:?}");
        assert_eq!(
            (&made[0]["width"], &made[0]["height"]),
            (&json!(200), &json!(50))
        );
        // The preset names the format, whatever the client would like.
        let path = format!("/v1/images/{id}/hero");
        let bytes = get_as(client, &path, "accept", "image/png")
            .await
            .expect(200);
        assert_eq!(bytes.header("content-type"), Some("image/webp"));
    }
    assert!(variants(client, &only, "thumb").await.is_empty());
    client
        .get(&format!("/v1/images/{before}/hero"))
        .await
        .problem(404);

    // It comes to older images when that is asked for.
    let wide = json!({ "name": "wide", "width": 240, "height": 40, "fit": "cover" });
    let made = client
        .post("/v1/presets?backfill=true", &wide)
        .await
        .expect(201)
        .json();
    let job = ended(client, &format!("/v1/jobs/{}", text(&made["job_id"]))).await;
    assert_eq!(
        (&job["state"], &job["done"], &job["total"]),
        (&json!("succeeded"), &json!(3), &json!(3))
    );
    client
        .get(&format!("/v1/images/{before}/wide"))
        .await
        .expect(200);

    // What a deleted preset has made stays.
    client.delete("/v1/presets/wide").await.expect(204);
    client
        .get(&format!("/v1/images/{before}/wide"))
        .await
        .expect(200);
    // What is slow to write is not made any more, and who takes other formats too gets one of them.
    let wide = format!("/v1/images/{before}/wide");
    let stored = get_as(client, &wide, "accept", "image/avif,image/webp;q=0.9");
    let stored = stored.await.expect(200);
    assert_eq!(stored.header("content-type"), Some("image/webp"));
    get_as(client, &wide, "accept", "image/avif")
        .await
        .problem(406);
    let later = small_image(client).await;
    client
        .get(&format!("/v1/images/{later}/wide"))
        .await
        .problem(404);
}
