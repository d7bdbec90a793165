use super::{contact_id, unknown};
use crate::storage::{
    contacts,
    history::{MAX_VERSIONS, Past},
    keys,
    page::{Filling, Page},
};
use actix_web::{HttpRequest, web::Path};
use ports::{
    Error,
    store::{Order, Query},
};
use runtime::Ctx;
use serde_json::json;
use web::{Answer, Fault, Faults, Paging, Params, Problem, list_answer};

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
    present.ok_or_else(|| unknown(&id))?;
    let page = read(&ctx, &id, &paging).await?;
    let path = format!("/v1/contacts/{id}/history");
    let repeat = [("limit", params.get("limit"))];
    list_answer(&page.data, page.next.as_deref(), &path, &repeat)
}

async fn read(ctx: &Ctx, id: &str, paging: &Paging) -> Result<Page, Problem> {
    let not_ours = || {
        Problem::invalid(vec![Fault::parameter(
            "cursor",
            "is not a cursor of this list",
        )])
    };
    let before = match &paging.after {
        None => None,
        Some(text) => Some(text.parse::<u64>().map_err(|_| not_ours())?),
    };
    let mut filling = Filling::new(paging.limit);
    let mut after = before.map(|version| keys::history(id, version));
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
            let past: Past = serde_json::from_slice(&item.value).map_err(|e| {
                Error::internal(format!("reading a version of {id}")).with_source(e)
            })?;
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
