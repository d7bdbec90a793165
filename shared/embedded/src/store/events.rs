//! The tenants' logs, the shards' outboxes, and the cursors of those who read them.

use super::items;
use crate::{
    codec::{Malformed, number},
    envelope::{self, Posted},
    failure::Failure,
    header::{Header, visible_item},
    keys::{self, ItemKey},
    session::Session,
    tables::{self, CURSORS, ITEMS, LOG, OUTBOX, Raw},
};
use ports::{
    Error, Event, Kind, Recorded, Result as PortResult, Shard, Tenant, Timestamp,
    store::{Lease, LogPage, MAX_COMMIT_BYTES, MAX_KEY_BYTES},
};
use redb::{ReadOnlyTable, ReadTransaction};
use std::{collections::BTreeMap, ops::Bound};

/// Most log entries that one transaction removes.
const TRIM: usize = 1_000;

/// What [`ports::Batch::check`] leaves to the adapter: the subject is part of a key, the envelope is a row.
pub(super) fn check(events: &[Event]) -> PortResult<()> {
    for event in events {
        let subject = &event.subject;
        if keys::event_data(subject, 0).len() > MAX_KEY_BYTES {
            return Err(Error::new(Kind::TooLarge, "an event's subject is too long"));
        }
        if subject.chars().any(char::is_control) {
            return Err(Error::invalid(format!("{subject:?} is no event subject")));
        }
        if envelope::size(event) > MAX_COMMIT_BYTES {
            return Err(Error::new(
                Kind::TooLarge,
                "an event's envelope is too large",
            ));
        }
    }
    Ok(())
}

/// Gives the events their places, from `first` on.
pub(super) fn append(
    session: &mut Session<'_>,
    tenant: &Tenant,
    events: &[Event],
    first: u64,
) -> Result<Vec<u64>, Failure> {
    let shard = tenant.shard();
    let sequences = (first..).take(events.len()).collect::<Vec<_>>();
    for (event, &sequence) in events.iter().zip(&sequences) {
        let data = Header {
            version: sequence,
            expires_at: Some(session.now + session.ledger.options.event_retention),
            due_at: None,
            held_until: None,
        };
        let key = ItemKey::new(tenant, &keys::event_data(&event.subject, sequence));
        items::put(session, &key, &data, &event.data)?;
        if event.to.is_none() {
            let row = envelope::encode(event);
            session
                .tables
                .log
                .insert(&keys::log(tenant, sequence), &row)?;
        }
        let row = envelope::encode_posted(tenant, event);
        session
            .tables
            .outbox
            .insert(&keys::outbox(shard, sequence), &row)?;
    }
    if !events.is_empty() {
        session.ledger.posted(shard, events.len());
        session.effects.outbox.insert(shard.0);
    }
    Ok(sequences)
}

pub(super) fn read_log(
    txn: &ReadTransaction,
    tenant: &Tenant,
    after: u64,
    limit: usize,
    now: Timestamp,
) -> Result<LogPage, Failure> {
    let (log, items) = (tables::read(txn, LOG)?, tables::read(txn, ITEMS)?);
    let (start, end) = (keys::log(tenant, 0), keys::log(tenant, u64::MAX));
    let oldest = tables::range(&log, Bound::Included(&start), Bound::Included(&end))?
        .next()
        .transpose()?
        .map(|(key, _)| keys::parse_log(key.value()))
        .transpose()?;
    let behind = keys::log(tenant, after);
    let entries = tables::range(&log, Bound::Excluded(&behind), Bound::Included(&end))?;
    let mut events = Vec::new();
    for entry in entries.take(limit) {
        let (key, row) = entry?;
        let sequence = keys::parse_log(key.value())?;
        let event = envelope::decode(row.value())?;
        events.push(record(&items, tenant.clone(), sequence, event, now)?);
    }
    Ok(LogPage { events, oldest })
}

pub(super) fn read_outbox(
    txn: &ReadTransaction,
    shard: Shard,
    after: u64,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<Recorded>, Failure> {
    let (outbox, log) = (tables::read(txn, OUTBOX)?, tables::read(txn, LOG)?);
    let items = tables::read(txn, ITEMS)?;
    let (behind, end) = (keys::outbox(shard, after), keys::outbox(shard, u64::MAX));
    let entries = tables::range(&outbox, Bound::Excluded(&behind), Bound::Included(&end))?;
    let mut recorded = Vec::new();
    for entry in entries.take(limit) {
        let (key, row) = entry?;
        let (_, sequence) = keys::parse_outbox(key.value())?;
        let Posted { tenant, message } = envelope::decode_posted(row.value())?;
        let event = match message {
            Some(message) => message,
            None => {
                let logged = log.get(keys::log(&tenant, sequence).as_slice())?;
                envelope::decode(logged.ok_or(Malformed)?.value())?
            }
        };
        recorded.push(record(&items, tenant, sequence, event, now)?);
    }
    Ok(recorded)
}

/// Joins an event with its data, if that is still there.
fn record(
    items: &ReadOnlyTable<Raw, Raw>,
    tenant: Tenant,
    sequence: u64,
    mut event: Event,
    now: Timestamp,
) -> Result<Recorded, Failure> {
    let key = keys::item_row(&tenant, &keys::event_data(&event.subject, sequence));
    let data = match items.get(key.as_slice())? {
        Some(row) => visible_item(row.value(), now)?,
        None => None,
    };
    let erased = data.is_none();
    event.data = data.map(|item| item.value).unwrap_or_default();
    Ok(Recorded {
        tenant,
        sequence,
        event,
        erased,
    })
}

/// Drops some of the entries before `before`, and tells whether there may be more of them.
pub(super) fn trim_log(
    session: &mut Session<'_>,
    tenant: &Tenant,
    before: u64,
) -> Result<bool, Failure> {
    let kept_from =
        first_posted(session, tenant.shard())?.map_or(before, |first| first.min(before));
    let Some(last) = kept_from.checked_sub(1) else {
        return Ok(false);
    };
    let (first, last) = (keys::log(tenant, 0), keys::log(tenant, last));
    let dropped = session.tables.log.keys(&first, &last, TRIM)?;
    for key in &dropped {
        session.tables.log.remove(key)?;
    }
    Ok(dropped.len() == TRIM)
}

/// The shard's oldest outbox entry; everything in the log from there on has still to be sent.
fn first_posted(session: &Session<'_>, shard: Shard) -> Result<Option<u64>, Failure> {
    let (first, last) = (keys::outbox(shard, 0), keys::outbox(shard, u64::MAX));
    match session
        .tables
        .outbox
        .range(&first, &last)?
        .next()
        .transpose()?
    {
        Some((key, _)) => Ok(Some(keys::parse_outbox(key.value())?.1)),
        None => Ok(None),
    }
}

pub(super) fn cursors(
    txn: &ReadTransaction,
    shard: Shard,
) -> Result<BTreeMap<String, u64>, Failure> {
    let table = tables::read(txn, CURSORS)?;
    let (first, behind) = (
        keys::cursor(shard, ""),
        keys::cursor(Shard(shard.0 + 1), ""),
    );
    tables::range(&table, Bound::Included(&first), Bound::Excluded(&behind))?
        .map(|entry| {
            let (key, row) = entry?;
            let group = keys::parse_cursor(key.value())?.to_owned();
            Ok((group, number(row.value())?))
        })
        .collect()
}

pub(super) fn advance(
    session: &mut Session<'_>,
    lease: &Lease,
    cursors: &BTreeMap<String, u64>,
    trim: u64,
) -> Result<(), Failure> {
    session.ledger.leases.check(lease, session.now)?;
    let shard = lease.shard;
    for (group, sequence) in cursors {
        let (key, row) = (keys::cursor(shard, group), sequence.to_be_bytes());
        session.tables.cursors.insert(&key, &row)?;
    }
    let (first, last) = (keys::outbox(shard, 0), keys::outbox(shard, trim));
    let sent = session.tables.outbox.keys(&first, &last, usize::MAX)?;
    for key in &sent {
        session.tables.outbox.remove(key)?;
    }
    session.ledger.trimmed(shard, sent.len());
    Ok(())
}
