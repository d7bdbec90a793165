//! The cards at some places (RFC 6352, section 8.7).

use super::{
    Call, Refusal,
    member::{Asked, Member},
    multistatus, place, walk,
};
use crate::storage::{cards, resources};
use dav::{AddressbookMultiget, Href, Response};
use web::Answer;

/// Bytes that end a part, and places looked at together.
const PART_BYTES: usize = 512 << 10;
const CHUNK: usize = 32;

pub async fn answer(
    call: &Call,
    segment: &str,
    wanted: AddressbookMultiget,
) -> Result<Answer, Refusal> {
    let asked = Asked::new(&wanted.selection, wanted.address_data.as_ref())?;
    let book = call.book(segment).await?.book;
    let collection = place::book(segment);
    let mut done: usize = match call.ctx.continuation() {
        None => 0,
        Some(token) => token.parse().map_err(|_| walk::not_ours())?,
    };
    let mut out = walk::begin(call);
    let rest = wanted.hrefs.get(done..).unwrap_or_default();
    for chunk in rest.chunks(CHUNK) {
        let members = members(call, &book.id, &collection, chunk, asked.needs_cards()).await?;
        for (href, member) in chunk.iter().zip(members) {
            out.push(&match member {
                Some(member) => asked.response(call, &collection, member).await?,
                None => Response::not_found(href.clone()),
            });
            done += 1;
            if out.len() >= PART_BYTES {
                return Ok(walk::part(&mut out, done.to_string()));
            }
        }
    }
    Ok(multistatus(out.finish()))
}

/// What is at these places, as far as they are in the book.
async fn members(
    call: &Call,
    book: &str,
    collection: &Href,
    hrefs: &[Href],
    needs_cards: bool,
) -> ports::Result<Vec<Option<Member>>> {
    // No card has an empty name.
    let names: Vec<&str> = hrefs
        .iter()
        .map(|href| href.name_in(collection).unwrap_or_default())
        .collect();
    let found = resources::find_all(&call.ctx, book, &names).await?;
    let contacts: Vec<_> = found
        .into_iter()
        .map(|found| found.map(|found| found.contact))
        .collect();
    let there = contacts.iter().flatten().filter(|_| needs_cards);
    let mut written = cards::of_all(&call.ctx, there).await?.into_iter();
    let members = contacts.into_iter().map(|contact| {
        let contact = contact?;
        let written = written.next().flatten();
        Some(Member::new(contact, written))
    });
    Ok(members.collect())
}
