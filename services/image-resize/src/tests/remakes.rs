//! A preset that changes, and the images that there are.

use super::world::{World, id, picture};
use crate::{
    model::{Preset, Presets},
    remakes,
};
use contracts::{
    images::{self, ImageChanged},
    jobs::State,
};
use ports::Batch;
use serde_json::json;

const REMAKES: &str = "image-resize/remake/";

fn preset(name: &str, side: u32, version: u64) -> Preset {
    let stored = json!({ "name": name, "form": { "width": side, "height": side, "fit": "cover" }, "version": version });
    serde_json::from_value(stored).unwrap()
}

/// As a route does it; gives the job.
async fn change(world: &World, preset: Preset, everywhere: bool) -> String {
    let invocation = world.invocation();
    let presets = Presets::of(&invocation).await.unwrap();
    let mut batch = Batch::new();
    let job = remakes::begin(&invocation, &mut batch, &preset, everywhere);
    let job = job.await.unwrap();
    presets.with(preset).put(&mut batch).unwrap();
    world.commit(batch).await.unwrap();
    job
}

#[tokio::test]
async fn a_changed_preset_makes_its_variants_again() {
    let world = World::new();
    let ids = [id(), id(), id()];
    for id in &ids {
        world.ready(id, picture(300, 200)).await;
    }
    let before = world.image(&ids[0]).await;
    let job_id = change(&world, preset("thumb", 50, 2), false).await;

    world.fire("image-resize/remake/thumb").await;
    let counted = world.job(&job_id).await;
    assert_eq!(
        (counted.state, counted.done, counted.total),
        (State::Running, 0, 3)
    );
    // Until it is their turn, all is as it was.
    assert_eq!(world.image(&ids[0]).await, before);

    world.fire_all(REMAKES).await;
    let ended = world.job(&job_id).await;
    assert_eq!(
        (ended.state, ended.done, ended.total),
        (State::Succeeded, 3, 3)
    );
    assert_eq!(ended.result.as_deref(), Some("/v1/presets/thumb"));
    for id in &ids {
        let image = world.image(id).await;
        for variant in image.variants_of("thumb") {
            assert_eq!((variant.width, variant.version), (50, 2));
            assert_eq!(variant.url, format!("/v1/images/{id}/thumb?v=2"));
            assert!(world.blobs.keys().contains(variant.blob.as_ref().unwrap()));
        }
        assert!(
            image
                .variants_of("large")
                .all(|variant| variant.version == 1)
        );
        assert_eq!(image.presets, ["thumb", "large"]);
    }
    // The old bytes are there a while longer.
    let old = before
        .variants_of("thumb")
        .filter_map(|old| old.blob.clone());
    let old: Vec<String> = old.collect();
    let present = |blob: &String| world.blobs.keys().contains(blob);
    assert!(old.iter().all(present));
    world.fire_all("image-resize/discard/").await;
    assert!(!old.iter().any(present));
}

#[tokio::test]
async fn what_was_made_again_is_announced_once() {
    let world = World::new();
    let id = id();
    world.ready(&id, picture(300, 200)).await;
    change(&world, preset("thumb", 50, 2), false).await;
    world.fire("image-resize/remake/thumb").await;
    let outcome = world.fired("image-resize/remake/thumb").await;
    let event = outcome.batch.events.first().unwrap();
    assert_eq!(event.event_type, images::READY);
    let data: ImageChanged = serde_json::from_slice(&event.data).unwrap();
    let thumb = data.variants.iter().find(|variant| variant.name == "thumb");
    assert_eq!(thumb.unwrap().version, 2);
    world.commit(outcome.batch).await.unwrap();
    assert!(world.items(REMAKES).await.is_empty());
}

#[tokio::test]
async fn a_new_preset_comes_to_old_images_when_asked_for() {
    let world = World::new();
    let id = id();
    world.ready(&id, picture(300, 200)).await;
    change(&world, preset("hero", 70, 1), true).await;
    world.fire_all(REMAKES).await;
    let image = world.image(&id).await;
    assert_eq!(image.presets, ["thumb", "large", "hero"]);
    let hero = image.variants_of("hero").next().unwrap();
    assert_eq!(hero.url, format!("/v1/images/{id}/hero?v=1"));
}

#[tokio::test]
async fn a_straggler_leaves_the_bytes_of_a_changed_preset_alone() {
    let world = World::new();
    let id = id();
    let event = world.uploaded(&id, picture(300, 200)).await;
    // A process that has written by the preset as it was, and is overtaken by one that knows the new one.
    let overtaken = world.handle(event.clone()).await;
    change(&world, preset("thumb", 50, 2), false).await;
    world.commit(overtaken.batch).await.unwrap_err();
    let outcome = world.handle(event.clone()).await;
    let data: ImageChanged = serde_json::from_slice(&outcome.batch.events[0].data).unwrap();
    world.commit(outcome.batch).await.unwrap();
    let written: Vec<&str> = data
        .variants
        .iter()
        .filter_map(|one| one.blob.as_deref())
        .collect();
    let thumbs = |version: u64| {
        let thumb = images::variant_key("acme", &id, "thumb", version, "webp");
        (
            world.blobs.keys().contains(&thumb),
            written.contains(&thumb.as_str()),
        )
    };
    assert_eq!((thumbs(1), thumbs(2)), ((true, false), (true, true)));
}

#[tokio::test]
async fn what_is_in_work_gets_a_new_preset_with_the_others() {
    let world = World::new();
    let id = id();
    let event = world.uploaded(&id, picture(300, 200)).await;
    change(&world, preset("hero", 70, 1), true).await;
    world.fire_all(REMAKES).await;
    assert_eq!(world.image(&id).await.state.name(), "processing");
    let outcome = world.handle(event).await;
    world.commit(outcome.batch).await.unwrap();
    let image = world.image(&id).await;
    assert!(image.variants_of("hero").all(|hero| hero.width == 70));
    assert_eq!(image.variants_of("hero").count(), 3);
}

#[tokio::test]
async fn a_later_change_takes_the_place_of_an_earlier_one() {
    let world = World::new();
    let id = id();
    world.ready(&id, picture(300, 200)).await;
    let first = change(&world, preset("thumb", 50, 2), false).await;
    let second = change(&world, preset("thumb", 60, 3), false).await;
    assert_eq!(world.job(&first).await.state, State::Cancelled);
    world.fire_all(REMAKES).await;
    assert_eq!(world.job(&second).await.state, State::Succeeded);
    let image = world.image(&id).await;
    assert!(
        image
            .variants_of("thumb")
            .all(|variant| variant.width == 60)
    );
}

#[tokio::test]
async fn images_without_the_preset_and_spoiled_ones_are_passed_by() {
    let world = World::new();
    let (whole, lost) = (id(), id());
    world.ready(&whole, picture(300, 200)).await;
    world.ready(&lost, picture(300, 200)).await;
    world.blobs.remove(&world.image(&lost).await.blob);
    let before = world.image(&lost).await;
    let thumb = change(&world, preset("thumb", 50, 2), false).await;
    let small = change(&world, preset("small", 50, 2), false).await;
    world.fire_all(REMAKES).await;
    let thumb = world.job(&thumb).await;
    assert_eq!(
        (thumb.state, thumb.done, thumb.errors.len()),
        (State::Succeeded, 2, 1)
    );
    assert!(
        thumb.errors[0].detail.starts_with(&lost),
        "{:?}",
        thumb.errors
    );
    let small = world.job(&small).await;
    assert_eq!((small.done, small.errors.len()), (2, 0));
    assert_eq!(world.image(&lost).await, before);
    assert!(
        world
            .image(&whole)
            .await
            .variants_of("small")
            .next()
            .is_none()
    );
}

#[tokio::test]
async fn a_deleted_preset_ends_its_re_make() {
    let world = World::new();
    let id = id();
    world.ready(&id, picture(300, 200)).await;
    let job_id = change(&world, preset("hero", 70, 1), true).await;
    let presets = Presets::of(&world.invocation()).await.unwrap();
    let mut batch = Batch::new();
    let hero = presets.find("hero").unwrap();
    presets.without(&hero).put(&mut batch).unwrap();
    world.commit(batch).await.unwrap();
    world.fire_all(REMAKES).await;
    assert_eq!(world.job(&job_id).await.state, State::Cancelled);
    assert_eq!(world.image(&id).await.presets, ["thumb", "large"]);
}
