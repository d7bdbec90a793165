//! `POST /v1/contacts/merges`: several contacts become one, until somebody undoes it.

use super::{contact_id, input, unknown};
use crate::{
    domain::Contact,
    storage::{
        Found, chain, contacts,
        merges::{self, ID_PREFIX, Kept},
        reminders,
    },
};
use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{Bytes, Path},
};
use ports::{Batch, TypeId};
use runtime::Ctx;
use std::collections::HashSet;
use web::{Answer, Fault, Faults, Object, Precondition, Problem, ProblemKind};

const MAX_FROM: usize = 20;
const MAX_ID_CHARS: usize = 60;

/// What a caller wants to be merged.
struct Wanted {
    into: String,
    from: Vec<String>,
}

pub async fn create(ctx: Ctx, request: HttpRequest, body: Bytes) -> Result<Answer, Problem> {
    let wanted = read(&body)?;
    let (into, from) = find_all(&ctx, &wanted).await?;
    Precondition::of(request.headers()).check(Some(&into.contact.etag()))?;
    let (merge, after, mut batch) = merges::create(&ctx, &into, &from).await?;
    reminders::ensure(&ctx, &mut batch).await?;
    check_limits(&after)?;
    if !chain::fits(&batch, &merges::undoing_adds(&ctx, &from)?) {
        return Err(too_large());
    }
    let answer = Answer::json(StatusCode::CREATED, &merge.view(Some(&after)))?;
    Ok(answer.location(merge.path()).commit(batch))
}

fn read(body: &[u8]) -> Result<Wanted, Problem> {
    let value = web::input::json(body)?;
    let mut faults = Faults::new();
    let Some(mut root) = Object::at(&value, "#".to_owned(), &mut faults) else {
        return Err(Problem::invalid(faults.into_vec()));
    };
    let wanted = Wanted {
        into: root.required_text("into", MAX_ID_CHARS, &mut faults),
        from: root.texts("from", MAX_FROM, MAX_ID_CHARS, &mut faults),
    };
    root.finish(&mut faults);
    if wanted.from.is_empty() && faults.is_empty() {
        faults.add(Fault::pointer("#/from", "must name at least one contact"));
    }
    let mut seen = HashSet::from([&wanted.into]);
    for (place, id) in wanted.from.iter().enumerate() {
        if !seen.insert(id) {
            let detail = if *id == wanted.into {
                "is the contact that is merged into"
            } else {
                "is named twice"
            };
            faults.add(Fault::pointer(format!("#/from/{place}"), detail));
        }
    }
    faults.or(wanted)
}

/// All the contacts; every id that names none is told.
async fn find_all(ctx: &Ctx, wanted: &Wanted) -> Result<(Found, Vec<Found>), Problem> {
    let ids = std::iter::once(&wanted.into).chain(&wanted.from);
    let well_formed = ids.filter(|id| contact_id(id).is_ok());
    let found = contacts::find_all(ctx, well_formed.map(String::as_str)).await?;
    let found = found.into_iter().filter(|one| !one.contact.is_group_card);
    let found: Vec<Found> = found.collect();
    let known: HashSet<String> = found.iter().map(|one| one.contact.id.clone()).collect();
    let from = wanted.from.iter().enumerate();
    let places = from.map(|(place, id)| (format!("#/from/{place}"), id));
    let places = std::iter::once(("#/into".to_owned(), &wanted.into)).chain(places);
    let mut faults = Faults::new();
    for (pointer, _) in places.filter(|(_, id)| !known.contains(*id)) {
        faults.add(Fault::pointer(pointer, "names no contact"));
    }
    faults.or(())?;
    let mut found = found.into_iter();
    let into = found.next().ok_or_else(|| unknown(&wanted.into))?;
    Ok((into, found.collect()))
}

fn check_limits(after: &Contact) -> Result<(), Problem> {
    let mut excess = input::excess(&after.fields);
    let (groups, max) = (after.groups.len(), crate::domain::group::MAX_MEMBERSHIPS);
    if groups > max {
        let detail = format!("would hold {groups} entries; the limit is {max}");
        excess.push(Fault::pointer("#/groups", detail));
    }
    if excess.is_empty() {
        return Ok(());
    }
    let told: Vec<_> = excess.iter().map(ToString::to_string).collect();
    let detail = format!("the merged contact would be too large: {}", told.join("; "));
    let problem = Problem::new(ProblemKind::Conflict, detail);
    Err(excess.into_iter().fold(problem, Problem::fault))
}

fn too_large() -> Problem {
    let detail = "these contacts are too much for one step; merge fewer of them at a time";
    Problem::new(ProblemKind::Unprocessable, detail)
}

pub async fn show(ctx: Ctx, id: Path<String>) -> Result<Answer, Problem> {
    let kept = find(&ctx, &id).await?;
    let into = contacts::find(&ctx, &kept.merge.into).await?;
    let contact = into.as_ref().map(|found| &found.contact);
    Answer::json(StatusCode::OK, &kept.merge.view(contact))
}

pub async fn undo(ctx: Ctx, id: Path<String>) -> Result<Answer, Problem> {
    let kept = find(&ctx, &id).await?;
    let into = contacts::find(&ctx, &kept.merge.into).await?;
    let into = into.ok_or_else(|| {
        let detail =
            "the contact that was merged into is in the bin or merged itself; take it back first";
        Problem::new(ProblemKind::Conflict, detail)
    })?;
    let mut batch = merges::undo(&ctx, &kept, &into).await?;
    reminders::ensure(&ctx, &mut batch).await?;
    if !chain::fits(&batch, &Batch::new()) {
        let detail =
            "the contact has grown too much since to undo this in one step; make it smaller first";
        return Err(Problem::new(ProblemKind::Unprocessable, detail));
    }
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(batch))
}

/// A malformed id names nothing, like an unknown one.
async fn find(ctx: &Ctx, id: &str) -> Result<Kept, Problem> {
    let shown: String = id.chars().take(40).collect();
    let unknown = || Problem::not_found(format_args!("the merge {shown}"));
    TypeId::parse(ID_PREFIX, id).map_err(|_| unknown())?;
    merges::find(ctx, id).await?.ok_or_else(unknown)
}
