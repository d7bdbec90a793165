//! Claim check: a large body goes straight into the blob store, and the service gets its reference.

use super::body;
use actix_web::web as actix;
use bytes::Bytes;
use contracts::uploads::{self, Received, State, Upload};
use futures_util::StreamExt;
use ports::{
    Batch, Kind, Tenant, Timestamp, TypeId,
    store::{Condition, Put},
};
use runtime::Backends;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::sync::mpsc;
use web::Problem;

/// What nobody has taken over by then is swept.
const KEPT: Duration = Duration::from_secs(3600);
/// Pieces between the connection and the blob store.
const BUFFERED: usize = 16;

pub struct Uploads<'a> {
    pub backends: &'a Backends,
    pub tenant: &'a Tenant,
    pub limit: u64,
    pub idle: Duration,
}

impl Uploads<'_> {
    /// Streams the body in. The upload's item is committed before the first byte, so that no crash leaves bytes that
    /// nobody knows of.
    pub async fn receive(
        &self,
        payload: &mut actix::Payload,
        content_type: &str,
    ) -> Result<Received, Problem> {
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
            due_at: Some(Timestamp::now() + KEPT),
        });
        let version = self
            .backends
            .store
            .commit(self.tenant, batch)
            .await?
            .version;
        let received = |bytes, sha256| Received {
            id: id.clone(),
            blob: blob.clone(),
            version,
            bytes,
            sha256,
            content_type: content_type.to_owned(),
        };
        match self.stream(&blob, payload).await {
            Ok(stored) => Ok(received(stored.bytes, stored.sha256)),
            Err(problem) => {
                self.discard(&received(0, String::new())).await;
                Err(problem)
            }
        }
    }

    async fn stream(
        &self,
        blob: &str,
        payload: &mut actix::Payload,
    ) -> Result<ports::blobs::Stored, Problem> {
        // The connection's own stream cannot leave its thread, so pieces go through a channel.
        let (sender, mut receiver) = mpsc::channel::<ports::Result<Bytes>>(BUFFERED);
        let pieces =
            futures_util::stream::poll_fn(move |context| receiver.poll_recv(context)).boxed();
        let fault: Arc<OnceLock<Problem>> = Arc::default();
        let store = self.backends.blobs.put(blob, pieces, self.limit);
        let feed = async {
            if let Err(problem) = self.feed(payload, &sender).await {
                let _ = fault.set(problem);
                let _ = sender
                    .send(Err(ports::Error::unavailable("the upload broke off")))
                    .await;
            }
            drop(sender);
        };
        let (stored, ()) = tokio::join!(store, feed);
        if let Some(problem) = fault.get() {
            return Err(problem.clone());
        }
        stored.map_err(|error| match error.kind() {
            Kind::TooLarge => body::too_large(self.limit),
            _ => error.into(),
        })
    }

    async fn feed(
        &self,
        payload: &mut actix::Payload,
        sender: &mpsc::Sender<ports::Result<Bytes>>,
    ) -> Result<(), Problem> {
        while let Some(piece) = tokio::time::timeout(self.idle, payload.next())
            .await
            .map_err(|_| body::stalled())?
        {
            let piece = piece.map_err(|_| body::cut_off())?;
            if sender.send(Ok(piece)).await.is_err() {
                return Ok(()); // the store has refused it and says why
            }
        }
        Ok(())
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
