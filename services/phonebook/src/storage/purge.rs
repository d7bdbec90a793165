//! Erasing a contact for good: its item, its entries in the lists, its history, its photos and its events' data.

use super::{
    Found,
    group_cards::{awaited, listing},
    keys, merges, photos,
};
use contracts::contacts::{ContactChanged, DELETED};
use ports::{
    Batch, Error, Event, Result,
    store::{Put, Query},
};
use runtime::Invocation;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Deletions of traces in a commit that also removes the contact and its list entries.
const FIRST_TRACES: usize = 500;
/// Deletions in each of the commits that follow.
const MORE_TRACES: usize = 900;

/// The item of a purge that goes on.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Purge {
    /// Somebody asked for it: tell when the last trace is gone. The end of the bin time is no news.
    pub announce: bool,
}

/// Removes the contact and as many of its traces as one commit holds; what remains is left to [`resume`].
pub async fn begin(invocation: &Invocation, found: &Found, purge: Purge) -> Result<Batch> {
    let contact = &found.contact;
    let mut batch = found.removal();
    if contact.deleted_at.is_none() {
        // Clients that keep copies have to learn that it is gone; of one in the bin they know.
        let mut gone = contact.clone();
        gone.deleted_at = Some(invocation.now);
        batch.unindex(found.change());
        batch.stamped.push(keys::change(&gone));
    }
    if let Some(pending) = &contact.pending {
        let reason = "the contact was erased";
        photos::abandon(invocation, &mut batch, pending, reason).await?;
    }
    if let Some(photo) = &contact.photo {
        photos::delete(invocation, &mut batch, &photo.image_id)?;
    }
    let groups = contact.groups.iter().map(String::as_str);
    listing::note(&mut batch, contact, groups, invocation.now);
    batch.merge(awaited::give_up(invocation, contact).await?);
    merges::orphan(invocation, &mut batch, &contact.id).await?;
    if erase(invocation, &mut batch, &contact.id, FIRST_TRACES).await? {
        announce(invocation, &mut batch, &contact.id, purge)?;
    } else {
        go_on(invocation, &mut batch, &contact.id, purge)?;
    }
    Ok(batch)
}

/// The next step of a purge that did not fit into its first commit.
pub async fn resume(invocation: &Invocation, id: &str, purge: Purge) -> Result<Batch> {
    let mut batch = Batch::new();
    if erase(invocation, &mut batch, id, MORE_TRACES).await? {
        batch.delete(keys::purge(id));
        announce(invocation, &mut batch, id, purge)?;
    } else {
        go_on(invocation, &mut batch, id, purge)?;
    }
    Ok(batch)
}

/// Deletes up to `budget` traces; true when these are the last.
async fn erase(
    invocation: &Invocation,
    batch: &mut Batch,
    id: &str,
    budget: usize,
) -> Result<bool> {
    let mut left = budget;
    for prefix in [keys::histories(id), keys::cards(id), keys::events(id)] {
        let mut after = None;
        loop {
            if left == 0 {
                return Ok(false);
            }
            let query = Query {
                prefix: prefix.clone(),
                after: after.take(),
                limit: left,
                ..Query::default()
            };
            let page = invocation.store.query(&invocation.tenant, query).await?;
            left -= page.items.len().min(left);
            batch
                .deletes
                .extend(page.items.into_iter().map(|(key, _)| key));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(true)
}

fn go_on(invocation: &Invocation, batch: &mut Batch, id: &str, purge: Purge) -> Result<()> {
    let value = serde_json::to_vec(&purge)
        .map_err(|e| Error::internal(format!("serialising the purge of {id}")).with_source(e))?;
    batch.put_item(Put {
        key: keys::purge(id),
        value: value.into(),
        expires_at: None,
        due_at: Some(invocation.now),
    });
    Ok(())
}

/// The last that is ever said about the contact names it and nothing more.
fn announce(invocation: &Invocation, batch: &mut Batch, id: &str, purge: Purge) -> Result<()> {
    if purge.announce {
        let data = ContactChanged {
            contact: json!({ "id": id }),
            changed: Vec::new(),
        };
        let event: Event = invocation.event(DELETED, id, &data)?;
        batch.event(event);
    }
    Ok(())
}
