use super::{Api, find, input::Draft, put, tag, unreadable, view::SubscriptionView};
use crate::domain::{
    keys,
    pattern::EventPattern,
    secret::SigningSecret,
    subscription::{MAX_SUBSCRIPTIONS, Subscription},
};
use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{Data, Path},
};
use bytes::Bytes;
use ports::{Batch, store::Order};
use runtime::Ctx;
use web::{Answer, Fault, Listing, Precondition, Problem, ProblemKind, Scopes, input};

const PATH: &str = "/v1/subscriptions";

pub async fn create(ctx: Ctx, api: Data<Api>, body: Bytes) -> Result<Answer, Problem> {
    let mut draft = Draft::of_new(&input::json(&body)?)?;
    check_endpoint(&api, &mut draft).await;
    let (new, secret) = draft.into_new()?;
    let scopes = ctx.principal().scopes.clone();
    check_scopes(&new.event_types, &scopes)?;
    let others = api.directory.current(&ctx.store, &ctx.tenant).await?;
    if others.subscriptions.len() >= MAX_SUBSCRIPTIONS {
        let detail = format!("there are {MAX_SUBSCRIPTIONS} subscriptions, the most there can be");
        return Err(Problem::new(ProblemKind::Conflict, detail));
    }
    let mut subscription = Subscription::new(new, scopes, ctx.now);
    let secret = secret.unwrap_or_else(SigningSecret::random);
    subscription
        .rotate(&secret, &api.sealer, ctx.now)
        .map_err(|error| Problem::new(ProblemKind::Internal, error.to_string()))?;
    let view = SubscriptionView::new(&subscription).with_secret(secret.reveal());
    Ok(Answer::json(StatusCode::CREATED, &view)?
        .location(format!("{PATH}/{}", subscription.id))
        .etag(&tag(&subscription))
        .secret("/secret")
        .commit(put(&subscription, None)?))
}

pub async fn list(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    let listing = Listing {
        path: PATH,
        prefix: keys::SUBSCRIPTIONS,
        order: Order::Ascending,
    };
    let page = ctx
        .store
        .query(&ctx.tenant, listing.query(&request)?)
        .await?;
    let subscriptions = page
        .items
        .iter()
        .map(|(_, item)| serde_json::from_slice(&item.value))
        .collect::<Result<Vec<Subscription>, _>>()
        .map_err(unreadable)?;
    let views: Vec<_> = subscriptions.iter().map(SubscriptionView::new).collect();
    listing.answer(&request, &views, page.next.as_deref())
}

pub async fn show(ctx: Ctx, id: Path<String>) -> Result<Answer, Problem> {
    let (subscription, _) = find(&ctx, &id).await?;
    answer(&subscription)
}

pub async fn change(
    ctx: Ctx,
    api: Data<Api>,
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let (mut subscription, item) = find(&ctx, &id).await?;
    let precondition = Precondition::of(request.headers());
    precondition.check(Some(&tag(&subscription)))?;
    let mut draft = Draft::of_patch(&input::json(&body)?)?;
    check_endpoint(&api, &mut draft).await;
    let changes = draft.into_changes()?;
    if changes.event_types.is_some() && !precondition.has_if_match() {
        let detail =
            "a patch that replaces event_types needs If-Match with the ETag that it was made for";
        return Err(Problem::new(ProblemKind::PreconditionRequired, detail));
    }
    subscription.apply(changes, &ctx.principal().scopes);
    check_scopes(&subscription.event_types, &subscription.scopes)?;
    subscription.touch(ctx.now);
    Ok(answer(&subscription)?.commit(put(&subscription, Some(item.version))?))
}

/// What is on its way to it ends when it is due.
pub async fn delete(ctx: Ctx, request: HttpRequest, id: Path<String>) -> Result<Answer, Problem> {
    let (subscription, item) = find(&ctx, &id).await?;
    Precondition::of(request.headers()).check(Some(&tag(&subscription)))?;
    let key = keys::subscription(&subscription.id);
    let mut batch = Batch::new();
    batch
        .expect(key.clone(), Some(item.version))
        .delete(key)
        .put(keys::REVISION, "");
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(batch))
}

fn answer(subscription: &Subscription) -> Result<Answer, Problem> {
    let view = SubscriptionView::new(subscription);
    Ok(Answer::json(StatusCode::OK, &view)?.etag(&tag(subscription)))
}

async fn check_endpoint(api: &Api, draft: &mut Draft) {
    if let Some(endpoint) = &draft.endpoint
        && let Err(refused) = api.guard.check(endpoint).await
    {
        draft
            .faults
            .add(Fault::pointer("#/endpoint", refused.to_string()));
    }
}

/// Events that the caller may not read cannot be subscribed to either.
fn check_scopes(patterns: &[EventPattern], scopes: &Scopes) -> Result<(), Problem> {
    match patterns
        .iter()
        .find(|pattern| !pattern.readable_with(scopes))
    {
        None => Ok(()),
        Some(pattern) => {
            let detail = format!("the key may not read any {} event", pattern.as_str());
            Err(Problem::new(ProblemKind::Forbidden, detail))
        }
    }
}
