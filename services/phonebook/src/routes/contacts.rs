use super::{
    Config, contact_id, find,
    input::{self, Written},
    preferences, shown, unknown,
};
use crate::{
    domain::{Contact, Phone, book, merge_patch::merge_patch},
    storage::{Found, contacts, purge, reminders},
};
use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{Bytes, Data, Path},
};
use ports::Batch;
use runtime::Ctx;
use serde_json::{Value, json};
use web::{Answer, Faults, Params, Precondition, Problem, ProblemKind};

pub async fn create(
    ctx: Ctx,
    request: HttpRequest,
    config: Data<Config>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let written = read(&ctx, &request, &config, &[], &body).await?;
    let (contact, mut batch) = new(&ctx, written).await?;
    reminders::ensure(&ctx, &mut batch).await?;
    Ok(shown(StatusCode::CREATED, &contact)?
        .location(contact.path())
        .commit(batch))
}

/// A new contact and what it takes to keep it.
pub async fn new(ctx: &Ctx, written: Written) -> Result<(Contact, Batch), Problem> {
    let mut contact = Contact::new(written.fields, ctx.now);
    let mut batch = Batch::new();
    written.place.settle(ctx, &mut contact, &mut batch).await?;
    batch.merge(contacts::create(ctx, &contact)?);
    Ok((contact, batch))
}

pub async fn show(ctx: Ctx, id: Path<String>) -> Result<Answer, Problem> {
    shown(StatusCode::OK, &find(&ctx, &id).await?.contact)
}

pub async fn replace(
    ctx: Ctx,
    request: HttpRequest,
    config: Data<Config>,
    id: Path<String>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let found = find(&ctx, &id).await?;
    Precondition::of(request.headers()).check(Some(&found.contact.etag()))?;
    let known = &found.contact.fields.phones;
    let written = read(&ctx, &request, &config, known, &body).await?;
    write(&ctx, &found, written).await
}

/// A whole contact; `known` are the numbers that it has so far.
async fn read(
    ctx: &Ctx,
    request: &HttpRequest,
    config: &Config,
    known: &[Phone],
    body: &[u8],
) -> Result<Written, Problem> {
    let value = web::input::json(body);
    let has_local_number = value.as_ref().is_ok_and(preferences::has_local_number);
    let config = preferences::apply(ctx, config, has_local_number).await?;
    let mut faults = Faults::new();
    let numbers = input::Numbers::new(request, &config, known, &mut faults);
    match value {
        Ok(value) => input::contact(&value, &numbers, faults),
        Err(malformed) => Err(malformed.faults(faults)),
    }
}

pub async fn patch(
    ctx: Ctx,
    request: HttpRequest,
    config: Data<Config>,
    id: Path<String>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let found = find(&ctx, &id).await?;
    let precondition = Precondition::of(request.headers());
    precondition.check(Some(&found.contact.etag()))?;
    let patch = web::input::json(&body);
    let has_local_number = patch.as_ref().is_ok_and(preferences::has_local_number);
    let config = preferences::apply(&ctx, &config, has_local_number).await?;
    let mut faults = Faults::new();
    let numbers = input::Numbers::new(&request, &config, &found.contact.fields.phones, &mut faults);
    let patch = match patch {
        Ok(patch) => patch,
        Err(malformed) => return Err(malformed.faults(faults)),
    };
    if replaces_array(&patch) && !precondition.has_if_match() {
        let detail = "a patch replaces an array as a whole; send If-Match with the ETag of the contact that it was made from";
        return Err(Problem::new(ProblemKind::PreconditionRequired, detail));
    }
    let patched = patched(&found.contact, &patch);
    write(&ctx, &found, input::contact(&patched, &numbers, faults)?).await
}

/// What a patch makes of a contact. To remove where it lies is to take it out of there.
pub fn patched(contact: &Contact, patch: &Value) -> Value {
    let mut patched = merge_patch(contact.fields.document(), patch);
    for (name, nowhere) in [("groups", json!([])), ("book_id", json!(book::DEFAULT))] {
        if patch.get(name).is_some_and(Value::is_null) {
            patched[name] = nowhere;
        }
    }
    patched
}

fn replaces_array(patch: &Value) -> bool {
    ["phones", "emails", "addresses", "urls", "groups"]
        .iter()
        .any(|name| patch.get(name).is_some_and(Value::is_array))
}

async fn write(ctx: &Ctx, found: &Found, written: Written) -> Result<Answer, Problem> {
    let (after, mut batch) = changed(ctx, found, written).await?;
    reminders::ensure(ctx, &mut batch).await?;
    Ok(shown(StatusCode::OK, &after)?.commit(batch))
}

/// The contact as it is to be. What changes nothing is no version and no event.
pub async fn changed(
    ctx: &Ctx,
    found: &Found,
    written: Written,
) -> Result<(Contact, Batch), Problem> {
    let before = &found.contact;
    let mut after = before.next(ctx.now);
    after.fields = written.fields;
    let mut batch = Batch::new();
    written.place.settle(ctx, &mut after, &mut batch).await?;
    if after.book != before.book {
        contacts::give_up_taken_names(ctx, &mut after).await?;
    }
    let changed = after.changed_from(before);
    if changed.is_empty() {
        return Ok((before.clone(), Batch::new()));
    }
    batch.merge(contacts::update(ctx, found, &after, changed).await?);
    Ok((after, batch))
}

pub async fn delete(ctx: Ctx, request: HttpRequest, id: Path<String>) -> Result<Answer, Problem> {
    let mut faults = Faults::new();
    let purging = Params::parse(request.query_string()).flag("purge", &mut faults);
    let purging = faults.or(purging)?;
    let id = contact_id(&id)?;
    let mut found = contacts::find(&ctx, &id).await?;
    if found.is_none() && purging {
        found = contacts::find_in_bin(&ctx, &id).await?;
    }
    let found = found.ok_or_else(|| unknown(&id))?;
    Precondition::of(request.headers()).check(Some(&found.contact.etag()))?;
    let batch = if purging {
        purge::begin(&ctx, &found, purge::Purge { announce: true }).await?
    } else {
        contacts::bin(&ctx, &found).await?
    };
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(batch))
}
