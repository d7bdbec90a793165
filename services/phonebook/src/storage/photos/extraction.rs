//! Pictures out of cards. A card is committed first; what is in it becomes an image by a due item, so that no crash
//! leaves bytes that nobody knows of, and no client waits for them.

use super::{create, settle};
use crate::{
    domain::{Contact, Pending, card},
    storage::{Found, cards, contacts, keys},
};
use bytes::Bytes;
use contracts::{images::original_key, jobs::State};
use futures_util::{StreamExt, future, stream};
use ports::{Batch, Error, Result, TypeId, store::Put};
use runtime::Invocation;
use serde::{Deserialize, Serialize};

/// The item of an extraction, under the id of the image.
#[derive(Debug, Serialize, Deserialize)]
struct Extraction {
    contact: String,
    /// Nobody wants the image any more; its bytes are being deleted.
    #[serde(default)]
    over: bool,
}

/// A new image of the contact is to be made of the picture in its card.
pub fn begin(invocation: &Invocation, batch: &mut Batch, contact: &Contact) -> Result<Pending> {
    let image_id = String::from(TypeId::new("img"));
    let extraction = Extraction {
        contact: contact.id.clone(),
        over: false,
    };
    extraction.put(invocation, batch, &image_id)?;
    let job_id = None;
    Ok(Pending { image_id, job_id })
}

/// Hands the picture over, if it is still wanted. If not, an earlier attempt may have written it: first the item says
/// that it is over, and only then the bytes go, so that nobody can be handed what is being deleted.
pub async fn resume(invocation: &Invocation, image_id: &str, item: &[u8]) -> Result<Batch> {
    let extraction: Extraction = serde_json::from_slice(item)
        .map_err(|e| Error::internal("an extraction's item cannot be read").with_source(e))?;
    if extraction.over {
        return clear(invocation, image_id).await;
    }
    let Some(found) = waiting(invocation, &extraction.contact, image_id).await? else {
        return extraction.end(invocation, image_id, Batch::new());
    };
    match picture(invocation, &found.contact).await? {
        Some(picture) => hand_over(invocation, image_id, &found, picture).await,
        None => extraction.end(invocation, image_id, give_up(invocation, &found).await?),
    }
}

async fn clear(invocation: &Invocation, image_id: &str) -> Result<Batch> {
    invocation.blobs.delete(&blob(invocation, image_id)).await?;
    let mut batch = Batch::new();
    batch.delete(keys::extraction(image_id));
    Ok(batch)
}

async fn hand_over(
    invocation: &Invocation,
    image_id: &str,
    found: &Found,
    picture: Vec<u8>,
) -> Result<Batch> {
    let (owner, blob) = (&found.contact.id, blob(invocation, image_id));
    let limit = picture.len() as u64;
    let body = stream::once(future::ready(Ok(Bytes::from(picture)))).boxed();
    let stored = invocation.blobs.put(&blob, body, limit).await?;
    let mut batch = Batch::new();
    batch.event(create(invocation, owner, image_id, &blob, stored)?);
    batch.delete(keys::extraction(image_id));
    // Writing took its time: who gave the image up meanwhile has asked for its deletion already, which nothing follows.
    batch.expect(keys::contact(owner), Some(found.version()));
    Ok(batch)
}

fn blob(invocation: &Invocation, image_id: &str) -> String {
    original_key(invocation.tenant.as_str(), image_id)
}

/// The contact, while it waits for this image.
async fn waiting(invocation: &Invocation, contact: &str, image_id: &str) -> Result<Option<Found>> {
    let found = contacts::find(invocation, contact).await?;
    Ok(found.filter(|found| {
        let pending = found.contact.pending.as_ref();
        pending.is_some_and(|pending| pending.image_id == image_id)
    }))
}

/// The one in the contact's card.
async fn picture(invocation: &Invocation, contact: &Contact) -> Result<Option<Vec<u8>>> {
    let Some(bytes) = cards::of(invocation, contact).await? else {
        return Ok(None);
    };
    Ok(card::picture(&cards::parse(&contact.id, &bytes)?))
}

/// A later card has come without the picture, and took none away: the contact keeps the photo that it has, but there is
/// nothing to wait for.
async fn give_up(invocation: &Invocation, found: &Found) -> Result<Batch> {
    let mut after = found.contact.clone();
    let given_up = after.pending.take();
    let mut batch = contacts::amend(found, &after)?;
    if let Some(given_up) = given_up {
        let reason = Some("the photo was taken out of the card");
        settle(invocation, &mut batch, &given_up, State::Cancelled, reason).await?;
    }
    Ok(batch)
}

impl Extraction {
    /// Nobody wants the image any more; the bytes are left to the next firing.
    fn end(mut self, invocation: &Invocation, image_id: &str, mut batch: Batch) -> Result<Batch> {
        self.over = true;
        self.put(invocation, &mut batch, image_id)?;
        Ok(batch)
    }

    fn put(&self, invocation: &Invocation, batch: &mut Batch, image_id: &str) -> Result<()> {
        let value = serde_json::to_vec(self)
            .map_err(|e| Error::internal("serialising an extraction").with_source(e))?;
        batch.put_item(Put {
            key: keys::extraction(image_id),
            value: value.into(),
            expires_at: None,
            due_at: Some(invocation.now),
        });
        Ok(())
    }
}
