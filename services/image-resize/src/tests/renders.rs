//! Renderings on demand, and their room.

use super::world::{World, picture};
use crate::{
    model::{self, Found},
    renders::{Renders, Wanted},
    studio::Studio,
};
use contracts::images::{self, DeleteImage};
use futures_util::future::join_all;
use imaging::{Form, Format, Limits};
use ports::TypeId;
use serde_json::json;
use settings::Settings;
use std::{collections::BTreeSet, sync::Arc};

const RENDERS: &str = "image-resize/render/";
const EVICTIONS: &str = "image-resize/evict/";

fn renders() -> Renders {
    let settings = Settings::default().image_resize;
    Renders::new(Arc::new(Studio::new(Limits::default(), &settings)))
}

fn wanted(width: u32) -> Wanted {
    let form: Form = serde_json::from_value(json!({ "width": width })).unwrap();
    Wanted::new(form, Format::Png)
}

async fn found(world: &World) -> Found {
    let id = String::from(TypeId::new("img"));
    world.ready(&id, picture(300, 200)).await;
    model::find(&world.invocation(), &id)
        .await
        .unwrap()
        .unwrap()
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
async fn what_was_used_last_stays_when_there_is_no_room() {
    let mut settings = Settings::default();
    settings.image_resize.render_quota_count = 3;
    let world = World::with(&settings);
    let found = found(&world).await;
    let renders = renders();
    let mut last = Vec::new();
    for width in 10..16 {
        let mut invocation = world.invocation();
        invocation.now = invocation.now + std::time::Duration::from_secs(width.into());
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
    let mut settings = Settings::default();
    settings.image_resize.render_quota_count = 1;
    let world = World::with(&settings);
    let found = found(&world).await;
    let renders = renders();
    let mut invocation = world.invocation();
    renders.get(&invocation, &found, &wanted(10)).await.unwrap();
    invocation.now = invocation.now + std::time::Duration::from_secs(60);
    renders.get(&invocation, &found, &wanted(11)).await.unwrap();
    invocation.now = invocation.now + std::time::Duration::from_secs(2 * 3600);
    let used = renders.get(&invocation, &found, &wanted(10)).await.unwrap();
    world.fire_all(EVICTIONS).await;
    let left = world.items(RENDERS).await;
    assert_eq!(left.len(), 1);
    assert!(String::from_utf8_lossy(&left[0].1.value).contains(&used.blob));
}

#[tokio::test]
async fn more_bytes_than_the_quota_do_not_stay() {
    let mut settings = Settings::default();
    settings.image_resize.render_quota_bytes = 10;
    let world = World::with(&settings);
    let found = found(&world).await;
    renders()
        .get(&world.invocation(), &found, &wanted(50))
        .await
        .unwrap();
    world.fire_all(EVICTIONS).await;
    assert!(world.items(RENDERS).await.is_empty());
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
    let image_id = found.image.id.clone();
    let data = DeleteImage {
        image_id: image_id.clone(),
    };
    let message = invocation.message("image-resize", images::DELETE, &image_id, &data);
    let deletion = world.handle(message.unwrap()).await;
    world.commit(deletion.batch).await.unwrap();
    world.fire(&deletion.fire_now[0]).await;
    assert_eq!(world.blobs.keys(), Vec::<String>::new());
    assert!(world.items(RENDERS).await.is_empty());
    assert_eq!(
        world.index("image-resize/used/").await,
        Vec::<String>::new()
    );
    // One who has read the image just before finds that it is gone, and leaves nothing.
    renders
        .get(&invocation, &found, &wanted(30))
        .await
        .unwrap_err();
    assert_eq!(world.blobs.keys(), Vec::<String>::new());
}
