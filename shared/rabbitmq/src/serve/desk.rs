//! What becomes of a message of requests: each request is given out by itself.

use super::replies::{Replies, Shared, Ticket};
use crate::{
    batch::{self, Frame, Status},
    consumer::Message,
    lane::Parcel,
};
use bytes::Bytes;
use ports::{
    Timestamp,
    bus::{Incoming, MAX_MESSAGE_BYTES, Reply},
};
use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Instant,
};
use tokio::{
    select,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};

/// Gives requests out, as many at a time as may be unanswered.
pub struct Desk {
    pub requests: mpsc::Sender<Incoming>,
    pub free: Arc<Semaphore>,
    pub replies: Arc<Replies>,
    pub queue: Arc<str>,
}

/// The requests of one message that were not given out yet.
pub struct Opened<'a> {
    desk: &'a Desk,
    frames: std::vec::IntoIter<Frame>,
    redelivered: bool,
    message: Arc<Shared>,
}

impl Desk {
    pub fn open(&self, message: Message) -> Opened<'_> {
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
    pub async fn hand_out(&mut self) {
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
