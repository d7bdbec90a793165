//! From a step's entries to its commit.

use super::{
    Import, grouping,
    places::Places,
    prepared::{Prepared, Reading, Said},
    subjects::{self, Subject},
};
use crate::{
    domain::{
        Contact, E164, Fields, Index, book, export,
        import::{Draft, Options, Verdict},
    },
    input::{Place, Written},
    storage::{
        Found,
        cards::{self, Rewrite},
        chain::{self, Size},
        contacts,
        group_cards::awaited,
        keys, photos, portraits,
    },
};
use bytes::Bytes;
use ports::{Batch, Error, Result};
use runtime::Invocation;
use std::collections::HashSet;
use web::Problem;

/// What an entry does to the phonebook.
struct Change {
    verdict: Verdict,
    batch: Batch,
    notes: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The entry is at fault.
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Store(#[from] Error),
}

/// Takes as many of the entries as one commit holds, and moves the import behind them; gives those that are left.
pub async fn plan(
    invocation: &Invocation,
    import: &mut Import,
    entries: Vec<Prepared>,
    reading: &Reading,
) -> Result<(Batch, Vec<Prepared>)> {
    let said: Vec<_> = entries
        .iter()
        .filter_map(|entry| entry.said.as_ref().ok())
        .collect();
    let subjects = subjects::find(invocation, &reading.options, &said).await?;
    let mut subjects = subjects.into_iter();
    let mut writer = Writer {
        invocation,
        reading,
        options: &reading.options,
        places: Places::default(),
    };
    let mut commit = Commit::default();
    let mut entries = entries.into_iter();
    while let Some(entry) = entries.as_slice().first() {
        let change = match &entry.said {
            Ok(said) => match subjects.next() {
                // The next step sees what this one does to it.
                Some(subject) if commit.written.contains(&keys::contact(&subject.id)) => break,
                Some(subject) => writer.change(said, subject, entry.line).await,
                None => Err(Error::internal("an entry has no subject").into()),
            },
            Err(reason) => Err(Failure::Refused(reason.clone())),
        };
        match change {
            Ok(change) => {
                if !commit.take(change.batch) {
                    break;
                }
                import.report.accept(change.verdict, change.notes);
            }
            Err(Failure::Refused(reason)) => import.report.refuse(&reason),
            Err(Failure::Store(error)) => return Err(error),
        }
        import.at = entry.next;
        entries.next();
    }
    Ok((commit.batch, entries.collect()))
}

/// A commit while it is filled.
#[derive(Default)]
struct Commit {
    batch: Batch,
    written: HashSet<String>,
    /// At most: what two changes do alike counts twice.
    size: Size,
}

impl Commit {
    /// False when it is full, or when the change is to something that this commit changes already: then it is left to
    /// the next one, which sees what this one did.
    fn take(&mut self, change: Batch) -> bool {
        let size = self.size + Size::of(&change);
        let collides = chain::written(&change).any(|key| self.written.contains(key));
        if !self.written.is_empty() && (collides || !size.fits()) {
            return false;
        }
        self.size = size;
        self.written
            .extend(chain::written(&change).map(str::to_owned));
        chain::join(&mut self.batch, change);
        true
    }
}

struct Writer<'a> {
    invocation: &'a Invocation,
    reading: &'a Reading,
    options: &'a Options,
    places: Places,
}

impl Writer<'_> {
    async fn change(
        &mut self,
        said: &Said,
        subject: Subject,
        line: u64,
    ) -> Result<Change, Failure> {
        let live = subject.present.as_ref().filter(|found| !found.is_in_bin());
        let is_same = |found: &Found| found.contact.imported.as_ref() == Some(&said.digest);
        if live.is_some_and(is_same) || (live.is_none() && subject.is_merged) {
            let is_group = said.group_card().is_some();
            return Ok(if is_group {
                Change::group(Batch::new())
            } else {
                Change::none()
            });
        }
        let group_card = said.group_card();
        if subject
            .present
            .as_ref()
            .is_some_and(|found| found.contact.is_group_card != group_card.is_some())
        {
            return Err(Failure::Refused(format!(
                "line {line}: the phonebook knows the UID of a group's card as a contact's, or the other way round"
            )));
        }
        let Draft {
            groups,
            notes,
            card,
            picture,
            ..
        } = said.draft();
        let (Written { fields, place }, index) = self.read(said, &subject, line)?;
        let mut notes = notes.clone();
        notes.extend(self.unread_numbers(&fields, line));
        let mut batch = Batch::new();
        let mut contact = self.contact(&subject, fields, &said.digest);
        if let Some(parsed) = group_card {
            let Some(bytes) = card else {
                let detail = "the card of a group is too large";
                return Err(Failure::Refused(format!("line {line}: {detail}")));
            };
            let sent = grouping::Sent {
                card: parsed.clone(),
                bytes: bytes.clone(),
            };
            let batch = self.group(contact, &subject, sent, line).await?;
            return Ok(Change::group(batch));
        }
        if card.is_some() {
            contact.has_card = true;
            keep_unsayable(&mut contact, &subject);
        }
        let named = groups.as_deref().unwrap_or_default();
        self.settle(&mut contact, &subject, &place, named, &mut batch)
            .await?;
        let card = card.clone().map(|bytes| Sent {
            bytes,
            picture: picture.clone(),
        });
        let (verdict, change) = self.write(&subject, contact, index, card).await?;
        if verdict == Verdict::Unchanged {
            return Ok(Change::none());
        }
        batch.merge(change);
        Ok(Change {
            verdict,
            batch,
            notes,
        })
    }

    /// What the contact is to hold, and what it is found by if it is new.
    fn read<'s>(
        &self,
        said: &'s Said,
        subject: &Subject,
        line: u64,
    ) -> Result<(Written, Option<&'s Index>), Failure> {
        let Some(found) = &subject.present else {
            let new = said.as_new(self.reading).as_ref();
            let (written, index) = new.map_err(|problem| refusal(problem, line))?;
            return Ok((written.clone(), Some(index)));
        };
        let known = found.contact.fields.phones.clone();
        let written = self.reading.written(said.draft(), known);
        let written = written.map_err(|problem| refusal(&problem, line))?;
        Ok((written, None))
    }

    /// Numbers that were kept without their meaning, and why they have none.
    fn unread_numbers(&self, fields: &Fields, line: u64) -> Vec<String> {
        let region = self.reading.region().or(self.reading.fallback);
        let phones = fields.phones.iter().enumerate();
        let unread = phones.filter(|(_, phone)| phone.e164.is_none());
        let why = unread.filter_map(|(place, phone)| {
            let reason = E164::parse(&phone.number, region).err()?;
            Some(format!(
                "line {line}: #/phones/{place}/number: {reason}; it is kept as it is"
            ))
        });
        why.collect()
    }

    /// The contact with what the entry says of it.
    fn contact(&self, subject: &Subject, fields: Fields, digest: &str) -> Contact {
        let now = self.invocation.now;
        let mut contact = match &subject.present {
            Some(found) => {
                let mut next = found.contact.next(now);
                next.fields = fields;
                next
            }
            None => {
                let mut new = Contact::new(fields, now);
                new.id.clone_from(&subject.id);
                new.names.uid.clone_from(&subject.uid);
                new
            }
        };
        contact.imported = Some(digest.to_owned());
        contact.deleted_at = None;
        contact
    }

    /// The group that a card describes, and the card in its book.
    async fn group(
        &mut self,
        mut contact: Contact,
        subject: &Subject,
        sent: grouping::Sent,
        line: u64,
    ) -> Result<Batch, Failure> {
        let mut batch = Batch::new();
        if let Some(wanted) = &self.options.book
            && subject.present.is_none()
            && self
                .places
                .has_book(self.invocation, wanted, &mut batch)
                .await?
        {
            contact.book = (wanted != book::DEFAULT).then(|| wanted.clone());
        }
        let present = subject.present.as_ref();
        let change = grouping::write(self.invocation, present, contact, sent).await?;
        chain::join(&mut batch, change);
        if !chain::fits(&batch, &Batch::new()) {
            let detail = "the card of a group changes too much at once";
            return Err(Failure::Refused(format!("line {line}: {detail}")));
        }
        Ok(batch)
    }

    /// Its book and groups. Of what the file names, what there is not is left out: it may come from another phonebook.
    async fn settle(
        &mut self,
        contact: &mut Contact,
        subject: &Subject,
        place: &Place,
        named: &[String],
        batch: &mut Batch,
    ) -> Result<()> {
        let invocation = self.invocation;
        if subject.present.as_ref().is_some_and(Found::is_in_bin) {
            batch.merge(contacts::settle_again(invocation, contact).await?);
        }
        let wanted = match &subject.present {
            Some(_) => place.book.as_ref(),
            None => self.options.book.as_ref().or(place.book.as_ref()),
        };
        if let Some(wanted) = wanted.filter(|wanted| *wanted != contact.book_id())
            && self.places.has_book(invocation, wanted, batch).await?
        {
            contact.book = (wanted != book::DEFAULT).then(|| wanted.clone());
        }
        if let Some(ids) = &place.groups
            && *ids != contact.groups.iter().cloned().collect::<Vec<_>>()
        {
            contact.groups = self.places.known(invocation, ids, batch).await?;
        }
        if subject.present.is_none() && subject.is_named {
            let item = subject.awaited.clone();
            batch.merge(awaited::join_as(invocation, contact, item).await?);
        }
        contact
            .groups
            .extend(self.places.named(invocation, named, batch).await?);
        Ok(())
    }

    async fn write(
        &self,
        subject: &Subject,
        mut after: Contact,
        index: Option<&Index>,
        card: Option<Sent>,
    ) -> Result<(Verdict, Batch)> {
        let mut batch = Batch::new();
        let Some(found) = &subject.present else {
            if let Some(Sent { bytes, picture }) = card {
                self.follow(&mut batch, &mut after, picture).await?;
                batch.put(keys::card(&after.id), bytes);
            }
            batch.merge(match index {
                Some(index) => contacts::create_with(self.invocation, &after, index)?,
                None => contacts::create(self.invocation, &after)?,
            });
            return Ok((Verdict::Created, batch));
        };
        let picture = card.as_ref().map(|sent| sent.picture.clone());
        let card = self.rewrite(found, &after, card).await?;
        after.has_card = found.contact.has_card || card.is_some();
        if let Some(picture) = picture.filter(|_| card.is_some()) {
            self.follow(&mut batch, &mut after, picture).await?;
        }
        if found.is_in_bin() {
            batch.merge(contacts::restore(self.invocation, found, &after, card)?);
            return Ok((Verdict::Restored, batch));
        }
        let changed = after.changed_from(&found.contact);
        if changed.is_empty() && card.is_none() {
            return Ok((Verdict::Unchanged, Batch::new()));
        }
        let update = contacts::update_with(self.invocation, found, &after, changed, card)?;
        batch.merge(update);
        Ok((Verdict::Updated, batch))
    }

    /// A file without a picture says nothing of the photo: it may come from where nobody has photos.
    async fn follow(
        &self,
        batch: &mut Batch,
        contact: &mut Contact,
        picture: Option<String>,
    ) -> Result<()> {
        photos::follow_card(self.invocation, batch, contact, picture, false).await?;
        Ok(())
    }

    /// Is this what our own export says of the contact?
    async fn is_export(&self, found: &Found, kept: Option<&Bytes>, sent: &[u8]) -> Result<bool> {
        let contact = &found.contact;
        let portrait = portraits::of(self.invocation, contact).await?;
        let kept = kept.map(AsRef::as_ref);
        Ok(export::is_ours(contact, kept, portrait.as_ref(), sent))
    }

    /// The card that the contact is to have: the file's, or its own with what the file says of the contact.
    async fn rewrite(
        &self,
        found: &Found,
        after: &Contact,
        sent: Option<Sent>,
    ) -> Result<Option<Rewrite>> {
        let Some(Sent { bytes: sent, .. }) = sent else {
            return cards::edited(self.invocation, &found.contact, &after.fields).await;
        };
        let before = cards::of(self.invocation, &found.contact).await?;
        let is_same =
            before.as_ref() == Some(&sent) || self.is_export(found, before.as_ref(), &sent).await?;
        Ok((!is_same).then_some(Rewrite {
            before,
            after: sent,
        }))
    }
}

/// A card of the file that is to be kept.
struct Sent {
    bytes: Bytes,
    picture: Option<String>,
}

impl Change {
    fn group(batch: Batch) -> Self {
        Self {
            verdict: Verdict::Group,
            batch,
            notes: Vec::new(),
        }
    }

    fn none() -> Self {
        Self {
            verdict: Verdict::Unchanged,
            batch: Batch::new(),
            notes: Vec::new(),
        }
    }
}

/// A card has line breaks of one kind alone, and no empty values: such differences are none of what it says.
fn keep_unsayable(contact: &mut Contact, subject: &Subject) {
    let Some(present) = &subject.present else {
        return;
    };
    let sayable = |fields: &Fields| vcard::normal(&fields.document()).ok();
    let present = &present.contact.fields;
    if sayable(present).is_some_and(|said| sayable(&contact.fields) == Some(said)) {
        let phones = std::mem::take(&mut contact.fields.phones);
        contact.fields = Fields {
            phones,
            ..present.clone()
        };
    }
}

/// Every fault of the entry. What may pass is none.
fn refusal(problem: &Problem, line: u64) -> Failure {
    if problem.status().is_server_error() {
        return Error::internal(problem.to_string()).into();
    }
    let faults: Vec<_> = problem.errors().iter().map(ToString::to_string).collect();
    Failure::Refused(format!("line {line}: {}", faults.join("; ")))
}
