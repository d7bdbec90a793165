//! A picture arrives.

use super::inspect::inspect;
use crate::{
    model::{self, Image, Presets},
    presets,
};
use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
    web::Data,
};
use contracts::images::{self, CreateImage};
use imaging::Limits;
use ports::{Batch, TypeId};
use runtime::Ctx;
use web::{Answer, Params, Problem};

pub async fn create(
    ctx: Ctx,
    request: HttpRequest,
    limits: Data<Limits>,
) -> Result<Answer, Problem> {
    let params = Params::parse(request.query_string());
    let presets = presets::parse(params.get("presets"), &Presets::of(&ctx).await?)?;
    accept(&ctx, &limits, TypeId::new("img").into(), presets).await
}

/// Answers as soon as the picture is safe and its header makes sense; its variants are made on the event.
pub async fn accept(
    ctx: &Ctx,
    limits: &Limits,
    image_id: String,
    presets: Vec<String>,
) -> Result<Answer, Problem> {
    let upload = ctx.upload()?;
    let facts = inspect(ctx, upload, limits).await?;
    let create = CreateImage {
        image_id,
        blob: upload.blob.clone(),
        bytes: upload.bytes,
        sha256: upload.sha256.clone(),
        presets: Vec::new(),
        owner: None,
    };
    let mut image = Image::new(create, presets);
    image.facts = facts;
    let mut batch = Batch::new();
    runtime::adopt(&mut batch, upload);
    let job = model::queued(ctx, &mut batch, &image)?;
    let location = format!("/v1/jobs/{job}");
    image.job = Some(job);
    batch.expect(model::key(&image.id), None);
    image.put(&mut batch)?;
    let data = model::changed(&image, image.state.name());
    batch.event(ctx.event(images::UPLOADED, &image.id, &data)?);
    Ok(Answer::json(StatusCode::ACCEPTED, &model::view(&image))?
        .location(location)
        .header(header::CONTENT_LOCATION, format!("/v1/images/{}", image.id))
        .commit(batch))
}
