//! What this service asks of `image-resize`, and the jobs that go with it.

use super::jobs;
use crate::domain::{Contact, Pending, photo::SIZES};
use contracts::{
    images::{CREATE, CreateImage, DELETE, DeleteImage},
    jobs::State,
    uploads::Received,
};
use ports::{Batch, Result, TypeId};
use runtime::{Invocation, adopt};

const IMAGES: &str = "image-resize";

/// Hands the uploaded bytes to `image-resize` as a new image of the contact.
pub fn submit(
    invocation: &Invocation,
    batch: &mut Batch,
    contact: &Contact,
    upload: &Received,
) -> Result<Pending> {
    let image_id = String::from(TypeId::new("img"));
    let create = CreateImage {
        image_id: image_id.clone(),
        blob: upload.blob.clone(),
        bytes: upload.bytes,
        sha256: upload.sha256.clone(),
        presets: SIZES.map(str::to_owned).to_vec(),
        owner: Some(contact.id.clone()),
    };
    adopt(batch, upload);
    batch.event(invocation.message(IMAGES, CREATE, &image_id, &create)?);
    let job_id = jobs::open(invocation, batch, contact.path())?;
    Ok(Pending { image_id, job_id })
}

/// Gives up a photo that is not ready yet. Its deletion follows its creation to the same place, in order.
pub async fn abandon(
    invocation: &Invocation,
    batch: &mut Batch,
    pending: &Pending,
    reason: &str,
) -> Result<()> {
    delete(invocation, batch, &pending.image_id)?;
    let (id, reason) = (&pending.job_id, Some(reason));
    jobs::close(invocation, batch, id, State::Cancelled, reason).await
}

pub fn delete(invocation: &Invocation, batch: &mut Batch, image_id: &str) -> Result<()> {
    let data = DeleteImage {
        image_id: image_id.to_owned(),
    };
    batch.event(invocation.message(IMAGES, DELETE, image_id, &data)?);
    Ok(())
}
