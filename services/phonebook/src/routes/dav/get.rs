use super::{
    Call, Refusal,
    member::{self, Member},
    place::Place,
};
use crate::{domain::card, storage::resources};
use actix_web::http::{StatusCode, header};
use bytes::Bytes;
use vcard::Target;
use web::{Answer, Body};

/// The card as it was written, or in the version that `Accept` names. Both have one entity tag: it is the one that
/// `If-Match` compares, whatever form the client was given.
pub async fn answer(call: &Call) -> Result<Answer, Refusal> {
    let Place::Card { book, name } = &call.place else {
        return Err(call.not_here().into());
    };
    let book = call.book(book).await?.book;
    let found = resources::find(&call.ctx, &book.id, name).await?;
    let contact = found.ok_or_else(|| call.nothing())?.contact;
    let etag = contact.card_etag();
    let member = Member::whole(&call.ctx, contact).await?;
    let bytes = bytes(&member, call.header("accept"))?;
    let body = Body::Bytes(member::CONTENT_TYPE.to_owned(), bytes);
    let answer = Answer::new(StatusCode::OK, body).etag(&etag);
    Ok(answer.header(header::VARY, "accept"))
}

fn bytes(member: &Member, accept: Option<&str>) -> ports::Result<Bytes> {
    let bytes = member.bytes()?;
    let Some(accept) = accept else {
        return Ok(bytes);
    };
    let card = member.card(Target::V3_0)?;
    let Some(target) = card::accepted(accept, card.version()) else {
        return Ok(bytes);
    };
    let card = match member.written {
        Some(_) => vcard::convert(&card, target),
        None => member.card(target)?,
    };
    Ok(card.to_bytes().into_owned().into())
}
