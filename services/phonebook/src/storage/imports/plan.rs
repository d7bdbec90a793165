//! From a step's entries to its commit.

use super::{
    Import, grouping,
    places::Places,
    subjects::{self, Subject},
};
use crate::{
    domain::{
        Contact, E164, Fields, Phone, Region, book, export,
        import::{Content, Draft, Entry, Options, Verdict},
    },
    input::{self, Numbers, Written},
    storage::{
        Found,
        cards::{self, Rewrite},
        chain, contacts,
        group_cards::awaited,
        keys, photos, portraits,
    },
};
use bytes::Bytes;
use ports::{Batch, Error, Result};
use runtime::Invocation;
use serde_json::Value;
use std::collections::HashSet;
use web::{Faults, Problem};

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

/// Takes as many of the entries as one commit holds, and moves the import behind them; how many these are.
pub async fn plan(
    invocation: &Invocation,
    import: &mut Import,
    entries: Vec<Entry>,
    fallback: Option<Region>,
) -> Result<(Batch, usize)> {
    let options = import.options.clone();
    let contents: Vec<_> = entries
        .iter()
        .filter_map(|entry| entry.content.as_ref().ok())
        .collect();
    let subjects = subjects::find(invocation, &options, &contents).await?;
    let mut subjects = subjects.into_iter();
    let mut writer = Writer {
        invocation,
        region: options.region.as_deref().and_then(Region::parse),
        options: &options,
        fallback,
        places: Places::default(),
    };
    let (mut commit, mut taken) = (Commit::default(), 0);
    for entry in entries {
        let content = entry.content.map_err(Failure::Refused);
        let change = match content.map(|content| (content, subjects.next())) {
            Ok((content, Some(subject))) => writer.change(content, subject, entry.line).await,
            Ok((_, None)) => Err(Error::internal("an entry has no subject").into()),
            Err(failure) => Err(failure),
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
        taken += 1;
    }
    Ok((commit.batch, taken))
}

/// A commit while it is filled.
#[derive(Default)]
struct Commit {
    batch: Batch,
    written: HashSet<String>,
}

impl Commit {
    /// False when it is full, or when the change is to something that this commit changes already: then it is left to
    /// the next one, which sees what this one did.
    fn take(&mut self, change: Batch) -> bool {
        let keys: Vec<String> = chain::written(&change).map(str::to_owned).collect();
        if !self.written.is_empty()
            && (keys.iter().any(|key| self.written.contains(key))
                || !chain::fits(&self.batch, &change))
        {
            return false;
        }
        self.written.extend(keys);
        chain::join(&mut self.batch, change);
        true
    }
}

struct Writer<'a> {
    invocation: &'a Invocation,
    options: &'a Options,
    region: Option<Region>,
    fallback: Option<Region>,
    places: Places,
}

impl Writer<'_> {
    async fn change(
        &mut self,
        content: Content,
        subject: Subject,
        line: u64,
    ) -> Result<Change, Failure> {
        let live = subject.present.as_ref().filter(|found| !found.is_in_bin());
        let is_same = |found: &Found| found.contact.imported.as_ref() == Some(&subject.digest);
        if live.is_some_and(is_same) || (live.is_none() && subject.is_merged) {
            let is_group = content.group_card().is_some();
            return Ok(if is_group {
                Change::group(Batch::new())
            } else {
                Change::none()
            });
        }
        let group_card = content.group_card().cloned();
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
            document,
            groups,
            mut notes,
            card,
            picture,
        } = content.read(line);
        let written = self.read(&document, &subject, line)?;
        notes.extend(self.unread_numbers(&written, line));
        let mut batch = Batch::new();
        let mut contact = self.contact(&subject, &written);
        if let Some(parsed) = group_card {
            let Some(bytes) = card else {
                let detail = "the card of a group is too large";
                return Err(Failure::Refused(format!("line {line}: {detail}")));
            };
            let sent = grouping::Sent {
                card: parsed,
                bytes,
            };
            let batch = self.group(contact, &subject, sent, line).await?;
            return Ok(Change::group(batch));
        }
        if card.is_some() {
            contact.has_card = true;
            keep_unsayable(&mut contact, &subject);
        }
        self.settle(&mut contact, &subject, &written, groups, &mut batch)
            .await?;
        let card = card.map(|bytes| Sent { bytes, picture });
        let (verdict, change) = self.write(&subject, contact, card).await?;
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

    fn read(&self, document: &Value, subject: &Subject, line: u64) -> Result<Written, Failure> {
        let present = subject.present.iter();
        let mut known: Vec<Phone> = present
            .flat_map(|found| found.contact.fields.phones.clone())
            .collect();
        known.extend(told_numbers(document));
        let numbers = Numbers {
            region: self.region,
            fallback: self.fallback,
            lenient: self.options.lenient,
            known: &known,
        };
        let written = input::contact(document, &numbers, Faults::new());
        written.map_err(|problem| refusal(&problem, line))
    }

    /// Numbers that were kept without their meaning, and why they have none.
    fn unread_numbers(&self, written: &Written, line: u64) -> Vec<String> {
        let region = self.region.or(self.fallback);
        let phones = written.fields.phones.iter().enumerate();
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
    fn contact(&self, subject: &Subject, written: &Written) -> Contact {
        let now = self.invocation.now;
        let mut contact = match &subject.present {
            Some(found) => found.contact.next(now),
            None => Contact::new(written.fields.clone(), now),
        };
        if subject.present.is_none() {
            contact.id.clone_from(&subject.id);
            contact.names.uid.clone_from(&subject.uid);
        }
        contact.fields.clone_from(&written.fields);
        contact.imported = Some(subject.digest.clone());
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
        written: &Written,
        groups: Option<Vec<String>>,
        batch: &mut Batch,
    ) -> Result<()> {
        let invocation = self.invocation;
        if subject.present.as_ref().is_some_and(Found::is_in_bin) {
            batch.merge(contacts::settle_again(invocation, contact).await?);
        }
        let wanted = match &subject.present {
            Some(_) => written.place.book.as_ref(),
            None => self.options.book.as_ref().or(written.place.book.as_ref()),
        };
        if let Some(wanted) = wanted.filter(|wanted| *wanted != contact.book_id())
            && self.places.has_book(invocation, wanted, batch).await?
        {
            contact.book = (wanted != book::DEFAULT).then(|| wanted.clone());
        }
        if let Some(ids) = &written.place.groups
            && *ids != contact.groups.iter().cloned().collect::<Vec<_>>()
        {
            contact.groups = self.places.known(invocation, ids, batch).await?;
        }
        if subject.present.is_none() && subject.is_named {
            let item = subject.awaited.clone();
            batch.merge(awaited::join_as(invocation, contact, item).await?);
        }
        let named = groups.unwrap_or_default();
        contact
            .groups
            .extend(self.places.named(invocation, &named, batch).await?);
        Ok(())
    }

    async fn write(
        &self,
        subject: &Subject,
        mut after: Contact,
        card: Option<Sent>,
    ) -> Result<(Verdict, Batch)> {
        let mut batch = Batch::new();
        let Some(found) = &subject.present else {
            if let Some(Sent { bytes, picture }) = card {
                self.follow(&mut batch, &mut after, picture).await?;
                batch.put(keys::card(&after.id), bytes);
            }
            batch.merge(contacts::create(self.invocation, &after)?);
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

/// Numbers whose meaning the document tells, as our own exports do: it holds wherever the number is dialled.
fn told_numbers(document: &Value) -> Vec<Phone> {
    let phones = document.get("phones").and_then(Value::as_array);
    let told = phones.into_iter().flatten().filter_map(|phone| {
        let text = |name| phone.get(name).and_then(Value::as_str);
        Some(Phone {
            number: text("number")?.to_owned(),
            e164: Some(E164::parse(text("e164")?, None).ok()?),
            kind: None,
            label: None,
            primary: None,
        })
    });
    told.collect()
}

/// Every fault of the entry. What may pass is none.
fn refusal(problem: &Problem, line: u64) -> Failure {
    if problem.status().is_server_error() {
        return Error::internal(problem.to_string()).into();
    }
    let faults: Vec<_> = problem.errors().iter().map(ToString::to_string).collect();
    Failure::Refused(format!("line {line}: {}", faults.join("; ")))
}
