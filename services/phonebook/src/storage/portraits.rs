//! Contacts' photos as their cards show them: small enough to come with each change of a card.

use crate::domain::{Contact, photo::MAX_PORTRAIT_BYTES};
use futures_util::{StreamExt, TryStreamExt, stream};
use ports::{Kind, Result};
use runtime::Invocation;
use vcard::Photo;

/// Blobs read at once. Where they lie elsewhere, one after the other takes long; all at once would crowd others out.
pub const AT_ONCE: usize = 8;

/// Of each of the contacts, in their order.
pub async fn of_all(invocation: &Invocation, contacts: &[Contact]) -> Result<Vec<Option<Photo>>> {
    let portraits: Vec<_> = contacts.iter().map(|one| of(invocation, one)).collect();
    stream::iter(portraits)
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

/// What the contact's card is to show beyond what the kept one holds.
pub async fn of(invocation: &Invocation, contact: &Contact) -> Result<Option<Photo>> {
    let Some(photo) = contact.photo_for_card() else {
        return Ok(None);
    };
    for form in photo.portraits() {
        if let Some(bytes) = read(invocation, &form.blob).await? {
            let media_type = Some(format!("image/{}", form.format));
            return Ok(Some(Photo::Inline { media_type, bytes }));
        }
    }
    Ok(None)
}

/// `None` when there are too many bytes, or none any more: the image may have been deleted, of which the contact is yet
/// to hear.
async fn read(invocation: &Invocation, blob: &str) -> Result<Option<Vec<u8>>> {
    let mut chunks = match invocation.blobs.get(blob, None).await {
        Err(error) if error.kind() == Kind::NotFound => return Ok(None),
        chunks => chunks?,
    };
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.try_next().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_PORTRAIT_BYTES {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}
