use super::named;
use crate::{
    domain::{Group, group, merge_patch::merge_patch},
    storage::{groups, keys},
};
use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{Bytes, Path},
};
use ports::TypeId;
use ports::store::Order;
use runtime::Ctx;
use web::{Answer, Listing, Precondition, Problem, ProblemKind};

const LISTING: Listing<'_> = Listing {
    path: "/v1/groups",
    prefix: keys::GROUPS,
    order: Order::Ascending,
};

pub async fn create(ctx: Ctx, body: Bytes) -> Result<Answer, Problem> {
    let named = named::read(&web::input::json(&body)?)?;
    let group = Group::new(named.name, named.description, ctx.now);
    let batch = groups::create(&ctx, &group)?;
    Ok(shown(StatusCode::CREATED, &group)?
        .location(group.path())
        .commit(batch))
}

pub async fn show(ctx: Ctx, id: Path<String>) -> Result<Answer, Problem> {
    shown(StatusCode::OK, &find(&ctx, &id).await?.group)
}

pub async fn patch(
    ctx: Ctx,
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let found = find(&ctx, &id).await?;
    Precondition::of(request.headers()).check(Some(&found.group.etag()))?;
    let patched = merge_patch(found.group.view(), &web::input::json(&body)?);
    let named = named::read(&patched)?;
    let mut after = found.group.clone();
    (after.name, after.description) = (named.name, named.description);
    if after == found.group {
        return shown(StatusCode::OK, &after);
    }
    after.version += 1;
    after.updated_at = ctx.now;
    let batch = groups::update(&ctx, &found, &after).await?;
    Ok(shown(StatusCode::OK, &after)?.commit(batch))
}

fn shown(status: StatusCode, group: &Group) -> Result<Answer, Problem> {
    Ok(Answer::json(status, &group.view())?.etag(&group.etag()))
}

/// A malformed id names nothing, like an unknown one.
pub async fn find(ctx: &Ctx, id: &str) -> Result<groups::Found, Problem> {
    let shown: String = id.chars().take(40).collect();
    let unknown = || Problem::not_found(format_args!("the group {shown}"));
    TypeId::parse(group::ID_PREFIX, id).map_err(|_| unknown())?;
    groups::find(ctx, id).await?.ok_or_else(unknown)
}

pub async fn list(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    let page = ctx
        .store
        .query(&ctx.tenant, LISTING.query(&request)?)
        .await?;
    let mut data = Vec::new();
    for (_, item) in &page.items {
        data.push(groups::decode(&item.value)?.view());
    }
    LISTING.answer(&request, &data, page.next.as_deref())
}

/// Its members stay where they are, and are its members no more.
pub async fn delete(ctx: Ctx, request: HttpRequest, id: Path<String>) -> Result<Answer, Problem> {
    let found = find(&ctx, &id).await?;
    Precondition::of(request.headers()).check(Some(&found.group.etag()))?;
    let batch = groups::delete(&ctx, &found).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(batch))
}

/// A contact that is a member already stays one.
pub async fn add_member(ctx: Ctx, ids: Path<(String, String)>) -> Result<Answer, Problem> {
    let (group_id, contact_id) = ids.into_inner();
    let group = find(&ctx, &group_id).await?;
    let contact = super::find(&ctx, &contact_id).await?;
    if contact.contact.groups.len() >= group::MAX_MEMBERSHIPS
        && !contact.contact.groups.contains(&group_id)
    {
        let most = group::MAX_MEMBERSHIPS;
        let detail = format!("the contact is in {most} groups already, the most there can be");
        return Err(Problem::new(ProblemKind::Conflict, detail));
    }
    let batch = groups::change_membership(&ctx, &contact, &group_id, true)?;
    let mut answer = Answer::empty(StatusCode::NO_CONTENT);
    if let Some(mut batch) = batch {
        // Nobody joins a group that is being deleted.
        batch.expect(keys::group(&group_id), Some(group.item_version));
        answer = answer.commit(batch);
    }
    Ok(answer)
}

pub async fn remove_member(ctx: Ctx, ids: Path<(String, String)>) -> Result<Answer, Problem> {
    let (group_id, contact_id) = ids.into_inner();
    find(&ctx, &group_id).await?;
    let contact = super::find(&ctx, &contact_id).await?;
    let batch = groups::change_membership(&ctx, &contact, &group_id, false)?;
    let batch = batch.ok_or_else(|| {
        Problem::not_found(format_args!("a membership of {contact_id} in {group_id}"))
    })?;
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(batch))
}
