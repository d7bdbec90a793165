//! Claim check: a large body goes straight into the blob store, and the service gets its reference.

mod intake;

pub use intake::Shape;

use super::body;
use actix_web::web as actix;
use bytes::Bytes;
use contracts::uploads::{self, Received, State, Upload};
use futures_util::{StreamExt, stream::BoxStream};
use ports::{
    Batch, Kind, Tenant, Timestamp, TypeId,
    blobs::Stored,
    store::{Condition, Put},
};
use runtime::Backends;
use std::time::Duration;
use tokio::sync::mpsc;
use web::Problem;

/// Pieces between the connection and the blob store.
const BUFFERED: usize = 16;

pub struct Uploads<'a> {
    pub backends: &'a Backends,
    pub tenant: &'a Tenant,
    pub limit: u64,
    pub idle: Duration,
}

impl Uploads<'_> {
    /// Streams the body in.
    pub async fn receive(
        &self,
        payload: &mut actix::Payload,
        shape: Shape,
    ) -> Result<Received, Problem> {
        // The connection's own stream cannot leave its thread, so pieces go through a channel.
        let (sender, mut receiver) = mpsc::channel::<ports::Result<Bytes>>(BUFFERED);
        let pieces =
            futures_util::stream::poll_fn(move |context| receiver.poll_recv(context)).boxed();
        let opened = self.open().await?;
        let store = self.store(&opened, pieces);
        let feed = async {
            let fed = shape.feed(payload, self.idle, &sender).await;
            if fed.is_err() {
                let broken = ports::Error::unavailable("the upload broke off");
                let _ = sender.send(Err(broken)).await;
            }
            drop(sender);
            fed
        };
        let (stored, content_type) = tokio::join!(store, feed);
        match content_type.and_then(|kind| stored.map(|stored| (stored, kind))) {
            Ok((stored, content_type)) => Ok(Received {
                bytes: stored.bytes,
                sha256: stored.sha256,
                content_type,
                ..opened
            }),
            Err(problem) => {
                self.discard(&opened).await;
                Err(problem)
            }
        }
    }

    /// An upload without bytes. Its item is committed before the first one, so that no crash leaves bytes that nobody
    /// knows of.
    pub async fn open(&self) -> Result<Received, Problem> {
        let id = TypeId::new("upl").to_string();
        let blob = uploads::blob_key(self.tenant.as_str(), &id);
        let upload = Upload {
            id: id.clone(),
            blob: blob.clone(),
            state: State::Open,
        };
        let mut batch = Batch::new();
        batch.expect(uploads::key(&id), None).put_item(Put {
            key: uploads::key(&id),
            value: serialise(&upload)?,
            expires_at: None,
            due_at: Some(Timestamp::now() + uploads::LIFETIME),
        });
        let committed = self.backends.store.commit(self.tenant, batch).await?;
        Ok(Received {
            id,
            blob,
            version: committed.version,
            bytes: 0,
            sha256: String::new(),
            content_type: String::new(),
        })
    }

    /// Writes an upload's bytes.
    pub async fn store(
        &self,
        upload: &Received,
        bytes: BoxStream<'static, ports::Result<Bytes>>,
    ) -> Result<Stored, Problem> {
        let stored = self.backends.blobs.put(&upload.blob, bytes, self.limit);
        stored.await.map_err(|error| match error.kind() {
            Kind::TooLarge => body::too_large(self.limit),
            _ => error.into(),
        })
    }

    /// The service refused the request: its bytes go at once, unless somebody has taken them over after all.
    pub async fn discard(&self, upload: &Received) {
        let key = uploads::key(&upload.id);
        let mut batch = Batch::new();
        batch
            .conditions
            .push(Condition::Version(key.clone(), upload.version));
        let swept = Upload {
            id: upload.id.clone(),
            blob: upload.blob.clone(),
            state: State::Swept,
        };
        let Ok(value) = serialise(&swept) else { return };
        batch.put_item(Put {
            key,
            value,
            expires_at: None,
            due_at: Some(Timestamp::now()),
        });
        match self.backends.store.commit(self.tenant, batch).await {
            Ok(_) => {}
            Err(error) if error.kind() == Kind::Conflict => {}
            Err(error) => {
                tracing::warn!(%error, upload = %upload.id, "a refused upload stays until it is swept");
            }
        }
    }
}

fn serialise(upload: &Upload) -> ports::Result<Bytes> {
    let bytes = serde_json::to_vec(upload)
        .map_err(|e| ports::Error::internal("serialising an upload").with_source(e))?;
    Ok(bytes.into())
}
