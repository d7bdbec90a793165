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

/// The room of a quota, taken up by renderings from the last used one on.
struct Room {
    quota: Quota,
    bytes: u64,
    count: u64,
}

impl Room {
    const fn of(quota: Quota) -> Self {
        Self {
            quota,
            bytes: 0,
            count: 0,
        }
    }

    /// Is there any for one more? One that is larger than the whole quota takes none from the others.
    const fn takes(&mut self, bytes: u64) -> bool {
        if bytes > self.quota.bytes {
            return false;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.count += 1;
        self.bytes <= self.quota.bytes && self.count <= self.quota.count
    }
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
    let (mut room, mut over, mut after) = (Room::of(quota), Vec::new(), None);
    loop {
        let query = Query {
            prefix: USED.to_owned(),
            after,
            limit: MAX_PAGE,
            order: Order::Descending,
            ..Query::default()
        };
        let page = invocation.store.index(&invocation.tenant, query).await?;
        let has_no_room = |entry: &String| !room.takes(read(entry).map_or(0, |(bytes, _)| bytes));
        over.extend(page.keys.into_iter().filter(has_no_room));
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
    let named = entries
        .iter()
        .filter_map(|&entry| Some((entry, read(entry)?.1)));
    let (entries, keys): (Vec<&String>, Vec<String>) = named.unzip();
    let items = invocation
        .store
        .batch_get(&invocation.tenant, &keys)
        .await?;
    let mut blobs = Vec::new();
    for ((entry, key), item) in entries.into_iter().zip(keys).zip(items) {
        let kept = item.map(|item| Kept::read(key, &item)).transpose()?;
        match kept.filter(|kept| kept.entry() == *entry) {
            Some(kept) => {
                kept.delete(batch);
                blobs.push(kept.render.blob);
            }
            // It is gone, or was used meanwhile, and stays by another entry.
            None => {
                batch.unindex(entry);
            }
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

    fn kept(quota: Quota, sizes: &[u64]) -> Vec<u64> {
        let mut room = Room::of(quota);
        let sizes = sizes.iter().copied();
        sizes.filter(|&bytes| room.takes(bytes)).collect()
    }

    #[test]
    fn the_last_used_ones_stay() {
        let quota = |bytes, count| Quota { bytes, count };
        assert_eq!(kept(quota(10, 9), &[4, 5, 2, 1]), [4, 5]);
        assert_eq!(kept(quota(10, 2), &[1, 1, 1]), [1, 1]);
        assert_eq!(kept(quota(10, 9), &[10, 1, 1]), [10]);
    }

    #[test]
    fn what_fits_nowhere_leaves_the_others_alone() {
        let quota = Quota {
            bytes: 10,
            count: 2,
        };
        assert_eq!(kept(quota, &[11, 4, 500, 6]), [4, 6]);
    }
}
