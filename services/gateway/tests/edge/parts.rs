//! Answers that come in parts.

use crate::{client::CutOff, library::PAGE, world::World};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Registry, TextEncoder};
use settings::Millis;
use std::time::Duration;

/// What lies between the library and a client that does not read: a page in the connection's buffer, one ahead of it, one
/// being made, and what the system's own buffers hold.
const BETWEEN: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_streams_and_is_asked_for_as_it_is_taken() {
    let world = World::start().await;
    let mut reply = world.get("/book?pages=50").await;
    assert_eq!((reply.status, reply.is_chunked()), (200, true));
    assert_eq!(reply.field("etag"), "\"book\"");
    let mut read = 0;
    while let Some(piece) = reply.piece().await.expect("a whole answer") {
        assert_eq!(piece.first().copied(), Some((read / PAGE) as u8));
        read += piece.len();
        assert!(world.asked() <= read / PAGE + BETWEEN);
    }
    assert_eq!((read, world.asked()), (50 * PAGE, 50));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_client_keeps_few_pages_waiting_and_nobody_else() {
    let world = World::start().await;
    let mut slow = world.get("/book?pages=50").await;
    world
        .until("a page ahead", async || world.asked() > 1)
        .await;
    for _ in 0..20 {
        assert_eq!(world.get("/book?pages=0").await.status, 200);
    }
    assert!(world.asked() - 20 <= BETWEEN, "{}", world.asked());
    let (body, end) = slow.body().await;
    assert_eq!((body.len(), end), (50 * PAGE, Ok(())));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_off_does_not_look_whole_and_is_counted() {
    let registry = Registry::new();
    let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone());
    let provider = SdkMeterProvider::builder().with_reader(exporter.build().expect("a reader"));
    opentelemetry::global::set_meter_provider(provider.build());
    let short = Millis(Duration::from_secs(3));
    let world = World::with(|settings| settings.request_timeout = short).await;
    for fail in ["refuse", "panic", "status", "loop", "hang"] {
        let mut reply = world.get(&format!("/book?pages=9&fail={fail}")).await;
        assert_eq!(reply.status, 200);
        let (body, end) = reply.body().await;
        assert_eq!(end, Err(CutOff), "{fail}");
        assert!(body.len() <= 2 * PAGE, "{fail}");
    }
    let metrics = TextEncoder::new().encode_to_string(&registry.gather());
    let metrics = metrics.expect("text");
    let mut counted = metrics
        .lines()
        .filter(|line| line.starts_with("switchboard_answers_broken"));
    let counted = counted.next().expect("a counter");
    assert!(counted.contains("http_route=\"/book\"") && counted.ends_with(" 5"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_away_stops_the_chain_and_frees_the_slot() {
    let world = World::with(|settings| settings.max_concurrent = 4).await;
    let mut reply = world.get("/book?pages=200").await;
    assert!(matches!(reply.piece().await, Ok(Some(_))));
    assert_eq!(world.get("/phones/snom.xml").await.status, 429);
    drop(reply);
    world
        .until("a free slot", async || {
            world.get("/phones/snom.xml").await.status == 207
        })
        .await;
    assert!(world.asked() < 2 * BETWEEN);
    // One that is read to its end frees its slot, too.
    let (_, end) = world.get("/book?pages=3").await.body().await;
    assert_eq!(end, Ok(()));
    world
        .until("a free slot", async || {
            world.get("/phones/snom.xml").await.status == 207
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_is_made_for_each_part() {
    let world = World::start().await;
    let xml = ("content-type", "text/xml");
    let mut reply = world.send("REPORT", "/cards/", &[xml], b"<card/>").await;
    assert_eq!(reply.status, 207);
    assert_eq!(reply.text().await, "<card/><card/>");
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_ranges_and_tokens_from_outside_mean_nothing() {
    let world = World::start().await;
    for field in [
        ("if-none-match", "\"book\""),
        ("range", "bytes=0-9"),
        ("switchboard-continuation", "1"),
    ] {
        let mut reply = world.send("GET", "/book?pages=2", &[field], b"").await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.body().await.0.len(), 2 * PAGE, "{field:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn head_asks_for_no_further_part_and_unsafe_methods_have_none() {
    let world = World::start().await;
    let mut reply = world.send("HEAD", "/book?pages=9", &[], b"").await;
    assert_eq!((reply.status, reply.field("etag")), (200, "\"book\""));
    assert_eq!(world.asked(), 1);
    assert_eq!(reply.body().await, (Vec::new(), Err(CutOff)), "only a head");
    reply = world.send("POST", "/book?pages=9", &[], b"").await;
    assert_eq!(reply.status, 500);
}
