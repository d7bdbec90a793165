//! The index keys, in a log-structured tree of their own.
//!
//! They are the most numerous rows by far, small and in no order, so a B-tree rewrites a page for each of them. The data
//! file stays what decides: a transaction appends what it does to the index to a log in there, and the tree follows once
//! that is committed. The tree may lag behind the file after a crash, never be ahead of it, and catches up when it is
//! opened.

mod adopted;
mod changes;
mod log;

pub(crate) use changes::Changes;
pub(crate) use log::{Log, Logged};

use crate::{
    codec,
    failure::Failure,
    keys::item_key,
    store::bounds,
    tables::{self, INDEX_LOG},
};
use fjall::{Iter, Keyspace, KeyspaceCreateOptions, PersistMode, config::FilterPolicy};
use ports::{
    Error, Tenant,
    store::{IndexPage, Order, Query},
};
use redb::{Database, ReadableDatabase, ReadableTable};
use std::path::Path;

const FOLDER: &str = "index";
/// Blocks that are kept in memory.
const CACHE_BYTES: u64 = 32 << 20;
/// Changes that are kept in memory before they become a sorted file.
const MEMTABLE_BYTES: u64 = 32 << 20;
/// The smallest journal that the tree can have.
const JOURNAL_BYTES: u64 = 64 << 20;
/// The number of the last transaction whose changes are in. Sorts before the rows, which begin with a tenant's name.
const APPLIED: &[u8] = b"\0";

pub(crate) struct Index {
    database: fjall::Database,
    keys: Keyspace,
}

impl Index {
    /// Opens the tree, making it if need be, and brings it up to the data file.
    pub(crate) fn open(folder: &Path, file: &Database) -> Result<Self, Error> {
        let database = fjall::Database::builder(folder.join(FOLDER))
            .cache_size(CACHE_BYTES)
            .max_journaling_size(JOURNAL_BYTES)
            .worker_threads(1)
            .open()
            .map_err(Failure::from)?;
        let options = || {
            KeyspaceCreateOptions::default()
                .max_memtable_size(MEMTABLE_BYTES)
                .filter_policy(FilterPolicy::disabled()) // nobody asks for one key alone
        };
        let keys = database.keyspace("keys", options).map_err(Failure::from)?;
        let index = Self { database, keys };
        adopted::adopt(&index, file)?;
        index.catch_up(file)?;
        Ok(index)
    }

    fn catch_up(&self, file: &Database) -> Result<(), Error> {
        let read = file.begin_read().map_err(Failure::from)?;
        let log = tables::read(&read, INDEX_LOG)?;
        let applied = self.applied()?;
        let mut last = 0;
        for row in log.iter().map_err(Failure::from)? {
            let (number, changes) = row.map_err(Failure::from)?;
            let number = codec::number(number.value()).map_err(Failure::from)?;
            if number > self.applied()? + 1 {
                return Err(unequal("older than the data file or missing"));
            }
            last = number;
            if number > applied {
                let changes = Changes::decode(changes.value()).map_err(Failure::from)?;
                self.apply(&Logged { number, changes })?;
            }
        }
        if applied > last {
            return Err(unequal("newer than the data file"));
        }
        Ok(())
    }

    fn applied(&self) -> Result<u64, Failure> {
        match self.keys.get(APPLIED)? {
            Some(number) => Ok(codec::number(&number)?),
            None => Ok(0),
        }
    }

    /// Does what a committed transaction has logged. Readers see it when this returns.
    pub(crate) fn apply(&self, logged: &Logged) -> Result<(), Failure> {
        let mut batch = self.database.batch();
        for (key, is_there) in logged.changes.iter() {
            if is_there {
                batch.insert(&self.keys, key, []);
            } else {
                batch.remove(&self.keys, key);
            }
        }
        batch.insert(&self.keys, APPLIED, logged.number.to_be_bytes());
        Ok(batch.commit()?)
    }

    /// Afterwards even a power cut leaves what has been applied.
    pub(crate) fn sync(&self) -> Result<(), Failure> {
        Ok(self.database.persist(PersistMode::SyncData)?)
    }

    pub(crate) fn page(&self, tenant: &Tenant, query: &Query) -> Result<IndexPage, Failure> {
        let mut page = IndexPage::default();
        let Some(range) = bounds(tenant, query) else {
            return Ok(page);
        };
        let mut rows = self.keys.range(range);
        while let Some(row) = step(&mut rows, query.order) {
            if page.keys.len() == query.limit {
                page.next = page.keys.last().cloned();
                break;
            }
            page.keys.push(item_key(tenant, &row.key()?)?.to_owned());
        }
        Ok(page)
    }
}

fn unequal(how: &str) -> Error {
    Error::unavailable(format!(
        "the folder {FOLDER} is {how}: restore both from the same backup"
    ))
}

fn step(rows: &mut Iter, order: Order) -> Option<fjall::Guard> {
    match order {
        Order::Ascending => rows.next(),
        Order::Descending => rows.next_back(),
    }
}
