//! Books and groups that a step's contacts are to be in.

use crate::{
    domain::{Group, book, group},
    storage::{books, groups, keys},
};
use ports::{Batch, Result, TypeId};
use runtime::Invocation;
use std::collections::{BTreeSet, HashMap};

const MAX_NAME_CHARS: usize = 200;

/// What is known of the tenant's books and groups, read when it is first asked for.
#[derive(Default)]
pub struct Places {
    books: HashMap<String, Option<u64>>,
    groups: Option<Groups>,
}

#[derive(Default)]
struct Groups {
    ids: HashMap<String, String>,
    /// `None`: made in this step.
    versions: HashMap<String, Option<u64>>,
}

impl Places {
    /// Is there this book? The batch makes sure that it stays.
    pub async fn has_book(
        &mut self,
        invocation: &Invocation,
        id: &str,
        batch: &mut Batch,
    ) -> Result<bool> {
        if id == book::DEFAULT {
            return Ok(true);
        }
        if TypeId::parse(book::ID_PREFIX, id).is_err() {
            return Ok(false);
        }
        if !self.books.contains_key(id) {
            let found = books::find(invocation, id).await?;
            let version = found.and_then(|found| found.item_version);
            self.books.insert(id.to_owned(), version);
        }
        let version = self.books.get(id).copied().flatten();
        if version.is_some() {
            batch.expect(keys::book(id), version);
        }
        Ok(version.is_some())
    }

    /// Those of the groups that there are.
    pub async fn known(
        &mut self,
        invocation: &Invocation,
        ids: &[String],
        batch: &mut Batch,
    ) -> Result<BTreeSet<String>> {
        let mut known = BTreeSet::new();
        if ids.is_empty() {
            return Ok(known);
        }
        let groups = self.groups(invocation).await?;
        for id in ids {
            if groups.versions.contains_key(id) {
                groups.keep(id, batch);
                known.insert(id.clone());
            }
        }
        Ok(known)
    }

    /// The groups of these names; those that there are not yet are made.
    pub async fn named(
        &mut self,
        invocation: &Invocation,
        names: &[String],
        batch: &mut Batch,
    ) -> Result<BTreeSet<String>> {
        let mut wanted = BTreeSet::new();
        if names.is_empty() {
            return Ok(wanted);
        }
        let groups = self.groups(invocation).await?;
        for name in names {
            let name: String = name.trim().chars().take(MAX_NAME_CHARS).collect();
            if name.is_empty() || wanted.len() >= group::MAX_MEMBERSHIPS {
                continue;
            }
            let id = match groups.ids.get(&name) {
                Some(id) => id.clone(),
                None => groups.make(invocation, name, batch)?,
            };
            groups.keep(&id, batch);
            wanted.insert(id);
        }
        Ok(wanted)
    }

    async fn groups(&mut self, invocation: &Invocation) -> Result<&mut Groups> {
        let groups = match self.groups.take() {
            Some(groups) => groups,
            None => Groups::list(invocation).await?,
        };
        Ok(self.groups.insert(groups))
    }
}

impl Groups {
    async fn list(invocation: &Invocation) -> Result<Self> {
        let mut groups = Self::default();
        for found in groups::all(invocation).await? {
            let (group, version) = (found.group, found.item_version);
            groups.versions.insert(group.id.clone(), Some(version));
            // Of two with one name, the older one.
            groups.ids.entry(group.name).or_insert(group.id);
        }
        Ok(groups)
    }

    fn make(&mut self, invocation: &Invocation, name: String, batch: &mut Batch) -> Result<String> {
        let group = Group::new(name, None, invocation.now);
        batch.merge(groups::create(invocation, &group)?);
        self.ids.insert(group.name, group.id.clone());
        self.versions.insert(group.id.clone(), None);
        Ok(group.id)
    }

    /// Nobody joins a group that is being deleted.
    fn keep(&self, id: &str, batch: &mut Batch) {
        if let Some(version @ Some(_)) = self.versions.get(id) {
            batch.expect(keys::group(id), *version);
        }
    }
}
