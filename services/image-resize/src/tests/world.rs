//! A store on disk, blobs in memory, and a runtime's part of the work done by hand.

use async_trait::async_trait;
use bytes::Bytes;
use contracts::images::{self, CreateImage};
use futures_util::{StreamExt, TryStreamExt, future, stream, stream::BoxStream};
use ports::{
    Batch, Blobs, Error, Event, Item, Kind, Recorded, Result, Store, Tenant, Timestamp,
    blobs::Stored, store::Read,
};
use runtime::{EventHandler, Invocation, Outcome, Reads};
use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};
use tempfile::TempDir;

#[derive(Default)]
pub struct Memory(Mutex<BTreeMap<String, Bytes>>);

impl Memory {
    pub fn keys(&self) -> Vec<String> {
        self.locked(|blobs| blobs.keys().cloned().collect())
    }

    pub fn insert(&self, key: &str, bytes: Vec<u8>) {
        self.locked(|blobs| blobs.insert(key.to_owned(), bytes.into()));
    }

    fn locked<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Bytes>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn find(&self, key: &str) -> Result<Bytes> {
        self.locked(|blobs| blobs.get(key).cloned())
            .ok_or_else(|| Error::new(Kind::NotFound, format!("no blob {key}")))
    }
}

#[async_trait]
impl Blobs for Memory {
    async fn put(
        &self,
        key: &str,
        body: BoxStream<'static, Result<Bytes>>,
        _: u64,
    ) -> Result<Stored> {
        let bytes = body.try_collect::<Vec<_>>().await?.concat();
        let stored = Stored {
            bytes: bytes.len() as u64,
            sha256: format!("{:064x}", bytes.len()),
        };
        self.insert(key, bytes);
        Ok(stored)
    }

    async fn size(&self, key: &str) -> Result<u64> {
        Ok(self.find(key)?.len() as u64)
    }

    async fn get(
        &self,
        key: &str,
        _: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        Ok(stream::once(future::ready(Ok(self.find(key)?))).boxed())
    }

    async fn delete(&self, key: &str) -> Result<()> {
        self.locked(|blobs| blobs.remove(key));
        Ok(())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let folder = format!("{prefix}/");
        let mut keys = self.keys();
        keys.retain(|key| key.starts_with(&folder));
        Ok(keys)
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

pub struct World {
    pub blobs: Arc<Memory>,
    store: Arc<dyn Store>,
    tenant: Tenant,
    _folder: TempDir,
}

impl World {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            blobs: Arc::default(),
            store: embedded::open(folder.path()).unwrap().store,
            tenant: Tenant::parse("acme").unwrap(),
            _folder: folder,
        }
    }

    pub fn invocation(&self) -> Invocation {
        Invocation {
            tenant: self.tenant.clone(),
            store: Reads::new(self.store.clone()),
            blobs: self.blobs.clone(),
            service: "image-resize",
            traceparent: None,
            now: Timestamp::now(),
        }
    }

    /// Runs the service's handler on an event or message, commits nothing.
    pub async fn handle(&self, event: Event) -> Outcome {
        let recorded = Recorded {
            tenant: self.tenant.clone(),
            sequence: 1,
            event,
            erased: false,
        };
        let consumer = crate::service(&settings::Settings::default())
            .consumer
            .unwrap();
        let handler: Arc<dyn EventHandler> = consumer.handler;
        handler.handle(&self.invocation(), &recorded).await.unwrap()
    }

    pub async fn commit(&self, batch: Batch) -> Result<()> {
        self.store.commit(&self.tenant, batch).await.map(|_| ())
    }

    pub async fn get(&self, key: &str) -> Option<Item> {
        self.store
            .get(&self.tenant, key, Read::Strong)
            .await
            .unwrap()
    }

    /// Fires a due item and commits what comes of it.
    pub async fn fire(&self, key: &str) {
        let item = self.get(key).await.unwrap();
        let service = crate::service(&settings::Settings::default());
        let (_, handler) = service.due.first().unwrap();
        let outcome = handler.fire(&self.invocation(), key, &item).await.unwrap();
        self.commit(outcome.batch).await.unwrap();
    }

    /// An image made of these bytes, on the request of another service; gives the event of its upload.
    pub async fn uploaded(&self, id: &str, bytes: Vec<u8>) -> Event {
        let create = CreateImage {
            image_id: id.to_owned(),
            blob: format!("acme/uploads/{id}"),
            bytes: bytes.len() as u64,
            sha256: "ab".repeat(32),
            presets: vec!["thumb".to_owned(), "large".to_owned()],
            owner: Some("con_1".to_owned()),
        };
        self.blobs.insert(&create.blob, bytes);
        let message = self
            .invocation()
            .message("image-resize", images::CREATE, id, &create)
            .unwrap();
        let outcome = self.handle(message).await;
        let event = outcome.batch.events.first().cloned().unwrap();
        self.commit(outcome.batch).await.unwrap();
        event
    }
}

/// A picture of two colours.
pub fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let pixels: Vec<u8> = (0..width * height)
        .flat_map(|pixel| [200, (pixel % width > width / 2) as u8 * 255, 40])
        .collect();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    file
}
