//! The store on one Redis (7 or newer, or Valkey) or on a cluster of them, durable before each answer.
//!
//! # Keys
//!
//! Every key of a shard carries the shard's hash tag, so that one script may touch them together on a cluster too. The
//! scope stands where an ACL pattern can name it.
//!
//! | key | type | holds |
//! | --- | --- | --- |
//! | `sb:{s012}:i:<scope>:<tenant>:<rest>` | string | an item: header and value, squeezed if that makes it smaller, with Redis' own expiry |
//! | `sb:{s012}:k:<scope>:<tenant>` | sorted set | the directory of the pages with the rests of the scope's keys, see below |
//! | `sb:{s012}:k:<scope>:<tenant>:<page>` | sorted set or list | such a page |
//! | `sb:{s012}:k:<scope>:<tenant>:expiring` | sorted set | those that expire, by their time in milliseconds: later commits take them out of the listing |
//! | `sb:{s012}:x:<scope>:<tenant>` | sorted set | the directory of the pages with the rests of the scope's index keys |
//! | `sb:{s012}:x:<scope>:<tenant>:<page>` | sorted set or list | such a page |
//! | `sb:{s012}:due:<scope>` | sorted set | `<tenant>\0<rest>`, scored by due time or end of hold in µs |
//! | `sb:{s012}:seq` | string | the last stamp: versions, sequences and leases count on it together |
//! | `sb:{s012}:log:<tenant>` | stream | envelopes of events under `<sequence>-0` |
//! | `sb:{s012}:out` | stream | the same for all tenants, and messages, until they are relayed |
//! | `sb:{s012}:cur` | hash | how far each consumer group has been served |
//! | `sb:{s012}:armed` | string | there while a relay waits for a hint |
//! | `sb:{s012}:lease:<name>` | string | a lease: header and holder |
//! | `sb:{s012}:bucket:<tenant>:<name>` | hash | a token bucket |
//!
//! Lists of keys and indexes are made of pages of up to 127 names in byte order, without the start that they share. So
//! small a set or list Redis keeps as bytes in a row, about 55 for an index key; as members of one sorted set each takes over
//! 150. A page is found by its first name in the directory, and is split when it is full. The directories of stores from
//! before there were pages hold the names themselves: reads take both, and a commit moves those into pages that are next to
//! what it adds. `lua/pages.lua` has it all. A call cannot name the pages that it will find, so it names a key in their
//! place that there never is: while the slot is on its way between two servers of a cluster, that makes Redis refuse the
//! whole call.
//!
//! Hints travel on the channel `sb:hints`. An event's data is the item `events/<subject>/<sequence>`.
//!
//! A service's ACL user needs `~sb:{s???}:i:<scope>:*`, `~sb:{s???}:k:<scope>:*`, `~sb:{s???}:x:<scope>:*` (if it has index
//! keys there) and `~sb:{s???}:due:<scope>` for each of its scopes (`events` among them), `~sb:{s???}:seq`, and so on for
//! what it uses, and `&sb:hints`; in a cluster also `+cluster|slots`, and `+config|get` and `+acl|dryrun` for the look at
//! what the server promises. All keys of a commit are declared, so a missing right refuses the whole of it before anything
//! is written.
//!
//! # Promises
//!
//! A commit is one script. A stamp is `max(last + 1, Redis' clock in µs)`. An answer follows the fsync
//! (`appendfsync always`; many waiting commits share one). No command is sent twice by this crate: a write whose answer
//! is lost fails as in doubt, and the next call finds a new connection.
//!
//! In a cluster a call goes to the primary that has the shard, and on to another one only when that server says that it did
//! not run it. What a failover may cost, and how `?replicas=<n>` prevents it, is in `docs/specs/store.md`.

mod address;
mod buckets;
mod call;
mod cluster;
mod commit;
mod due;
mod envelope;
mod fault;
mod hints;
mod index;
mod keys;
mod leases;
mod link;
mod log;
mod node;
mod packed;
mod range;
mod read;
mod scripts;
mod server;
mod servers;
mod squeeze;
mod store;

use call::Call;
use hints::Subscription;
use node::Lane;
use ports::{
    Error, Result, Shard, Timestamp,
    store::{Hint, MAX_KEY_BYTES, MAX_PAGE},
};
use redis::{FromRedisValue, RedisResult};
use scripts::Scripts;
use servers::{Route, Servers};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::broadcast, task::JoinHandle};

/// Bytes of values after which a page ends early.
const PAGE_BYTES: usize = 4 << 20;
/// Hints that a slow listener may lag behind before it misses some.
const HINTS_KEPT: usize = 1_024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Accept a Redis that evicts, or that does not fsync each write.
    pub allow_unsafe: bool,
    /// Unrelayed events in one shard from which on commits with events are refused.
    pub outbox_quota: u64,
    pub event_data_retention: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allow_unsafe: false,
            outbox_quota: 100_000,
            event_data_retention: Duration::from_secs(30 * 24 * 3600),
        }
    }
}

pub struct RedisStore {
    options: Options,
    replicas: u8,
    scripts: Scripts,
    servers: Arc<Servers>,
    /// The latest time told, in µs.
    latest: AtomicU64,
    hints: broadcast::Sender<Hint>,
    listener: JoinHandle<()>,
}

impl Drop for RedisStore {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// Connects to `redis://[user:password@]host[:port][/db]` or, with several servers to ask first,
/// `redis+cluster://[user:password@]host[:port],…`; with `rediss` instead of `redis` by TLS. With `?replicas=<n>` a commit
/// is acknowledged when as many replicas have it as well.
///
/// [`ports::Kind::Invalid`] for another URL, for a Redis that may lose acknowledged writes, or for a user without the rights that
/// the store needs; [`ports::Kind::Unavailable`] when nothing answers there.
pub async fn connect(url: &str, options: Options) -> Result<Arc<RedisStore>> {
    let target = address::parse(url)?;
    let replicas = target.replicas;
    let servers = Arc::new(Servers::open(target, options.allow_unsafe).await?);
    let (hints, _) = broadcast::channel(HINTS_KEPT);
    let subscription = Subscription::new(&servers, &hints)
        .await
        .map_err(|e| fault::reading("subscribing to hints", e))?;
    let listener = hints::listen(Arc::clone(&servers), hints.clone(), subscription);
    Ok(Arc::new(RedisStore {
        options,
        replicas,
        scripts: Scripts::new(),
        servers,
        latest: AtomicU64::new(0),
        hints,
        listener: tokio::spawn(listener),
    }))
}

impl RedisStore {
    fn route(&self, shard: Shard) -> Route {
        self.servers.route(shard, Lane::Shared)
    }

    async fn run<T: FromRedisValue>(&self, shard: Shard, call: &Call<'_>) -> RedisResult<T> {
        call.run(&mut self.route(shard)).await
    }

    /// With as many copies as this store wants.
    async fn run_durably<T: FromRedisValue>(
        &self,
        shard: Shard,
        call: &Call<'_>,
    ) -> RedisResult<T> {
        if self.replicas == 0 {
            return self.run(shard, call).await;
        }
        let mut route = self.servers.route(shard, Lane::Waiting);
        call.run_copied(&mut route, self.replicas).await
    }

    /// The clock of one server of several; after a failover another one's, which must not turn it back.
    async fn time(&self) -> Result<Timestamp> {
        let now = self.clock(Shard(0)).await?.as_micros();
        let latest = self.latest.fetch_max(now, Ordering::Relaxed);
        Ok(Timestamp(now.max(latest)))
    }

    async fn answer_ping(&self) -> Result<()> {
        let answer = self.servers.ping().await;
        answer.map_err(|e| fault::reading("pinging Redis", e))
    }
}

/// A duration for a script: at least a microsecond, at most a century or so, which doubles hold exactly.
fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).map_or(1 << 51, |micros| micros.clamp(1, 1 << 51))
}

fn check_limit(limit: usize) -> Result<()> {
    if (1..=MAX_PAGE).contains(&limit) {
        Ok(())
    } else {
        Err(Error::invalid(format!(
            "a limit of {limit}; it must be 1 to {MAX_PAGE}"
        )))
    }
}

/// Names of leases, holders and buckets become parts of keys and values.
fn check_name(name: &str) -> Result<()> {
    if (1..=MAX_KEY_BYTES).contains(&name.len()) {
        Ok(())
    } else {
        Err(Error::invalid(format!("a name of {} bytes", name.len())))
    }
}
