//! Work that breaks off, and work that is put off.

use super::world::{World, id, picture};
use crate::model::State;
use contracts::jobs;

#[tokio::test]
async fn a_picture_at_which_processes_die_is_given_up() {
    let world = World::new();
    let id = id();
    let event = world.uploaded(&id, picture(64, 64)).await;
    let followed = world.followed(&id).await;
    for attempt in 1..=3 {
        // What it returns is never committed: the process has died.
        world.handle(event.clone()).await;
        let job = world.job(&followed).await;
        assert_eq!(job.state, jobs::State::Running);
        assert_eq!(job.steps, ["uploaded", &format!("attempt {attempt}")]);
    }
    let outcome = world.handle(event).await;
    world.commit(outcome.batch).await.unwrap();
    let image = world.image(&id).await;
    let State::Failed { error } = image.state else {
        panic!("{:?}", image.state);
    };
    assert!(error.contains("broke off 3 times"), "{error}");
    assert_eq!(world.job(&followed).await.state, jobs::State::Failed);
}

#[tokio::test]
async fn what_is_put_off_counts_for_nothing() {
    let world = World::new();
    let id = id();
    let event = world.uploaded(&id, picture(64, 64)).await;
    let followed = world.followed(&id).await;
    for _ in 0..5 {
        world.blobs.refuse_writes(true);
        let failure = world.try_handle(event.clone()).await.unwrap_err();
        assert!(failure.outage, "{failure}");
    }
    assert_eq!(world.job(&followed).await.state, jobs::State::Queued);
    world.blobs.refuse_writes(false);
    let outcome = world.handle(event).await;
    world.commit(outcome.batch).await.unwrap();
    assert_eq!(world.image(&id).await.state.name(), "ready");
    let job = world.job(&followed).await;
    assert_eq!((job.state, job.done), (jobs::State::Succeeded, job.total));
    assert_eq!(
        job.steps,
        ["uploaded", "attempt 6", "thumb", "large", "ready"]
    );
}
