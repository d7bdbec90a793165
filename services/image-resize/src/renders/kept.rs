use super::{Wanted, eviction};
use ports::{
    Batch, Error, Result,
    store::{Query, stamp},
};
use runtime::Invocation;
use serde::{Deserialize, Serialize};

/// How exactly it is known when a rendering was last used: a hit is not worth a write each time.
const COARSE_MILLIS: u64 = 3_600_000;
/// Renderings of a deleted image that one commit forgets.
const FORGOTTEN: usize = 300;

/// The stored item of a rendering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Render {
    pub image_id: String,
    pub format: String,
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
    /// Of the bytes, in lower-case hex.
    pub sha256: String,
    /// Where the bytes are; another place each time that it is made.
    pub blob: String,
    /// Milliseconds of the epoch.
    pub used_at: u64,
}

/// A rendering as it was read.
pub struct Kept {
    pub key: String,
    pub render: Render,
    pub version: u64,
}

fn folder(image_id: &str) -> String {
    format!("image-resize/render/{image_id}/")
}

pub fn key(image_id: &str, wanted: &Wanted) -> String {
    format!("{}{}", folder(image_id), wanted.name())
}

impl Kept {
    pub fn read(key: String, item: &ports::Item) -> Result<Self> {
        let render = serde_json::from_slice(&item.value)
            .map_err(|e| Error::internal("a stored rendering cannot be read").with_source(e))?;
        Ok(Self {
            key,
            render,
            version: item.version,
        })
    }

    /// Its index key.
    pub fn entry(&self) -> String {
        eviction::entry(&self.key, &self.render)
    }

    /// Takes it out, all but its bytes, if it is still as it was read: one that was used meanwhile has another index key.
    pub fn delete(&self, batch: &mut Batch) {
        batch
            .expect(self.key.clone(), Some(self.version))
            .delete(self.key.clone())
            .unindex(self.entry());
    }
}

pub async fn find(invocation: &Invocation, key: &str) -> Result<Option<Kept>> {
    let item = invocation.store.get(&invocation.tenant, key).await?;
    item.map(|item| Kept::read(key.to_owned(), &item))
        .transpose()
}

pub fn put(batch: &mut Batch, key: &str, render: &Render) -> Result<()> {
    let value = serde_json::to_vec(render)
        .map_err(|e| Error::internal("serialising a rendering").with_source(e))?;
    batch.put(key, value).index(eviction::entry(key, render));
    Ok(())
}

/// Notes that it was used, if the last time is long ago. The answer does not depend on it.
pub async fn touch(invocation: &Invocation, kept: &Kept) {
    let now = invocation.now.as_millis();
    if now < kept.render.used_at + COARSE_MILLIS {
        return;
    }
    let mut batch = Batch::new();
    batch
        .expect(kept.key.clone(), Some(kept.version))
        .unindex(kept.entry());
    let used = Render {
        used_at: now,
        ..kept.render.clone()
    };
    let noted = match put(&mut batch, &kept.key, &used) {
        Ok(()) => invocation.note(batch).await.map(|_| ()),
        failed => failed,
    };
    if let Err(error) = noted {
        tracing::debug!(%error, "the use of a rendering was not noted");
    }
}

/// Takes out what was rendered of a deleted image, whose blobs go with its folder; false when there is more.
pub async fn forget(invocation: &Invocation, batch: &mut Batch, image_id: &str) -> Result<bool> {
    let query = Query {
        prefix: folder(image_id),
        limit: FORGOTTEN,
        ..Query::default()
    };
    let page = invocation.store.query(&invocation.tenant, query).await?;
    for (key, item) in page.items {
        Kept::read(key, &item)?.delete(batch);
    }
    Ok(page.next.is_none())
}

/// The time of its last use, as it stands in index keys.
pub fn used(render: &Render) -> String {
    stamp(render.used_at)
}
