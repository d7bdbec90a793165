//! The bytes of an image whose id was reserved.

use super::{create, image_id, unknown};
use crate::{model, reservation};
use actix_web::web::{Data, Path};
use imaging::Limits;
use ports::Batch;
use runtime::Ctx;
use web::{Answer, Problem, ProblemKind};

pub async fn put(ctx: Ctx, id: Path<String>, limits: Data<Limits>) -> Result<Answer, Problem> {
    let id = image_id(&id)?;
    if model::find(&ctx, id).await?.is_some() {
        let detail = "the image has its content already, which never changes";
        return Err(Problem::new(ProblemKind::Conflict, detail));
    }
    let found = reservation::find(&ctx, id).await?;
    let (reserved, version) = found.ok_or_else(unknown)?;
    reserved.check(ctx.upload()?)?;
    let mut batch = Batch::new();
    let key = reservation::key(id);
    batch.expect(key.clone(), Some(version)).delete(key);
    let answer = create::accept(&ctx, &limits, id.to_owned(), reserved.presets).await?;
    Ok(answer.commit(batch))
}
