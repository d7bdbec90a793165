use actix_web::{HttpRequest, http::StatusCode, web as actix};
use contracts::jobs::{self, Job, State};
use ports::{Batch, Item, TypeId, store::Order};
use runtime::Ctx;
use web::{Answer, Listing, Problem, ProblemKind};

/// Ids sort by the time of their making: the latest first.
pub async fn list(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    let listing = Listing {
        path: "/v1/jobs",
        prefix: &jobs::key(""),
        order: Order::Descending,
    };
    let page = ctx
        .store
        .query(&ctx.tenant, listing.query(&request)?)
        .await?;
    let jobs: Vec<Job> = page
        .items
        .iter()
        .filter_map(|(_, item)| serde_json::from_slice(&item.value).ok())
        .collect();
    listing.answer(&request, &jobs, page.next.as_deref())
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
