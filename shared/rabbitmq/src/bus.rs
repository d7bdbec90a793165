use crate::{
    broadcast::Broadcasts,
    calls::Calls,
    core::Core,
    link::Link,
    names,
    options::Options,
    partition::Partitions,
    serve::{self, Replies},
    subscribe::{delivery, subscribe},
    topology::{self, Queue},
};
use async_trait::async_trait;
use bytes::Bytes;
use lapin::uri::AMQPUri;
use ports::{
    Bus, Error, Kind, Result,
    bus::{Delivery, Incoming, Intake, MAX_MESSAGE_BYTES, ServiceQueue},
};
use std::{sync::Arc, time::Duration};
use tokio::runtime::Handle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A dead peer is noticed within two of these.
const HEARTBEAT_SECONDS: u16 = 10;
const CONNECT_WITHIN_MS: u64 = 5_000;
/// The client keeps 32 frames' worth of buffer for each direction of each connection, all of it resident at a size that
/// the broker proposes.
const FRAME_BYTES: u32 = 32 << 10;

pub struct RabbitBus {
    core: Arc<Core>,
    calls: Calls,
    replies: Arc<Replies>,
    partitions: Partitions,
    broadcasts: Broadcasts,
}

/// Connects to `amqp://user:password@host:port/vhost`, or `amqps://` for TLS.
pub async fn connect(url: &str, options: Options) -> Result<Arc<RabbitBus>> {
    // An application that has chosen a provider already keeps it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let uri = parse(url)?;
    let runtime = Handle::current();
    let link = |role: &str| {
        let name = format!("{} {role}", options.instance);
        Link::new(uri.clone(), name, runtime.clone())
    };
    let core = Arc::new(Core {
        publishing: link("publishing"),
        consuming: link("consuming"),
        options,
        runtime,
        closing: CancellationToken::new(),
        settling: CancellationToken::new(),
        senders: TaskTracker::new(),
        settlers: TaskTracker::new(),
    });
    topology::declare_broadcast_exchange(&core.publishing).await?;
    Ok(Arc::new(RabbitBus {
        calls: Calls::open(core.clone()).await?,
        replies: Replies::new(core.clone()),
        partitions: Partitions::new(core.clone()),
        broadcasts: Broadcasts::new(core.clone()),
        core,
    }))
}

/// The reason names no part of the URL: it holds a password.
fn parse(url: &str) -> Result<AMQPUri> {
    let mut uri: AMQPUri = url
        .parse()
        .map_err(|reason: String| Error::invalid("not an AMQP URL").with_source(reason))?;
    if uri.vhost.is_empty() {
        // `amqp://host/` is commonly written for the default virtual host.
        uri.vhost = "/".to_owned();
    }
    uri.query.heartbeat.get_or_insert(HEARTBEAT_SECONDS);
    uri.query
        .connection_timeout
        .get_or_insert(CONNECT_WITHIN_MS);
    uri.query.frame_max.get_or_insert(FRAME_BYTES);
    Ok(uri)
}

fn check_size(body: &Bytes) -> Result<()> {
    if body.len() <= MAX_MESSAGE_BYTES {
        return Ok(());
    }
    let message = format!("{} bytes are too many for one message", body.len());
    Err(Error::new(Kind::TooLarge, message))
}

impl RabbitBus {
    fn check_open(&self) -> Result<()> {
        if self.core.closing.is_cancelled() {
            return Err(Error::unavailable("the bus is closed"));
        }
        Ok(())
    }
}

impl Drop for RabbitBus {
    fn drop(&mut self) {
        self.core.closing.cancel();
        self.core.settling.cancel();
    }
}

#[async_trait]
impl Bus for RabbitBus {
    async fn call(&self, to: &ServiceQueue, body: Bytes, ttl: Duration) -> Result<Bytes> {
        self.check_open()?;
        check_size(&body)?;
        self.calls.call(to, body, ttl).await
    }

    async fn serve(&self, queue: &ServiceQueue, concurrency: usize) -> Result<Intake<Incoming>> {
        self.check_open()?;
        let queue = names::requests(queue)?;
        serve::serve(&self.core, &self.replies, queue, concurrency).await
    }

    async fn declare_group(&self, group: &str, partitions: u16) -> Result<()> {
        self.check_open()?;
        let bound = self.core.options.partition_bound;
        let names: Result<Vec<_>> = (0..partitions)
            .map(|partition| names::partition(group, partition))
            .collect();
        let queues = names?.into_iter().map(|name| Queue::partition(name, bound));
        topology::declare_partitions(&self.core.publishing, queues).await
    }

    async fn publish(&self, group: &str, partition: u16, messages: Vec<Bytes>) -> Result<()> {
        self.check_open()?;
        messages.iter().try_for_each(check_size)?;
        let queue = names::partition(group, partition)?;
        self.partitions.publish(&queue, messages).await
    }

    async fn subscribe(
        &self,
        group: &str,
        partition: u16,
        prefetch: u16,
    ) -> Result<Intake<Delivery>> {
        self.check_open()?;
        let name = names::partition(group, partition)?;
        let bound = self.core.options.partition_bound;
        let queue = move || Queue::partition(name.clone(), bound);
        subscribe(&self.core, queue, Some(prefetch.max(1)), delivery).await
    }

    async fn depth(&self, group: &str, partition: u16) -> Result<u64> {
        self.check_open()?;
        let queue = names::partition(group, partition)?;
        // Not over the connection that publishes: a broker in need answers nothing there.
        topology::depth(&self.core.consuming, &queue).await
    }

    async fn broadcast(&self, topic: &str, body: Bytes) -> Result<()> {
        self.check_open()?;
        check_size(&body)?;
        self.broadcasts.send(names::topic(topic)?, body).await
    }

    async fn listen(&self, topic: &str) -> Result<Intake<Bytes>> {
        self.check_open()?;
        let topic = names::topic(topic)?;
        let queue = move || Queue::listener(names::listener(), topic.clone());
        subscribe(&self.core, queue, None, |message| message.body).await
    }

    async fn ping(&self) -> Result<()> {
        self.check_open()?;
        topology::declare_broadcast_exchange(&self.core.publishing).await?;
        topology::declare_broadcast_exchange(&self.core.consuming).await
    }

    async fn close(&self) {
        self.core.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use ports::Kind;

    #[test]
    fn urls_get_defaults_and_nonsense_is_refused() {
        let uri = parse("amqp://user:secret@broker/").expect("valid");
        assert_eq!((uri.vhost.as_str(), uri.authority.port), ("/", 5672));
        assert_eq!(uri.query.heartbeat, Some(10));
        assert_eq!(uri.query.frame_max, Some(32_768));
        assert_eq!(parse("amqps://broker/live").expect("valid").vhost, "live");
        for wrong in ["", "redis://broker", "amqp://user:secret@:x/"] {
            let error = parse(wrong).expect_err("refused");
            assert_eq!(error.kind(), Kind::Invalid);
            assert!(!error.to_string().contains("secret"));
        }
    }
}
