//! Another service has adopted an upload and asks for it to become an image.

use crate::{
    model::{self, Image, Presets},
    presets,
};
use contracts::images::{self, CreateImage};
use ports::{Batch, TypeId};
use runtime::{Failure, Invocation, Outcome};

/// The sender follows the image by its events, so it gets no job.
pub async fn create(invocation: &Invocation, message: CreateImage) -> Result<Outcome, Failure> {
    TypeId::parse("img", &message.image_id)?;
    if model::find(invocation, &message.image_id).await?.is_some() {
        return Ok(Outcome::default());
    }
    let presets = presets::known(&message.presets, &Presets::of(invocation).await?);
    let image = Image::new(message, presets);
    let mut batch = Batch::new();
    batch.expect(model::key(&image.id), None);
    image.put(&mut batch)?;
    let data = model::changed(&image, image.state.name());
    batch.event(invocation.event(images::UPLOADED, &image.id, &data)?);
    Ok(batch.into())
}
