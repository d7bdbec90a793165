use super::find;
use crate::{
    domain::{
        Pending, accept,
        photo::{self, SIZES},
    },
    storage::{cards, contacts, jobs, photos},
};
use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
    web::Path,
};
use contracts::uploads::Received;
use futures_util::TryStreamExt;
use runtime::Ctx;
use serde_json::json;
use web::{Answer, EntityTag, Fault, Params, Precondition, Problem, ProblemKind};

/// Takes the uploaded picture; its sizes are made afterwards. Of several uploads the last one wins.
pub async fn upload(ctx: Ctx, request: HttpRequest, id: Path<String>) -> Result<Answer, Problem> {
    let found = find(&ctx, &id).await?;
    Precondition::of(request.headers()).check(Some(&found.contact.etag()))?;
    let upload = ctx.upload()?;
    if !photo::looks_like_a_picture(&first_bytes(&ctx, upload).await?) {
        let detail = "a photo is a JPEG, PNG or WebP picture; this is something else";
        return Err(Problem::new(ProblemKind::UnsupportedMediaType, detail));
    }
    let mut batch = ports::Batch::new();
    if let Some(overtaken) = &found.contact.pending {
        let reason = "a later photo took its place";
        photos::abandon(&ctx, &mut batch, overtaken, reason).await?;
    }
    let image_id = photos::submit(&ctx, &mut batch, &found.contact, upload)?;
    let job_id = jobs::open(&ctx, &mut batch, found.contact.path())?;
    let body = json!({ "image_id": image_id, "status": "processing", "job_id": job_id });
    let job = format!("/v1/jobs/{job_id}");
    let mut after = found.contact.clone();
    let job_id = Some(job_id);
    after.pending = Some(Pending { image_id, job_id });
    batch.merge(contacts::amend(&found, &after)?);
    Ok(Answer::json(StatusCode::ACCEPTED, &body)?
        .location(job)
        .commit(batch))
}

async fn first_bytes(ctx: &Ctx, upload: &Received) -> Result<Vec<u8>, Problem> {
    let end = upload.bytes.min(photo::HEADER_BYTES);
    if end == 0 {
        return Ok(Vec::new());
    }
    let mut chunks = ctx.blobs.get(&upload.blob, Some(0..end)).await?;
    let mut header = Vec::new();
    while let Some(chunk) = chunks.try_next().await? {
        header.extend_from_slice(&chunk);
    }
    Ok(header)
}

pub async fn show(ctx: Ctx, request: HttpRequest, id: Path<String>) -> Result<Answer, Problem> {
    let params = Params::parse(request.query_string());
    let size = params.get("size").unwrap_or("large");
    if !SIZES.contains(&size) {
        let detail = format!("must be one of {}", SIZES.join(", "));
        return Err(Problem::invalid(vec![Fault::parameter("size", detail)]));
    }
    let found = find(&ctx, &id).await?;
    let missing = || Problem::not_found(format_args!("a {size} photo of {}", found.contact.id));
    let photo = found.contact.photo.as_ref().ok_or_else(missing)?;
    let mut forms = photo
        .forms
        .iter()
        .filter(|form| form.size == size)
        .peekable();
    forms.peek().ok_or_else(missing)?;
    let form = accept::choose(accepted(&request).as_deref(), forms).ok_or_else(|| {
        let detail = "the photo is kept as JPEG, PNG or WebP, none of which is accepted";
        Problem::new(ProblemKind::NotAcceptable, detail)
    })?;
    Ok(
        Answer::blob(format!("image/{}", form.format), form.blob.clone())
            .etag(&EntityTag::new(&form.sha256))
            // The address outlives the picture, so caches have to ask again.
            .header(header::CACHE_CONTROL, "private, no-cache")
            .header(header::VARY, "Accept")
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    )
}

/// The `Accept` fields as one list.
fn accepted(request: &HttpRequest) -> Option<String> {
    let fields: Vec<_> = request
        .headers()
        .get_all(header::ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .collect();
    (!fields.is_empty()).then(|| fields.join(","))
}

/// Removes the photo, also one that is not ready yet.
pub async fn delete(ctx: Ctx, request: HttpRequest, id: Path<String>) -> Result<Answer, Problem> {
    let found = find(&ctx, &id).await?;
    Precondition::of(request.headers()).check(Some(&found.contact.etag()))?;
    let before = &found.contact;
    if before.photo.is_none() && before.pending.is_none() {
        let id = &before.id;
        return Err(Problem::not_found(format_args!("a photo of {id}")));
    }
    let (mut batch, mut after) = (ports::Batch::new(), before.clone());
    after.card_photo = None;
    let was_shown = photos::remove(&ctx, &mut batch, &mut after, "the photo was deleted").await?;
    let card = cards::without_photo(&ctx, before).await?;
    if was_shown || card.is_some() {
        let (after, changed) = (after.next(ctx.now), vec!["photo".to_owned()]);
        batch.merge(contacts::update_with(&ctx, &found, &after, changed, card)?);
    } else {
        batch.merge(contacts::amend(&found, &after)?);
    }
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(batch))
}
