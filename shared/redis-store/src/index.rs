//! Index keys: members of one sorted set for each tenant and scope.

use crate::{RedisStore, call::Call, check_limit, fault, keys::Keys, range::Range};
use ports::{
    Batch, Result, Tenant,
    store::{self, IndexPage, Query},
};
use redis::Cmd;
use std::collections::BTreeMap;

/// What a batch does to the index keys of one scope: what follows the scope in each.
#[derive(Default)]
struct Writes<'b> {
    added: Vec<&'b str>,
    removed: Vec<&'b str>,
    /// What goes before and after the commit's version.
    stamped: Vec<(&'b str, &'b str)>,
}

/// The last part of a commit's call.
pub fn add_writes(call: &mut Call<'_>, keys: &Keys, tenant: &Tenant, batch: &Batch) -> Result<()> {
    let scopes = by_scope(batch)?;
    call.arg(scopes.len());
    for (scope, writes) in scopes {
        call.key(keys.index(tenant, scope))
            .arg(writes.added.len())
            .arg(writes.removed.len())
            .arg(writes.stamped.len());
        for rest in writes.added {
            call.arg(0).arg(rest); // as ZADD wants it, so that the script only hands it on
        }
        for rest in writes.removed {
            call.arg(rest);
        }
        for (before, after) in writes.stamped {
            call.arg(before).arg(after);
        }
    }
    Ok(())
}

fn by_scope(batch: &Batch) -> Result<BTreeMap<&str, Writes<'_>>> {
    let mut scopes: BTreeMap<&str, Writes<'_>> = BTreeMap::new();
    for key in &batch.indexed {
        let (scope, rest) = store::split_key(key)?;
        scopes.entry(scope).or_default().added.push(rest);
    }
    for key in &batch.unindexed {
        let (scope, rest) = store::split_key(key)?;
        scopes.entry(scope).or_default().removed.push(rest);
    }
    for key in &batch.stamped {
        let (scope, rest) = store::split_key(&key.before)?;
        let parts = (rest, key.after.as_str());
        scopes.entry(scope).or_default().stamped.push(parts);
    }
    Ok(scopes)
}

impl RedisStore {
    pub(crate) async fn read_index(&self, tenant: &Tenant, query: &Query) -> Result<IndexPage> {
        check_limit(query.limit)?;
        let range = Range::of(query)?;
        let Some((start, stop)) = range.bounds else {
            return Ok(IndexPage::default());
        };
        let mut call = Cmd::new();
        call.arg("ZRANGE")
            .arg(Keys::of(tenant.shard()).index(tenant, range.scope))
            .arg(start)
            .arg(stop)
            .arg("BYLEX");
        if !range.direction.is_empty() {
            call.arg(range.direction);
        }
        // One more than wanted tells whether there is more.
        call.arg("LIMIT").arg(0).arg(query.limit + 1);
        let rests: Vec<String> = call
            .query_async(&mut self.route(tenant.shard()))
            .await
            .map_err(|e| fault::reading(format!("listing {} of {tenant}", query.prefix), e))?;
        Ok(page(range.scope, &rests, query.limit))
    }
}

fn page(scope: &str, rests: &[String], limit: usize) -> IndexPage {
    let keys: Vec<String> = rests
        .iter()
        .take(limit)
        .map(|rest| format!("{scope}/{rest}"))
        .collect();
    IndexPage {
        next: keys.last().filter(|_| rests.len() > limit).cloned(),
        keys,
    }
}
