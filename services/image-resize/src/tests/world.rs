//! A store on disk, blobs in memory, and a runtime's part of the work done by hand.

use crate::model::{self, Found, Image};
use async_trait::async_trait;
use bytes::Bytes;
use contracts::{
    images::{self, CreateImage, DeleteImage},
    jobs::{self, Job},
};
use futures_util::{StreamExt, TryStreamExt, future, stream, stream::BoxStream};
use ports::{
    Batch, Blobs, Error, Event, Item, Kind, Recorded, Result, Store, Tenant, Timestamp, TypeId,
    blobs::Stored,
    store::{Query, Read},
};
use runtime::{Failure, Invocation, Outcome, Reads, Service};
use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tempfile::TempDir;

#[derive(Default)]
pub struct Memory {
    blobs: Mutex<BTreeMap<String, Bytes>>,
    refuses: AtomicBool,
    reads: AtomicUsize,
}

impl Memory {
    pub fn keys(&self) -> Vec<String> {
        self.locked(|blobs| blobs.keys().cloned().collect())
    }

    pub fn insert(&self, key: &str, bytes: Vec<u8>) {
        self.locked(|blobs| blobs.insert(key.to_owned(), bytes.into()));
    }

    pub fn remove(&self, key: &str) {
        self.locked(|blobs| blobs.remove(key));
    }

    /// As if the backend were away.
    pub fn refuse_writes(&self, refuse: bool) {
        self.refuses.store(refuse, Ordering::Relaxed);
    }

    /// How often a blob was read.
    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    fn locked<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Bytes>) -> T) -> T {
        work(&mut self.blobs.lock().unwrap_or_else(PoisonError::into_inner))
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
        if self.refuses.load(Ordering::Relaxed) {
            return Err(Error::new(Kind::Unavailable, "no blob store"));
        }
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
        self.reads.fetch_add(1, Ordering::Relaxed);
        Ok(stream::once(future::ready(Ok(self.find(key)?))).boxed())
    }

    async fn delete(&self, key: &str) -> Result<()> {
        self.remove(key);
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
    service: Service,
    store: Arc<dyn Store>,
    tenant: Tenant,
    _folder: TempDir,
}

impl World {
    pub fn new() -> Self {
        Self::with(&settings::Settings::default())
    }

    pub fn with(settings: &settings::Settings) -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            service: crate::service(settings).unwrap(),
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

    /// Runs the service's handler on an event or message, and leaves what it returns to be committed.
    pub async fn handle(&self, event: Event) -> Outcome {
        self.try_handle(event).await.unwrap()
    }

    pub async fn try_handle(&self, event: Event) -> Result<Outcome, Failure> {
        let recorded = Recorded {
            tenant: self.tenant.clone(),
            sequence: 1,
            event,
            erased: false,
        };
        let handler = &self.service.consumer.as_ref().unwrap().handler;
        handler.handle(&self.invocation(), &recorded).await
    }

    pub async fn commit(&self, batch: Batch) -> Result<()> {
        self.store.commit(&self.tenant, batch).await.map(|_| ())
    }

    /// The message that deletes the image.
    pub fn deletion(&self, id: &str) -> Event {
        let data = DeleteImage {
            image_id: id.to_owned(),
        };
        let message = self
            .invocation()
            .message("image-resize", images::DELETE, id, &data);
        message.unwrap()
    }

    /// The items below a prefix.
    pub async fn items(&self, prefix: &str) -> Vec<(String, Item)> {
        let query = Query {
            prefix: prefix.to_owned(),
            limit: 100,
            ..Query::default()
        };
        self.store.query(&self.tenant, query).await.unwrap().items
    }

    pub async fn get(&self, key: &str) -> Option<Item> {
        self.store
            .get(&self.tenant, key, Read::Strong)
            .await
            .unwrap()
    }

    /// The index keys below a prefix.
    pub async fn index(&self, prefix: &str) -> Vec<String> {
        let query = Query {
            prefix: prefix.to_owned(),
            limit: 100,
            ..Query::default()
        };
        self.store.index(&self.tenant, query).await.unwrap().keys
    }

    /// Fires a due item and commits what comes of it.
    pub async fn fire(&self, key: &str) {
        let outcome = self.fired(key).await;
        self.commit(outcome.batch).await.unwrap();
    }

    /// Fires a due item, and leaves what it returns to be committed.
    pub async fn fired(&self, key: &str) -> Outcome {
        let item = self.get(key).await.unwrap();
        let (_, handler) = self.service.due.first().unwrap();
        handler.fire(&self.invocation(), key, &item).await.unwrap()
    }

    /// Fires the due items below a prefix until there are none left.
    pub async fn fire_all(&self, prefix: &str) {
        while let Some((key, _)) = self.items(prefix).await.into_iter().next() {
            self.fire(&key).await;
        }
    }

    pub async fn found(&self, id: &str) -> Found {
        let found = model::find(&self.invocation(), id).await.unwrap();
        found.unwrap()
    }

    pub async fn image(&self, id: &str) -> Image {
        self.found(id).await.image
    }

    pub async fn job(&self, id: &str) -> Job {
        serde_json::from_slice(&self.get(&jobs::key(id)).await.unwrap().value).unwrap()
    }

    /// Gives the image a job, as an upload by a caller has.
    pub async fn followed(&self, id: &str) -> String {
        let mut image = self.image(id).await;
        let mut batch = Batch::new();
        let job = model::queued(&self.invocation(), &mut batch, &image).unwrap();
        image.job = Some(job.clone());
        image.put(&mut batch).unwrap();
        self.commit(batch).await.unwrap();
        job
    }

    /// An image of these bytes with its variants.
    pub async fn ready(&self, id: &str, bytes: Vec<u8>) {
        let event = self.uploaded(id, bytes).await;
        let outcome = self.handle(event).await;
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

/// Of an image that is still to be.
pub fn id() -> String {
    TypeId::new("img").into()
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
