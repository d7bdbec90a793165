//! Single items, several, and ordered ranges.

use crate::{PAGE_BYTES, RedisStore, check_limit, fault, keys::Keys, packed, range::Range};
use bytes::Bytes;
use ports::{
    Error, Item, Kind, Result, Shard, Tenant, Timestamp,
    store::{MAX_PAGE, Page, Query},
};
use redis::{Cmd, Pipeline};

/// Keys of one MGET: a large one would keep everybody else waiting.
const KEYS_AT_ONCE: usize = 100;

impl RedisStore {
    pub(crate) async fn read_item(&self, tenant: &Tenant, key: &str) -> Result<Option<Item>> {
        let stored: Option<Bytes> = Cmd::new()
            .arg("GET")
            .arg(Keys::of(tenant.shard()).item(tenant, key)?)
            .query_async(&mut self.route(tenant.shard()))
            .await
            .map_err(|e| fault::reading(format!("reading {key} of {tenant}"), e))?;
        let mut items = [stored.as_ref().map(packed::decode).transpose()?];
        self.hide_expired(tenant.shard(), &mut items).await?;
        let [item] = items;
        Ok(item)
    }

    pub(crate) async fn read_items(
        &self,
        tenant: &Tenant,
        keys: &[String],
    ) -> Result<Vec<Option<Item>>> {
        if keys.len() > MAX_PAGE {
            return Err(Error::new(
                Kind::TooLarge,
                format!("{} keys at once; the limit is {MAX_PAGE}", keys.len()),
            ));
        }
        let names = Keys::of(tenant.shard());
        let names = keys.iter().map(|key| names.item(tenant, key));
        self.fetch(tenant.shard(), &names.collect::<Result<Vec<_>>>()?)
            .await
    }

    /// The items under these Redis keys, all of one shard.
    pub(crate) async fn fetch(&self, shard: Shard, names: &[String]) -> Result<Vec<Option<Item>>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let stored: Vec<Vec<Option<Bytes>>> = mget(names)
            .query_async(&mut self.route(shard))
            .await
            .map_err(|e| fault::reading(format!("reading {} items", names.len()), e))?;
        let mut items = stored
            .iter()
            .flatten()
            .map(|stored| stored.as_ref().map(packed::decode).transpose())
            .collect::<Result<Vec<_>>>()?;
        self.hide_expired(shard, &mut items).await?;
        Ok(items)
    }

    /// Redis lets go of a key up to a millisecond after its expiry; its clock tells the rest. Only readers of items that
    /// expire pay for asking.
    async fn hide_expired(&self, shard: Shard, items: &mut [Option<Item>]) -> Result<()> {
        if items.iter().flatten().all(|item| item.expires_at.is_none()) {
            return Ok(());
        }
        let now = self.clock(shard).await?;
        for item in items {
            item.take_if(|item| item.expires_at.is_some_and(|at| at <= now));
        }
        Ok(())
    }

    pub(crate) async fn read_page(&self, tenant: &Tenant, query: &Query) -> Result<Page> {
        check_limit(query.limit)?;
        let range = Range::of(query)?;
        let Some(bounds) = range.bounds else {
            return Ok(Page::default());
        };
        let keys = Keys::of(tenant.shard());
        let mut call = self.scripts.query.call();
        call.key(keys.listing(tenant, range.scope))
            .key(keys.items(tenant, range.scope))
            .key(keys.expiring(tenant, range.scope))
            .arg(bounds.low)
            .arg(bounds.high)
            .arg(range.direction)
            .arg(query.limit)
            .arg(PAGE_BYTES);
        let reply: Vec<Bytes> = self
            .run(tenant.shard(), &call)
            .await
            .map_err(|e| fault::reading(format!("querying {} of {tenant}", query.prefix), e))?;
        page(range.scope, &reply)
    }

    /// By the server that has the shard.
    pub(crate) async fn clock(&self, shard: Shard) -> Result<Timestamp> {
        let (seconds, micros): (u64, u64) = redis::cmd("TIME")
            .query_async(&mut self.route(shard))
            .await
            .map_err(|e| fault::reading("reading the store's clock", e))?;
        Ok(Timestamp(
            seconds.saturating_mul(1_000_000).saturating_add(micros),
        ))
    }
}

fn mget(names: &[String]) -> Pipeline {
    let mut pipeline = redis::pipe();
    for chunk in names.chunks(KEYS_AT_ONCE) {
        pipeline.cmd("MGET").arg(chunk);
    }
    pipeline
}

fn page(scope: &str, reply: &[Bytes]) -> Result<Page> {
    let broken = || fault::broken(format!("a page of {scope}/"));
    let key = |rest: &Bytes| match std::str::from_utf8(rest) {
        Ok(rest) => Ok(format!("{scope}/{rest}")),
        Err(error) => Err(broken().with_source(error)),
    };
    let (next, items) = reply.split_first().ok_or_else(broken)?;
    let items = items
        .chunks_exact(2)
        .map(|pair| Ok((key(&pair[0])?, packed::decode(&pair[1])?)));
    Ok(Page {
        items: items.collect::<Result<_>>()?,
        next: (!next.is_empty()).then(|| key(next)).transpose()?,
    })
}
