use super::{Call, Refusal, place::Place};
use crate::{
    domain::book,
    storage::{Found, books, contacts, groups, resources},
};
use actix_web::http::StatusCode;
use dav::{Condition, Privilege};
use ports::Batch;
use web::{Answer, Precondition};

/// Cards go to the bin, as contacts do, those of groups with their groups, and books with all their cards.
pub async fn answer(call: &Call) -> Result<Answer, Refusal> {
    let precondition = Precondition::of(call.request.headers());
    let batch = match &call.place {
        Place::Card { book, name } => {
            let book = call.book(book).await?.book;
            let found = resources::find(&call.ctx, &book.id, name).await?;
            let found = found.ok_or_else(|| call.nothing())?;
            precondition.check(Some(&found.contact.card_etag()))?;
            remove(call, &found).await?
        }
        Place::Book(segment) => {
            let found = call.book(segment).await?;
            precondition.check(Some(&found.book.etag()))?;
            if found.book.id == book::DEFAULT {
                let detail = "the default book cannot be deleted; delete its cards instead";
                let condition = Condition::NeedPrivileges(call.href.clone(), Privilege::Unbind);
                return Err(Refusal::condition(condition, detail));
            }
            books::delete(&call.ctx, &found).await?
        }
        _ => return Err(call.not_here().into()),
    };
    Ok(Answer::empty(StatusCode::NO_CONTENT).commit(batch))
}

async fn remove(call: &Call, found: &Found) -> ports::Result<Batch> {
    let group = match &found.contact.group {
        Some(id) => groups::find(&call.ctx, id).await?,
        None => None,
    };
    match group {
        Some(group) => groups::delete(&call.ctx, &group).await,
        None => contacts::bin(&call.ctx, found).await,
    }
}
