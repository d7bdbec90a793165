//! The presets of a tenant.

mod draft;

use crate::{
    model::{MAX_PRESETS, Preset, Presets, is_given},
    remakes,
};
use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
    web::{Bytes, Path},
};
use draft::Draft;
use ports::Batch;
use runtime::Ctx;
use serde_json::{Map, Value};
use web::{
    Answer, EntityTag, Faults, Paging, Params, Precondition, Problem, ProblemKind, list_answer,
};

/// Made of later uploads; with `backfill` of those that are there, too.
pub async fn create(ctx: Ctx, request: HttpRequest, body: Bytes) -> Result<Answer, Problem> {
    let mut faults = Faults::new();
    let params = Params::parse(request.query_string());
    let backfill = params.flag("backfill", &mut faults);
    let draft = Draft::read(&web::input::json(&body)?, None, faults)?;
    let presets = Presets::of(&ctx).await?;
    refuse_another(&presets, &draft.name)?;
    let preset = draft.into_preset(presets.next_version(), Map::new());
    let mut batch = Batch::new();
    let job = match backfill {
        true => Some(remakes::begin(&ctx, &mut batch, &preset, true).await?),
        false => None,
    };
    let answer = shown(StatusCode::CREATED, &preset, job.as_deref())?.location(preset.path());
    presets.with(preset).put(&mut batch)?;
    Ok(answer.commit(batch))
}

fn refuse_another(presets: &Presets, name: &str) -> Result<(), Problem> {
    let conflict = |detail| Err(Problem::new(ProblemKind::Conflict, detail));
    if presets.find(name).is_some() {
        return conflict(format!("there is a preset {name} already; PUT replaces it"));
    }
    if presets.all().len() >= MAX_PRESETS {
        return conflict(format!(
            "there are {MAX_PRESETS} presets already, the most there can be"
        ));
    }
    Ok(())
}

pub async fn list(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    let mut faults = Faults::new();
    let params = Params::parse(request.query_string());
    let paging = Paging::read(&params, &mut faults);
    let paging = faults.or(paging)?;
    let all = Presets::of(&ctx).await?.all();
    let begin = paging.after.map_or(0, |name| behind(&all, &name));
    let page: Vec<&Preset> = all.iter().skip(begin).take(paging.limit).collect();
    let goes_on = begin + page.len() < all.len();
    let next = page
        .last()
        .filter(|_| goes_on)
        .map(|last| last.name.as_str());
    let data: Vec<Value> = page.iter().map(|preset| preset.view()).collect();
    let repeat = [("limit", params.get("limit"))];
    list_answer(&data, next, "/v1/presets", &repeat)
}

/// Where the list goes on behind this name, whether or not there still is such a preset.
fn behind(all: &[Preset], name: &str) -> usize {
    let place = all.iter().position(|preset| preset.name == name);
    place.map_or_else(
        || all.partition_point(|preset| is_given(&preset.name) || *preset.name < *name),
        |place| place + 1,
    )
}

pub async fn show(ctx: Ctx, name: Path<String>) -> Result<Answer, Problem> {
    let preset = find(&Presets::of(&ctx).await?, &name)?;
    shown(StatusCode::OK, &preset, None)
}

/// The variants of images that are there are made again, as a job.
pub async fn replace(
    ctx: Ctx,
    request: HttpRequest,
    name: Path<String>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let presets = Presets::of(&ctx).await?;
    let old = find(&presets, &name)?;
    check(&request, &old)?;
    let draft = Draft::read(&web::input::json(&body)?, Some(&old.name), Faults::new())?;
    let new = draft.into_preset(old.version + 1, old.other.clone());
    if new.asks_the_same(&old) {
        return shown(StatusCode::OK, &old, None);
    }
    let mut batch = Batch::new();
    let job = remakes::begin(&ctx, &mut batch, &new, false).await?;
    let answer = shown(StatusCode::OK, &new, Some(&job))?;
    presets.with(new).put(&mut batch)?;
    Ok(answer
        .header(header::LOCATION, format!("/v1/jobs/{job}"))
        .commit(batch))
}

/// Later uploads do without it; the variants that there are stay.
pub async fn delete(ctx: Ctx, request: HttpRequest, name: Path<String>) -> Result<Answer, Problem> {
    let presets = Presets::of(&ctx).await?;
    let preset = find(&presets, &name)?;
    check(&request, &preset)?;
    if is_given(&preset.name) {
        let detail =
            "contacts' photos are made with this preset; it can be changed, but not deleted";
        return Err(Problem::new(ProblemKind::Conflict, detail));
    }
    let mut batch = Batch::new();
    presets.without(&preset).put(&mut batch)?;
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(batch))
}

fn find(presets: &Presets, name: &str) -> Result<Preset, Problem> {
    presets.find(name).ok_or_else(|| {
        let shown: String = name.chars().take(40).collect();
        Problem::not_found(format_args!("the preset {shown}"))
    })
}

fn check(request: &HttpRequest, preset: &Preset) -> Result<(), Problem> {
    Precondition::of(request.headers()).check(Some(&EntityTag::new(preset.version)))
}

/// `job_id`: what makes variants by it now.
fn shown(status: StatusCode, preset: &Preset, job: Option<&str>) -> Result<Answer, Problem> {
    let mut view = preset.view();
    if let (Some(job), Some(members)) = (job, view.as_object_mut()) {
        members.insert("job_id".to_owned(), job.into());
    }
    Ok(Answer::json(status, &view)?.etag(&EntityTag::new(preset.version)))
}
