use super::{events, items};
use crate::{
    failure::Failure,
    header::Header,
    keys::{ItemKey, item_row},
    session::Session,
};
use ports::{
    Batch, Error, Kind, Tenant,
    store::{Committed, Condition},
};

/// First everything that can refuse the commit, then everything that writes.
pub(super) fn commit(
    session: &mut Session<'_>,
    tenant: &Tenant,
    batch: &Batch,
) -> Result<Committed, Failure> {
    for condition in &batch.conditions {
        check(session, tenant, condition)?;
    }
    let shard = tenant.shard();
    session.ledger.admit(shard, batch.events.len())?;

    let version = session.ledger.stamp(shard, session.now, batch.events.len());
    for key in &batch.deletes {
        items::delete(session, &ItemKey::new(tenant, key))?;
    }
    for put in &batch.puts {
        let header = Header {
            version,
            expires_at: put.expires_at,
            due_at: put.due_at,
            held_until: None,
        };
        items::put(
            session,
            &ItemKey::new(tenant, &put.key),
            &header,
            &put.value,
        )?;
    }
    session.index.record(tenant, batch, version);
    let sequences = events::append(session, tenant, &batch.events, version)?;
    Ok(Committed { version, sequences })
}

fn check(session: &Session<'_>, tenant: &Tenant, condition: &Condition) -> Result<(), Failure> {
    let (key, holds) = match condition {
        Condition::Absent(key) => (key, version(session, tenant, key)?.is_none()),
        Condition::Version(key, expected) => {
            (key, version(session, tenant, key)? == Some(*expected))
        }
        Condition::Held(lease) => return Ok(session.ledger.leases.check(lease, session.now)?),
    };
    if holds {
        Ok(())
    } else {
        Err(Error::new(Kind::Conflict, format!("{key} is not as expected")).into())
    }
}

fn version(session: &Session<'_>, tenant: &Tenant, key: &str) -> Result<Option<u64>, Failure> {
    let Some(row) = session.tables.items.get(&item_row(tenant, key))? else {
        return Ok(None);
    };
    let (header, _) = Header::decode(row.value())?;
    Ok(header.visible(session.now).then_some(header.version))
}
