//! A member of a consumer group: waits for its turn at a partition, then feeds its intake from the data file.

mod hand;

use crate::{
    failure::Failure,
    keys,
    open::Core,
    partition::Partition,
    tables::{self, MESSAGES},
};
use bytes::Bytes;
use hand::Hand;
use ports::bus::{Delivery, Intake};
use redb::ReadableDatabase;
use std::{
    collections::VecDeque,
    ops::Bound,
    sync::{Arc, Weak},
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// A read ahead ends when it has so many messages or bytes.
const PAGE: usize = 128;
const PAGE_BYTES: usize = 4 << 20;

pub(super) struct Member {
    /// Weak, so that waiting for messages does not keep the data file open.
    core: Weak<Core>,
    hand: Arc<Hand>,
    given: mpsc::Sender<Delivery>,
    /// Dropped when nothing more will be given.
    feeding: oneshot::Sender<()>,
    stop: CancellationToken,
    closed: CancellationToken,
    ahead: Ahead,
}

impl Member {
    pub(super) fn new(
        core: &Arc<Core>,
        partition: Arc<Partition>,
        prefetch: u16,
        closed: &CancellationToken,
    ) -> (Self, Intake<Delivery>) {
        let prefetch = prefetch.max(1);
        let (given, receiver) = mpsc::channel(usize::from(prefetch));
        let (feeding, fed) = oneshot::channel();
        let stop = closed.child_token();
        let member = Self {
            core: Arc::downgrade(core),
            hand: Arc::new(Hand::new(core, partition, prefetch)),
            given,
            feeding,
            stop: stop.clone(),
            closed: closed.clone(),
            ahead: Ahead::default(),
        };
        let stop = async move {
            stop.cancel();
            let _ = fed.await; // an error is the signal
        };
        (member, Intake::new(receiver, stop))
    }

    pub(super) async fn run(mut self) {
        let turn = Arc::clone(&self.hand.partition.turn).acquire_owned();
        let _turn = tokio::select! {
            turn = turn => turn,
            () = self.stop.cancelled() => return,
            () = self.given.closed() => return,
        };
        self.feed().await;
        let abandoned = self.given.is_closed();
        drop((self.given, self.feeding));
        if abandoned {
            return; // the next member gets at once what this one left unsettled
        }
        // Stopped: what is in hand may still be settled, and only then is it the next member's turn.
        tokio::select! {
            () = self.hand.all_settled() => {}
            () = self.closed.cancelled() => {}
        }
    }

    /// Gives message after message until the intake is stopped or dropped.
    async fn feed(&mut self) {
        loop {
            let place = tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                () = self.given.closed() => return,
                place = self.hand.place() => place,
            };
            let Some(core) = self.core.upgrade() else {
                return;
            };
            let next = self.ahead.next(&core, &self.hand);
            drop(core);
            match next {
                Ok(Some((sequence, body))) => {
                    let delivery = Hand::deliver(&self.hand, sequence, body, place);
                    let _ = self.given.try_send(delivery); // fails when closed: there is a slot for each place
                }
                Ok(None) => {
                    drop(place);
                    tokio::select! {
                        () = self.stop.cancelled() => return,
                        () = self.given.closed() => return,
                        () = self.hand.more() => {}
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "messages cannot be read");
                    return;
                }
            }
        }
    }
}

/// Messages that were read from the file before there was a place for them.
#[derive(Default)]
struct Ahead {
    messages: VecDeque<(u64, Bytes)>,
    up_to: u64,
}

impl Ahead {
    /// What came back first, then the file's messages in order.
    fn next(&mut self, core: &Core, hand: &Hand) -> Result<Option<(u64, Bytes)>, Failure> {
        if let Some(sequence) = hand.take_returned()
            && let Some(body) = read_one(core, &hand.partition, sequence)?
        {
            return Ok(Some((sequence, body)));
        }
        if self.messages.is_empty() {
            self.read(core, &hand.partition)?;
        }
        Ok(self.messages.pop_front())
    }

    fn read(&mut self, core: &Core, partition: &Partition) -> Result<(), Failure> {
        // Asked for before the snapshot is taken: a message that is in the snapshot was settled by then or never.
        let settled = partition.settled_behind(self.up_to);
        let rows = tables::read(&core.database.begin_read()?, MESSAGES)?;
        let behind = keys::message(&partition.prefix, self.up_to);
        let end = keys::message(&partition.prefix, u64::MAX);
        let mut bytes = 0;
        for row in tables::range(&rows, Bound::Excluded(&behind), Bound::Included(&end))? {
            let (key, body) = row?;
            let (_, sequence) = keys::parse_message(key.value())?;
            self.up_to = sequence;
            if settled.contains(&sequence) {
                continue;
            }
            bytes += body.value().len();
            let body = Bytes::copy_from_slice(body.value());
            self.messages.push_back((sequence, body));
            if self.messages.len() >= PAGE || bytes >= PAGE_BYTES {
                break;
            }
        }
        Ok(())
    }
}

fn read_one(core: &Core, partition: &Partition, sequence: u64) -> Result<Option<Bytes>, Failure> {
    let rows = tables::read(&core.database.begin_read()?, MESSAGES)?;
    let row = rows.get(keys::message(&partition.prefix, sequence).as_slice())?;
    Ok(row.map(|row| Bytes::copy_from_slice(row.value())))
}
