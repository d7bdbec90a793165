//! `POST /v1/contacts/imports`: takes a file over; the rest is a job.

use super::Config;
use crate::{
    domain::{
        book,
        import::{Dates, Form, Options},
    },
    input::Numbers,
    storage::{books, imports, keys},
};
use actix_web::{HttpRequest, http::StatusCode, web::Data};
use ports::{Batch, TypeId};
use runtime::Ctx;
use serde_json::json;
use web::{Answer, Fault, Faults, Params, Problem, ProblemKind};

pub async fn begin(
    ctx: Ctx,
    request: HttpRequest,
    config: Data<Config>,
) -> Result<Answer, Problem> {
    let upload = ctx.upload()?;
    let form = Form::of(&upload.content_type).ok_or_else(|| {
        let detail = "an import is text/vcard, text/csv or application/json";
        Problem::new(ProblemKind::UnsupportedMediaType, detail)
    })?;
    let mut faults = Faults::new();
    let options = options(&request, &config, form, &mut faults);
    let mut batch = Batch::new();
    if let Some(id) = &options.book
        && !has_book(&ctx, id, &mut batch).await?
    {
        faults.add(Fault::parameter("book", "names no book"));
    }
    let options = faults.or(options)?;
    let job = imports::begin(&ctx, &mut batch, upload, form, options)?;
    Ok(
        Answer::json(StatusCode::ACCEPTED, &json!({ "job_id": job }))?
            .location(format!("/v1/jobs/{job}"))
            .commit(batch),
    )
}

fn options(request: &HttpRequest, config: &Config, form: Form, faults: &mut Faults) -> Options {
    let params = Params::parse(request.query_string());
    let numbers = Numbers::new(request, config, &[], faults);
    // Phones hold codes and short numbers among their contacts; refusing those would lose people.
    let lenient = match params.get("lenient") {
        None => form == Form::Cards,
        Some(_) => numbers.lenient,
    };
    Options {
        region: numbers
            .region
            .and(params.get("region"))
            .map(str::to_uppercase),
        lenient,
        book: params.get("book").map(str::to_owned),
        dates: dates(&params, faults),
    }
}

fn dates(params: &Params, faults: &mut Faults) -> Dates {
    match params.get("dates") {
        None => Dates::Unknown,
        Some("day-first") => Dates::DayFirst,
        Some("month-first") => Dates::MonthFirst,
        Some(_) => {
            let detail = "must be day-first or month-first";
            faults.add(Fault::parameter("dates", detail));
            Dates::Unknown
        }
    }
}

/// The batch makes sure that the book stays until the import has begun.
async fn has_book(ctx: &Ctx, id: &str, batch: &mut Batch) -> Result<bool, Problem> {
    if TypeId::parse(book::ID_PREFIX, id).is_err() {
        return Ok(false);
    }
    let Some(found) = books::find(ctx, id).await? else {
        return Ok(false);
    };
    if found.item_version.is_some() {
        batch.expect(keys::book(id), found.item_version);
    }
    Ok(true)
}
