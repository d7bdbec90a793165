//! A partitioned key-value store with ordered keys, a keys-only index, conditional commits, a log, due entries, rate
//! limits and leases.
//!
//! Modelled on `DynamoDB`: the partition is the tenant. The first segment of a key (`phonebook/contact/con_…`) is its
//! *scope*, which belongs to one service, or is shared by name (`uploads`, `jobs`, `dead-letters`, `events`).
//! The full semantics are in `docs/specs/store.md`.

use crate::{Error, Result, Shard, Tenant, Timestamp};
use async_trait::async_trait;
use bytes::Bytes;
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};
use tokio::sync::broadcast;

/// Most writes (puts, deletes and events together) in one commit.
pub const MAX_WRITES: usize = 1_000;
/// Most index keys that one commit adds and removes. They cost far less than items.
pub const MAX_INDEX_WRITES: usize = 4_000;
/// Most bytes of keys, values and event data in one commit.
pub const MAX_COMMIT_BYTES: usize = 1 << 20;
/// Longest key in bytes.
pub const MAX_KEY_BYTES: usize = 1_024;
/// Most items of one `query` or `batch_get`, most keys of one `index`, and most entries of one log or outbox read.
pub const MAX_PAGE: usize = 1_000;

/// The scope that holds events' data: `events/<subject>/<20-digit sequence>`.
pub const EVENTS_SCOPE: &str = "events";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub value: Bytes,
    /// Set by the store at each commit; larger than every earlier version in the same shard, never reused.
    pub version: u64,
    /// The instant from which the item is hidden.
    pub expires_at: Option<Timestamp>,
    /// When the item is to be claimed by [`Store::claim_due`].
    pub due_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    pub key: String,
    pub value: Bytes,
    pub expires_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
}

/// What must hold for a commit to happen at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// No visible item has this key.
    Absent(String),
    /// The item's version is exactly this.
    Version(String, u64),
    /// The lease is still ours.
    Held(Lease),
}

/// An event before the store has given it a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: String,
    pub event_type: String,
    /// The owning service as a path: `/phonebook`.
    pub source: String,
    pub subject: String,
    pub time: Timestamp,
    pub traceparent: Option<String>,
    /// JSON.
    pub data: Bytes,
    /// `None`: appended to the tenant's log and relayed to every matching consumer group.
    /// `Some(group)`: a message for that group alone, which never appears in the log.
    pub to: Option<String>,
}

/// An event in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub tenant: Tenant,
    pub sequence: u64,
    pub event: Event,
    /// The data was erased or has expired; `event.data` is then empty.
    pub erased: bool,
}

/// An index key that holds the version which its own commit gives: `<before><20 digits><after>`. So keys list what
/// changed in the order of the commits, which no clock of a caller could tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// Begins with the scope.
    pub before: String,
    pub after: String,
}

impl Stamped {
    /// The key in a commit of this version.
    #[must_use]
    pub fn at(&self, version: u64) -> String {
        format!("{}{}{}", self.before, stamp(version), self.after)
    }
}

const STAMP_BYTES: usize = 20;

/// A version as it stands in index keys: 20 digits, so that it sorts as text.
#[must_use]
pub fn stamp(version: u64) -> String {
    format!("{version:020}")
}

/// Everything that one commit does, together or not at all. An order within the batch has no meaning, and
/// two writes to one key in a batch are an error. Items and index keys are apart: one name may be both, and a write to
/// the one does not touch the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    pub conditions: Vec<Condition>,
    pub puts: Vec<Put>,
    pub deletes: Vec<String>,
    pub indexed: Vec<String>,
    pub unindexed: Vec<String>,
    pub stamped: Vec<Stamped>,
    pub events: Vec<Event>,
}

impl Batch {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
            && self.puts.is_empty()
            && self.deletes.is_empty()
            && self.indexed.is_empty()
            && self.unindexed.is_empty()
            && self.stamped.is_empty()
            && self.events.is_empty()
    }

    /// The key must be absent, or have this version: `expect(key, existing.map(|item| item.version))`.
    pub fn expect(&mut self, key: impl Into<String>, version: Option<u64>) -> &mut Self {
        let key = key.into();
        self.conditions.push(match version {
            None => Condition::Absent(key),
            Some(version) => Condition::Version(key, version),
        });
        self
    }

    pub fn put(&mut self, key: impl Into<String>, value: impl Into<Bytes>) -> &mut Self {
        self.put_item(Put {
            key: key.into(),
            value: value.into(),
            expires_at: None,
            due_at: None,
        })
    }

    pub fn put_item(&mut self, put: Put) -> &mut Self {
        self.puts.push(put);
        self
    }

    pub fn delete(&mut self, key: impl Into<String>) -> &mut Self {
        self.deletes.push(key.into());
        self
    }

    /// Adds an index key: a name that [`Store::index`] lists, without value, version, expiry or due time, and so much
    /// cheaper than an item. One that is there already stays.
    pub fn index(&mut self, key: impl Into<String>) -> &mut Self {
        self.indexed.push(key.into());
        self
    }

    /// Removes an index key, if it is there.
    pub fn unindex(&mut self, key: impl Into<String>) -> &mut Self {
        self.unindexed.push(key.into());
        self
    }

    /// Adds an index key with the commit's version between its parts. To remove it later, [`Batch::unindex`] the name
    /// that [`Stamped::at`] gives with the version of an item which the same commit put.
    pub fn stamp(&mut self, before: impl Into<String>, after: impl Into<String>) -> &mut Self {
        self.stamped.push(Stamped {
            before: before.into(),
            after: after.into(),
        });
        self
    }

    pub fn event(&mut self, event: Event) -> &mut Self {
        self.events.push(event);
        self
    }

    pub fn merge(&mut self, other: Self) -> &mut Self {
        self.conditions.extend(other.conditions);
        self.puts.extend(other.puts);
        self.deletes.extend(other.deletes);
        self.indexed.extend(other.indexed);
        self.unindexed.extend(other.unindexed);
        self.stamped.extend(other.stamped);
        self.events.extend(other.events);
        self
    }

    /// The limits that every adapter enforces, in one place.
    pub fn check(&self) -> Result<()> {
        let writes = self.writes();
        if writes > MAX_WRITES || self.conditions.len() > MAX_WRITES {
            return Err(Error::new(
                crate::Kind::TooLarge,
                format!("a commit of {writes} writes; the limit is {MAX_WRITES}"),
            ));
        }
        let index_writes = self.index_writes();
        if index_writes > MAX_INDEX_WRITES {
            return Err(Error::new(
                crate::Kind::TooLarge,
                format!(
                    "a commit of {index_writes} changes to the index; the limit is {MAX_INDEX_WRITES}"
                ),
            ));
        }
        let bytes = self.check_keys()? + self.value_bytes();
        if bytes > MAX_COMMIT_BYTES {
            return Err(Error::new(
                crate::Kind::TooLarge,
                format!("a commit of {bytes} bytes; the limit is {MAX_COMMIT_BYTES}"),
            ));
        }
        Ok(())
    }

    /// The bytes of all keys, each of which is one that may be written, and once.
    fn check_keys(&self) -> Result<usize> {
        let items = self.puts.iter().map(|put| &put.key).chain(&self.deletes);
        let mut bytes = check_written(items)?;
        let stamped: Vec<String> = self.stamped.iter().map(|key| key.at(0)).collect();
        let index_keys = self.indexed.iter().chain(&self.unindexed).chain(&stamped);
        bytes += check_written(index_keys)?;
        for condition in &self.conditions {
            if let Condition::Absent(key) | Condition::Version(key, _) = condition {
                check_key(key)?;
            }
        }
        Ok(bytes)
    }

    /// Bytes of values and event data, without those of keys.
    #[must_use]
    pub fn value_bytes(&self) -> usize {
        let events = self.events.iter();
        let events = events.map(|event| event.data.len() + event.subject.len() + 256);
        let values = self.puts.iter().map(|put| put.value.len());
        values.sum::<usize>() + events.sum::<usize>()
    }

    /// Bytes of the keys that are written, without those of events' data.
    #[must_use]
    pub fn key_bytes(&self) -> usize {
        let puts = self.puts.iter().map(|put| &put.key);
        let items = puts.chain(&self.deletes);
        let index = self.indexed.iter().chain(&self.unindexed);
        let stamped = self.stamped.iter();
        let stamped = stamped.map(|key| key.before.len() + STAMP_BYTES + key.after.len());
        items.chain(index).map(String::len).sum::<usize>() + stamped.sum::<usize>()
    }

    /// What counts against [`MAX_WRITES`].
    #[must_use]
    pub fn writes(&self) -> usize {
        self.puts.len() + self.deletes.len() + self.events.len()
    }

    /// What counts against [`MAX_INDEX_WRITES`].
    #[must_use]
    pub fn index_writes(&self) -> usize {
        self.indexed.len() + self.unindexed.len() + self.stamped.len()
    }
}

/// The bytes of keys that a commit writes, each of them once.
fn check_written<'k>(keys: impl Iterator<Item = &'k String>) -> Result<usize> {
    let mut bytes = 0;
    let mut seen = HashSet::with_capacity(keys.size_hint().0);
    for key in keys {
        check_key(key)?;
        bytes += key.len();
        if !seen.insert(key.as_str()) {
            return Err(Error::invalid(format!("two writes to {key} in one commit")));
        }
    }
    Ok(bytes)
}

/// Splits `scope/rest`; the scope is `[a-z-]+` and the rest is not empty and has no control characters.
pub fn split_key(key: &str) -> Result<(&str, &str)> {
    match key.split_once('/') {
        Some((scope, rest))
            if !scope.is_empty()
                && !rest.is_empty()
                && scope.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') =>
        {
            Ok((scope, rest))
        }
        _ => Err(Error::invalid(format!(
            "{key:?} is no key: it needs a scope, '/' and a name"
        ))),
    }
}

fn check_key(key: &str) -> Result<()> {
    let (_, rest) = split_key(key)?;
    if key.len() > MAX_KEY_BYTES {
        return Err(Error::new(
            crate::Kind::TooLarge,
            format!("a key of {} bytes; the limit is {MAX_KEY_BYTES}", key.len()),
        ));
    }
    let is_plain = rest.is_ascii() && !rest.bytes().any(|byte| byte.is_ascii_control());
    if !is_plain && rest.chars().any(char::is_control) {
        return Err(Error::invalid("a key with control characters"));
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Read {
    /// Sees every commit that was acknowledged before the read began.
    #[default]
    Strong,
    /// May come from a replica.
    Eventual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By the bytes of the key.
    #[default]
    Ascending,
    Descending,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// `scope/…`; only keys that start with it are seen.
    pub prefix: String,
    /// Continue behind this key (before it when descending). It need not exist.
    pub after: Option<String>,
    /// 1 to [`MAX_PAGE`].
    pub limit: usize,
    pub order: Order,
    pub read: Read,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Never more than asked for; may be fewer, even none, while `next` is set.
    pub items: Vec<(String, Item)>,
    /// Give it as `after` to go on; `None` at the end.
    pub next: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexPage {
    /// Never more than asked for; may be fewer, even none, while `next` is set.
    pub keys: Vec<String>,
    /// Give it as `after` to go on; `None` at the end.
    pub next: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The version of every item that the commit put.
    pub version: u64,
    /// One for each event, in the batch's order.
    pub sequences: Vec<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    pub events: Vec<Recorded>,
    /// The first position still in the log; `None` when it is empty.
    pub oldest: Option<u64>,
}

/// The right to act alone on a shard until the store's clock passes its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub shard: Shard,
    pub name: String,
    pub holder: String,
    /// Changes whenever the lease changes hands; a renewal keeps it.
    pub version: u64,
}

/// An item whose time has come, hidden from other claimers until its hold ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub tenant: Tenant,
    pub key: String,
    pub item: Item,
}

/// The answer of a token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// 0 to what was asked for.
    pub granted: u32,
    /// Whole tokens left.
    pub remaining: u32,
    /// Until one more token is there; zero when `remaining` is not zero.
    pub retry_after: Duration,
}

/// Something happened in a shard that a relay or a due runner may be waiting for. Hints can get lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    Outbox(Shard),
    /// The scope's earliest due item is now earlier.
    Due(Shard, String),
}

#[async_trait]
pub trait Store: Send + Sync + 'static {
    async fn get(&self, tenant: &Tenant, key: &str, read: Read) -> Result<Option<Item>>;

    /// In the order of `keys`, which may be of several scopes.
    async fn batch_get(
        &self,
        tenant: &Tenant,
        keys: &[String],
        read: Read,
    ) -> Result<Vec<Option<Item>>>;

    async fn query(&self, tenant: &Tenant, query: Query) -> Result<Page>;

    /// The index keys of a range, which `get` and `query` never show; the query means what it means for items.
    async fn index(&self, tenant: &Tenant, query: Query) -> Result<IndexPage>;

    /// Checks every condition, then writes everything, atomically and durably. [`crate::Kind::Conflict`] when a condition
    /// does not hold, [`crate::Kind::Full`] when the shard's outbox is over its quota.
    async fn commit(&self, tenant: &Tenant, batch: Batch) -> Result<Committed>;

    /// The tenant's log behind `after`, ascending. Messages with `to` are not in it.
    async fn read_log(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<LogPage>;

    /// Drops log entries before `before`, never one that some group has still to be sent.
    async fn trim_log(&self, tenant: &Tenant, before: u64) -> Result<()>;

    /// The shard's unrelayed entries behind `after`, of all its tenants, ascending. When there are none, the next
    /// commit with events hints.
    async fn read_outbox(&self, shard: Shard, after: u64, limit: usize) -> Result<Vec<Recorded>>;

    /// How far each consumer group has been served.
    async fn cursors(&self, shard: Shard) -> Result<BTreeMap<String, u64>>;

    /// Sets cursors and drops outbox entries up to and including `trim`, if the lease is still held.
    async fn advance(
        &self,
        lease: &Lease,
        cursors: &BTreeMap<String, u64>,
        trim: u64,
    ) -> Result<()>;

    /// Items of the scope with `due_at` in the past, earliest first, each hidden from other claims for `hold`. Claiming
    /// changes no version: the handler commits against the version that it was given.
    async fn claim_due(
        &self,
        shard: Shard,
        scope: &str,
        limit: usize,
        hold: Duration,
    ) -> Result<Vec<Claimed>>;

    /// When the scope's next item is due or its hold ends.
    async fn next_due(&self, shard: Shard, scope: &str) -> Result<Option<Timestamp>>;

    /// Takes up to `count` tokens from a bucket that holds `burst` and gains `per_second`; a new bucket is full.
    async fn take(
        &self,
        tenant: &Tenant,
        bucket: &str,
        count: u32,
        per_second: f64,
        burst: u32,
    ) -> Result<Taken>;

    /// Takes a free lease or renews our own; `None` while another holds it.
    async fn lease(
        &self,
        shard: Shard,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>>;

    async fn release(&self, lease: &Lease) -> Result<()>;

    /// The store's clock: what expiry, due times, leases and sequences go by.
    async fn now(&self) -> Result<Timestamp>;

    fn hints(&self) -> broadcast::Receiver<Hint>;

    async fn ping(&self) -> Result<()>;
}
