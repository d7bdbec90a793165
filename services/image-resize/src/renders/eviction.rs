//! Renderings that were not used for the longest time make room for others.

use super::kept::{self, Kept, Render};
use crate::discards;
use ports::{
    Batch, Result, Timestamp,
    store::{MAX_PAGE, Order, Put, Query, stamp},
};
use runtime::Invocation;
use std::time::Duration;

/// `<last use>/<bytes>/<image>/<form>`: read backwards, it tells how much fits into the quota.
const USED: &str = "image-resize/used/";
const RENDERS: &str = "image-resize/render/";
const EVICTIONS: &str = "image-resize/evict/";
/// All that was rendered within so much time is looked after at once.
const WINDOW_MILLIS: u64 = 2_000;
/// Renderings that one commit takes out.
const AT_ONCE: usize = 200;
/// Somebody may still be reading the bytes.
const READERS: Duration = Duration::from_secs(60);

/// How much is kept for each tenant.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    pub bytes: u64,
    pub count: u64,
}

/// The index key of a rendering.
pub fn entry(key: &str, render: &Render) -> String {
    let name = key.strip_prefix(RENDERS).unwrap_or(key);
    format!(
        "{USED}{}/{}/{name}",
        kept::used(render),
        stamp(render.bytes)
    )
}

/// Bytes and item key of an index key.
fn read(entry: &str) -> Option<(u64, String)> {
    let (_, rest) = entry.strip_prefix(USED)?.split_once('/')?;
    let (bytes, name) = rest.split_once('/')?;
    Some((bytes.parse().ok()?, format!("{RENDERS}{name}")))
}

/// Has the quota looked after soon. Each window has an item of its own, so that none is put off by the next.
pub fn schedule(batch: &mut Batch, now: Timestamp) {
    let window = now.as_millis() / WINDOW_MILLIS + 1;
    batch.put_item(Put {
        key: format!("{EVICTIONS}{window}"),
        value: bytes::Bytes::new(),
        expires_at: None,
        due_at: Some(Timestamp::from_millis(window * WINDOW_MILLIS)),
    });
}

/// Is this the key of such an item?
#[must_use]
pub fn is_eviction(key: &str) -> bool {
    key.starts_with(EVICTIONS)
}

/// Takes out what does not fit, and goes on while there is more of it.
pub async fn evict(invocation: &Invocation, key: &str, quota: Quota) -> Result<Batch> {
    let over = over(invocation, quota).await?;
    let mut batch = Batch::new();
    let now: Vec<&String> = over.iter().rev().take(AT_ONCE).collect();
    let blobs = take_out(invocation, &mut batch, &now).await?;
    discards::put(&mut batch, &blobs, invocation.now + READERS)?;
    if over.len() > now.len() {
        batch.put_item(Put {
            key: key.to_owned(),
            value: bytes::Bytes::new(),
            expires_at: None,
            due_at: Some(invocation.now),
        });
    } else {
        batch.delete(key);
    }
    Ok(batch)
}

/// The index keys of what does not fit, the last used first.
async fn over(invocation: &Invocation, quota: Quota) -> Result<Vec<String>> {
    let (mut bytes, mut count, mut over) = (0, 0, Vec::new());
    let mut after = None;
    loop {
        let query = Query {
            prefix: USED.to_owned(),
            after,
            limit: MAX_PAGE,
            order: Order::Descending,
            ..Query::default()
        };
        let page = invocation.store.index(&invocation.tenant, query).await?;
        for entry in page.keys {
            bytes += read(&entry).map_or(0, |(bytes, _)| bytes);
            count += 1;
            if bytes > quota.bytes || count > quota.count {
                over.push(entry);
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(over);
        }
    }
}

/// Gives the blobs that nothing names any more.
async fn take_out(
    invocation: &Invocation,
    batch: &mut Batch,
    entries: &[&String],
) -> Result<Vec<String>> {
    let keys: Vec<String> = entries
        .iter()
        .filter_map(|entry| read(entry))
        .map(|(_, key)| key)
        .collect();
    let items = invocation
        .store
        .batch_get(&invocation.tenant, &keys)
        .await?;
    let mut blobs = Vec::new();
    for (key, item) in keys.into_iter().zip(items) {
        let Some(item) = item else { continue };
        let kept = Kept::read(key, &item)?;
        // One that was used meanwhile has another entry, and stays.
        if entries.contains(&&entry(&kept.key, &kept.render)) {
            batch.expect(kept.key.clone(), Some(kept.version));
            kept.delete(batch);
            blobs.push(kept.render.blob);
        }
    }
    Ok(blobs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_tells_size_and_place() {
        let render = Render {
            image_id: "img_1".to_owned(),
            format: "webp".to_owned(),
            width: 1,
            height: 1,
            bytes: 77,
            sha256: String::new(),
            blob: String::new(),
            used_at: 5,
        };
        let key = "image-resize/render/img_1/abc";
        let entry = entry(key, &render);
        assert_eq!(read(&entry), Some((77, key.to_owned())));
        assert_eq!(read("image-resize/used/x"), None);
    }
}
