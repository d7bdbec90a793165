//! Natural batching: whatever waits when a place in the window gets free goes into one message. An idle lane sends at
//! once, a busy one sends few and large messages.

use crate::{
    batch::{self, Frame},
    core::Core,
    error::Failure,
    outlet::Outlet,
    registry::next_item,
};
use bytes::Bytes;
use lapin::{
    BasicProperties, Channel, Confirmation, message::BasicReturnMessage,
    options::BasicPublishOptions, types::ShortString,
};
use ports::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::{
    pin, select,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc::UnboundedReceiver},
    time::{sleep, timeout},
};

/// Messages on their way to one queue at a time.
const WINDOW: usize = 4;
/// A message that is not confirmed by then leaves its place in the window to others.
const STUCK: Duration = Duration::from_millis(50);
const CONFIRM_WITHIN: Duration = Duration::from_secs(30);

/// What requests and replies do differently on a lane.
pub trait Cargo: Send + Sync + 'static {
    /// What the sender has to hear about a frame.
    type Ticket: Send + 'static;
    /// Does a queue that is not there count as a failure?
    const MANDATORY: bool;
    /// How long frames wait while the broker takes no messages.
    const PATIENCE: Duration;

    fn reply_to(&self) -> Result<Option<ShortString>, Failure>;
    /// Is anybody still waiting for this?
    fn wanted(&self, frame: &Frame) -> bool;
    /// The frame is in its queue, or nobody wants it any more.
    fn settled(&self, ticket: Self::Ticket);
    fn failed(&self, frame: u64, ticket: Self::Ticket, failure: Failure);
    /// The broker returned the frame. It names the frame itself: the client library may hand a returned message to
    /// the confirm of another.
    fn returned(&self, frame: u64);
}

pub struct Parcel<T> {
    pub frame: Frame,
    pub ticket: T,
}

/// The task that sends to one queue.
pub struct Lane<C: Cargo> {
    core: Arc<Core>,
    cargo: Arc<C>,
    queue: ShortString,
    waiting: UnboundedReceiver<Parcel<C::Ticket>>,
    /// Did not fit into the last message.
    held_over: Option<Parcel<C::Ticket>>,
    window: Arc<Semaphore>,
    outlet: Outlet,
}

impl<C: Cargo> Lane<C> {
    pub fn new(
        core: Arc<Core>,
        cargo: Arc<C>,
        queue: &str,
        waiting: UnboundedReceiver<Parcel<C::Ticket>>,
    ) -> Self {
        Self {
            core,
            cargo,
            queue: queue.into(),
            waiting,
            held_over: None,
            window: Arc::new(Semaphore::new(WINDOW)),
            outlet: Outlet::default(),
        }
    }

    pub async fn run(mut self) {
        while let Ok(place) = self.window.clone().acquire_owned().await {
            let Some(first) = self.first().await else {
                return;
            };
            let parcels = self.fill(first);
            if !parcels.is_empty() {
                self.dispatch(parcels, place).await;
            }
        }
    }

    async fn first(&mut self) -> Option<Parcel<C::Ticket>> {
        match self.held_over.take() {
            Some(parcel) => Some(parcel),
            None => next_item(&mut self.waiting, &self.core.closing).await,
        }
    }

    /// Takes this message's share of what waits: spread over the free places of the window, so that a few concurrent
    /// requests still reach as many competing consumers.
    fn fill(&mut self, first: Parcel<C::Ticket>) -> Vec<Parcel<C::Ticket>> {
        let free_places = self.window.available_permits() + 1;
        let share = (self.waiting.len() + 1).div_ceil(free_places);
        let most = share.min(self.core.options.batch_frames).max(1);
        let mut bytes = 0;
        let mut parcels = Vec::with_capacity(most);
        let mut next = Some(first);
        while let Some(parcel) = next {
            if !self.cargo.wanted(&parcel.frame) {
                self.cargo.settled(parcel.ticket);
            } else if !parcels.is_empty()
                && bytes + parcel.frame.size() > self.core.options.batch_bytes
            {
                self.held_over = Some(parcel);
                break;
            } else {
                bytes += parcel.frame.size();
                parcels.push(parcel);
            }
            next = (parcels.len() < most)
                .then(|| self.waiting.try_recv().ok())
                .flatten();
        }
        parcels
    }

    async fn dispatch(&mut self, parcels: Vec<Parcel<C::Ticket>>, place: OwnedSemaphorePermit) {
        let ready = self.outlet.ready(&self.core.publishing, C::PATIENCE).await;
        // Asked for only now: the address of the session that will see the replies to these very frames.
        let addressed = ready.and_then(|channel| Ok((channel, self.cargo.reply_to()?)));
        match addressed {
            Ok((channel, reply_to)) => {
                let message = Message {
                    channel,
                    queue: self.queue.clone(),
                    properties: properties(&parcels, reply_to),
                    payload: batch::encode(parcels.iter().map(|parcel| &parcel.frame)),
                };
                let cargo = self.cargo.clone();
                self.core
                    .spawn_sender(async move { message.send(&*cargo, parcels, place).await });
            }
            Err(failure) => fail(&*self.cargo, parcels, failure),
        }
    }
}

/// The broker drops the message when its last frame has expired.
fn properties<T>(parcels: &[Parcel<T>], reply_to: Option<ShortString>) -> BasicProperties {
    let now = Timestamp::now();
    let longest = parcels
        .iter()
        .map(|parcel| parcel.frame.expires_at.since(now).as_millis())
        .max();
    let expiration = longest.unwrap_or_default().max(1).to_string();
    let properties = BasicProperties::default().with_expiration(expiration.into());
    match reply_to {
        Some(queue) => properties.with_reply_to(queue),
        None => properties,
    }
}

struct Message {
    channel: Channel,
    queue: ShortString,
    properties: BasicProperties,
    payload: Bytes,
}

impl Message {
    async fn send<C: Cargo>(
        self,
        cargo: &C,
        parcels: Vec<Parcel<C::Ticket>>,
        place: OwnedSemaphorePermit,
    ) {
        let sending = timeout(CONFIRM_WITHIN, self.publish(C::MANDATORY));
        pin!(sending);
        let outcome = select! {
            outcome = &mut sending => outcome,
            () = sleep(STUCK) => {
                drop(place);
                sending.await
            }
        };
        let (returned, failure) = match outcome {
            Ok(Ok(Confirmation::Ack(returned))) => (returned, None),
            Ok(Ok(Confirmation::Nack(returned))) => (returned, Some(Failure::Full)),
            Ok(Ok(Confirmation::NotRequested)) => (None, None),
            Ok(Err(_)) => (None, Some(Failure::Disconnected)),
            Err(_) => (None, Some(Failure::Unconfirmed)),
        };
        if let Some(message) = returned {
            report_returned(cargo, message);
        }
        match failure {
            None => parcels.into_iter().for_each(|it| cargo.settled(it.ticket)),
            Some(failure) => fail(cargo, parcels, failure),
        }
    }

    async fn publish(self, mandatory: bool) -> lapin::Result<Confirmation> {
        let options = BasicPublishOptions {
            mandatory,
            ..BasicPublishOptions::default()
        };
        let publishing = self.channel.basic_publish(
            ShortString::default(),
            self.queue,
            options,
            &self.payload,
            self.properties,
        );
        publishing.await?.await
    }
}

fn fail<C: Cargo>(cargo: &C, parcels: Vec<Parcel<C::Ticket>>, failure: Failure) {
    for parcel in parcels {
        cargo.failed(parcel.frame.id, parcel.ticket, failure);
    }
}

fn report_returned<C: Cargo>(cargo: &C, message: BasicReturnMessage) {
    let frames = batch::decode(Bytes::from(message.delivery.data)).unwrap_or_default();
    frames.iter().for_each(|frame| cargo.returned(frame.id));
}
