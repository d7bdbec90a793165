//! Writing items together with their entries in the expiry and due indexes.

use crate::{
    failure::Failure,
    header::Header,
    keys::{self, ItemKey},
    session::Session,
};
use ports::Timestamp;

/// Most expired items that one transaction removes.
const SWEEP: usize = 256;

pub(super) fn put(
    session: &mut Session<'_>,
    key: &ItemKey,
    header: &Header,
    value: &[u8],
) -> Result<(), Failure> {
    let replaced = session
        .tables
        .items
        .insert(&key.row, &header.encode(value))?
        .and_then(|row| decode_replaced(row.value()));
    if let Some(replaced) = replaced {
        drop_entries(session, key, &replaced)?;
    }
    if let Some(at) = header.expires_at {
        session.tables.expiry.insert(&keys::expiry(key, at), &[])?;
    }
    if header.due_at.is_some() {
        enter_due(session, key, header)?;
        hint_if_first(session, key, header)?;
    }
    Ok(())
}

pub(super) fn delete(session: &mut Session<'_>, key: &ItemKey) -> Result<(), Failure> {
    let removed = session
        .tables
        .items
        .remove(&key.row)?
        .and_then(|row| decode_replaced(row.value()));
    match removed {
        Some(removed) => drop_entries(session, key, &removed),
        None => Ok(()),
    }
}

/// A broken row that is on its way out leaves, at worst, index entries that lead nowhere; readers pass over those.
fn decode_replaced(row: &[u8]) -> Option<Header> {
    Header::decode(row).ok().map(|(header, _)| header)
}

fn drop_entries(session: &mut Session<'_>, key: &ItemKey, header: &Header) -> Result<(), Failure> {
    if let Some(at) = header.expires_at {
        session.tables.expiry.remove(&keys::expiry(key, at))?;
    }
    if let Some(at) = header.claimable_at() {
        session.tables.due.remove(&keys::due(key, at))?;
    }
    Ok(())
}

pub(super) fn enter_due(
    session: &mut Session<'_>,
    key: &ItemKey,
    header: &Header,
) -> Result<(), Failure> {
    if let Some(at) = header.claimable_at() {
        let expires = header.expires_at.map(|end| end.as_micros().to_be_bytes());
        let row = expires.as_ref().map_or(&[][..], |end| end);
        session.tables.due.insert(&keys::due(key, at), row)?;
    }
    Ok(())
}

fn hint_if_first(session: &mut Session<'_>, key: &ItemKey, header: &Header) -> Result<(), Failure> {
    let scope = keys::due_scope(key.shard, key.scope());
    let entry = keys::due(key, header.claimable_at().unwrap_or(Timestamp(u64::MAX)));
    let mut sooner = session.tables.due.range(&scope, &entry)?;
    let first = match sooner.next().transpose()? {
        Some((first, _)) => first.value() == entry,
        None => false,
    };
    drop(sooner);
    if first {
        let scope = String::from_utf8_lossy(key.scope()).into_owned();
        session.effects.due.insert((key.shard.0, scope));
    }
    Ok(())
}

/// Removes items that have expired, and tells whether there may be more of them.
pub(crate) fn sweep(session: &mut Session<'_>) -> Result<bool, Failure> {
    let last = session.now.as_micros().saturating_add(1).to_be_bytes(); // sorts before every entry of that instant
    let expired = session.tables.expiry.keys(&[], &last, SWEEP)?;
    for entry in &expired {
        match keys::parse_expiry(entry).and_then(ItemKey::parse) {
            Ok((key, ..)) if expires_here(session, &key, entry)? => delete(session, &key)?,
            _ => {
                session.tables.expiry.remove(entry)?;
            }
        }
    }
    Ok(expired.len() == SWEEP)
}

fn expires_here(session: &Session<'_>, key: &ItemKey, entry: &[u8]) -> Result<bool, Failure> {
    let header = session
        .tables
        .items
        .get(&key.row)?
        .and_then(|row| decode_replaced(row.value()));
    let expires_at = header.and_then(|header| header.expires_at);
    Ok(expires_at.is_some_and(|at| keys::expiry(key, at) == entry))
}

#[cfg(test)]
mod tests {
    use super::{put, sweep};
    use crate::{
        clock::Clock, header::Header, keys::ItemKey, ledger::Ledger, open::Options,
        session::Session, tables::Tables,
    };
    use ports::{Tenant, Timestamp};
    use redb::{Database, backends::InMemoryBackend};

    fn keys(session: &Session<'_>) -> [usize; 3] {
        let tables = &session.tables;
        [&tables.items, &tables.expiry, &tables.due]
            .map(|rows| rows.keys(&[], &[u8::MAX], 9_999).expect("readable").len())
    }

    #[test]
    fn a_sweep_removes_expired_items_from_every_table() {
        let database = Database::builder()
            .create_with_backend(InMemoryBackend::new())
            .expect("memory");
        let txn = database.begin_write().expect("a transaction");
        let tables = Tables::open(&txn).expect("tables");
        let mut ledger = Ledger::load(&tables, Options::default(), Timestamp(0)).expect("empty");
        drop(tables);
        let mut session = Session::begin(&txn, &mut ledger, &Clock::default()).expect("begun");
        for number in 0..300 {
            let kept = number == 7; // expires in a second, the others right now
            let header = Header {
                version: 1,
                expires_at: Some(session.now + std::time::Duration::from_secs(u64::from(kept))),
                due_at: Some(Timestamp(number)),
                held_until: None,
            };
            let key = ItemKey::new(&Tenant::system(), &format!("things/{number}"));
            put(&mut session, &key, &header, b"x").expect("put");
        }
        assert_eq!(keys(&session), [300; 3]);
        assert!(sweep(&mut session).expect("swept"), "there is more");
        assert!(!sweep(&mut session).expect("swept"));
        assert_eq!(keys(&session), [1; 3]);
    }
}
