//! The same change to any number of contacts, as a chain of commits.

use super::{Found, contacts, keys};
use ports::{
    Batch, Result, Timestamp,
    store::{MAX_COMMIT_BYTES, MAX_INDEX_WRITES, MAX_WRITES, Put, Query},
};
use runtime::Invocation;
use std::{collections::HashSet, ops::Add};

/// What the runtime may add to a commit, its answer among it.
const SPARE_BYTES: usize = 256 << 10;
const SPARE_WRITES: usize = 20;
/// Contacts looked at for one commit.
const LENGTH: usize = 50;

/// The due item that carries a chain on.
pub struct Rest<'a> {
    root: &'a str,
    id: &'a str,
}

impl<'a> Rest<'a> {
    /// The item is `<root><id>`.
    #[must_use]
    pub fn new(root: &'a str, id: &'a str) -> Self {
        Self { root, id }
    }

    fn key(&self) -> String {
        format!("{}{}", self.root, self.id)
    }

    #[must_use]
    pub fn item(&self, now: Timestamp) -> Put {
        Put {
            key: self.key(),
            value: bytes::Bytes::new(),
            expires_at: None,
            due_at: Some(now),
        }
    }
}

/// One commit of a chain while it is filled.
pub struct Link {
    batch: Batch,
    goes_on: bool,
}

impl Link {
    /// Begins with what the commit does anyway, and gives the contacts to change: the first that an index by label
    /// lists. The change has to take a contact off that index, so that the next link begins where this one ends.
    ///
    /// What the commit does anyway is the end of what the contacts are in. Some may have come while the index was read, so
    /// it is read once more when nobody can come any longer.
    pub async fn begin(
        invocation: &Invocation,
        listed: &str,
        batch: Batch,
    ) -> Result<(Self, Vec<Found>)> {
        let query = Query {
            prefix: listed.to_owned(),
            limit: LENGTH,
            ..Query::default()
        };
        let page = invocation.store.index(&invocation.tenant, query).await?;
        let ids = page.keys.iter().filter_map(|key| keys::listed_id(key));
        let found = contacts::find_all(invocation, ids).await?;
        Ok((Self::new(batch, page.next.is_some()), found))
    }

    fn new(batch: Batch, has_more: bool) -> Self {
        Self {
            goes_on: has_more || !batch.is_empty(),
            batch,
        }
    }

    /// False when the commit is full; then the change is left to the next one. What does not even fit into an empty one is
    /// taken all the same, since the spare room may do.
    pub fn take(&mut self, change: Batch) -> bool {
        let is_free = fits(&self.batch, &change) && !collides(&self.batch, &change);
        if !self.batch.is_empty() && !is_free {
            self.goes_on = true;
            return false;
        }
        self.batch.merge(change);
        true
    }

    /// The commit, and in it what carries the chain on.
    #[must_use]
    pub fn end(mut self, rest: &Rest<'_>, now: Timestamp) -> Batch {
        if self.goes_on {
            self.batch.put_item(rest.item(now));
        } else {
            self.batch.delete(rest.key());
        }
        self.batch
    }
}

/// What counts against the limits of a commit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Size {
    writes: usize,
    index_writes: usize,
    conditions: usize,
    bytes: usize,
}

impl Size {
    #[must_use]
    pub fn of(batch: &Batch) -> Self {
        Self {
            writes: batch.writes(),
            index_writes: batch.index_writes(),
            conditions: batch.conditions.len(),
            bytes: batch.value_bytes() + batch.key_bytes(),
        }
    }

    /// With room to spare for what the runtime adds?
    #[must_use]
    pub const fn fits(self) -> bool {
        self.writes <= MAX_WRITES - SPARE_WRITES
            && self.conditions <= MAX_WRITES - SPARE_WRITES
            && self.index_writes <= MAX_INDEX_WRITES
            && self.bytes <= MAX_COMMIT_BYTES - SPARE_BYTES
    }
}

impl Add for Size {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            writes: self.writes + more.writes,
            index_writes: self.index_writes + more.index_writes,
            conditions: self.conditions + more.conditions,
            bytes: self.bytes + more.bytes,
        }
    }
}

/// Is there room for both in one commit, with some to spare for what the runtime adds?
#[must_use]
pub fn fits(batch: &Batch, more: &Batch) -> bool {
    (Size::of(batch) + Size::of(more)).fits()
}

/// Does one write what the other writes, too? Then they are two commits, of which the second sees what the first did.
#[must_use]
pub fn collides(batch: &Batch, more: &Batch) -> bool {
    let present: HashSet<&str> = written(batch).collect();
    written(more).any(|key| present.contains(key))
}

/// The items that it writes, but for those of which [`join`] makes one: any number of members may have the same card
/// told.
pub fn written(batch: &Batch) -> impl Iterator<Item = &str> {
    let all = batch.puts.iter().map(|put| &put.key).chain(&batch.deletes);
    let all = all.filter(|key| !key.starts_with(keys::LISTING));
    all.map(String::as_str)
}

/// Both in one commit. Several changes may count on the same book or group, all that change memberships of a group have
/// its card told, and of two with one name both are what a group waited for.
pub fn join(batch: &mut Batch, mut more: Batch) {
    more.conditions
        .retain(|condition| !batch.conditions.contains(condition));
    let is_told = |put: &Put| {
        put.key.starts_with(keys::LISTING) && batch.puts.iter().any(|one| one.key == put.key)
    };
    more.puts.retain(|put| !is_told(put));
    more.deletes.retain(|key| !batch.deletes.contains(key));
    batch.merge(more);
}

/// The id in the key of a due item under this root.
#[must_use]
pub fn id_of<'k>(key: &'k str, root: &str) -> Option<&'k str> {
    key.strip_prefix(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::keys;

    #[test]
    fn the_first_change_is_forced_into_a_commit_of_its_own_only() {
        let large = |key: &str| {
            let mut batch = Batch::new();
            batch.put(key, vec![0; 500 << 10]);
            batch
        };
        let rest = Rest::new(keys::DISBANDING, "grp_1");
        let mut link = Link::new(large("phonebook/joining/grp_1"), false);
        assert!(!link.take(large("phonebook/contact/con_1")));
        let ended = link.end(&rest, Timestamp::from_millis(0));
        ended.check().unwrap();
        assert!(ended.puts.iter().any(|put| put.key == rest.key()));

        let mut link = Link::new(Batch::new(), false);
        let mut whole = large("phonebook/contact/con_1");
        whole.merge(large("phonebook/history/con_1"));
        assert!(link.take(whole));
        assert!(!link.take(large("phonebook/contact/con_2")));
    }

    #[test]
    fn long_keys_fill_a_commit_too() {
        let (mut batch, mut contacts) = (Batch::new(), 0);
        loop {
            let mut contact = Batch::new();
            contact.put(format!("phonebook/contact/{contacts}"), vec![0; 13_000]);
            for word in 0..180 {
                let label = "ა".repeat(60);
                contact.index(format!("phonebook/find/w{word}/{label}/con_{contacts:026}"));
            }
            if !fits(&batch, &contact) {
                break;
            }
            batch.merge(contact);
            contacts += 1;
        }
        assert!(contacts > 1);
        batch.check().expect("a commit that fits");
    }

    #[test]
    fn what_two_changes_do_alike_is_done_once() {
        let mut one = Batch::new();
        one.expect("phonebook/a/1", Some(1)).delete("phonebook/a/1");
        let mut both = one.clone();
        join(&mut both, one.clone());
        assert_eq!(both, one);
    }

    #[test]
    fn a_key_gives_its_id_back() {
        let key = Rest::new(keys::EMPTYING, "book_1").key();
        assert_eq!(id_of(&key, keys::EMPTYING), Some("book_1"));
        assert_eq!(id_of(&key, keys::DISBANDING), None);
    }
}
