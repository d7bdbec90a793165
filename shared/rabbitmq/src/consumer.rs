use crate::{
    backoff::Backoff,
    core::Core,
    error::within,
    settle::{self, Receipt, ReturnsSingly, Settler},
    topology::{Queue, Standing},
};
use bytes::Bytes;
use futures_util::StreamExt;
use lapin::{
    Channel,
    message::Delivery,
    options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions},
    types::{FieldTable, ShortString},
};
use ports::Result;
use std::sync::Arc;

const TAG: &str = "sb";

/// What to consume, and how.
pub struct Source {
    /// Asked for each session.
    pub queue: Box<dyn Fn() -> Queue + Send + Sync>,
    /// Messages unsettled at a time; `None` settles each when it is delivered.
    pub prefetch: Option<u16>,
    pub returns_singly: ReturnsSingly,
}

/// A consumer that outlives its channel: when that dies, it declares its queue again, limits its prefetch again and
/// subscribes again.
pub struct Consumer {
    core: Arc<Core>,
    source: Source,
    session: Option<Session>,
    backoff: Backoff,
}

pub enum Arrival {
    /// A new session consumes from this queue.
    Opened(ShortString),
    Message(Message),
    /// The session ended; what it delivered will come again, if it was to be acknowledged.
    Lost,
    /// No session: the queue's node is away. Tried again.
    Stranded,
}

pub struct Message {
    pub body: Bytes,
    pub reply_to: Option<ShortString>,
    pub redelivered: bool,
    pub receipt: Receipt,
}

impl Consumer {
    /// Without a session yet.
    pub fn new(core: Arc<Core>, source: Source) -> Self {
        Self {
            core,
            source,
            session: None,
            backoff: Backoff::new(),
        }
    }

    /// Succeeds once the first session is there, or the queue is known to be stranded.
    pub async fn open(core: Arc<Core>, source: Source) -> Result<Self> {
        let mut consumer = Self::new(core, source);
        consumer.session = Session::open(&consumer.core, &consumer.source).await?;
        Ok(consumer)
    }

    /// The queue of the session that there is.
    pub fn queue(&self) -> Option<ShortString> {
        self.session.as_ref().map(|session| session.queue.clone())
    }

    pub async fn next(&mut self) -> Arrival {
        let Some(session) = &mut self.session else {
            return self.reopen().await;
        };
        // The stream ends when the queue is deleted, and fails before it ends when the channel or connection dies.
        match session.deliveries.next().await {
            Some(Ok(delivery)) => Arrival::Message(session.receive(delivery)),
            Some(Err(_)) | None => {
                tracing::warn!(queue = %session.queue, "lost a consumer, subscribing again");
                self.session = None;
                Arrival::Lost
            }
        }
    }

    /// Takes no more from the queue; [`Consumer::rest`] has what was delivered before.
    pub async fn cancel(&mut self) {
        if let Some(session) = &self.session {
            let cancelling = session
                .channel
                .basic_cancel(TAG.into(), BasicCancelOptions::default());
            if within("stop consuming", cancelling).await.is_err() {
                self.session = None;
            }
        }
    }

    pub async fn rest(&mut self) -> Option<Message> {
        let session = self.session.as_mut()?;
        let delivery = session.deliveries.next().await?.ok()?;
        Some(session.receive(delivery))
    }

    /// Keeps the place of the active consumer until everything given out has been settled, then closes the channel:
    /// the broker takes back, in order, whatever was not, and turns to the next consumer.
    pub async fn retire(mut self) {
        let Some(session) = self.session.take() else {
            return;
        };
        if let Some(settler) = session.settler {
            settler.retire().await;
        }
        let closing = session.channel.close(200, "retired".into());
        if let Err(error) = within("close a channel", closing).await {
            tracing::debug!(%error, "the channel was gone before it was closed");
        }
    }

    async fn reopen(&mut self) -> Arrival {
        loop {
            self.backoff.pause().await;
            match Session::open(&self.core, &self.source).await {
                Ok(Some(session)) => {
                    self.backoff.succeeded();
                    let queue = session.queue.clone();
                    self.session = Some(session);
                    return Arrival::Opened(queue);
                }
                Ok(None) => {
                    self.backoff.failed();
                    return Arrival::Stranded;
                }
                Err(error) => {
                    self.backoff.failed();
                    tracing::debug!(%error, "cannot consume yet");
                }
            }
        }
    }
}

/// One subscription on one channel.
struct Session {
    queue: ShortString,
    channel: Channel,
    deliveries: lapin::Consumer,
    /// `None` when the broker settles on delivery.
    settler: Option<Settler>,
}

impl Session {
    /// `None` when the queue is stranded.
    async fn open(core: &Arc<Core>, source: &Source) -> Result<Option<Self>> {
        let queue = (source.queue)();
        if queue.ensure(&core.consuming).await? == Standing::Stranded {
            return Ok(None);
        }
        let channel = core.consuming.channel().await?.channel;
        if let Some(prefetch) = source.prefetch {
            let limiting = channel.basic_qos(prefetch.max(1), BasicQosOptions::default());
            within("limit the prefetch", limiting).await?;
        }
        let options = BasicConsumeOptions {
            no_ack: source.prefetch.is_none(),
            ..BasicConsumeOptions::default()
        };
        let name = queue.name().clone();
        let consuming =
            channel.basic_consume(name.clone(), TAG.into(), options, FieldTable::default());
        Ok(Some(Self {
            queue: name,
            deliveries: within("consume", consuming).await?,
            settler: source
                .prefetch
                .map(|_| settle::spawn(core, channel.clone(), source.returns_singly.clone())),
            channel,
        }))
    }

    fn receive(&self, delivery: Delivery) -> Message {
        Message {
            reply_to: delivery.properties.reply_to().clone(),
            redelivered: delivery.redelivered,
            receipt: self
                .settler
                .as_ref()
                .map_or_else(Receipt::settled, |settler| {
                    settler.receipt(delivery.delivery_tag)
                }),
            body: Bytes::from(delivery.data),
        }
    }
}
