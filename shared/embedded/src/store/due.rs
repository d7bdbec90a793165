//! The due index: (shard, scope, time, item). A claim moves an item's entry to the end of its hold.

use super::items;
use crate::{
    codec::{Malformed, number},
    failure::Failure,
    header::Header,
    keys::{self, ItemKey},
    session::Session,
    tables::{self, DUE},
};
use ports::{Shard, Timestamp, store::Claimed};
use redb::ReadTransaction;
use std::{ops::Bound, time::Duration};

/// When the scope's first entry may be claimed, leaving out items that have expired by `now`.
pub(super) fn next(
    txn: &ReadTransaction,
    shard: Shard,
    scope: &str,
    now: Timestamp,
) -> Result<Option<Timestamp>, Failure> {
    let due = tables::read(txn, DUE)?;
    let (first, last) = bounds(shard, scope, Timestamp(u64::MAX));
    for entry in tables::range(&due, Bound::Included(&first), Bound::Included(&last))? {
        let (key, expires) = entry?;
        if !expired(expires.value(), now)? {
            return Ok(Some(keys::parse_due(key.value())?.0));
        }
    }
    Ok(None)
}

fn expired(row: &[u8], now: Timestamp) -> Result<bool, Malformed> {
    Ok(!row.is_empty() && number(row)? <= now.as_micros())
}

/// Around all entries of a scope up to and including an instant.
fn bounds(shard: Shard, scope: &str, until: Timestamp) -> (Vec<u8>, Vec<u8>) {
    let first = keys::due_scope(shard, scope.as_bytes());
    let mut last = first.clone();
    last.extend_from_slice(&until.as_micros().to_be_bytes());
    last.push(u8::MAX); // behind every tenant
    (first, last)
}

pub(super) fn claim(
    session: &mut Session<'_>,
    shard: Shard,
    scope: &str,
    limit: usize,
    hold: Duration,
) -> Result<Vec<Claimed>, Failure> {
    let (first, last) = bounds(shard, scope, session.now);
    let mut claimed = Vec::new();
    for entry in session.tables.due.keys(&first, &last, limit)? {
        session.tables.due.remove(&entry)?;
        claimed.extend(claim_one(session, &entry, hold)?);
    }
    Ok(claimed)
}

/// `None` for an entry that leads nowhere, or to an item that has expired.
fn claim_one(
    session: &mut Session<'_>,
    entry: &[u8],
    hold: Duration,
) -> Result<Option<Claimed>, Failure> {
    let Ok((at, row)) = keys::parse_due(entry) else {
        return Ok(None);
    };
    let Ok((place, tenant, key)) = ItemKey::parse(row) else {
        return Ok(None);
    };
    let Some((mut header, item)) = load(session, &place)? else {
        return Ok(None);
    };
    if header.claimable_at() != Some(at) || !header.visible(session.now) {
        return Ok(None);
    }
    header.held_until = Some(session.now + hold);
    let held = header.encode(&item);
    session.tables.items.insert(&place.row, &held)?;
    items::enter_due(session, &place, &header)?;
    Ok(Some(Claimed {
        tenant,
        key: key.to_owned(),
        item: header.item(&item),
    }))
}

fn load(session: &Session<'_>, key: &ItemKey) -> Result<Option<(Header, Vec<u8>)>, Failure> {
    let row = session.tables.items.get(&key.row)?;
    Ok(row.and_then(|row| {
        let (header, value) = Header::decode(row.value()).ok()?;
        Some((header, value.to_vec()))
    }))
}
