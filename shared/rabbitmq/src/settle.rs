use crate::core::Core;
use futures_util::future::join_all;
use lapin::{
    Channel,
    options::{BasicAckOptions, BasicNackOptions},
};
use std::sync::Arc;
use tokio::{
    select,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

const AT_ONCE: usize = 256;

pub enum Settlement {
    Done(u64),
    Return(u64),
}

/// May what is returned go back by itself? If not, it waits for the end of the channel, which returns everything at
/// once, in order.
pub type ReturnsSingly = Arc<dyn Fn() -> bool + Send + Sync>;

/// Where receipts are handed in, and the end of the task that takes them.
pub struct Settler {
    receipts: UnboundedSender<Settlement>,
    ended: JoinHandle<()>,
}

impl Settler {
    pub fn receipt(&self, tag: u64) -> Receipt {
        let settler = Some(self.receipts.clone());
        Receipt { tag, settler }
    }

    /// Returns when every receipt has been handed in.
    pub async fn retire(self) {
        drop(self.receipts);
        // It does not panic, and is aborted only with the whole runtime.
        let _ = self.ended.await;
    }
}

/// The right to settle one message. Dropped, the message goes back to its queue.
pub struct Receipt {
    tag: u64,
    settler: Option<UnboundedSender<Settlement>>,
}

impl Receipt {
    /// For what the broker settled when it delivered it.
    pub fn settled() -> Self {
        Self {
            tag: 0,
            settler: None,
        }
    }

    pub fn done(mut self) {
        self.settle(Settlement::Done(self.tag));
    }

    /// A settler that is gone had a channel that is gone, and the broker has the message back already.
    fn settle(&mut self, settlement: Settlement) {
        if let Some(settler) = self.settler.take() {
            let _ = settler.send(settlement);
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.settle(Settlement::Return(self.tag));
    }
}

/// Settles on the channel that delivered, and keeps it open until every receipt has been handed in.
pub fn spawn(core: &Arc<Core>, channel: Channel, singly: ReturnsSingly) -> Settler {
    let (receipts, settlements) = unbounded_channel();
    let flush = core.settling.clone();
    let running = run(channel, settlements, singly, flush);
    let ended = core.settlers.spawn_on(running, &core.runtime);
    Settler { receipts, ended }
}

async fn run(
    channel: Channel,
    mut settlements: UnboundedReceiver<Settlement>,
    singly: ReturnsSingly,
    flush: CancellationToken,
) {
    let mut due = Vec::with_capacity(AT_ONCE);
    loop {
        let more = select! {
            biased;
            count = settlements.recv_many(&mut due, AT_ONCE) => count > 0,
            () = flush.cancelled() => false,
        };
        if !more {
            return;
        }
        let applied = due.drain(..).filter_map(|settlement| {
            (matches!(settlement, Settlement::Done(_)) || singly())
                .then(|| apply(&channel, settlement))
        });
        join_all(applied.collect::<Vec<_>>()).await;
    }
}

async fn apply(channel: &Channel, settlement: Settlement) {
    let outcome = match settlement {
        Settlement::Done(tag) => channel.basic_ack(tag, BasicAckOptions::default()).await,
        Settlement::Return(tag) => {
            let options = BasicNackOptions {
                requeue: true,
                ..BasicNackOptions::default()
            };
            channel.basic_nack(tag, options).await
        }
    };
    if let Err(error) = outcome {
        // The channel is gone, and with it the delivery: the broker gives it out again.
        tracing::debug!(%error, "could not settle a delivery");
    }
}
