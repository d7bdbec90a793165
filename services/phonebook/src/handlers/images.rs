use crate::{
    domain::{Contact, Pending, Photo, contact::ID_PREFIX},
    storage::{
        Found,
        cards::{self, Rewrite},
        contacts, keys, photos,
    },
};
use async_trait::async_trait;
use contracts::{
    images::{DELETED, FAILED, ImageChanged, READY},
    jobs::State,
};
use ports::{Batch, Recorded, Result, TypeId};
use runtime::{EventHandler, Failure, Invocation, Outcome};

pub const EVENT_TYPES: [&str; 3] = [READY, FAILED, DELETED];

/// Follows the images that are contacts' photos: those whose owner is a contact.
pub struct Images;

#[async_trait]
impl EventHandler for Images {
    async fn handle(&self, invocation: &Invocation, event: &Recorded) -> Result<Outcome, Failure> {
        if event.erased || !EVENT_TYPES.contains(&event.event.event_type.as_str()) {
            return Ok(Outcome::default());
        }
        let image: ImageChanged = serde_json::from_slice(&event.event.data)?;
        let Some(owner) = contact_of(&image) else {
            return Ok(Outcome::default());
        };
        let live = contacts::find(invocation, &owner).await?;
        let batch = match (event.event.event_type.as_str(), live) {
            (READY, Some(found)) => ready(invocation, &found, &image).await?,
            (READY, None) => ready_too_late(invocation, &owner, &image).await?,
            (FAILED, found) => failed(invocation, found.as_ref(), &image).await?,
            (_, Some(found)) => deleted(invocation, &found, &image).await?,
            (_, None) => deleted_while_away(invocation, &owner, &image).await?,
        };
        Ok(batch.into())
    }
}

fn contact_of(image: &ImageChanged) -> Option<String> {
    let owner = image.owner.as_deref()?;
    TypeId::parse(ID_PREFIX, owner).ok().map(String::from)
}

fn shows(found: &Found, image: &ImageChanged) -> bool {
    found
        .contact
        .photo
        .as_ref()
        .is_some_and(|photo| photo.image_id == image.image_id)
}

/// What the contact waits for, if it is this image: the latest that was uploaded or came in its card.
fn awaited<'a>(found: &'a Found, image: &ImageChanged) -> Option<&'a Pending> {
    let pending = found.contact.pending.as_ref();
    pending.filter(|pending| pending.image_id == image.image_id)
}

/// Was it made of the picture in the contact's card?
fn is_of_card(found: &Found, image: &ImageChanged) -> bool {
    found.contact.card_photo.as_ref() == Some(&image.sha256)
}

/// The latest upload becomes the photo; one that a later upload overtook is deleted.
async fn ready(invocation: &Invocation, found: &Found, image: &ImageChanged) -> Result<Batch> {
    if let Some(pending) = awaited(found, image) {
        let (mut after, card) = if is_of_card(found, image) {
            (found.contact.next_with_same_card(invocation.now), None)
        } else {
            without_card_photo(invocation, found).await?
        };
        let photo = Photo::new(&image.image_id, &image.variants);
        let old = after.photo.replace(photo);
        after.pending = None;
        let changed = vec!["photo".to_owned()];
        let mut batch = contacts::update_with(invocation, found, &after, changed, card)?;
        photos::settle(invocation, &mut batch, pending, State::Succeeded, None).await?;
        if let Some(old) = old {
            photos::delete(invocation, &mut batch, &old.image_id)?;
        }
        return Ok(batch);
    }
    if shows(found, image) {
        return made_anew(found, image);
    }
    let mut batch = Batch::new();
    photos::delete(invocation, &mut batch, &image.image_id)?;
    Ok(batch)
}

/// The contact was deleted, merged or erased meanwhile. Put away it keeps the photo that it had, but gets no new one.
async fn ready_too_late(
    invocation: &Invocation,
    owner: &str,
    image: &ImageChanged,
) -> Result<Batch> {
    let put_away = contacts::find_put_away(invocation, owner).await?;
    if let Some(found) = put_away.filter(|found| shows(found, image)) {
        return made_anew(&found, image);
    }
    let mut batch = Batch::new();
    photos::delete(invocation, &mut batch, &image.image_id)?;
    Ok(batch)
}

/// The same picture, made anew: where its bytes lie may have changed.
fn made_anew(found: &Found, image: &ImageChanged) -> Result<Batch> {
    let mut after = found.contact.clone();
    after.photo = Some(Photo::new(&image.image_id, &image.variants));
    contacts::amend(found, &after)
}

/// The next version of a contact whose kept card holds no photo any more.
async fn without_card_photo(
    invocation: &Invocation,
    found: &Found,
) -> Result<(Contact, Option<Rewrite>)> {
    let mut after = found.contact.next(invocation.now);
    after.card_photo = None;
    let card = cards::without_photo(invocation, &found.contact).await?;
    Ok((after, card))
}

/// What is no picture leaves the present photo as it is, unless its place in the card is taken, and nothing of itself.
async fn failed(
    invocation: &Invocation,
    found: Option<&Found>,
    image: &ImageChanged,
) -> Result<Batch> {
    let mut batch = Batch::new();
    photos::delete(invocation, &mut batch, &image.image_id)?;
    let awaited = found.and_then(|found| Some((found, awaited(found, image)?)));
    if let Some((found, pending)) = awaited {
        batch.merge(stop_waiting(invocation, found, image)?);
        let reason = image
            .error
            .as_deref()
            .unwrap_or("the picture cannot be read");
        photos::settle(invocation, &mut batch, pending, State::Failed, Some(reason)).await?;
    }
    Ok(batch)
}

/// A picture in the card has taken the place of the old photo, also when nothing can be made of it.
fn stop_waiting(invocation: &Invocation, found: &Found, image: &ImageChanged) -> Result<Batch> {
    let mut after = found.contact.clone();
    after.pending = None;
    let Some(old) = after.photo.take_if(|_| is_of_card(found, image)) else {
        return contacts::amend(found, &after);
    };
    let after = after.next_with_same_card(invocation.now);
    let changed = vec!["photo".to_owned()];
    let mut batch = contacts::update_with(invocation, found, &after, changed, None)?;
    photos::delete(invocation, &mut batch, &old.image_id)?;
    Ok(batch)
}

/// Somebody deleted the image itself.
async fn deleted(invocation: &Invocation, found: &Found, image: &ImageChanged) -> Result<Batch> {
    if shows(found, image) {
        let (mut after, card) = without_card_photo(invocation, found).await?;
        after.photo = None;
        let changed = vec!["photo".to_owned()];
        return contacts::update_with(invocation, found, &after, changed, card);
    }
    let mut batch = Batch::new();
    if let Some(pending) = awaited(found, image) {
        let mut after = found.contact.clone();
        after.pending = None;
        batch.merge(contacts::amend(found, &after)?);
        let reason = Some("the image was deleted");
        photos::settle(invocation, &mut batch, pending, State::Cancelled, reason).await?;
    }
    Ok(batch)
}

async fn deleted_while_away(
    invocation: &Invocation,
    owner: &str,
    image: &ImageChanged,
) -> Result<Batch> {
    let put_away = contacts::find_put_away(invocation, owner).await?;
    let Some(found) = put_away.filter(|found| shows(found, image)) else {
        return Ok(Batch::new());
    };
    let mut after = found.contact.clone();
    (after.photo, after.card_photo) = (None, None);
    let mut batch = contacts::amend(&found, &after)?;
    if let Some(card) = cards::without_photo(invocation, &found.contact).await? {
        batch.put(keys::card(owner), card.after);
    }
    Ok(batch)
}
