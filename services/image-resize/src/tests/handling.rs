use super::world::{World, id, picture};
use crate::model::{self, State};
use contracts::{
    images::{self, ImageChanged},
    jobs,
};
use ports::Kind;
use runtime::Outcome;

fn told(outcome: &Outcome) -> (String, ImageChanged) {
    let event = outcome.batch.events.first().unwrap();
    let data = serde_json::from_slice(&event.data).unwrap();
    (event.event_type.clone(), data)
}

#[tokio::test]
async fn a_picture_becomes_variants() {
    let world = World::new();
    let id = id();
    let event = world.uploaded(&id, picture(300, 200)).await;
    assert_eq!(event.event_type, images::UPLOADED);

    let outcome = world.handle(event.clone()).await;
    let (event_type, data) = told(&outcome);
    assert_eq!(event_type, images::READY);
    assert_eq!(data.owner.as_deref(), Some("con_1"));
    assert_eq!((data.width, data.height), (Some(300), Some(200)));
    for variant in &data.variants {
        assert!(world.blobs.keys().contains(variant.blob.as_ref().unwrap()));
        let url = format!("/v1/images/{id}/{}?v=1", variant.name);
        assert_eq!(variant.url, url);
    }
    assert!(data.variants.iter().any(|variant| variant.name == "thumb"));
    assert!(data.variants.iter().all(|variant| variant.name != "small"));

    world.commit(outcome.batch).await.unwrap();
    assert_eq!(world.image(&id).await.state.name(), "ready");
    let again = world.handle(event).await;
    assert!(again.batch.is_empty(), "a finished image is left alone");
}

#[tokio::test]
async fn what_cannot_be_decoded_fails_with_a_reason_and_its_job() {
    let world = World::new();
    let id = id();
    let mut bytes = picture(300, 200);
    bytes.truncate(bytes.len() / 2);
    let event = world.uploaded(&id, bytes).await;

    let job = world.followed(&id).await;
    let outcome = world.handle(event).await;
    let (event_type, data) = told(&outcome);
    assert_eq!(
        (event_type.as_str(), data.status.as_str()),
        (images::FAILED, "failed")
    );
    assert!(data.error.is_some_and(|error| !error.is_empty()));
    world.commit(outcome.batch).await.unwrap();
    let job = world.job(&job).await;
    assert_eq!((job.state, job.errors.len()), (jobs::State::Failed, 1));
}

#[tokio::test]
async fn a_deleted_image_leaves_no_bytes() {
    let world = World::new();
    let id = id();
    let event = world.uploaded(&id, picture(64, 64)).await;
    let outcome = world.handle(event).await;
    world.commit(outcome.batch).await.unwrap();

    let outcome = world.handle(world.deletion(&id)).await;
    assert_eq!(told(&outcome).0, images::DELETED);
    world.commit(outcome.batch).await.unwrap();
    assert_eq!(model::find(&world.invocation(), &id).await.unwrap(), None);
    world.fire(&outcome.fire_now[0]).await;
    assert_eq!(world.blobs.keys(), Vec::<String>::new());
    assert_eq!(world.get(&outcome.fire_now[0]).await, None);

    let unknown = world.handle(world.deletion(&id)).await;
    assert!(unknown.batch.is_empty());
}

#[tokio::test]
async fn variants_written_behind_a_deletion_are_swept() {
    let world = World::new();
    let id = id();
    let event = world.uploaded(&id, picture(64, 64)).await;
    // The variants are written now, and the deletion wins.
    let overtaken = world.handle(event.clone()).await;
    let deletion = world.handle(world.deletion(&id)).await;
    world.commit(deletion.batch).await.unwrap();
    world.fire(&deletion.fire_now[0]).await;
    let error = world.commit(overtaken.batch).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    world.blobs.insert(
        &images::variant_key("acme", &id, "thumb", 1, "webp"),
        vec![1],
    );

    let outcome = world.handle(event).await;
    assert!(outcome.batch.events.is_empty());
    world.commit(outcome.batch).await.unwrap();
    world.fire(&outcome.fire_now[0]).await;
    assert_eq!(world.blobs.keys(), Vec::<String>::new());
}

#[tokio::test]
async fn an_image_is_created_once() {
    let world = World::new();
    let id = id();
    let event = world.uploaded(&id, picture(8, 8)).await;
    let data: ImageChanged = serde_json::from_slice(&event.data).unwrap();
    assert_eq!(data.status, State::Processing.name());
    let create = images::CreateImage {
        image_id: id.clone(),
        blob: "acme/uploads/other".to_owned(),
        bytes: 1,
        sha256: String::new(),
        presets: Vec::new(),
        owner: None,
    };
    let message = world
        .invocation()
        .message("image-resize", images::CREATE, &id, &create)
        .unwrap();
    assert!(world.handle(message).await.batch.is_empty());
}
