use super::{get_as, new_image, no_blobs, small_image, varies};
use end_to_end::{Answer, Client, System, bombs, eventually, free_port};
use futures_util::future::join_all;
use std::collections::BTreeSet;

/// What tells how many renderings were made.
const MADE: &str = "switchboard_image_processing_duration_seconds_count";

struct Watched {
    system: System,
    admin: Client,
}

impl Watched {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let admin = format!("127.0.0.1:{}", free_port());
        let mut environment = settings.to_vec();
        environment.push(("SWITCHBOARD__ADMIN__LISTEN", &admin));
        let system = System::embedded_with(&environment).await;
        let admin = system.client.at(&format!("http://{admin}"));
        Self { system, admin }
    }

    async fn rendered(&self) -> u64 {
        let metrics = self.admin.get("/metrics").await.expect(200);
        let metrics = String::from_utf8(metrics.body).expect("text");
        let made = metrics
            .lines()
            .filter(|line| line.starts_with(MADE) && line.contains("\"render\""));
        made.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .sum()
    }
}

/// Width and height in the header of a PNG.
fn size_of_png(answer: &Answer) -> (u32, u32) {
    let number = |at: usize| {
        let bytes = answer.body[at..at + 4].try_into().expect("four bytes");
        u32::from_be_bytes(bytes)
    };
    (number(16), number(20))
}

#[tokio::test]
async fn any_form_can_be_had() {
    let system = System::embedded().await;
    let client = &system.client;
    let id = small_image(client).await;
    let render = format!("/v1/images/{id}/render");
    for (query, size) in [
        ("", (320, 240)),
        ("?w=100", (100, 75)),
        ("?h=60", (80, 60)),
        ("?w=100&h=100", (100, 75)),
        ("?w=100&h=100&fit=cover", (100, 100)),
        ("?w=100&h=100&fit=cover&gravity=0,1", (100, 100)),
        ("?w=100&h=100&fit=contain&background=336699", (100, 100)),
        ("?w=50&dpr=2", (100, 75)),
        ("?w=640&enlarge=true", (640, 480)),
        ("?w=640", (320, 240)),
    ] {
        let path = format!("{render}{query}");
        let answer = get_as(client, &path, "accept", "image/png")
            .await
            .expect(200);
        assert_eq!(size_of_png(&answer), size, "{query}");
        assert!(varies(&answer));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let caching = answer.header("cache-control").expect("caching");
        assert!(caching.contains("immutable"), "{caching}");
    }
    let path = format!("{render}?w=90&format=webp&q=50");
    let webp = get_as(client, &path, "accept", "image/png")
        .await
        .expect(200);
    assert_eq!(webp.header("content-type"), Some("image/webp"));
    assert!(!varies(&webp), "the format was named");
    let tag = webp.header("etag").expect("an ETag").to_owned();
    get_as(client, &path, "if-none-match", &tag)
        .await
        .expect(304);
    let part = get_as(client, &path, "range", "bytes=0-3")
        .await
        .expect(206);
    assert_eq!(part.body, b"RIFF");
    let plain = client.get(&format!("{render}?w=90")).await.expect(200);
    assert_eq!(plain.header("content-type"), Some("image/jpeg"));
}

#[tokio::test]
async fn every_fault_of_a_rendering_is_told_at_once() {
    let watched = Watched::start(&[]).await;
    let client = &watched.system.client;
    let id = small_image(client).await;
    let query = "w=0&h=x&fit=stretch&gravity=left&format=bmp&q=101&dpr=9&background=red&blur=-1&enlarge=2&lossless=2&colour=red";
    let answer = client.get(&format!("/v1/images/{id}/render?{query}")).await;
    let expected = [
        "background",
        "blur",
        "colour",
        "dpr",
        "enlarge",
        "fit",
        "format",
        "gravity",
        "h",
        "lossless",
        "q",
        "w",
    ];
    assert_eq!(answer.sorted_faults(), expected);
    let unknown = client
        .get(&format!("/v1/images/{id}/render?w=10&colour=red"))
        .await;
    assert_eq!(unknown.sorted_faults(), ["colour"]);
    let nowhere = "/v1/images/img_01h455vb4pex5vsknk084sn02q/render?w=10";
    client.get(nowhere).await.problem(404);
    client.get("/v1/images/nope/render").await.problem(404);
    let path = format!("/v1/images/{id}/render?w=10");
    get_as(client, &path, "accept", "image/tiff")
        .await
        .problem(406);
    let huge = format!("/v1/images/{id}/render?w=10000&h=10000&fit=contain&enlarge=true");
    client.get(&huge).await.problem(422);
    let made = watched.rendered().await;
    assert!(made <= 1, "{made} renderings for nothing");
}

#[tokio::test]
async fn a_hundred_requests_for_one_form_cost_one_rendering() {
    let watched = Watched::start(&[]).await;
    let client = &watched.system.client;
    let id = new_image(client, "", bombs::jpeg(2400, 1800)).await;
    let path = format!("/v1/images/{id}/render?w=1200&fit=inside&format=webp");
    let answers = join_all((0..100).map(|_| client.get(&path))).await;
    let tags: BTreeSet<String> = answers
        .into_iter()
        .map(|answer| {
            answer
                .expect(200)
                .header("etag")
                .expect("an ETag")
                .to_owned()
        })
        .collect();
    assert_eq!(tags.len(), 1);
    assert_eq!(watched.rendered().await, 1);
    // The same form in other words.
    let other = format!("/v1/images/{id}/render?format=webp&dpr=2&w=600&gravity=smart");
    client.get(&other).await.expect(200);
    assert_eq!(watched.rendered().await, 1);
}

#[tokio::test]
async fn what_is_not_used_makes_room() {
    let two = ("SWITCHBOARD__IMAGE_RESIZE__RENDER_QUOTA_COUNT", "2");
    let watched = Watched::start(&[two]).await;
    let client = &watched.system.client;
    let id = small_image(client).await;
    let render = async |width: u32| {
        let path = format!("/v1/images/{id}/render?w={width}");
        client.get(&path).await.expect(200)
    };
    let first = render(10).await;
    for width in [11, 12] {
        render(width).await;
    }
    assert_eq!(watched.rendered().await, 3);
    eventually(
        "the first one having gone, and being made again",
        async || {
            let again = render(10).await;
            assert_eq!(again.header("etag"), first.header("etag"));
            (watched.rendered().await == 4).then_some(())
        },
    )
    .await;
}

#[tokio::test]
async fn renderings_go_with_their_image() {
    let system = System::embedded().await;
    let client = &system.client;
    let id = small_image(client).await;
    for width in 20..25 {
        let path = format!("/v1/images/{id}/render?w={width}");
        client.get(&path).await.expect(200);
    }
    client.delete(&format!("/v1/images/{id}")).await.expect(204);
    client
        .get(&format!("/v1/images/{id}/render?w=20"))
        .await
        .problem(404);
    no_blobs(&system).await;
}
