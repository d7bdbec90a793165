//! What has changed since the last time (RFC 6578).

use super::{
    Call, Refusal,
    member::Asked,
    multistatus, place,
    walk::{self, End, Progress, Visited, Walk},
};
use crate::{
    domain::sync::{self, Position},
    storage::changes,
};
use dav::{Condition, Response, SyncCollection};
use web::Answer;

pub async fn answer(call: &Call, segment: &str, wanted: SyncCollection) -> Result<Answer, Refusal> {
    let asked = Asked::new(&wanted.selection, wanted.address_data.as_ref())?;
    let book = call.book(segment).await?.book;
    let href = place::book(segment);
    let beginning = beginning(call, &book.id, &wanted).await?;
    let progress = Progress::of(call, beginning)?;
    let newest = progress.until;
    let walk = Walk {
        call,
        book: &book.id,
        needs_cards: asked.needs_cards(),
        needs_portraits: asked.only_measures(),
        // Who has nothing yet need not hear of what is gone.
        with_gone: wanted.token.is_some(),
    };
    let answer = async |visited| match visited {
        Visited::Member(member) => asked.response(call, &href, *member).await.map(Some),
        Visited::Gone(name) => Ok(Some(Response::not_found(href.member(name)))),
    };
    let mut out = walk::begin(call);
    let reached = match walk.go(progress, &mut out, answer).await? {
        End::Full(progress) => return Ok(progress.part(&mut out)),
        End::Truncated(position) => {
            out.push(&Response::truncated(href.clone()));
            position
        }
        End::Done => Position::behind(newest),
    };
    let token = sync::token(&book.id, &reached);
    Ok(multistatus(out.finish_with_token(&token)))
}

/// From where the token leads, up to the latest change that there is.
async fn beginning(call: &Call, book: &str, wanted: &SyncCollection) -> Result<Progress, Refusal> {
    let newest = changes::newest(&call.ctx).await?;
    let position = match &wanted.token {
        None => Some(Position::default()),
        Some(token) => sync::position(book, token),
    };
    let position = position.filter(|position| position.stamp <= newest);
    let position = position.ok_or_else(|| {
        let detail = "the token was not given out for this book; begin with an empty one";
        Refusal::condition(Condition::ValidSyncToken, detail)
    })?;
    Ok(Progress {
        position,
        until: newest,
        left: wanted.limit.map(u32::from),
    })
}
