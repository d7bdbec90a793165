//! What the writer thread keeps in its head: counters that follow from the data file, and the leases.

mod leases;

pub(crate) use leases::Leases;

use crate::{
    codec::number,
    failure::Failure,
    index, keys,
    open::Options,
    tables::{Rows, Tables},
};
use ports::{Error, Kind, SHARDS, Shard, Timestamp};
use std::collections::{BTreeSet, HashMap};

/// The messages of a partition.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Depth {
    pub(crate) messages: usize,
    pub(crate) last: u64,
}

pub(crate) struct Ledger {
    pub(crate) options: Options,
    pub(crate) leases: Leases,
    pub(crate) index_log: index::Log,
    /// By the prefix of a partition's messages.
    pub(crate) partitions: HashMap<Vec<u8>, Depth>,
    stamps: Vec<u64>,
    stamped: BTreeSet<u16>,
    outbox: Vec<usize>,
}

impl Ledger {
    pub(crate) fn load(
        tables: &Tables<'_>,
        options: Options,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let stamps = load_stamps(&tables.stamps)?;
        let newest = stamps.iter().copied().fold(now.as_micros(), u64::max);
        Ok(Self {
            options,
            leases: Leases::starting_at(newest),
            index_log: index::Log::load(&tables.index_log)?,
            partitions: load_partitions(&tables.messages)?,
            stamps,
            stamped: BTreeSet::new(),
            outbox: load_outbox(&tables.outbox)?,
        })
    }

    /// The first of `count` numbers that are larger than every earlier one of the shard, and at least one.
    pub(crate) fn stamp(&mut self, shard: Shard, now: Timestamp, count: usize) -> u64 {
        let last = &mut self.stamps[usize::from(shard.0)];
        let first = last.saturating_add(1).max(now.as_micros());
        *last = first + (count as u64).saturating_sub(1);
        self.stamped.insert(shard.0);
        first
    }

    /// The shards that were stamped since the last call, and their last stamps.
    pub(crate) fn take_stamped(&mut self) -> Vec<(Shard, u64)> {
        std::mem::take(&mut self.stamped)
            .into_iter()
            .map(|shard| (Shard(shard), self.stamps[usize::from(shard)]))
            .collect()
    }

    /// Is there room for so many events?
    pub(crate) fn admit(&self, shard: Shard, events: usize) -> Result<(), Error> {
        if events > 0 && self.outbox[usize::from(shard.0)] + events > self.options.outbox_quota {
            return Err(Error::new(
                Kind::Full,
                format!("the outbox of shard {} is full", shard.0),
            ));
        }
        Ok(())
    }

    pub(crate) fn posted(&mut self, shard: Shard, events: usize) {
        self.outbox[usize::from(shard.0)] += events;
    }

    pub(crate) fn trimmed(&mut self, shard: Shard, events: usize) {
        let held = &mut self.outbox[usize::from(shard.0)];
        *held = held.saturating_sub(events);
    }
}

pub(crate) fn check_shard(shard: Shard) -> Result<(), Error> {
    if shard.0 < SHARDS {
        Ok(())
    } else {
        Err(Error::invalid(format!("there is no shard {}", shard.0)))
    }
}

fn load_stamps(rows: &Rows<'_>) -> Result<Vec<u64>, Failure> {
    let mut stamps = vec![0; usize::from(SHARDS)];
    for shard in Shard::all() {
        if let Some(row) = rows.get(&shard.0.to_be_bytes())? {
            stamps[usize::from(shard.0)] = number(row.value())?;
        }
    }
    Ok(stamps)
}

fn load_outbox(rows: &Rows<'_>) -> Result<Vec<usize>, Failure> {
    let mut outbox = vec![0; usize::from(SHARDS)];
    for shard in Shard::all() {
        let entries = rows.range(&keys::outbox(shard, 0), &keys::outbox(shard, u64::MAX))?;
        outbox[usize::from(shard.0)] = entries.count();
    }
    Ok(outbox)
}

fn load_partitions(rows: &Rows<'_>) -> Result<HashMap<Vec<u8>, Depth>, Failure> {
    let mut partitions = HashMap::<_, Depth>::new();
    for row in rows.range(&[], &[u8::MAX])? {
        let (key, _) = row.map_err(Failure::from)?;
        let (partition, sequence) = keys::parse_message(key.value())?;
        let depth = partitions.entry(partition.to_vec()).or_default();
        depth.messages += 1;
        depth.last = depth.last.max(sequence);
    }
    Ok(partitions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_follow_the_clock_and_never_repeat() {
        let mut ledger = Ledger {
            options: Options::default(),
            leases: Leases::starting_at(0),
            index_log: index::Log::default(),
            partitions: HashMap::new(),
            stamps: vec![0; usize::from(SHARDS)],
            stamped: BTreeSet::new(),
            outbox: vec![0; usize::from(SHARDS)],
        };
        let now = Timestamp(1_000);
        assert_eq!(ledger.stamp(Shard(7), now, 3), 1_000);
        assert_eq!(ledger.stamp(Shard(7), now, 0), 1_003);
        assert_eq!(ledger.stamp(Shard(7), Timestamp(5), 1), 1_004);
        assert_eq!(ledger.stamp(Shard(8), now, 1), 1_000);
        assert_eq!(
            ledger.take_stamped(),
            [(Shard(7), 1_004), (Shard(8), 1_000)]
        );
        assert_eq!(ledger.take_stamped(), []);
    }
}
