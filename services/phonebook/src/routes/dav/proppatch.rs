use super::{Call, MAX_XML_BYTES, Refusal, multistatus, place::Place, walk};
use crate::{domain::Book, routes::named, storage::books};
use dav::{Change, Proppatch, prop};
use serde_json::json;
use web::Answer;

/// A book's name and description; nothing else can be changed, and nothing changes unless everything can.
pub async fn answer(call: &Call) -> Result<Answer, Refusal> {
    let wanted = Proppatch::read(&call.body, MAX_XML_BYTES)?;
    let mut out = walk::begin(call);
    let Place::Book(segment) = &call.place else {
        out.push(&wanted.answer(call.href.clone(), |_| false));
        return Ok(multistatus(out.finish()));
    };
    let found = call.book(segment).await?;
    out.push(&wanted.answer(call.href.clone(), is_possible));
    let answer = multistatus(out.finish());
    let mut after = found.book.clone();
    if !wanted.changes.iter().all(is_possible) {
        return Ok(answer);
    }
    for change in &wanted.changes {
        make(change, &mut after);
    }
    if after == found.book {
        return Ok(answer);
    }
    after.version += 1;
    after.updated_at = Some(call.ctx.now);
    Ok(answer.commit(books::update(&call.ctx, &found, &after)?))
}

/// The rules are those of `PATCH /v1/books/{id}`.
pub fn is_possible(change: &Change) -> bool {
    let written = match (&change.value, &change.name) {
        (Some(name), property) if *property == prop::DISPLAYNAME => json!({ "name": name }),
        (text, property) if *property == prop::ADDRESSBOOK_DESCRIPTION => {
            json!({ "name": "any", "description": text })
        }
        _ => return false,
    };
    named::read(&written).is_ok()
}

/// Makes a change that is possible.
pub fn make(change: &Change, book: &mut Book) {
    let value = change.value.clone();
    if change.name == prop::ADDRESSBOOK_DESCRIPTION {
        book.description = value.filter(|text| !text.is_empty());
    } else if let Some(name) = value {
        book.name = name;
    }
}
