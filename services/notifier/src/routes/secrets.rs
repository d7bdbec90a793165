use super::{Api, find, input::new_secret, put, tag, view::SubscriptionView};
use crate::domain::secret::SigningSecret;
use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{Data, Path},
};
use bytes::Bytes;
use runtime::Ctx;
use web::{Answer, Precondition, Problem, ProblemKind};

/// Gives a subscription a new secret; the one before signs along for a day.
pub async fn rotate(
    ctx: Ctx,
    api: Data<Api>,
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let (mut subscription, item) = find(&ctx, &id).await?;
    Precondition::of(request.headers()).check(Some(&tag(&subscription)))?;
    let secret = new_secret(&body)?.unwrap_or_else(SigningSecret::random);
    subscription
        .rotate(&secret, &api.sealer, ctx.now)
        .map_err(|error| Problem::new(ProblemKind::Internal, error.to_string()))?;
    subscription.touch(ctx.now);
    let view = SubscriptionView::new(&subscription).with_secret(secret.reveal());
    Ok(Answer::json(StatusCode::CREATED, &view)?
        .etag(&tag(&subscription))
        .secret("/secret")
        .commit(put(&subscription, Some(item.version))?))
}
