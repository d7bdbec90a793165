//! Which cards fulfil a condition (RFC 6352, section 8.6).

use super::{
    Call, Refusal,
    member::{self, Asked, Member},
    multistatus, place,
    walk::{self, End, Progress, Visited, Walk},
};
use crate::domain::card::Properties;
use dav::{AddressbookQuery, Response};
use vcard::Target;
use web::Answer;

pub async fn answer(
    call: &Call,
    segment: &str,
    query: AddressbookQuery,
) -> Result<Answer, Refusal> {
    let asked = Asked::new(&query.selection, query.address_data.as_ref())?;
    let book = call.book(segment).await?.book;
    let href = place::book(segment);
    let everybody = query.filter.properties.is_empty();
    let walk = Walk {
        call,
        book: &book.id,
        needs_cards: !everybody || asked.needs_cards(),
        // Few of the cards may match.
        needs_portraits: everybody && asked.only_measures(),
        with_gone: false,
    };
    let mut named = query.filter.properties.iter();
    let asks_for_photos = named.any(|property| member::is_photo(&property.name));
    let matches = async |member: &mut Member| -> ports::Result<bool> {
        if asks_for_photos {
            member.portray(&call.ctx).await?;
        }
        let filter = &query.filter;
        Ok(everybody || filter.matches(&Properties(&member.card(Target::V3_0)?)))
    };
    let answer = async |visited| {
        let Visited::Member(mut member) = visited else {
            return Ok(None);
        };
        match matches(&mut member).await? {
            true => asked.response(call, &href, *member).await.map(Some),
            false => Ok(None),
        }
    };
    let limit = query.limit.map(u32::from);
    let progress = Progress::of(call, Progress::through_all(limit))?;
    let mut out = walk::begin(call);
    match walk.go(progress, &mut out, answer).await? {
        End::Full(progress) => return Ok(progress.part(&mut out)),
        End::Truncated(_) => out.push(&Response::truncated(href.clone())),
        End::Done => {}
    }
    Ok(multistatus(out.finish()))
}
