//! Reminders of birthdays: one due item for each tenant, which goes from day to day.
//!
//! The item says which day is announced next, and how far its announcing has come. Each commit that announces also
//! moves the item on, so that everything is announced once, whoever fires it and however often that is tried.

use super::{chain::fits, contacts, keys};
use crate::domain::{Contact, Day, Zone, birthday};
use contracts::contacts::{BIRTHDAY, ContactBirthday};
use ports::{
    Batch, Error, Item, Result, Timestamp,
    store::{Put, Query},
};
use runtime::Invocation;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Days before today that are made up for, when nothing fired meanwhile.
const MAX_MISSED: i64 = 7;
/// Contacts looked at for one commit.
const CHUNK: usize = 50;
/// The store's clock, which says when a day begins, may be ahead of ours by less than this.
const SLACK: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Progress {
    /// What is announced next; `None` before the first firing, which begins with the next day.
    day: Option<Day>,
    /// Behind this index key, when a part of the day is announced already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

impl Progress {
    fn put(&self, due_at: Timestamp) -> Result<Put> {
        let value = serde_json::to_vec(self)
            .map_err(|e| Error::internal("serialising reminders").with_source(e))?;
        Ok(Put {
            key: keys::DAILY.to_owned(),
            value: value.into(),
            expires_at: None,
            due_at: Some(due_at),
        })
    }

    /// Waits for the day.
    fn until(day: Day, zone: &Zone) -> Result<Put> {
        let progress = Self {
            day: Some(day),
            after: None,
        };
        progress.put(zone.start_of(day))
    }
}

/// Sees to it that a birthday which these writes add will be announced. Looks at the store only if there is one.
pub async fn ensure(invocation: &Invocation, batch: &mut Batch) -> Result<()> {
    let adds_one = batch
        .indexed
        .iter()
        .any(|key| key.starts_with(keys::BIRTHDAYS));
    if adds_one && find(invocation).await?.is_none() {
        batch.expect(keys::DAILY, None);
        batch.put_item(Progress::default().put(invocation.now)?);
    }
    Ok(())
}

/// Lets the next firing see to it that the item is due when the day begins, wherever that now is.
pub async fn move_along(invocation: &Invocation, batch: &mut Batch) -> Result<()> {
    if let Some(item) = find(invocation).await? {
        batch.expect(keys::DAILY, Some(item.version)).put_item(Put {
            key: keys::DAILY.to_owned(),
            value: item.value,
            expires_at: None,
            due_at: Some(invocation.now),
        });
    }
    Ok(())
}

async fn find(invocation: &Invocation) -> Result<Option<Item>> {
    let tenant = &invocation.tenant;
    invocation.store.get(tenant, keys::DAILY).await
}

/// Announces the next day's birthdays, or as many as one commit holds, if the day has begun.
pub async fn fire(invocation: &Invocation, item: &Item, zone: &Zone) -> Result<Batch> {
    let unreadable = |e| Error::internal("stored reminders cannot be read").with_source(e);
    let progress: Progress = serde_json::from_slice(&item.value).map_err(unreadable)?;
    let today = zone.day_at(invocation.now + SLACK);
    let mut batch = Batch::new();
    let next = match progress.day {
        None => Progress::until(today.next(), zone)?,
        Some(day) if day > today => progress.put(zone.start_of(day))?,
        Some(day) => {
            let first = today.days_before(MAX_MISSED);
            let after = progress.after.filter(|_| day >= first);
            let day = Some(day.max(first));
            announce(invocation, &mut batch, Progress { day, after }, zone).await?
        }
    };
    batch.put_item(next);
    Ok(batch)
}

/// Adds a commit's share of the day's announcements; gives what is left to do.
async fn announce(
    invocation: &Invocation,
    batch: &mut Batch,
    progress: Progress,
    zone: &Zone,
) -> Result<Put> {
    let Some(day) = progress.day else {
        return progress.put(invocation.now);
    };
    for birthday in birthday::on(day) {
        let prefix = keys::birthdays(&birthday);
        let behind = progress.after.clone().filter(|after| *after > prefix);
        if behind
            .as_ref()
            .is_some_and(|after| !after.starts_with(&prefix))
        {
            continue;
        }
        if let Some(after) = announce_all(invocation, batch, day, &birthday, behind).await? {
            let after = Some(after);
            return Progress { after, ..progress }.put(invocation.now);
        }
    }
    Progress::until(day.next(), zone)
}

/// Announces those who have this birthday; where to go on when the commit is full.
async fn announce_all(
    invocation: &Invocation,
    batch: &mut Batch,
    day: Day,
    birthday: &str,
    behind: Option<String>,
) -> Result<Option<String>> {
    let prefix = keys::birthdays(birthday);
    let query = Query {
        prefix: prefix.clone(),
        after: behind.clone(),
        limit: CHUNK,
        ..Query::default()
    };
    let page = invocation.store.index(&invocation.tenant, query).await?;
    let ids = page.keys.iter().filter_map(|key| keys::listed_id(key));
    let mut last = behind.unwrap_or_else(|| prefix.clone());
    for found in contacts::find_all(invocation, ids).await? {
        // The index can be a moment behind of what is then read.
        if found.index().birthday.as_deref() != Some(birthday) {
            continue;
        }
        let one = announcement(invocation, &found.contact, day)?;
        if !fits(batch, &one) {
            return Ok(Some(last));
        }
        batch.merge(one);
        last = keys::birthday(birthday, &found.contact.id);
    }
    Ok(page.next)
}

fn announcement(invocation: &Invocation, contact: &Contact, day: Day) -> Result<Batch> {
    let born = contact.fields.birthday.as_ref();
    let data = ContactBirthday {
        contact: contact.view(),
        date: day.to_string(),
        age: born.and_then(|born| birthday::age(born, day)),
    };
    let mut batch = Batch::new();
    batch.event(invocation.event(BIRTHDAY, &contact.id, &data)?);
    Ok(batch)
}
