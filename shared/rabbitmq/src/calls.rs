//! The calling side of requests.

use crate::{
    batch::{self, Frame, Status},
    consumer::{Arrival, Consumer, Source},
    core::Core,
    error::Failure,
    lane::{Cargo, Lane, Parcel},
    names::{self, RequestNames},
    registry::Registry,
    topology::Queue,
};
use bytes::Bytes;
use lapin::types::ShortString;
use ports::{Error, Kind, Result, Timestamp, bus::ServiceQueue};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};
use tokio::{select, sync::oneshot, time::timeout};

/// Calls that one process may have under way.
const MAX_CALLS: usize = 20_000;
/// Times to live beyond this are cut: RabbitMQ keeps an expiration in 32 bits of milliseconds.
const LONGEST_TTL: Duration = Duration::from_secs(24 * 3600);

/// Calls under way and the address for their replies.
pub struct Calls {
    core: Arc<Core>,
    pending: Arc<Pending>,
    lanes: Registry<Parcel<()>>,
}

type Answer = Result<Bytes, Failure>;

#[derive(Default)]
struct Pending {
    calls: Mutex<Table>,
    /// `None` while no queue is there that replies could come to.
    reply_to: RwLock<Option<ShortString>>,
}

#[derive(Default)]
struct Table {
    last_id: u64,
    waiting: HashMap<u64, oneshot::Sender<Answer>>,
}

impl Calls {
    /// Returns once replies can arrive.
    pub async fn open(core: Arc<Core>) -> Result<Self> {
        let source = Source {
            queue: Box::new(|| Queue::replies(names::replies())),
            prefetch: None,
            returns_singly: Arc::new(|| true),
        };
        let replies = Consumer::open(core.clone(), source).await?;
        let pending = Arc::new(Pending::default());
        pending.address(replies.queue());
        core.runtime
            .spawn(receive(core.clone(), replies, pending.clone()));
        Ok(Self {
            core,
            pending,
            lanes: Registry::new(),
        })
    }

    pub async fn call(&self, to: &ServiceQueue, body: Bytes, ttl: Duration) -> Result<Bytes> {
        let names = names::requests(to)?;
        let ttl = ttl.min(LONGEST_TTL);
        let answer = timeout(ttl, self.ask(&names, body, Timestamp::now() + ttl)).await;
        match answer {
            Ok(answer) => answer.map_err(|failure| failure.at(names.first())),
            Err(_) => Err(Error::new(
                Kind::Timeout,
                format!("{}: no reply in time", names.first()),
            )),
        }
    }

    /// A message that the broker gave back has reached nobody, so the same request may go to the next name.
    async fn ask(&self, names: &RequestNames, body: Bytes, expires_at: Timestamp) -> Answer {
        for queue in names.iter() {
            match self.send(&queue, body.clone(), expires_at).await {
                Err(Failure::Unroutable) => {}
                answer => return answer,
            }
        }
        Err(Failure::Unroutable)
    }

    async fn send(&self, queue: &str, body: Bytes, expires_at: Timestamp) -> Answer {
        let mut call = Pending::register(&self.pending)?;
        let frame = Frame {
            id: call.id,
            expires_at,
            status: Status::Body,
            body,
        };
        let parcel = Parcel { frame, ticket: () };
        self.lanes.send(queue, parcel, |waiting| {
            let (core, cargo) = (self.core.clone(), self.pending.clone());
            let lane = Lane::new(core, cargo, queue, waiting);
            self.core.spawn_sender(lane.run());
        });
        let answer = (&mut call.answer).await;
        answer.unwrap_or(Err(Failure::Disconnected))
    }
}

/// A call under way; dropped, nobody waits for its reply any more.
struct Call {
    id: u64,
    answer: oneshot::Receiver<Answer>,
    pending: Arc<Pending>,
}

impl Drop for Call {
    fn drop(&mut self) {
        self.pending.lock().waiting.remove(&self.id);
    }
}

impl Pending {
    fn register(pending: &Arc<Self>) -> Result<Call, Failure> {
        let (answered, answer) = oneshot::channel();
        let mut table = pending.lock();
        if table.waiting.len() >= MAX_CALLS {
            return Err(Failure::Full);
        }
        table.last_id += 1;
        let id = table.last_id;
        table.waiting.insert(id, answered);
        drop(table);
        let pending = pending.clone();
        Ok(Call {
            id,
            answer,
            pending,
        })
    }

    fn finish(&self, id: u64, answer: Answer) {
        let waiting = self.lock().waiting.remove(&id);
        if let Some(waiting) = waiting {
            // A caller that has just gone needs no answer.
            let _ = waiting.send(answer);
        }
    }

    /// Replies to what is under way went to a queue that is gone: nothing is sent twice, so the callers have to know.
    fn disconnect(&self) {
        self.address(None);
        let waiting = std::mem::take(&mut self.lock().waiting);
        for call in waiting.into_values() {
            let _ = call.send(Err(Failure::Disconnected));
        }
    }

    fn address(&self, reply_to: Option<ShortString>) {
        *self
            .reply_to
            .write()
            .unwrap_or_else(PoisonError::into_inner) = reply_to;
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cargo for Pending {
    type Ticket = ();
    const MANDATORY: bool = true;
    const PATIENCE: Duration = Duration::from_secs(1);

    fn reply_to(&self) -> Result<Option<ShortString>, Failure> {
        let reply_to = self.reply_to.read().unwrap_or_else(PoisonError::into_inner);
        reply_to.clone().map(Some).ok_or(Failure::Disconnected)
    }

    fn wanted(&self, frame: &Frame) -> bool {
        self.lock().waiting.contains_key(&frame.id)
    }

    fn settled(&self, (): ()) {}

    fn failed(&self, frame: u64, (): (), failure: Failure) {
        self.finish(frame, Err(failure));
    }

    fn returned(&self, frame: u64) {
        self.finish(frame, Err(Failure::Unroutable));
    }
}

async fn receive(core: Arc<Core>, mut replies: Consumer, pending: Arc<Pending>) {
    loop {
        let arrival = select! {
            arrival = replies.next() => arrival,
            () = core.settling.cancelled() => break,
        };
        match arrival {
            Arrival::Opened(queue) => pending.address(Some(queue)),
            Arrival::Lost => pending.disconnect(),
            // Only a queue that others share can be.
            Arrival::Stranded => {}
            Arrival::Message(message) => match batch::decode(message.body) {
                Ok(frames) => frames.into_iter().for_each(|frame| answer(&pending, frame)),
                Err(error) => tracing::warn!(%error, "ignoring a message of replies"),
            },
        }
    }
    pending.disconnect();
}

fn answer(pending: &Pending, frame: Frame) {
    let answer = match frame.status {
        Status::Body | Status::Redelivered => Ok(frame.body),
        Status::OversizedReply => Err(Failure::OversizedReply),
    };
    pending.finish(frame.id, answer);
}
