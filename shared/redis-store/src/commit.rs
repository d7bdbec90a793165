//! One batch, one script.

use crate::{RedisStore, call::Call, envelope, fault, index, keys::Keys, packed};
use ports::{
    Batch, Error, Kind, Result, Tenant,
    store::{self, Committed, Condition, EVENTS_SCOPE, Put},
};
use std::collections::BTreeMap;

/// What a batch does to the items of one scope.
#[derive(Default)]
struct Writes<'b> {
    puts: Vec<&'b Put>,
    deletes: Vec<&'b str>,
}

impl RedisStore {
    pub(crate) async fn commit_batch(&self, tenant: &Tenant, batch: &Batch) -> Result<Committed> {
        batch.check()?;
        let invocation = self.commit_invocation(tenant, batch)?;
        let (outcome, value): (String, u64) =
            self.run_durably(tenant.shard(), &invocation)
                .await
                .map_err(|e| fault::writing(format!("committing for {tenant}"), e))?;
        match outcome.as_str() {
            "done" => Ok(committed(value, batch.events.len())),
            "full" => Err(Error::new(
                Kind::Full,
                format!("too many unrelayed events in the shard of {tenant}"),
            )),
            _ => Err(conflict(batch, value)),
        }
    }

    /// Every key goes through KEYS, even where the script could derive it: Redis checks a user's right to all of
    /// them before the script starts, so a missing right cannot stop a commit half-way.
    fn commit_invocation(&self, tenant: &Tenant, batch: &Batch) -> Result<Call<'_>> {
        let keys = Keys::of(tenant.shard());
        let scopes = by_scope(batch)?;
        let mut call = self.scripts.commit.call();
        call.key(keys.sequence());
        call.arg(tenant.shard().0)
            .arg(tenant.as_str())
            .arg(keys.root_len())
            .arg(batch.conditions.len())
            .arg(batch.events.len())
            .arg(scopes.len())
            .arg(self.options.outbox_quota)
            .arg(crate::micros(self.options.event_data_retention));
        for condition in &batch.conditions {
            let (key, stamp) = expectation(&keys, tenant, condition)?;
            call.key(key).arg(stamp);
        }
        add_events(&mut call, &keys, tenant, batch)?;
        for (scope, writes) in scopes {
            add_writes(&mut call, &keys, tenant, scope, &writes)?;
        }
        index::add_writes(&mut call, &keys, tenant, batch)?;
        Ok(call)
    }
}

/// The key that a condition is about, and the version that must be found there.
fn expectation(keys: &Keys, tenant: &Tenant, condition: &Condition) -> Result<(String, Vec<u8>)> {
    Ok(match condition {
        Condition::Absent(key) => (keys.item(tenant, key)?, Vec::new()),
        Condition::Version(key, version) => (keys.item(tenant, key)?, packed::stamp(*version)),
        Condition::Held(lease) if lease.shard == tenant.shard() => {
            (keys.lease(&lease.name), packed::stamp(lease.version))
        }
        Condition::Held(lease) => {
            let name = &lease.name;
            return Err(Error::invalid(format!(
                "the lease {name} is of another shard than {tenant}"
            )));
        }
    })
}

fn add_events(call: &mut Call<'_>, keys: &Keys, tenant: &Tenant, batch: &Batch) -> Result<()> {
    if batch.events.is_empty() {
        return Ok(());
    }
    call.key(keys.outbox())
        .key(keys.armed())
        .key(keys.log(tenant))
        .key(keys.listing(tenant, EVENTS_SCOPE))
        .key(keys.expiring(tenant, EVENTS_SCOPE))
        .key(keys.items(tenant, EVENTS_SCOPE));
    for event in &batch.events {
        call.key(keys.item(tenant, &envelope::data_prefix(event)?)?)
            .arg(envelope::encode(tenant, event)?);
        let (format, data) = packed::value(&event.data);
        call.arg(&[format])
            .arg(&data[..])
            .arg(u8::from(event.to.is_none()));
    }
    Ok(())
}

fn add_writes(
    call: &mut Call<'_>,
    keys: &Keys,
    tenant: &Tenant,
    scope: &str,
    writes: &Writes<'_>,
) -> Result<()> {
    call.key(keys.listing(tenant, scope))
        .key(keys.expiring(tenant, scope))
        .key(keys.items(tenant, scope))
        .key(keys.due(scope));
    call.arg(scope)
        .arg(writes.puts.len())
        .arg(writes.deletes.len());
    for put in &writes.puts {
        let (format, tail) = packed::tail(put);
        call.key(keys.item(tenant, &put.key)?)
            .arg(&[format])
            .arg(tail);
    }
    for key in &writes.deletes {
        call.key(keys.item(tenant, key)?);
    }
    Ok(())
}

fn by_scope(batch: &Batch) -> Result<BTreeMap<&str, Writes<'_>>> {
    let mut scopes: BTreeMap<&str, Writes<'_>> = BTreeMap::new();
    for put in &batch.puts {
        let (scope, _) = store::split_key(&put.key)?;
        scopes.entry(scope).or_default().puts.push(put);
    }
    for key in &batch.deletes {
        let (scope, _) = store::split_key(key)?;
        scopes.entry(scope).or_default().deletes.push(key);
    }
    Ok(scopes)
}

/// The commit's stamp is the version of its items and the sequence of its first event.
fn committed(stamp: u64, events: usize) -> Committed {
    Committed {
        version: stamp,
        sequences: (stamp..).take(events).collect(),
    }
}

fn conflict(batch: &Batch, place: u64) -> Error {
    let condition = usize::try_from(place)
        .ok()
        .and_then(|place| batch.conditions.get(place.checked_sub(1)?));
    let message = match condition {
        Some(Condition::Absent(key)) => format!("{key} exists already"),
        Some(Condition::Version(key, _)) => format!("{key} has been changed"),
        Some(Condition::Held(lease)) => format!("the lease {} is lost", lease.name),
        None => "a condition does not hold".to_owned(),
    };
    Error::new(Kind::Conflict, message)
}
