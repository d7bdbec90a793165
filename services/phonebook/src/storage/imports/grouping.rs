//! Cards of groups in a file. Who is a member is settled after the step, when it is known who came with the file.

use crate::{
    domain::Contact,
    storage::{
        Found, cards,
        group_cards::{self, joining},
    },
};
use bytes::Bytes;
use ports::{Batch, Result};
use runtime::Invocation;
use vcard::{Card, Target, convert};

/// What stands in the file.
pub struct Sent {
    pub card: Card,
    pub bytes: Bytes,
}

/// The card, and the group that it describes. Nothing when that is how it is already.
pub async fn write(
    invocation: &Invocation,
    present: Option<&Found>,
    mut contact: Contact,
    sent: Sent,
) -> Result<Batch> {
    let Sent { card, bytes } = sent;
    contact.has_card = true;
    let (mut batch, work) = match present {
        None => group_cards::create(invocation, &mut contact, &card, bytes)?,
        Some(found) if found.is_in_bin() => {
            group_cards::restore(invocation, found, &mut contact, &card, bytes).await?
        }
        Some(found) => {
            let written = cards::of(invocation, &found.contact).await?;
            if written.is_some_and(|written| is_same(&written, &bytes)) {
                return Ok(Batch::new());
            }
            group_cards::replace(invocation, found, &mut contact, &card, bytes).await?
        }
    };
    if let Some(group) = &contact.group {
        joining::later(invocation, &mut batch, group, &work)?;
    }
    Ok(batch)
}

/// Is it the card that is there, or what our own export says of it?
fn is_same(written: &[u8], sent: &[u8]) -> bool {
    let exported = |card: &Card, target| *convert(card, target).to_bytes() == *sent;
    written == sent
        || Card::parse(written).is_ok_and(|card| {
            [Target::V3_0, Target::V4_0]
                .into_iter()
                .any(|target| exported(&card, target))
        })
}
