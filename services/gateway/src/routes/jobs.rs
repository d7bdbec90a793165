use actix_web::{HttpRequest, http::StatusCode, web as actix};
use contracts::jobs::{self, Job, State};
use ports::{Batch, Item, TypeId, store::Query};
use runtime::Ctx;
use web::{Answer, Paging, Params, Problem, ProblemKind};

pub async fn list(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    let params = Params::parse(request.query_string(), &["limit", "cursor"])?;
    let paging = Paging::parse(&params)?;
    let prefix = jobs::key("");
    // Ids sort by the time of their making: the latest first.
    let query = Query {
        after: paging.after.map(|id| jobs::key(&id)),
        prefix: prefix.clone(),
        limit: paging.limit,
        order: ports::store::Order::Descending,
        ..Query::default()
    };
    let page = ctx.store.query(&ctx.tenant, query).await?;
    let data: Vec<Job> = page
        .items
        .iter()
        .filter_map(|(_, item)| serde_json::from_slice(&item.value).ok())
        .collect();
    let next = page
        .next
        .as_deref()
        .and_then(|key| key.strip_prefix(&prefix));
    web::list_answer(&data, next, "/v1/jobs", &[("limit", params.get("limit"))])
}

pub async fn get(ctx: Ctx, path: actix::Path<String>) -> Result<Answer, Problem> {
    let (job, _) = find(&ctx, &path.into_inner()).await?;
    Answer::json(StatusCode::OK, &job)
}

/// `DELETE /v1/jobs/{id}` forgets a job that is over. Work that is under way cannot be called back yet: 409.
pub async fn cancel(ctx: Ctx, path: actix::Path<String>) -> Result<Answer, Problem> {
    let (job, item) = find(&ctx, &path.into_inner()).await?;
    let key = jobs::key(&job.id);
    let mut batch = Batch::new();
    batch.expect(key.clone(), Some(item.version));
    match job.state {
        State::Succeeded | State::Failed | State::Cancelled => batch.delete(key),
        State::Queued | State::Running => {
            return Err(Problem::new(
                ProblemKind::Conflict,
                "the job is under way; delete what it makes instead",
            ));
        }
    };
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(batch))
}

async fn find(ctx: &Ctx, id: &str) -> Result<(Job, Item), Problem> {
    let missing = || Problem::not_found(format!("the job {id}"));
    TypeId::parse("job", id).map_err(|_| missing())?;
    let item = ctx
        .store
        .get(&ctx.tenant, &jobs::key(id))
        .await?
        .ok_or_else(missing)?;
    let job = serde_json::from_slice(&item.value).map_err(|_| missing())?;
    Ok((job, item))
}
