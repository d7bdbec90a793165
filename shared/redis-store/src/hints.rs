//! Hints travel on a Redis channel; each store listens on a connection of its own. A cluster
//! hands a hint on to all its servers, so any of them will do.

use crate::{link, servers::Servers};
use ports::{SHARDS, Shard, store::Hint};
use redis::{PushInfo, PushKind, RedisResult, Value, aio::MultiplexedConnection};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, broadcast},
    time::{sleep, timeout},
};

/// One channel for all shards; the scripts publish there.
const CHANNEL: &str = "sb:hints";
/// How often a quiet connection is asked whether it still lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
const RECONNECT: Duration = Duration::from_millis(200);

/// A subscribed connection, and the bell that rings when it is lost.
pub struct Subscription {
    connection: MultiplexedConnection,
    lost: Arc<Notify>,
}

impl Subscription {
    pub async fn new(servers: &Servers, hints: &broadcast::Sender<Hint>) -> RedisResult<Self> {
        let lost = Arc::new(Notify::new());
        let (bell, hints) = (Arc::clone(&lost), hints.clone());
        let pushed = move |push: PushInfo| match push.kind {
            PushKind::Disconnection => bell.notify_one(),
            PushKind::Message => {
                // Nobody listening is no fault.
                let _ = read(&push.data).map(|hint| hints.send(hint));
            }
            _ => {}
        };
        let mut connection = link::connect(servers.client()?, pushed).await?;
        connection.subscribe(CHANNEL).await?;
        Ok(Self { connection, lost })
    }

    /// Returns when the connection is lost or no longer answers.
    async fn watch(mut self) {
        while timeout(HEARTBEAT, self.lost.notified()).await.is_err() {
            let ping = redis::cmd("PING");
            if ping.exec_async(&mut self.connection).await.is_err() {
                return;
            }
        }
    }
}

/// Keeps listening, whatever happens to connections.
pub async fn listen(
    servers: Arc<Servers>,
    hints: broadcast::Sender<Hint>,
    mut subscription: Subscription,
) {
    loop {
        subscription.watch().await;
        tracing::warn!("the store's hints are cut off; subscribing again");
        subscription = loop {
            match Subscription::new(&servers, &hints).await {
                Ok(subscription) => break subscription,
                Err(error) => tracing::debug!(%error, "no subscription to the store's hints yet"),
            }
            sleep(RECONNECT).await;
        };
    }
}

/// A message push is the channel and the text.
fn read(push: &[Value]) -> Option<Hint> {
    match push {
        [_, Value::BulkString(text)] => parse(std::str::from_utf8(text).ok()?),
        _ => None,
    }
}

/// `outbox <shard>` or `due <shard> <scope>`.
fn parse(text: &str) -> Option<Hint> {
    let mut words = text.split(' ');
    let (kind, shard, scope) = (words.next()?, words.next()?, words.next());
    let shard = Shard(shard.parse().ok().filter(|shard| *shard < SHARDS)?);
    match (kind, scope, words.next()) {
        ("outbox", None, None) => Some(Hint::Outbox(shard)),
        ("due", Some(scope), None) => Some(Hint::Due(shard, scope.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hints_are_read_to_the_letter() {
        assert_eq!(parse("outbox 7"), Some(Hint::Outbox(Shard(7))));
        let due = Hint::Due(Shard(255), "jobs".to_owned());
        assert_eq!(parse("due 255 jobs"), Some(due));
        for text in [
            "",
            "outbox",
            "outbox 256",
            "outbox 7 x",
            "due 7",
            "due 7 a b",
            "due x a",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn hostile_hints_never_panic(text in ".*", bytes: Vec<u8>) {
            let _ = parse(&text);
            let _ = read(&[Value::Nil, Value::BulkString(bytes)]);
        }
    }
}
