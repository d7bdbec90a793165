//! How requests are settled: by a reply, or by going back to their queue.

use crate::{
    batch::{Frame, Status},
    core::Core,
    error::Failure,
    lane::{Cargo, Lane, Parcel},
    registry::Registry,
    settle::Receipt,
};
use lapin::types::ShortString;
use ports::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

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

    pub fn reply(&self, to: &ShortString, parcel: Parcel<Ticket>) {
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
pub struct Ticket {
    pub message: Arc<Shared>,
    /// `None` once it was answered or is on its way back.
    pub unanswered: Option<Frame>,
}

impl Ticket {
    pub fn settled(mut self) {
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
pub struct Shared {
    pub receipt: Option<Receipt>,
    pub desk: Arc<Replies>,
    pub queue: Arc<str>,
    pub reply_to: ShortString,
    pub requests: usize,
    pub unsettled: AtomicUsize,
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
