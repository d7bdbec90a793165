//! Index keys: names in pages for each tenant and scope, see `lua/pages.lua`.

use crate::{RedisStore, call::Call, check_limit, fault, keys::Keys, range::Range};
use ports::{
    Batch, Result, Tenant,
    store::{self, IndexPage, Query},
};
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
            .key(keys.index_pages(tenant, scope))
            .arg(writes.removed.len())
            .arg(writes.added.len())
            .arg(writes.stamped.len());
        for rest in writes.removed.iter().chain(&writes.added) {
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
        let Some(bounds) = range.bounds else {
            return Ok(IndexPage::default());
        };
        let keys = Keys::of(tenant.shard());
        let mut call = self.scripts.index.call();
        call.key(keys.index(tenant, range.scope))
            .key(keys.index_pages(tenant, range.scope))
            .arg(bounds.low)
            .arg(bounds.high)
            .arg(range.direction)
            .arg(query.limit + 1); // one more than wanted tells whether there is more
        let rests: Vec<String> = self
            .run(tenant.shard(), &call)
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
