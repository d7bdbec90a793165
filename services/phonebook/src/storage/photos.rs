//! What this service asks of `image-resize`, and the jobs that go with it.

pub mod extraction;

use super::jobs;
use crate::domain::{Contact, Pending, Photo, photo::SIZES};
use contracts::{
    images::{CREATE, CreateImage, DELETE, DeleteImage},
    jobs::State,
    uploads::Received,
};
use ports::{Batch, Event, Result, TypeId, blobs::Stored};
use runtime::{Invocation, adopt};

const IMAGES: &str = "image-resize";

/// Hands the uploaded bytes to `image-resize` as a new image of the contact; gives its id.
pub fn submit(
    invocation: &Invocation,
    batch: &mut Batch,
    contact: &Contact,
    upload: &Received,
) -> Result<String> {
    let image_id = String::from(TypeId::new("img"));
    let stored = Stored {
        bytes: upload.bytes,
        sha256: upload.sha256.clone(),
    };
    adopt(batch, upload);
    let (owner, blob) = (&contact.id, &upload.blob);
    batch.event(create(invocation, owner, &image_id, blob, stored)?);
    Ok(image_id)
}

/// Asks for an image of the bytes in this blob.
fn create(
    invocation: &Invocation,
    owner: &str,
    image_id: &str,
    blob: &str,
    stored: Stored,
) -> Result<Event> {
    let create = CreateImage {
        image_id: image_id.to_owned(),
        blob: blob.to_owned(),
        bytes: stored.bytes,
        sha256: stored.sha256,
        presets: SIZES.map(str::to_owned).to_vec(),
        owner: Some(owner.to_owned()),
    };
    invocation.message(IMAGES, CREATE, image_id, &create)
}

/// What a card that is kept from now on does to the contact's photo. `picture` is the SHA-256 of the one in the card;
/// `removes`: a card without one says that there is to be none. True when the photo went.
pub async fn follow_card(
    invocation: &Invocation,
    batch: &mut Batch,
    contact: &mut Contact,
    picture: Option<String>,
    removes: bool,
) -> Result<bool> {
    let before = std::mem::replace(&mut contact.card_photo, picture);
    let Some(sent) = contact.card_photo.as_deref() else {
        let reason = "the photo was taken out of the card";
        return Ok(removes && remove(invocation, batch, contact, reason).await?);
    };
    let shows = |photo: &Photo| photo.has(sent);
    let is_photo = contact.photo.as_ref().is_some_and(shows);
    // Without a picture of its own, the card was given with the photo in it: it comes back.
    let comes_back = is_photo && before.is_none();
    if before.as_deref() == Some(sent) || comes_back {
        return Ok(false);
    }
    if let Some(overtaken) = contact.pending.take() {
        let reason = "a later photo took its place";
        abandon(invocation, batch, &overtaken, reason).await?;
    }
    if !is_photo {
        contact.pending = Some(extraction::begin(invocation, batch, contact)?);
    }
    Ok(false)
}

/// Takes the photo from the contact, also one that is not ready yet. True when one was ready.
pub async fn remove(
    invocation: &Invocation,
    batch: &mut Batch,
    contact: &mut Contact,
    reason: &str,
) -> Result<bool> {
    if let Some(pending) = contact.pending.take() {
        abandon(invocation, batch, &pending, reason).await?;
    }
    let photo = contact.photo.take();
    if let Some(photo) = &photo {
        delete(invocation, batch, &photo.image_id)?;
    }
    Ok(photo.is_some())
}

/// Gives up a photo that is not ready yet, in a commit that expects the contact as it was read. Its deletion follows its
/// creation to the same place, in order; a picture that is still in the card is not handed over any more.
pub async fn abandon(
    invocation: &Invocation,
    batch: &mut Batch,
    pending: &Pending,
    reason: &str,
) -> Result<()> {
    delete(invocation, batch, &pending.image_id)?;
    settle(invocation, batch, pending, State::Cancelled, Some(reason)).await
}

/// Ends the job of a photo that is waited for no longer, if there is one.
pub async fn settle(
    invocation: &Invocation,
    batch: &mut Batch,
    pending: &Pending,
    state: State,
    reason: Option<&str>,
) -> Result<()> {
    match &pending.job_id {
        Some(id) => jobs::close(invocation, batch, id, state, reason).await,
        None => Ok(()),
    }
}

pub fn delete(invocation: &Invocation, batch: &mut Batch, image_id: &str) -> Result<()> {
    let data = DeleteImage {
        image_id: image_id.to_owned(),
    };
    batch.event(invocation.message(IMAGES, DELETE, image_id, &data)?);
    Ok(())
}
