//! Consumer groups: which there are, and appending to their partitions.

use crate::{
    codec::number,
    failure::Failure,
    keys,
    ledger::Depth,
    partition::Partition,
    session::Session,
    tables::{self, GROUPS},
};
use bytes::Bytes;
use ports::{Error, Kind, Result as PortResult};
use redb::{Database, ReadableDatabase, ReadableTable};
use std::{
    collections::HashMap,
    str,
    sync::{Arc, PoisonError, RwLock},
};

const MAX_NAME_BYTES: usize = 255;

/// The partitions of every group that was ever declared.
#[derive(Default)]
pub(super) struct Groups(RwLock<HashMap<String, Vec<Arc<Partition>>>>);

impl Groups {
    pub(super) fn load(
        database: &Database,
        depths: &HashMap<Vec<u8>, Depth>,
    ) -> Result<Self, Failure> {
        let groups = Self::default();
        for entry in tables::read(&database.begin_read()?, GROUPS)?.iter()? {
            let (name, partitions) = entry?;
            let name = str::from_utf8(name.value()).map_err(|_| crate::codec::Malformed)?;
            groups.extend(name, number(partitions.value())? as u16, depths);
        }
        Ok(groups)
    }

    pub(super) fn add(&self, group: &str, partitions: u16) {
        self.extend(group, partitions, &HashMap::new());
    }

    /// Partitions that are there already stay as they are.
    fn extend(&self, group: &str, partitions: u16, depths: &HashMap<Vec<u8>, Depth>) {
        let mut groups = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = groups.entry(group.to_owned()).or_default();
        for number in (0..partitions).skip(known.len()) {
            let depth = depths.get(&keys::partition(group, number));
            let depth = depth.copied().unwrap_or_default();
            known.push(Arc::new(Partition::new(group, number, depth)));
        }
    }

    pub(super) fn partition(&self, group: &str, partition: u16) -> PortResult<Arc<Partition>> {
        let groups = self.0.read().unwrap_or_else(PoisonError::into_inner);
        groups
            .get(group)
            .and_then(|partitions| partitions.get(usize::from(partition)))
            .cloned()
            .ok_or_else(|| {
                Error::new(
                    Kind::NotFound,
                    format!("partition {partition} of group {group} is not declared"),
                )
            })
    }
}

pub(super) fn check_name(group: &str) -> PortResult<()> {
    let fits = (1..=MAX_NAME_BYTES).contains(&group.len()) && !group.chars().any(char::is_control);
    if fits {
        Ok(())
    } else {
        Err(Error::invalid(format!("{group:?} is no group name")))
    }
}

/// Gives how many partitions the group has from now on: never fewer than before, as they may hold messages.
pub(super) fn declare(
    session: &mut Session<'_>,
    group: &str,
    partitions: u16,
) -> Result<u16, Failure> {
    let known = match session.tables.groups.get(group.as_bytes())? {
        Some(row) => number(row.value())?,
        None => 0,
    };
    if known < u64::from(partitions) {
        let row = u64::from(partitions).to_be_bytes();
        session.tables.groups.insert(group.as_bytes(), &row)?;
    }
    Ok(partitions.max(known as u16))
}

/// Appends all of the messages, or none when they do not fit.
pub(super) fn publish(
    session: &mut Session<'_>,
    partition: &Arc<Partition>,
    messages: &[Bytes],
) -> Result<(), Failure> {
    let bound = session.ledger.options.partition_bound;
    let depths = &mut session.ledger.partitions;
    let depth = match depths.get_mut(&partition.prefix) {
        Some(depth) => depth,
        None => depths.entry(partition.prefix.clone()).or_default(),
    };
    if depth.messages + messages.len() > bound {
        return Err(Error::new(Kind::Full, "the partition is full").into());
    }
    for message in messages {
        depth.last += 1;
        depth.messages += 1;
        let key = keys::message(&partition.prefix, depth.last);
        session.tables.messages.insert(&key, message)?;
    }
    let arrived = &mut session.effects.arrived;
    arrived.push((Arc::clone(partition), messages.len()));
    Ok(())
}
