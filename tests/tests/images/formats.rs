use super::{get_as, new_image_of, text, variants, varies};
use end_to_end::{Client, System, bombs};

/// What is there from the start.
async fn stored(client: &Client, id: &str) -> Vec<String> {
    let made = variants(client, id, "thumb").await;
    let formats = made.iter().map(|one| text(&one["format"]));
    formats.collect()
}

#[tokio::test]
async fn a_picture_is_stored_in_what_suits_it_and_can_be_had_in_all_formats() {
    let system = System::embedded().await;
    let client = &system.client;
    for (media_type, bytes, expected) in [
        ("image/jpeg", bombs::jpeg(320, 240), ["jpeg", "webp"]),
        ("image/png", bombs::transparent_png(), ["png", "webp"]),
    ] {
        let id = new_image_of(client, "", media_type, bytes).await;
        assert_eq!(stored(client, &id).await, expected);
        let path = format!("/v1/images/{id}/thumb");
        for format in ["jpeg", "png", "webp", "avif"] {
            let wish = format!("image/{format}");
            let first = get_as(client, &path, "accept", &wish).await.expect(200);
            assert_eq!(first.header("content-type"), Some(wish.as_str()));
            assert!(varies(&first));
            let caching = first.header("cache-control").expect("caching");
            assert!(caching.contains("immutable"), "{caching}");
            let again = get_as(client, &path, "accept", &wish).await.expect(200);
            assert_eq!(first.header("etag"), again.header("etag"));
        }
        assert_eq!(stored(client, &id).await, expected, "renderings are apart");
    }
}
