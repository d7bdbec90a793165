//! Pictures out of cards. A card is committed first; what is in it becomes an image by a due item, so that no crash
//! leaves bytes that nobody knows of, and no client waits for them.

use super::create;
use crate::{
    domain::{Contact, Pending, card},
    storage::{Found, cards, contacts, jobs, keys},
};
use bytes::Bytes;
use contracts::images::original_key;
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
    let job_id = jobs::open(invocation, batch, contact.path())?;
    Ok(Pending { image_id, job_id })
}

/// Hands the picture over, if it is still wanted. If not, an earlier attempt may have written it: first the item says
/// that it is over, and only then the bytes go, so that nobody can be handed what is being deleted.
pub async fn resume(invocation: &Invocation, image_id: &str, item: &[u8]) -> Result<Batch> {
    let mut extraction: Extraction = serde_json::from_slice(item)
        .map_err(|e| Error::internal("an extraction's item cannot be read").with_source(e))?;
    let blob = original_key(invocation.tenant.as_str(), image_id);
    let mut batch = Batch::new();
    if extraction.over {
        invocation.blobs.delete(&blob).await?;
        batch.delete(keys::extraction(image_id));
        return Ok(batch);
    }
    let Some((found, picture)) = wanted(invocation, &extraction.contact, image_id).await? else {
        extraction.over = true;
        extraction.put(invocation, &mut batch, image_id)?;
        return Ok(batch);
    };
    let limit = picture.len() as u64;
    let body = stream::once(future::ready(Ok(Bytes::from(picture)))).boxed();
    let stored = invocation.blobs.put(&blob, body, limit).await?;
    let owner = &extraction.contact;
    batch.event(create(invocation, owner, image_id, &blob, stored)?);
    batch.delete(keys::extraction(image_id));
    // Writing took its time: who gave the image up meanwhile has asked for its deletion already, which nothing follows.
    batch.expect(keys::contact(owner), Some(found.version()));
    Ok(batch)
}

/// The contact and the picture in its card, while it waits for this image.
async fn wanted(
    invocation: &Invocation,
    contact: &str,
    image_id: &str,
) -> Result<Option<(Found, Vec<u8>)>> {
    let Some(found) = contacts::find(invocation, contact).await? else {
        return Ok(None);
    };
    let pending = found.contact.pending.as_ref();
    if pending.is_none_or(|pending| pending.image_id != image_id) {
        return Ok(None);
    }
    let card = cards::of(invocation, &found.contact).await?;
    let card = card
        .map(|bytes| cards::parse(contact, &bytes))
        .transpose()?;
    let picture = card.and_then(|card| card::picture(&card));
    Ok(picture.map(|picture| (found, picture)))
}

impl Extraction {
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
