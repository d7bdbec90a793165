//! One write transaction with everything that its jobs need.

use crate::{
    clock::Clock,
    failure::Failure,
    index::{Changes, Logged},
    keys,
    ledger::Ledger,
    partition::{Partition, Settled},
    tables::Tables,
};
use ports::{Shard, Timestamp, store::Hint};
use redb::WriteTransaction;
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::broadcast;

pub(crate) struct Session<'t> {
    pub(crate) tables: Tables<'t>,
    pub(crate) index: Changes,
    pub(crate) ledger: &'t mut Ledger,
    /// One instant for the whole transaction; no job was submitted after it.
    pub(crate) now: Timestamp,
    pub(crate) effects: Effects,
}

impl<'t> Session<'t> {
    pub(crate) fn begin(
        txn: &'t WriteTransaction,
        ledger: &'t mut Ledger,
        clock: &Clock,
    ) -> Result<Self, Failure> {
        Ok(Self {
            tables: Tables::open(txn)?,
            index: Changes::default(),
            ledger,
            now: clock.now(),
            effects: Effects::default(),
        })
    }

    pub(crate) fn remove_settled(&mut self, settled: Vec<Settled>) -> Result<(), Failure> {
        for message in &settled {
            let prefix = &message.partition.prefix;
            let row = keys::message(prefix, message.sequence);
            if self.tables.messages.remove(&row)?.is_some()
                && let Some(depth) = self.ledger.partitions.get_mut(prefix)
            {
                depth.messages = depth.messages.saturating_sub(1);
            }
        }
        self.effects.settled = settled;
        Ok(())
    }

    /// Whether there is anything to commit, and what is to happen once that is done.
    pub(crate) fn finish(mut self) -> Result<(bool, Effects), Failure> {
        if !self.index.is_empty() {
            let log = &mut self.ledger.index_log;
            self.effects.index = Some(log.append(&mut self.tables.index_log, self.index)?);
        }
        if self.tables.changed() {
            for (shard, last) in self.ledger.take_stamped() {
                let (key, row) = (shard.0.to_be_bytes(), last.to_be_bytes());
                self.tables.stamps.insert(&key, &row)?;
            }
        }
        Ok((self.tables.changed(), self.effects))
    }
}

/// What the world learns after a commit. Hints for one thing are given once a transaction.
#[derive(Default)]
pub(crate) struct Effects {
    pub(crate) index: Option<Logged>,
    pub(crate) outbox: BTreeSet<u16>,
    pub(crate) due: BTreeSet<(u16, String)>,
    /// Partitions, and how many messages each has got.
    pub(crate) arrived: Vec<(Arc<Partition>, usize)>,
    settled: Vec<Settled>,
}

impl Effects {
    pub(crate) fn apply(self, hints: &broadcast::Sender<Hint>) {
        let outbox = self
            .outbox
            .into_iter()
            .map(|shard| Hint::Outbox(Shard(shard)));
        let due = self
            .due
            .into_iter()
            .map(|(shard, scope)| Hint::Due(Shard(shard), scope));
        for hint in outbox.chain(due) {
            let _ = hints.send(hint); // fails when nobody listens
        }
        for (partition, messages) in self.arrived {
            partition.received(messages);
        }
        for message in self.settled {
            message.removed();
        }
    }
}
