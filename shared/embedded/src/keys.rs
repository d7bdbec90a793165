//! The keys of all tables. Numbers are big-endian, so that rows sort as their parts do; names end in a zero byte, which
//! no name contains.

use crate::codec::{Cursor, Malformed};
use ports::{Shard, Tenant, Timestamp};
use std::str;

/// An item's key: its tenant, a zero byte, its own key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ItemKey {
    pub(crate) row: Vec<u8>,
    pub(crate) shard: Shard,
    tenant_length: usize,
}

impl ItemKey {
    pub(crate) fn new(tenant: &Tenant, key: &str) -> Self {
        Self {
            row: item_row(tenant, key),
            shard: tenant.shard(),
            tenant_length: tenant.as_str().len(),
        }
    }

    pub(crate) fn parse(row: &[u8]) -> Result<(Self, Tenant, &str), Malformed> {
        let mut cursor = Cursor::new(row);
        let tenant = str::from_utf8(cursor.until_zero()?).map_err(|_| Malformed)?;
        let tenant = Tenant::parse(tenant).map_err(|_| Malformed)?;
        let key = str::from_utf8(cursor.rest()).map_err(|_| Malformed)?;
        Ok((Self::new(&tenant, key), tenant, key))
    }

    pub(crate) fn scope(&self) -> &[u8] {
        let key = &self.row[self.tenant_length + 1..];
        key.split(|&b| b == b'/').next().unwrap_or(key)
    }
}

pub(crate) fn item_row(tenant: &Tenant, key: &str) -> Vec<u8> {
    [tenant.as_str().as_bytes(), b"\0", key.as_bytes()].concat()
}

/// The key in one of the tenant's rows.
pub(crate) fn item_key<'r>(tenant: &Tenant, row: &'r [u8]) -> Result<&'r str, Malformed> {
    let key = row.get(tenant.as_str().len() + 1..).ok_or(Malformed)?;
    str::from_utf8(key).map_err(|_| Malformed)
}

/// The key of an event's data among the tenant's items.
pub(crate) fn event_data(subject: &str, sequence: u64) -> String {
    format!("{}/{subject}/{sequence:020}", ports::store::EVENTS_SCOPE)
}

/// All due entries of a scope start with this.
pub(crate) fn due_scope(shard: Shard, scope: &[u8]) -> Vec<u8> {
    [&shard.0.to_be_bytes(), scope, b"\0"].concat()
}

pub(crate) fn due(item: &ItemKey, at: Timestamp) -> Vec<u8> {
    let mut row = due_scope(item.shard, item.scope());
    row.extend_from_slice(&at.as_micros().to_be_bytes());
    row.extend_from_slice(&item.row);
    row
}

/// When a due entry may be claimed, and the row of its item.
pub(crate) fn parse_due(row: &[u8]) -> Result<(Timestamp, &[u8]), Malformed> {
    let mut cursor = Cursor::new(row);
    cursor.u16()?;
    cursor.until_zero()?;
    let at = Timestamp(cursor.u64()?);
    Ok((at, cursor.rest()))
}

pub(crate) fn expiry(item: &ItemKey, at: Timestamp) -> Vec<u8> {
    [&at.as_micros().to_be_bytes(), item.row.as_slice()].concat()
}

/// The row of the item that an expiry entry is about.
pub(crate) fn parse_expiry(row: &[u8]) -> Result<&[u8], Malformed> {
    let mut cursor = Cursor::new(row);
    cursor.u64()?;
    Ok(cursor.rest())
}

pub(crate) fn log(tenant: &Tenant, sequence: u64) -> Vec<u8> {
    [tenant.as_str().as_bytes(), b"\0", &sequence.to_be_bytes()].concat()
}

pub(crate) fn parse_log(row: &[u8]) -> Result<u64, Malformed> {
    let mut cursor = Cursor::new(row);
    cursor.until_zero()?;
    crate::codec::number(cursor.rest())
}

pub(crate) fn outbox(shard: Shard, sequence: u64) -> Vec<u8> {
    [&shard.0.to_be_bytes()[..], &sequence.to_be_bytes()].concat()
}

pub(crate) fn parse_outbox(row: &[u8]) -> Result<(Shard, u64), Malformed> {
    let mut cursor = Cursor::new(row);
    let shard = Shard(cursor.u16()?);
    Ok((shard, crate::codec::number(cursor.rest())?))
}

pub(crate) fn cursor(shard: Shard, group: &str) -> Vec<u8> {
    [&shard.0.to_be_bytes(), group.as_bytes()].concat()
}

pub(crate) fn parse_cursor(row: &[u8]) -> Result<&str, Malformed> {
    let mut cursor = Cursor::new(row);
    cursor.u16()?;
    str::from_utf8(cursor.rest()).map_err(|_| Malformed)
}

/// All messages of a partition start with this.
pub(crate) fn partition(group: &str, partition: u16) -> Vec<u8> {
    [group.as_bytes(), b"\0", &partition.to_be_bytes()].concat()
}

pub(crate) fn message(partition: &[u8], sequence: u64) -> Vec<u8> {
    [partition, &sequence.to_be_bytes()].concat()
}

/// The partition's prefix and the message's place in it.
pub(crate) fn parse_message(row: &[u8]) -> Result<(&[u8], u64), Malformed> {
    let (partition, sequence) = row
        .split_at_checked(row.len().saturating_sub(8))
        .ok_or(Malformed)?;
    Ok((partition, crate::codec::number(sequence)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_come_apart_as_they_were_put_together(
            tenant in "[a-z0-9_-]{1,64}", key in "[a-z-]{1,9}/[^\\pC]{1,30}", at: u64,
        ) {
            let tenant = Tenant::parse(&tenant).expect("a tenant");
            let item = ItemKey::new(&tenant, &key);
            prop_assert_eq!(ItemKey::parse(&item.row).expect("ours"), (item.clone(), tenant.clone(), key.as_str()));
            prop_assert_eq!(Some(item.scope()), key.split('/').next().map(str::as_bytes));
            let (due, expiry) = (due(&item, Timestamp(at)), expiry(&item, Timestamp(at)));
            prop_assert_eq!(parse_due(&due).expect("ours"), (Timestamp(at), item.row.as_slice()));
            prop_assert_eq!(parse_expiry(&expiry).expect("ours"), item.row.as_slice());
            prop_assert_eq!(parse_log(&log(&tenant, at)).expect("ours"), at);
        }

        #[test]
        fn hostile_bytes_never_panic(row: Vec<u8>) {
            let _ = ItemKey::parse(&row);
            let _ = parse_due(&row);
            let _ = parse_expiry(&row);
            let _ = parse_log(&row);
            let _ = parse_outbox(&row);
            let _ = parse_cursor(&row);
            let _ = parse_message(&row);
        }
    }
}
