//! The serving side of requests.

use crate::{
    batch::{self, Frame, Status},
    consumer::{Arrival, Consumer, Message, Source},
    core::Core,
    error::Failure,
    lane::{Cargo, Lane, Parcel},
    registry::Registry,
    settle::Receipt,
    topology::Queue,
};
use bytes::Bytes;
use lapin::types::ShortString;
use ports::{
    Result, Timestamp,
    bus::{Incoming, Intake, MAX_MESSAGE_BYTES, Reply},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    select,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};
use tokio_util::sync::CancellationToken;

/// Where replies leave, and requests that go back to their queue alone.
pub struct Replies {
    core: Arc<Core>,
    replies: Registry<Parcel<Ticket>>,
    returns: Registry<Parcel<Ticket>>,
}

impl Replies {
    pub fn new(core: Arc<Core>) -> Arc<Self> {
        Arc::new(Self {
            core,
            replies: Registry::new(),
            returns: Registry::new(),
        })
    }

    fn reply(&self, to: &ShortString, parcel: Parcel<Ticket>) {
        self.replies.send(to.as_str(), parcel, |waiting| {
            let cargo = Outgoing { reply_to: None };
            let lane = Lane::new(self.core.clone(), Arc::new(cargo), to.as_str(), waiting);
            self.core.spawn_sender(lane.run());
        });
    }

    fn give_back(&self, queue: &str, reply_to: &ShortString, parcel: Parcel<Ticket>) {
        self.returns
            .send(&format!("{queue} {reply_to}"), parcel, |waiting| {
                let cargo = Outgoing {
                    reply_to: Some(reply_to.clone()),
                };
                let lane = Lane::new(self.core.clone(), Arc::new(cargo), queue, waiting);
                self.core.spawn_sender(lane.run());
            });
    }
}

/// One request's part in settling its message. The broker knows messages only, so a request that is dropped without
/// an answer goes back in a message of its own; where that fails, or would be the same, the whole message goes back.
struct Ticket {
    message: Arc<Shared>,
    /// `None` once it was answered or is on its way back.
    unanswered: Option<Frame>,
}

impl Ticket {
    fn settled(mut self) {
        self.unanswered = None;
        self.message.unsettled.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Some(mut frame) = self.unanswered.take() else {
            return;
        };
        let message = self.message.clone();
        if message.requests == 1 {
            return;
        }
        frame.status = Status::Redelivered;
        let ticket = Self {
            message: message.clone(),
            unanswered: None,
        };
        let parcel = Parcel { frame, ticket };
        message
            .desk
            .give_back(&message.queue, &message.reply_to, parcel);
    }
}

/// What the requests of one message have in common; gone with the last of their tickets.
struct Shared {
    receipt: Option<Receipt>,
    desk: Arc<Replies>,
    queue: Arc<str>,
    reply_to: ShortString,
    requests: usize,
    unsettled: AtomicUsize,
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(receipt) = self.receipt.take()
            && *self.unsettled.get_mut() == 0
        {
            receipt.done();
        }
    }
}

/// Replies, and requests on their way back.
struct Outgoing {
    reply_to: Option<ShortString>,
}

impl Cargo for Outgoing {
    type Ticket = Ticket;
    /// The queue of a caller that is gone is gone too, and nobody minds.
    const MANDATORY: bool = false;
    const PATIENCE: Duration = Duration::from_secs(30);

    fn reply_to(&self) -> Result<Option<ShortString>, Failure> {
        Ok(self.reply_to.clone())
    }

    fn wanted(&self, frame: &Frame) -> bool {
        frame.expires_at > Timestamp::now()
    }

    fn settled(&self, ticket: Ticket) {
        ticket.settled();
    }

    /// The message stays unsettled, and so goes back.
    fn failed(&self, _: u64, ticket: Ticket, _: Failure) {
        drop(ticket);
    }

    fn returned(&self, _: u64) {}
}

pub async fn serve(
    core: &Arc<Core>,
    replies: &Arc<Replies>,
    queue: String,
    concurrency: usize,
) -> Result<Intake<Incoming>> {
    let bound = core.options.request_bound;
    let name: Arc<str> = queue.as_str().into();
    let concurrency = concurrency.clamp(1, u16::MAX.into());
    let source = Source {
        queue: Box::new(move || Queue::requests(queue.clone(), bound)),
        prefetch: u16::try_from(concurrency).ok(),
        // Requests have no order.
        returns_singly: Arc::new(|| true),
    };
    let consumer = Consumer::open(core.clone(), source).await?;
    let (requests, receiver) = mpsc::channel(concurrency);
    let (stop, stopped) = (core.closing.child_token(), CancellationToken::new());
    let desk = Desk {
        requests,
        free: Arc::new(Semaphore::new(concurrency)),
        replies: replies.clone(),
        queue: name,
    };
    core.runtime
        .spawn(forward(consumer, desk, stop.clone(), stopped.clone()));
    Ok(Intake::new(receiver, async move {
        stop.cancel();
        stopped.cancelled().await;
    }))
}

async fn forward(
    mut consumer: Consumer,
    desk: Desk,
    stop: CancellationToken,
    stopped: CancellationToken,
) {
    // Whatever way this ends, nobody waits for it in vain.
    let stopped = stopped.drop_guard();
    let mut in_hand = None;
    while !desk.requests.is_closed() {
        let arrival = select! {
            biased;
            () = stop.cancelled() => break,
            () = desk.requests.closed() => break,
            arrival = consumer.next() => arrival,
        };
        if let Arrival::Message(message) = arrival {
            let mut requests = desk.open(message);
            select! {
                biased;
                () = requests.hand_out() => {}
                () = stop.cancelled() => {
                    in_hand = Some(requests);
                    break;
                }
            }
        }
    }
    consumer.cancel().await;
    drop(stopped);
    if let Some(mut requests) = in_hand {
        requests.hand_out().await;
    }
    while let Some(message) = consumer.rest().await {
        desk.open(message).hand_out().await;
    }
}

/// Gives requests out, as many at a time as may be unanswered.
struct Desk {
    requests: mpsc::Sender<Incoming>,
    free: Arc<Semaphore>,
    replies: Arc<Replies>,
    queue: Arc<str>,
}

/// The requests of one message that were not given out yet.
struct Opened<'a> {
    desk: &'a Desk,
    frames: std::vec::IntoIter<Frame>,
    redelivered: bool,
    message: Arc<Shared>,
}

impl Desk {
    fn open(&self, message: Message) -> Opened<'_> {
        let frames = batch::decode(message.body).unwrap_or_else(|error| {
            tracing::warn!(%error, "dropping a message of requests");
            Vec::new()
        });
        let shared = Shared {
            receipt: Some(message.receipt),
            desk: self.replies.clone(),
            queue: self.queue.clone(),
            reply_to: message.reply_to.unwrap_or_default(),
            requests: frames.len(),
            unsettled: AtomicUsize::new(frames.len()),
        };
        Opened {
            desk: self,
            frames: frames.into_iter(),
            redelivered: message.redelivered,
            message: Arc::new(shared),
        }
    }
}

impl Opened<'_> {
    /// Can be interrupted and called again.
    async fn hand_out(&mut self) {
        while !self.frames.as_slice().is_empty() {
            let free = select! {
                free = self.desk.free.clone().acquire_owned() => free,
                () = self.desk.requests.closed() => break,
            };
            let (Ok(place), Some(frame)) = (free, self.frames.next()) else {
                break;
            };
            let ticket = self.ticket(frame.clone());
            let left = frame.expires_at.since(Timestamp::now());
            if left.is_zero() {
                ticket.settled();
                continue;
            }
            // There is room: each place is taken by one request at most.
            let _ = self.desk.requests.try_send(Incoming {
                body: frame.body.clone(),
                deadline: Instant::now() + left,
                redelivered: self.redelivered || frame.status == Status::Redelivered,
                reply: self.reply(frame, ticket, place),
            });
        }
    }

    fn ticket(&self, frame: Frame) -> Ticket {
        Ticket {
            message: self.message.clone(),
            unanswered: Some(frame),
        }
    }

    fn reply(&self, request: Frame, mut ticket: Ticket, place: OwnedSemaphorePermit) -> Reply {
        Reply::new(move |body| {
            drop(place);
            ticket.unanswered = None;
            let message = ticket.message.clone();
            let frame = answer(&request, body);
            message
                .desk
                .reply(&message.reply_to, Parcel { frame, ticket });
        })
    }
}

impl Drop for Opened<'_> {
    /// What was not given out goes back like what was given out and dropped.
    fn drop(&mut self) {
        while let Some(frame) = self.frames.next() {
            drop(self.ticket(frame));
        }
    }
}

fn answer(request: &Frame, body: Bytes) -> Frame {
    let (status, body) = if body.len() > MAX_MESSAGE_BYTES {
        (Status::OversizedReply, Bytes::new())
    } else {
        (Status::Body, body)
    };
    Frame {
        id: request.id,
        expires_at: request.expires_at,
        status,
        body,
    }
}
