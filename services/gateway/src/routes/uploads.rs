//! Resumable uploads begin and are terminated here; their bytes come in at the edge.

use crate::domain::resumable::{
    self, Draft, LEDGER, PREFIX, Quota, Resumable, State, decode, finished_key,
};
use actix_web::{
    http::StatusCode,
    web::{self as actix, Data},
};
use bytes::Bytes;
use ports::{
    Batch,
    store::{MAX_PAGE, Query},
};
use runtime::Ctx;
use web::{Answer, Problem, ProblemKind};

/// The edge has judged what is wanted, all but whether there is room for it.
pub async fn create(ctx: Ctx, quota: Data<Quota>, body: Bytes) -> Result<Answer, Problem> {
    let draft: Draft = serde_json::from_slice(&body)
        .map_err(|e| ports::Error::internal("reading an upload").with_source(e))?;
    // Read first: who begins an upload while these are counted makes this one count again.
    let ledger = ctx.store.get(&ctx.tenant, LEDGER).await?;
    quota.check(&unfinished(&ctx, quota.uploads).await?, draft.length)?;
    let creator = ctx.principal().key_id.clone();
    let upload = Resumable::new(draft, creator, ctx.now + quota.lifetime);
    let mut batch = Batch::new();
    batch
        .expect(LEDGER, ledger.map(|item| item.version))
        .put(LEDGER, Bytes::new())
        .expect(resumable::key(&upload.id), None);
    upload.put(&mut batch)?;
    Ok(Answer::empty(StatusCode::CREATED)
        .location(resumable::path(&upload.id))
        .commit(batch))
}

/// So many of the tenant's unfinished uploads, or all of them.
async fn unfinished(ctx: &Ctx, most: usize) -> Result<Vec<Resumable>, Problem> {
    let mut found = Vec::new();
    let mut query = Query {
        prefix: PREFIX.to_owned(),
        limit: MAX_PAGE,
        ..Query::default()
    };
    loop {
        let page = ctx.store.query(&ctx.tenant, query.clone()).await?;
        for (_, item) in &page.items {
            let upload: Resumable = decode(item)?;
            found.extend(Some(upload).filter(|upload| upload.state == State::Open));
        }
        query.after = page.next;
        if query.after.is_none() || found.len() >= most {
            return Ok(found);
        }
    }
}

/// Of one that is finished, only what is known of it goes.
pub async fn terminate(ctx: Ctx, path: actix::Path<String>) -> Result<Answer, Problem> {
    let id = path.into_inner();
    let (key, finished) = (resumable::key(&id), finished_key(&id));
    let mut batch = Batch::new();
    if let Some(item) = ctx.store.get(&ctx.tenant, &finished).await? {
        batch
            .expect(finished.clone(), Some(item.version))
            .delete(finished);
    } else if let Some(item) = ctx.store.get(&ctx.tenant, &key).await? {
        let upload: Resumable = decode(&item)?;
        if upload.state == State::Swept {
            let detail = "the upload has expired or was terminated";
            return Err(Problem::new(ProblemKind::Gone, detail));
        }
        batch.expect(key, Some(item.version));
        upload.sweep(&mut batch, ctx.now)?;
    } else {
        return Err(Problem::not_found("the upload"));
    }
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(batch))
}
