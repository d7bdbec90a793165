use super::{contact_id, shown, unknown};
use crate::{
    domain::Contact,
    storage::{
        cards, contacts,
        history::{self, MAX_VERSIONS, Past},
        keys,
        page::{Filling, Page},
        reminders,
    },
};
use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{Bytes, Path},
};
use ports::store::{Order, Query};
use runtime::Ctx;
use serde_json::json;
use web::{Answer, Fault, Faults, Object, Paging, Params, Precondition, Problem, list_answer};

/// The versions of a contact, the latest first; also while it is in the bin.
pub async fn list(ctx: Ctx, request: HttpRequest, id: Path<String>) -> Result<Answer, Problem> {
    let params = Params::parse(request.query_string());
    let mut faults = Faults::new();
    let paging = Paging::read(&params, &mut faults);
    let paging = faults.or(paging)?;
    let id = contact_id(&id)?;
    let present = match contacts::find(&ctx, &id).await? {
        Some(found) => Some(found),
        None => contacts::find_in_bin(&ctx, &id).await?,
    };
    let present = present.ok_or_else(|| unknown(&id))?.contact;
    let page = read(&ctx, &present, &paging).await?;
    let path = format!("/v1/contacts/{id}/history");
    let repeat = [("limit", params.get("limit"))];
    list_answer(&page.data, page.next.as_deref(), &path, &repeat)
}

/// The present version, then what it overwrote.
async fn read(ctx: &Ctx, present: &Contact, paging: &Paging) -> Result<Page, Problem> {
    let id = &present.id;
    let not_ours = || {
        let detail = "is not a cursor of this list";
        Problem::invalid(vec![Fault::parameter("cursor", detail)])
    };
    let mut filling = Filling::new(paging.limit);
    let before = match &paging.after {
        Some(text) => text.parse().map_err(|_| not_ours())?,
        None => {
            let past = json!(Past::of(present));
            let _ = filling.offer(&present.version.to_string(), past.to_string().len(), || {
                past.clone()
            });
            present.version
        }
    };
    let mut after = Some(keys::history(id, before));
    loop {
        let query = Query {
            prefix: keys::histories(id),
            after,
            limit: usize::try_from(MAX_VERSIONS)
                .unwrap_or(paging.limit)
                .min(paging.limit)
                + 1,
            order: Order::Descending,
            ..Query::default()
        };
        let entries = ctx.store.query(&ctx.tenant, query).await?;
        for (_, item) in &entries.items {
            let past = history::decode(id, &item.value)?;
            if !filling.offer(&past.version.to_string(), item.value.len(), || json!(past)) {
                return Ok(filling.end());
            }
        }
        after = entries.next;
        if after.is_none() {
            return Ok(filling.end());
        }
    }
}

/// `POST …/restores {version}`: the contact as it was then, as a new version; also out of the bin, where the version may be
/// left out for the last one.
pub async fn restore(
    ctx: Ctx,
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let id = contact_id(&id)?;
    let live = contacts::find(&ctx, &id).await?;
    let found = match live {
        Some(found) => found,
        None => contacts::find_in_bin(&ctx, &id)
            .await?
            .ok_or_else(|| unknown(&id))?,
    };
    let before = &found.contact;
    Precondition::of(request.headers()).check(Some(&before.etag()))?;
    let version = wanted_version(&body, before.deleted_at.is_some())?;
    let mut after = before.next(ctx.now);
    after.deleted_at = None;
    let mut card = None;
    if let Some(version) = version.filter(|version| *version != before.version) {
        let past = history::at(&ctx, &id, version).await?;
        let past = past.ok_or_else(|| {
            let detail = "is no version that is kept; see the history";
            Problem::invalid(vec![Fault::pointer("#/version", detail)])
        })?;
        past.bring_back(&mut after)?;
        card = cards::restored(&ctx, before, version, &after.fields).await?;
    }
    let mut batch = contacts::settle_again(&ctx, &mut after).await?;
    if before.deleted_at.is_some() {
        batch.merge(contacts::restore(&ctx, &found, &after, card)?);
        reminders::ensure(&ctx, &mut batch).await?;
        return Ok(shown(StatusCode::OK, &after)?.commit(batch));
    }
    let changed = after.changed_from(before);
    if changed.is_empty() && card.is_none() {
        return shown(StatusCode::OK, before);
    }
    batch.merge(contacts::update_with(&ctx, &found, &after, changed, card)?);
    reminders::ensure(&ctx, &mut batch).await?;
    Ok(shown(StatusCode::OK, &after)?.commit(batch))
}

fn wanted_version(body: &[u8], is_in_bin: bool) -> Result<Option<u64>, Problem> {
    let mut faults = Faults::new();
    let value = match web::input::json(body) {
        Ok(value) => value,
        Err(malformed) => return Err(malformed.faults(faults)),
    };
    let Some(mut root) = Object::at(&value, "#".to_owned(), &mut faults) else {
        return Err(Problem::invalid(faults.into_vec()));
    };
    let version = root.integer("version", 1, u64::MAX, &mut faults);
    root.finish(&mut faults);
    if version.is_none() && !is_in_bin && faults.is_empty() {
        faults.add(Fault::pointer("#/version", "is required"));
    }
    faults.or(version)
}
