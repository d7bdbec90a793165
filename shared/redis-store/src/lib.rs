//! The store on one Redis (7 or newer, or Valkey), durable before each answer.
//!
//! # Keys
//!
//! Every key of a shard carries the shard's hash tag, so that one script may touch them together on a cluster too. The
//! scope stands where an ACL pattern can name it.
//!
//! | key | type | holds |
//! | --- | --- | --- |
//! | `sb:{s012}:i:<scope>:<tenant>:<rest>` | string | an item: header and value, with Redis' own expiry |
//! | `sb:{s012}:k:<scope>:<tenant>` | sorted set | the rests of the scope's keys, all with score 0, in byte order |
//! | `sb:{s012}:x:<scope>:<tenant>` | sorted set | the rests of the scope's index keys, all with score 0, in byte order |
//! | `sb:{s012}:due:<scope>` | sorted set | `<tenant>\0<rest>`, scored by due time or end of hold in µs |
//! | `sb:{s012}:seq` | string | the last stamp: versions, sequences and leases count on it together |
//! | `sb:{s012}:log:<tenant>` | stream | envelopes of events under `<sequence>-0` |
//! | `sb:{s012}:out` | stream | the same for all tenants, and messages, until they are relayed |
//! | `sb:{s012}:cur` | hash | how far each consumer group has been served |
//! | `sb:{s012}:armed` | string | there while a relay waits for a hint |
//! | `sb:{s012}:lease:<name>` | string | a lease: header and holder |
//! | `sb:{s012}:bucket:<tenant>:<name>` | hash | a token bucket |
//!
//! Hints travel on the channel `sb:hints`. An event's data is the item `events/<subject>/<sequence>`.
//!
//! A service's ACL user needs `~sb:{s???}:i:<scope>:*`, `~sb:{s???}:k:<scope>:*`, `~sb:{s???}:x:<scope>:*` (if it has index
//! keys there) and `~sb:{s???}:due:<scope>` for each of its scopes (`events` among them), `~sb:{s???}:seq`, and so on for
//! what it uses, and `&sb:hints`. All keys of a commit are declared, so a missing right refuses the whole of it before
//! anything is written.
//!
//! # Promises
//!
//! A commit is one script. A stamp is `max(last + 1, Redis' clock in µs)`. An answer follows the fsync
//! (`appendfsync always`; many waiting commits share one). No command is sent twice by this crate: a write whose answer
//! is lost fails as in doubt, and the next call finds a new connection.

mod buckets;
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
mod packed;
mod range;
mod read;
mod scripts;
mod server;
mod store;

use hints::Subscription;
use link::Pool;
use ports::{
    Error, Result,
    store::{Hint, MAX_KEY_BYTES, MAX_PAGE},
};
use redis::{
    Client, ConnectionInfo, FromRedisValue, IntoConnectionInfo, ProtocolVersion, RedisResult,
    ScriptInvocation,
};
use scripts::Scripts;
use std::{sync::Arc, time::Duration};
use tokio::{sync::broadcast, task::JoinHandle};

/// Bytes of values after which a page ends early.
const PAGE_BYTES: usize = 4 << 20;
/// Connections that share the work.
const CONNECTIONS: usize = 3;
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
    scripts: Scripts,
    pool: Pool,
    hints: broadcast::Sender<Hint>,
    listener: JoinHandle<()>,
}

impl Drop for RedisStore {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// Connects to `redis://[user:password@]host[:port][/db]` or `rediss://…` (TLS).
///
/// [`ports::Kind::Invalid`] for another URL, for a Redis that may lose acknowledged writes, or for a user without the rights that
/// the store needs; [`ports::Kind::Unavailable`] when nothing answers there.
pub async fn connect(url: &str, options: Options) -> Result<Arc<RedisStore>> {
    let client = client(url)?;
    let address = client.get_connection_info().addr().to_string();
    let pool = Pool::new(&client, CONNECTIONS);
    server::check(&mut pool.link(), options.allow_unsafe).await?;
    let (hints, _) = broadcast::channel(HINTS_KEPT);
    let subscription = Subscription::new(&client, &hints)
        .await
        .map_err(|e| fault::reading(format!("subscribing to hints at {address}"), e))?;
    let listener = tokio::spawn(hints::listen(client, hints.clone(), subscription));
    Ok(Arc::new(RedisStore {
        options,
        scripts: Scripts::new(),
        pool,
        hints,
        listener,
    }))
}

/// Errors never repeat the URL: it may hold a password.
fn client(url: &str) -> Result<Client> {
    if url.starts_with("redis+cluster://") {
        return Err(Error::invalid(
            "redis+cluster://host:port,host:port is not supported by this version: use redis:// or rediss:// and one server",
        ));
    }
    if !(url.starts_with("redis://") || url.starts_with("rediss://")) {
        return Err(Error::invalid(
            "a store URL is redis://host:port or rediss://host:port",
        ));
    }
    if url.starts_with("rediss://") {
        // Whoever came first has chosen for the process.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    connection_info(url)
        .and_then(Client::open)
        .map_err(|e| Error::invalid("the store's URL").with_source(e))
}

fn connection_info(url: &str) -> RedisResult<ConnectionInfo> {
    let info = url.into_connection_info()?;
    // RESP3 tells of a lost connection at once, and carries hints.
    let redis = info
        .redis_settings()
        .clone()
        .set_protocol(ProtocolVersion::RESP3);
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let tcp = tcp.set_user_timeout(2 * link::RESPONSE_TIMEOUT);
    Ok(info.set_redis_settings(redis).set_tcp_settings(tcp))
}

impl RedisStore {
    async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> RedisResult<T> {
        call.invoke_async(&mut self.pool.link()).await
    }

    async fn answer_ping(&self) -> Result<()> {
        redis::cmd("PING")
            .exec_async(&mut self.pool.link())
            .await
            .map_err(|e| fault::reading("pinging Redis", e))
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

#[cfg(test)]
mod tests {
    use super::client;
    use ports::Kind;

    #[test]
    fn urls_are_checked_and_never_repeated() {
        assert!(client("redis://user:secret@localhost:6379/1").is_ok());
        assert!(client("rediss://localhost").is_ok());
        for url in [
            "redis+cluster://:secret@a:1,b:2",
            "http://:secret@localhost",
            "redis://:secret@",
            "redis://:secret@localhost/none",
        ] {
            let refused = client(url).expect_err(url);
            assert_eq!(refused.kind(), Kind::Invalid);
            assert!(!refused.to_string().contains("secret"), "{refused}");
        }
    }
}
