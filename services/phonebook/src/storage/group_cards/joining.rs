//! From a group's card to its memberships: as many as one commit holds at once, the rest by a due item.

use super::awaited::{self, Awaited};
use crate::{
    domain::{
        Contact, group,
        group_card::{self, Work},
    },
    storage::{
        Found, cards, chain, groups, keys,
        resources::{self, Named},
    },
};
use bytes::Bytes;
use ports::{Batch, Error, Item, Result, Timestamp, store::Put};
use runtime::Invocation;
use std::collections::HashSet;

/// Members looked up together, and in one commit: each brings up to three conditions.
const CHUNK: usize = 50;
const LENGTH: usize = 250;

/// The due item of what is left to do.
pub fn item(group: &str, work: &Work, due_at: Timestamp) -> Result<Put> {
    let value = serde_json::to_vec(work)
        .map_err(|e| Error::internal(format!("serialising who joins {group}")).with_source(e))?;
    Ok(Put {
        key: keys::joining(group),
        value: Bytes::from(value),
        expires_at: None,
        due_at: Some(due_at),
    })
}

pub fn decode(value: &[u8]) -> Result<Work> {
    serde_json::from_slice(value)
        .map_err(|e| Error::internal("reading who joins a group").with_source(e))
}

/// What was given up means the same members of a card that names others now: it may be tried again.
pub fn keep(group: &str, given_up: &Item, before: &[String], after: &[String]) -> Result<Batch> {
    let work = group_card::work(before, after, &decode(&given_up.value)?);
    let mut batch = Batch::new();
    batch.expect(keys::joining(group), Some(given_up.version));
    batch.put_item(Put {
        due_at: None,
        ..item(group, &work, Timestamp::from_millis(0))?
    });
    Ok(batch)
}

/// Leaves what there is to do to the due item.
pub fn later(invocation: &Invocation, batch: &mut Batch, group: &str, work: &Work) -> Result<()> {
    if work.is_empty() {
        batch.delete(keys::joining(group));
    } else {
        batch.put_item(item(group, work, invocation.now)?);
    }
    Ok(())
}

/// Begins with the work in the commit that brings the card.
pub async fn begin(
    invocation: &Invocation,
    batch: &mut Batch,
    contact: &Contact,
    members: &[String],
    work: Work,
) -> Result<()> {
    let Some(group) = &contact.group else {
        return Ok(());
    };
    let mut link = Link::new(invocation, group, contact, members, work);
    let must_go_on = batch.writes() == 0;
    // What is left has to fit in, too, and it is never more than this.
    batch.put_item(item(group, &link.work, invocation.now)?);
    link.fill(batch, must_go_on).await?;
    let key = keys::joining(group);
    batch.puts.retain(|put| put.key != key);
    later(invocation, batch, group, &link.work)
}

/// The next commit of the work.
pub async fn resume(invocation: &Invocation, group: &str, value: &[u8]) -> Result<Batch> {
    let work = decode(value)?;
    let Some(found) = groups::find(invocation, group).await? else {
        return forget(invocation, group, work).await;
    };
    let mut batch = Batch::new();
    let Some(beside) = super::beside(invocation, &found.group).await? else {
        batch.delete(keys::joining(group));
        return Ok(batch);
    };
    let card = cards::of(invocation, &beside.contact).await?;
    let card = card.map(|bytes| cards::parse(&beside.contact.id, &bytes));
    let members = card.transpose()?.as_ref().map(group_card::members);
    // Whoever joins finds the group and the card as they were read.
    batch.expect(keys::group(group), Some(found.item_version));
    batch.expect(keys::contact(&beside.contact.id), Some(beside.version()));
    let members = members.unwrap_or_default();
    begin(invocation, &mut batch, &beside.contact, &members, work).await?;
    Ok(batch)
}

/// The group is gone, and waits for nobody.
async fn forget(invocation: &Invocation, group: &str, mut work: Work) -> Result<Batch> {
    work.join.clear();
    let mut batch = Batch::new();
    let steps = work.next(&[], LENGTH);
    let members: Vec<&str> = steps.iter().map(|step| step.member).collect();
    for awaited in awaited::of(invocation, &members).await? {
        batch.merge(awaited.forget(group)?);
    }
    let count = steps.len();
    work.done(count);
    later(invocation, &mut batch, group, &work)?;
    Ok(batch)
}

/// One commit of the work while it is filled.
struct Link<'a> {
    invocation: &'a Invocation,
    group: &'a str,
    card: &'a Contact,
    members: &'a [String],
    named: HashSet<&'a str>,
    work: Work,
    /// Contacts that the commit changes already.
    touched: HashSet<String>,
}

impl<'a> Link<'a> {
    fn new(
        invocation: &'a Invocation,
        group: &'a str,
        card: &'a Contact,
        members: &'a [String],
        work: Work,
    ) -> Self {
        Self {
            invocation,
            group,
            card,
            members,
            named: members.iter().map(String::as_str).collect(),
            work,
            touched: HashSet::new(),
        }
    }

    /// Takes the work into the batch, until it is full or the work is done.
    async fn fill(&mut self, batch: &mut Batch, must_go_on: bool) -> Result<()> {
        let begun = batch.writes();
        for _ in 0..LENGTH / CHUNK {
            let changes = self.changes().await?;
            let count = changes.len();
            for (place, change) in changes.into_iter().enumerate() {
                let must = must_go_on && batch.writes() == begun;
                if !must && !chain::fits(batch, &change) {
                    self.work.done(place);
                    return Ok(());
                }
                batch.merge(change);
            }
            self.work.done(count);
            if count < CHUNK {
                break;
            }
        }
        Ok(())
    }

    /// What the next members' joining and leaving takes.
    async fn changes(&mut self) -> Result<Vec<Batch>> {
        let steps = self.work.next(self.members, CHUNK);
        let members: Vec<&str> = steps.iter().map(|step| step.member).collect();
        let (joining, leaving) = members.split_at(steps.partition_point(|step| step.joins));
        let book = self.card.book_id();
        let named = resources::named(self.invocation, book, joining).await?;
        let holders = resources::all_named(self.invocation, leaving).await?;
        let mut awaited = awaited::of(self.invocation, &members).await?;
        let forgotten = awaited.split_off(joining.len());
        let mut touched = std::mem::take(&mut self.touched);
        let mut changes = Vec::new();
        for ((member, named), awaited) in joining.iter().zip(named).zip(awaited) {
            changes.push(self.join(member, named, awaited, &mut touched)?);
        }
        for (holders, awaited) in holders.iter().zip(forgotten) {
            changes.push(self.leave(holders, awaited, &mut touched)?);
        }
        self.touched = touched;
        Ok(changes)
    }

    fn join(
        &self,
        member: &str,
        named: Named,
        awaited: Awaited,
        touched: &mut HashSet<String>,
    ) -> Result<Batch> {
        match named {
            Named::Contact(found) => {
                let contact = &found.contact;
                let is_first = touched.insert(contact.id.clone());
                // Nobody is in more groups than there may be.
                if is_first && contact.groups.len() < group::MAX_MEMBERSHIPS {
                    return groups::membership(self.invocation, &found, self.group, true);
                }
                Ok(Batch::new())
            }
            // Not groups in groups.
            Named::Taken => Ok(Batch::new()),
            Named::Nobody if self.is_own(member) => awaited.forget(self.group),
            Named::Nobody => awaited.wait(self.group, self.card.book_id()),
        }
    }

    /// Whom the card names no more leaves: everybody who goes by the name, in whatever book, and whoever may come by it.
    fn leave(
        &self,
        holders: &[Found],
        awaited: Awaited,
        touched: &mut HashSet<String>,
    ) -> Result<Batch> {
        let mut batch = awaited.forget(self.group)?;
        for found in holders.iter().filter(|one| !self.is_named(&one.contact)) {
            if touched.insert(found.contact.id.clone()) {
                batch.merge(groups::membership(
                    self.invocation,
                    found,
                    self.group,
                    false,
                )?);
            }
        }
        Ok(batch)
    }

    /// By one name or the other.
    fn is_named(&self, contact: &Contact) -> bool {
        let names = [contact.id.as_str(), group_card::member_id(contact.uid())];
        names.iter().any(|name| self.named.contains(name))
    }

    fn is_own(&self, member: &str) -> bool {
        member.is_empty()
            || member == self.card.id
            || member == group_card::member_id(self.card.uid())
    }
}
