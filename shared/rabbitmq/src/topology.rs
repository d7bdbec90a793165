mod replace;

use crate::{
    error::{Failure, is_not_found, within},
    link::Link,
    names::BROADCAST_EXCHANGE,
};
use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, ShortString},
};
use ports::Result;
use std::time::Duration;
use tokio::time::sleep;

/// A request queue whose last consumer vanished while the broker was down is not deleted by auto-delete.
const UNUSED_REQUESTS_EXPIRE_MS: i32 = 30_000;
/// Broadcasts are hints: a listener that is this far behind loses the oldest.
const LISTENER_BOUND: u32 = 1_000;
/// RabbitMQ 4 drops what was delivered 20 times; here only the consumer decides when to give a message up.
const DELIVERY_LIMIT: i32 = 1_000_000_000;

/// RabbitMQ 3.10 notes where a new quorum queue has its log up to three seconds after it has confirmed the declaration.
/// Killed before that, it comes back without the log, and the queue without a leader.
const REGISTRATION: Duration = Duration::from_millis(3_500);

/// A queue as it has to be before anybody uses it.
#[derive(Debug, Clone)]
pub struct Queue {
    name: ShortString,
    options: QueueDeclareOptions,
    arguments: FieldTable,
    topic: Option<ShortString>,
}

/// What was found of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    New,
    Old,
    /// It is on a node that is away, and cannot be replaced.
    Stranded,
}

impl Queue {
    /// Durable because RabbitMQ 4 deprecates transient queues that are not exclusive; it goes with its last consumer.
    pub fn requests(name: String, bound: u32) -> Self {
        let options = QueueDeclareOptions {
            durable: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        Self::new(name, options)
            .with("x-queue-type", text("classic"))
            .with("x-expires", AMQPValue::LongInt(UNUSED_REQUESTS_EXPIRE_MS))
            .bounded(bound, "reject-publish")
    }

    pub fn partition(name: String, bound: u32) -> Self {
        let options = QueueDeclareOptions {
            durable: true,
            ..QueueDeclareOptions::default()
        };
        Self::new(name, options)
            .with("x-queue-type", text("quorum"))
            .with("x-single-active-consumer", AMQPValue::Boolean(true))
            .with("x-delivery-limit", AMQPValue::LongInt(DELIVERY_LIMIT))
            .bounded(bound, "reject-publish")
    }

    /// Bounded by the calls that this process has under way.
    pub fn replies(name: String) -> Self {
        Self::private(name)
    }

    pub fn listener(name: String, topic: ShortString) -> Self {
        let mut queue = Self::private(name).bounded(LISTENER_BOUND, "drop-head");
        queue.topic = Some(topic);
        queue
    }

    fn private(name: String) -> Self {
        let options = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        Self::new(name, options).with("x-queue-type", text("classic"))
    }

    fn new(name: String, options: QueueDeclareOptions) -> Self {
        Self {
            name: name.into(),
            options,
            arguments: FieldTable::default(),
            topic: None,
        }
    }

    fn with(mut self, key: &str, value: AMQPValue) -> Self {
        self.arguments.insert(key.into(), value);
        self
    }

    fn bounded(self, bound: u32, overflow: &str) -> Self {
        self.with("x-max-length", AMQPValue::LongLongInt(bound.into()))
            .with("x-overflow", text(overflow))
    }

    pub fn name(&self) -> &ShortString {
        &self.name
    }

    /// Sees to it that the queue and its binding are there. A queue that exists is used as it is, even when an operator
    /// has changed a bound since.
    pub async fn ensure(&self, link: &Link) -> Result<Standing> {
        if self.is_replaceable() {
            return self.ensure_replaceable(link).await;
        }
        if !self.options.exclusive && self.exists(link).await? {
            return Ok(Standing::Old);
        }
        let channel = link.admin().await?;
        within("declare a queue", self.declare(&channel, self.options)).await?;
        self.bind(&channel).await?;
        Ok(Standing::New)
    }

    async fn exists(&self, link: &Link) -> Result<bool> {
        let channel = link.admin().await?;
        let looking = async {
            match self.declare(&channel, self.passive()).await {
                Ok(()) => Ok(true),
                Err(error) if is_not_found(&error) => Ok(false),
                Err(error) => Err(error),
            }
        };
        within("find a queue", looking).await
    }

    fn passive(&self) -> QueueDeclareOptions {
        QueueDeclareOptions {
            passive: true,
            ..self.options
        }
    }

    async fn declare(&self, channel: &Channel, options: QueueDeclareOptions) -> lapin::Result<()> {
        let (name, arguments) = (self.name.clone(), self.arguments.clone());
        channel.queue_declare(name, options, arguments).await?;
        Ok(())
    }

    async fn bind(&self, channel: &Channel) -> Result<()> {
        let Some(topic) = &self.topic else {
            return Ok(());
        };
        let binding = channel.queue_bind(
            self.name.clone(),
            BROADCAST_EXCHANGE.into(),
            topic.clone(),
            QueueBindOptions::default(),
            FieldTable::default(),
        );
        within("bind a queue", binding).await
    }
}

/// Declares a group's partition queues, and returns when they would survive the broker's sudden death.
pub async fn declare_partitions(link: &Link, queues: impl Iterator<Item = Queue>) -> Result<()> {
    let mut any_new = false;
    for queue in queues {
        any_new |= queue.ensure(link).await? == Standing::New;
    }
    if any_new {
        sleep(REGISTRATION).await;
    }
    Ok(())
}

/// Messages of a queue that no consumer holds.
pub async fn depth(link: &Link, queue: &str) -> Result<u64> {
    let passive = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    let channel = link.admin().await?;
    let declaring = channel.queue_declare(queue.into(), passive, FieldTable::default());
    let counting = async {
        match declaring.await {
            Ok(queue) => Ok(Some(queue.message_count())),
            Err(error) if is_not_found(&error) => Ok(None),
            Err(error) => Err(error),
        }
    };
    let count = within("count the messages of a queue", counting).await?;
    count
        .map(u64::from)
        .ok_or_else(|| Failure::Undeclared.at(queue))
}

/// The exchange of broadcasts: direct, because a topic is matched as it is written.
pub async fn declare_broadcast_exchange(link: &Link) -> Result<()> {
    let channel = link.admin().await?;
    let options = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    let declaring = channel.exchange_declare(
        BROADCAST_EXCHANGE.into(),
        ExchangeKind::Direct,
        options,
        FieldTable::default(),
    );
    within("declare the exchange of broadcasts", declaring).await
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}
