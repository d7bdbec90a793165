//! An image itself: shown and deleted.

use super::{image_id, unknown};
use crate::{deletion, model};
use actix_web::{HttpRequest, http::StatusCode, web::Path};
use runtime::Ctx;
use web::{Answer, EntityTag, Precondition, Problem};

pub async fn show(ctx: Ctx, id: Path<String>) -> Result<Answer, Problem> {
    let found = model::find(&ctx, image_id(&id)?)
        .await?
        .ok_or_else(unknown)?;
    let tag = EntityTag::new(found.version);
    Ok(Answer::json(StatusCode::OK, &model::view(&found.image))?.etag(&tag))
}

pub async fn delete(ctx: Ctx, request: HttpRequest, id: Path<String>) -> Result<Answer, Problem> {
    let found = model::find(&ctx, image_id(&id)?)
        .await?
        .ok_or_else(unknown)?;
    Precondition::of(request.headers()).check(Some(&EntityTag::new(found.version)))?;
    let deletion = deletion::of(&ctx, &found, ctx.now).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(deletion.batch))
}
