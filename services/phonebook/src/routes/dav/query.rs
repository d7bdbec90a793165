//! Which cards fulfil a condition (RFC 6352, section 8.6).

use super::{
    Call, Refusal,
    member::{Asked, Member},
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
        with_gone: false,
    };
    let matches = |member: &Member| -> ports::Result<bool> {
        Ok(everybody
            || query
                .filter
                .matches(&Properties(&member.card(Target::V3_0)?)))
    };
    let answer = |visited| match visited {
        Visited::Member(member) if matches(&member)? => {
            asked.response(call, &href, &member).map(Some)
        }
        _ => Ok(None),
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
