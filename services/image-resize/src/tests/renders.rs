//! Renderings on demand, and their room.

use super::world::{World, id, picture};
use crate::{
    model::Found,
    renders::{Renders, Wanted},
    studio::{Company, Studio, Work},
};
use futures_util::future::join_all;
use imaging::{Form, Format, Limits};
use ports::{Batch, Kind, store::stamp};
use serde_json::json;
use settings::Settings;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::{select, task::yield_now, time::timeout};
use web::ProblemKind;

const RENDERS: &str = "image-resize/render/";
const USED: &str = "image-resize/used/";
const EVICTIONS: &str = "image-resize/evict/";

/// With so many places for renderings; 0: as many as usual.
fn studio(places: usize) -> Arc<Studio> {
    let settings = settings::ImageResize {
        concurrency_renders: places,
        ..Settings::default().image_resize
    };
    Arc::new(Studio::new(Limits::default(), &settings).unwrap())
}

fn renders() -> Renders {
    Renders::new(studio(0))
}

fn wanted(width: u32) -> Wanted {
    let form: Form = serde_json::from_value(json!({ "width": width })).unwrap();
    Wanted::new(form, Format::Png)
}

async fn found(world: &World) -> Found {
    let id = id();
    world.ready(&id, picture(300, 200)).await;
    world.found(&id).await
}

/// A world with this room for renderings, and an image in it.
async fn with_quota(bytes: u64, count: u64) -> (World, Found) {
    let mut settings = Settings::default();
    settings.image_resize.render_quota_bytes = bytes;
    settings.image_resize.render_quota_count = count;
    let world = World::with(&settings);
    let found = found(&world).await;
    (world, found)
}

fn rendered_blobs(world: &World) -> usize {
    let mut keys = world.blobs.keys();
    keys.retain(|key| key.contains("/renders/"));
    keys.len()
}

#[tokio::test]
async fn a_hundred_who_ask_at_once_cost_one_rendering() {
    let world = World::new();
    let found = found(&world).await;
    // Two processes.
    let renders = [renders(), renders()];
    let invocation = world.invocation();
    let wanted = wanted(77);
    let asking = (0..100).map(|n| renders[n % 2].get(&invocation, &found, &wanted));
    let given: BTreeSet<String> = join_all(asking)
        .await
        .into_iter()
        .map(|render| render.unwrap().blob)
        .collect();
    assert_eq!(given.len(), 1);
    assert_eq!(rendered_blobs(&world), 1, "nobody else has made one");
    let again = renders[0].get(&invocation, &found, &wanted).await.unwrap();
    assert!(given.contains(&again.blob));
    assert_eq!((again.width, again.height), (77, 51));
}

#[tokio::test]
async fn all_who_wait_share_a_failure() {
    let world = World::new();
    let found = found(&world).await;
    world.blobs.insert(&found.image.blob, vec![0; 64]);
    let (renders, invocation, wanted) = (renders(), world.invocation(), wanted(77));
    let before = world.blobs.reads();
    let asking = (0..20).map(|_| renders.get(&invocation, &found, &wanted));
    for refused in join_all(asking).await {
        assert_eq!(refused.unwrap_err().kind(), ProblemKind::Unprocessable);
    }
    assert_eq!(world.blobs.reads() - before, 1);
}

#[tokio::test]
async fn a_rendering_goes_on_when_its_caller_has_gone() {
    let world = World::new();
    let found = found(&world).await;
    let studio = studio(1);
    let renders = Renders::new(studio.clone());
    let taken = studio.place(Work::Render, Company::Others).await.unwrap();
    let (invocation, wanted) = (world.invocation(), wanted(77));
    select! {
        _ = renders.get(&invocation, &found, &wanted) => panic!("there is no place"),
        () = until(async || studio.waiting(Work::Render) == 1) => {}
    }
    drop(taken);
    until(async || !world.items(RENDERS).await.is_empty()).await;
    assert_eq!(rendered_blobs(&world), 1);
    let (key, _) = &world.items(RENDERS).await[0];
    until(async || {
        let claim = invocation.claim(key, Duration::from_secs(1)).await;
        claim.unwrap().is_some()
    })
    .await;
}

/// Waits for it, but less than a claim lasts.
async fn until(is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            yield_now().await;
        }
    };
    timeout(Duration::from_secs(9), waiting).await.unwrap();
}

#[tokio::test]
async fn what_was_used_last_stays_when_there_is_no_room() {
    let (world, found) = with_quota(u64::MAX, 3).await;
    let renders = renders();
    let mut last = Vec::new();
    for width in 10..16 {
        let mut invocation = world.invocation();
        invocation.now = invocation.now + Duration::from_secs(width.into());
        let render = renders.get(&invocation, &found, &wanted(width)).await;
        last.push(render.unwrap().blob);
    }
    world.fire_all(EVICTIONS).await;
    assert_eq!(world.items(RENDERS).await.len(), 3);
    // Who is reading the others may finish.
    assert_eq!(rendered_blobs(&world), 6);
    world.fire_all("image-resize/discard/").await;
    let left = world.blobs.keys();
    let left: Vec<bool> = last.iter().map(|blob| left.contains(blob)).collect();
    assert_eq!(left, [false, false, false, true, true, true]);
}

#[tokio::test]
async fn a_rendering_that_is_used_again_is_not_the_oldest() {
    let (world, found) = with_quota(u64::MAX, 1).await;
    let renders = renders();
    let mut invocation = world.invocation();
    renders.get(&invocation, &found, &wanted(10)).await.unwrap();
    invocation.now = invocation.now + Duration::from_secs(60);
    renders.get(&invocation, &found, &wanted(11)).await.unwrap();
    invocation.now = invocation.now + Duration::from_secs(2 * 3600);
    let used = renders.get(&invocation, &found, &wanted(10)).await.unwrap();
    world.fire_all(EVICTIONS).await;
    let left = world.items(RENDERS).await;
    assert_eq!(left.len(), 1);
    assert!(String::from_utf8_lossy(&left[0].1.value).contains(&used.blob));
}

#[tokio::test]
async fn more_bytes_than_the_quota_do_not_stay() {
    let (world, found) = with_quota(10, u64::MAX).await;
    renders()
        .get(&world.invocation(), &found, &wanted(50))
        .await
        .unwrap();
    world.fire_all(EVICTIONS).await;
    assert!(world.items(RENDERS).await.is_empty());
}

#[tokio::test]
async fn more_bytes_than_the_quota_push_nothing_else_out() {
    let (world, found) = with_quota(u64::MAX, u64::MAX).await;
    let large = renders()
        .get(&world.invocation(), &found, &wanted(290))
        .await
        .unwrap();
    let (world, found) = with_quota(large.bytes - 1, u64::MAX).await;
    let (renders, mut invocation) = (renders(), world.invocation());
    let small = renders.get(&invocation, &found, &wanted(10)).await.unwrap();
    invocation.now = invocation.now + Duration::from_secs(1);
    renders
        .get(&invocation, &found, &wanted(290))
        .await
        .unwrap();
    world.fire_all(EVICTIONS).await;
    let left = world.items(RENDERS).await;
    assert_eq!(left.len(), 1);
    assert!(String::from_utf8_lossy(&left[0].1.value).contains(&small.blob));
}

#[tokio::test]
async fn an_index_key_without_its_rendering_does_not_stay() {
    let (world, found) = with_quota(u64::MAX, 1).await;
    let mut batch = Batch::new();
    let [used, bytes] = [1, 5].map(stamp);
    batch.index(format!("{USED}{used}/{bytes}/{}/gone", found.image.id));
    world.commit(batch).await.unwrap();
    renders()
        .get(&world.invocation(), &found, &wanted(10))
        .await
        .unwrap();
    world.fire_all(EVICTIONS).await;
    assert_eq!(world.items(RENDERS).await.len(), 1);
    assert_eq!(world.index(USED).await.len(), 1);
}

#[tokio::test]
async fn a_rendering_that_is_used_while_its_image_goes_leaves_no_index_key() {
    let world = World::new();
    let found = found(&world).await;
    let (renders, mut invocation) = (renders(), world.invocation());
    renders.get(&invocation, &found, &wanted(10)).await.unwrap();
    let sweep = deleted(&world, &found.image.id).await;
    let overtaken = world.fired(&sweep).await;
    invocation.now = invocation.now + Duration::from_secs(2 * 3600);
    renders.get(&invocation, &found, &wanted(10)).await.unwrap();
    let error = world.commit(overtaken.batch).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    world.fire(&sweep).await;
    assert!(world.items(RENDERS).await.is_empty());
    assert_eq!(world.index(USED).await, Vec::<String>::new());
}

/// Deletes the image, and gives the key of the sweep of its bytes.
async fn deleted(world: &World, image_id: &str) -> String {
    let deletion = world.handle(world.deletion(image_id)).await;
    world.commit(deletion.batch).await.unwrap();
    deletion.fire_now[0].clone()
}

#[tokio::test]
async fn renderings_go_with_their_image() {
    let world = World::new();
    let found = found(&world).await;
    let (renders, invocation) = (renders(), world.invocation());
    for width in 20..24 {
        renders
            .get(&invocation, &found, &wanted(width))
            .await
            .unwrap();
    }
    let sweep = deleted(&world, &found.image.id).await;
    world.fire(&sweep).await;
    assert_eq!(world.blobs.keys(), Vec::<String>::new());
    assert!(world.items(RENDERS).await.is_empty());
    assert_eq!(world.index(USED).await, Vec::<String>::new());
    // One who has read the image just before finds that it is gone, and leaves nothing.
    renders
        .get(&invocation, &found, &wanted(30))
        .await
        .unwrap_err();
    assert_eq!(world.blobs.keys(), Vec::<String>::new());
}
