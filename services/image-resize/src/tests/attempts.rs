//! Work that breaks off, and work that is put off.

use super::world::{World, picture};
use crate::model::{self, Image, State};
use contracts::jobs::{self, Job};
use ports::{Batch, TypeId};

fn id() -> String {
    TypeId::new("img").into()
}

async fn image(world: &World, id: &str) -> Image {
    let found = model::find(&world.invocation(), id).await.unwrap();
    found.unwrap().image
}

/// Gives the image a job, as an upload by a caller has.
async fn followed(world: &World, id: &str) -> String {
    let invocation = world.invocation();
    let mut image = image(world, id).await;
    let mut batch = Batch::new();
    let job = model::queued(&invocation, &mut batch, &image).unwrap();
    image.job = Some(job.clone());
    image.put(&mut batch).unwrap();
    world.commit(batch).await.unwrap();
    job
}

async fn job(world: &World, id: &str) -> Job {
    serde_json::from_slice(&world.get(&jobs::key(id)).await.unwrap().value).unwrap()
}

#[tokio::test]
async fn a_picture_at_which_processes_die_is_given_up() {
    let world = World::new();
    let id = id();
    let event = world.uploaded(&id, picture(64, 64)).await;
    let followed = followed(&world, &id).await;
    for attempt in 1..=3 {
        // What it returns is never committed: the process has died.
        world.handle(event.clone()).await;
        let job = job(&world, &followed).await;
        assert_eq!(job.state, jobs::State::Running);
        assert_eq!(job.steps, ["uploaded", &format!("attempt {attempt}")]);
    }
    let outcome = world.handle(event).await;
    world.commit(outcome.batch).await.unwrap();
    let image = image(&world, &id).await;
    let State::Failed { error } = image.state else {
        panic!("{:?}", image.state);
    };
    assert!(error.contains("broke off 3 times"), "{error}");
    assert_eq!(job(&world, &followed).await.state, jobs::State::Failed);
}

#[tokio::test]
async fn what_is_put_off_counts_for_nothing() {
    let world = World::new();
    let id = id();
    let event = world.uploaded(&id, picture(64, 64)).await;
    let followed = followed(&world, &id).await;
    for _ in 0..5 {
        world.blobs.refuse_writes(true);
        let failure = world.try_handle(event.clone()).await.unwrap_err();
        assert!(failure.outage, "{failure}");
    }
    assert_eq!(job(&world, &followed).await.state, jobs::State::Queued);
    world.blobs.refuse_writes(false);
    let outcome = world.handle(event).await;
    world.commit(outcome.batch).await.unwrap();
    assert_eq!(image(&world, &id).await.state.name(), "ready");
    let job = job(&world, &followed).await;
    assert_eq!((job.state, job.done), (jobs::State::Succeeded, job.total));
    assert_eq!(
        job.steps,
        ["uploaded", "attempt 6", "thumb", "large", "ready"]
    );
}
