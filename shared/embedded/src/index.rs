//! The index keys, in a log-structured tree of their own.
//!
//! They are the most numerous rows by far, small and in no order, so a B-tree rewrites a page for each of them. The data
//! file stays what decides: a transaction appends what it does to the index to a log in there, and the tree follows once
//! that is committed, on a thread of its own. Readers wait until it has everything that was committed before they came.
//! The tree may lag behind the file after a crash, never be ahead of it, and catches up when it is opened.

mod changes;
mod follower;
mod log;

pub(crate) use changes::Changes;
pub(crate) use follower::Follower;
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
use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};
use tokio::sync::watch;

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
    /// The last transaction whose changes readers have to see, by its number; and the last that they do see.
    awaited: AtomicU64,
    applied: watch::Receiver<u64>,
    /// The last transaction whose changes are safe in the tree.
    held: AtomicU64,
}

impl Index {
    /// Opens the tree, making it if need be, and brings it up to the data file. The sender is for the [`Follower`].
    pub(crate) fn open(
        folder: &Path,
        file: &Database,
    ) -> Result<(Self, watch::Sender<u64>), Error> {
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
        let (follower, applied) = watch::channel(0);
        let index = Self {
            database,
            keys,
            awaited: AtomicU64::new(0),
            applied,
            held: AtomicU64::new(0),
        };
        index.catch_up(file)?;
        let applied = index.applied()?;
        index.hold(applied)?;
        follower.send_replace(applied);
        Ok((index, follower))
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
    fn apply(&self, logged: &Logged) -> Result<(), Failure> {
        let mut batch = self.database.batch();
        for (key, is_there) in logged.changes.last()? {
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
    fn sync(&self) -> Result<(), Failure> {
        Ok(self.database.persist(PersistMode::SyncData)?)
    }

    fn hold(&self, number: u64) -> Result<(), Failure> {
        self.sync()?;
        self.held.store(number, Ordering::Release);
        Ok(())
    }

    fn held(&self) -> u64 {
        self.held.load(Ordering::Acquire)
    }

    fn await_from_now_on(&self, number: u64) {
        self.awaited.store(number, Ordering::Release);
    }

    /// Waits until the tree has everything that was committed before.
    pub(crate) async fn caught_up(&self) -> Result<(), Error> {
        let awaited = self.awaited.load(Ordering::Acquire);
        let mut applied = self.applied.clone();
        let reached = applied.wait_for(|applied| *applied >= awaited).await;
        reached.map(|_| ()).map_err(|_| stopped())
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

fn stopped() -> Error {
    Error::unavailable("the index has stopped")
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
