use crate::{
    consumer::{Arrival, Consumer, Message, Source},
    core::Core,
    settle::ReturnsSingly,
    topology::Queue,
};
use ports::{
    Result,
    bus::{Ack, Delivery, Intake},
};
use std::sync::Arc;
use tokio::{select, sync::mpsc};
use tokio_util::sync::CancellationToken;

/// Unacknowledged messages that may wait for their receiver in this process.
const LOSSY_CAPACITY: usize = 1_024;

/// Hands a queue's messages out as `item` makes them; `prefetch` of `None` settles each when it is delivered.
pub async fn subscribe<T: Send + 'static>(
    core: &Arc<Core>,
    queue: impl Fn() -> Queue + Send + Sync + 'static,
    prefetch: Option<u16>,
    item: fn(Message) -> T,
) -> Result<Intake<T>> {
    let capacity = prefetch.map_or(LOSSY_CAPACITY, usize::from);
    let (items, receiver) = mpsc::channel(capacity.max(1));
    let source = Source {
        queue: Box::new(queue),
        prefetch,
        returns_singly: while_received(&items),
    };
    let consumer = Consumer::open(core.clone(), source).await?;
    let (stop, stopped) = (core.closing.child_token(), CancellationToken::new());
    let out = Out { items, item };
    core.runtime
        .spawn(forward(consumer, out, stop.clone(), stopped.clone()));
    Ok(Intake::new(receiver, async move {
        stop.cancel();
        stopped.cancelled().await;
    }))
}

/// A member that leaves, or is gone, must not get its own returns back and give them up once more, out of order.
fn while_received<T: Send + 'static>(items: &mpsc::Sender<T>) -> ReturnsSingly {
    let items = items.downgrade();
    Arc::new(move || items.upgrade().is_some_and(|items| !items.is_closed()))
}

pub fn delivery(message: Message) -> Delivery {
    let receipt = message.receipt;
    Delivery {
        body: message.body,
        redelivered: message.redelivered,
        ack: Ack::new(move || receipt.done()),
    }
}

struct Out<T> {
    items: mpsc::Sender<T>,
    item: fn(Message) -> T,
}

impl<T> Out<T> {
    /// Unsettled messages never outnumber the places, so only unacknowledged ones can find none: those are lossy.
    fn give(&self, message: Message) {
        let _ = self.items.try_send((self.item)(message));
    }
}

async fn forward<T>(
    mut consumer: Consumer,
    out: Out<T>,
    stop: CancellationToken,
    stopped: CancellationToken,
) {
    // Whatever way this ends, nobody waits for it in vain.
    let stopped = stopped.drop_guard();
    loop {
        let arrival = select! {
            biased;
            () = stop.cancelled() => break,
            () = out.items.closed() => break,
            arrival = consumer.next() => arrival,
        };
        if let Arrival::Message(message) = arrival {
            out.give(message);
        }
    }
    drop(out);
    drop(stopped);
    consumer.retire().await;
}
