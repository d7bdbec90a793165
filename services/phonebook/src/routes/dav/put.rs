//! PUT of a card (RFC 6352, section 6.3.2).

mod sent;

use super::{
    Call, Refusal,
    member::{self, Member},
    place::Place,
};
use crate::{
    domain::{
        Contact, book, card,
        contact::Names,
        group_card::{self, Work},
    },
    storage::{
        Found, books,
        cards::Rewrite,
        chain, contacts,
        group_cards::{self, awaited, joining},
        keys, photos, reminders, resources,
    },
};
use actix_web::http::StatusCode;
use bytes::Bytes;
use dav::Condition;
use ports::Batch;
use sent::Sent;
use vcard::{Card, Target};
use web::{Answer, Precondition};

pub async fn answer(call: &Call) -> Result<Answer, Refusal> {
    let Place::Card { book, name } = &call.place else {
        return Err(call.not_here().into());
    };
    let home = books::find_by_segment(&call.ctx, book).await?;
    let home = home.ok_or_else(sent::no_book)?;
    let found = resources::find(&call.ctx, &home.book.id, name).await?;
    let etag = found.as_ref().map(|found| found.contact.card_etag());
    Precondition::of(call.request.headers()).check(etag.as_ref())?;
    let sent = Sent::read(call, name, found.as_ref()).await?;
    let Some(found) = found else {
        check_uid(call, &home, None, &sent).await?;
        return create(call, &home, name, sent).await;
    };
    let present = Member::whole(&call.ctx, found.contact.clone()).await?;
    if present.bytes()? == call.body {
        return Ok(stored(StatusCode::NO_CONTENT, &found.contact));
    }
    let written = present.written.as_ref();
    check_uid(call, &home, Some((&found, written)), &sent).await?;
    replace(call, &found, present, sent).await
}

/// The entity tag, since what is given from now on is what was sent, byte for byte.
fn stored(status: StatusCode, contact: &Contact) -> Answer {
    Answer::empty(status).etag(&contact.card_etag())
}

async fn create(
    call: &Call,
    home: &books::Found,
    name: &str,
    sent: Sent,
) -> Result<Answer, Refusal> {
    let mut contact = Contact::new(sent.fields, call.ctx.now);
    contact.book = (home.book.id != book::DEFAULT).then(|| home.book.id.clone());
    contact.names = Names {
        resource: Some(name.to_owned()),
        uid: sent.uid,
    };
    contact.has_card = true;
    let mut batch = Batch::new();
    if sent.is_group {
        let bytes = call.body.clone();
        let made = group_cards::create(&call.ctx, &mut contact, &sent.card, bytes)?;
        batch = join(call, &contact, &sent.card, made).await?;
    } else {
        photos::follow_card(&call.ctx, &mut batch, &mut contact, sent.picture, false).await?;
        batch.merge(awaited::join(&call.ctx, &mut contact).await?);
        batch.merge(contacts::create(&call.ctx, &contact)?);
        batch.put(keys::card(&contact.id), call.body.clone());
        reminders::ensure(&call.ctx, &mut batch).await?;
    }
    if contact.book.is_some() {
        // Nobody comes into a book that is being deleted.
        batch.expect(keys::book(&home.book.id), home.item_version);
    }
    check_size(&batch)?;
    Ok(stored(StatusCode::CREATED, &contact).commit(batch))
}

/// What a group's card says of its members, as far as the commit that brings it has room.
async fn join(
    call: &Call,
    contact: &Contact,
    card: &Card,
    (mut batch, work): (Batch, Work),
) -> ports::Result<Batch> {
    let members = group_card::members(card);
    joining::begin(&call.ctx, &mut batch, contact, &members, work).await?;
    Ok(batch)
}

async fn replace(
    call: &Call,
    found: &Found,
    present: Member,
    sent: Sent,
) -> Result<Answer, Refusal> {
    let mut after = found.contact.next(call.ctx.now);
    after.fields = sent.fields;
    after.names.uid = sent.uid.filter(|uid| *uid != after.id);
    after.has_card = true;
    let batch = if sent.is_group {
        let bytes = call.body.clone();
        let made = group_cards::replace(&call.ctx, found, &mut after, &sent.card, bytes).await?;
        join(call, &after, &sent.card, made).await?
    } else {
        replaced(call, found, present, &mut after, sent.picture).await?
    };
    check_size(&batch)?;
    Ok(stored(StatusCode::NO_CONTENT, &after).commit(batch))
}

async fn replaced(
    call: &Call,
    found: &Found,
    present: Member,
    after: &mut Contact,
    picture: Option<String>,
) -> ports::Result<Batch> {
    // Who was given a card with a picture and sends one without wants none.
    let had_picture = card::picture(&present.card(Target::V3_0)?).is_some();
    let mut changed = after.fields.changed_from(&found.contact.fields);
    let mut batch = Batch::new();
    if photos::follow_card(&call.ctx, &mut batch, after, picture, had_picture).await? {
        changed.push("photo".to_owned());
    }
    if after.uid() != found.contact.uid() {
        batch.merge(awaited::join(&call.ctx, after).await?);
    }
    if after.groups != found.contact.groups {
        changed.push("groups".to_owned());
    }
    let card = Rewrite {
        before: present.written,
        after: call.body.clone(),
    };
    let update = contacts::update_with(&call.ctx, found, after, changed, Some(card))?;
    batch.merge(update);
    reminders::ensure(&call.ctx, &mut batch).await?;
    Ok(batch)
}

/// Two cards of a book have not one `UID`, and no card changes its own.
async fn check_uid(
    call: &Call,
    home: &books::Found,
    present: Option<(&Found, Option<&Bytes>)>,
    sent: &Sent,
) -> Result<(), Refusal> {
    let Some(uid) = &sent.uid else {
        return Ok(());
    };
    let conflict = |contact: &Contact| {
        let at = member::href(home.book.segment(), contact);
        let detail = format!("the UID belongs to the card at {at}, and each card keeps its own");
        Refusal::condition(Condition::NoUidConflict(at), detail)
    };
    if let Some((found, written)) = present {
        // A card that was written without one may get one.
        let has_one = written.is_none() || found.contact.names.uid.is_some();
        if has_one && found.contact.uid() != uid {
            return Err(conflict(&found.contact));
        }
    }
    let holder = resources::with_uid(&call.ctx, &home.book.id, uid).await?;
    let own = present.map(|(found, _)| found.contact.id.as_str());
    match holder {
        Some(other) if own != Some(&other.contact.id) => Err(conflict(&other.contact)),
        _ => Ok(()),
    }
}

/// Is there room in the commit for the card and the contact that was made of it?
fn check_size(batch: &Batch) -> Result<(), Refusal> {
    if chain::fits(batch, &Batch::new()) {
        return Ok(());
    }
    let detail = "the card says too much";
    Err(Refusal::condition(Condition::MaxResourceSize, detail))
}
