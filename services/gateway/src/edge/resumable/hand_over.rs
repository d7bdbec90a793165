//! The last byte is there: the pieces become one upload, and the operation that it is for is called with it.

use super::{Found, Outcome, Worker};
use crate::{
    domain::resumable::{self, ENDPOINT, Finished, Resumable},
    edge::upload::Uploads,
};
use bytes::Bytes;
use contracts::uploads::Received;
use futures_util::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use ports::{Batch, Kind, Timestamp};
use runtime::frame::{Request, RequestHead, Response};
use std::sync::Arc;
use web::{Principal, Problem, ProblemKind};

/// What the operation's answer means for the upload.
enum Verdict {
    Taken,
    Refused,
    /// Try again.
    Later,
}

impl Worker {
    pub(super) async fn hand_over(
        &self,
        upload: Resumable,
        version: u64,
    ) -> Result<Outcome, Problem> {
        let uploads = Uploads {
            backends: &self.edge.backends,
            tenant: &self.key.tenant,
            limit: upload.draft.length,
            idle: self.edge.settings.upload_idle_timeout.0,
        };
        let received = self.stitched(&uploads, &upload).await?;
        let answer = self.call(&upload, received.clone()).await;
        // The next try stitches its own copy.
        if !answer.as_ref().is_ok_and(takes_over) {
            uploads.discard(&received).await;
        }
        let answer = answer?;
        match verdict(&answer) {
            Verdict::Later => Ok(Outcome::Postponed(answer)),
            Verdict::Refused => {
                self.give_up(upload, version).await?;
                Ok(Outcome::Refused(answer))
            }
            Verdict::Taken => {
                let finished = self.finish(upload, version, &answer).await?;
                Ok(Outcome::Found(Found::Finished(finished)))
            }
        }
    }

    /// The pieces as one upload, like one that came in a single request.
    async fn stitched(
        &self,
        uploads: &Uploads<'_>,
        upload: &Resumable,
    ) -> Result<Received, Problem> {
        let opened = uploads.open().await?;
        let stored = uploads.store(&opened, self.bytes(upload)).await;
        let is_whole = stored
            .as_ref()
            .is_ok_and(|stored| stored.bytes == upload.draft.length);
        if !is_whole {
            uploads.discard(&opened).await;
        }
        let stored = stored?;
        if !is_whole {
            let detail = "pieces of the upload are missing";
            return Err(Problem::new(ProblemKind::Internal, detail));
        }
        Ok(Received {
            bytes: stored.bytes,
            sha256: stored.sha256,
            content_type: upload.draft.content_type.clone(),
            ..opened
        })
    }

    fn bytes(&self, upload: &Resumable) -> BoxStream<'static, ports::Result<Bytes>> {
        let blobs = Arc::clone(&self.edge.backends.blobs);
        let pieces = stream::iter(upload.pieces.clone());
        let pieces = pieces.then(move |piece| {
            let blobs = Arc::clone(&blobs);
            async move { blobs.get(&piece.blob, None).await }
        });
        pieces.try_flatten().boxed()
    }

    /// The upload's id makes it one request, however often it is sent and whoever brings it to its end: a caller's
    /// idempotency keys are its own, so the caller is always the one that has begun the upload.
    async fn call(&self, upload: &Resumable, received: Received) -> Result<Response, Problem> {
        let catalogue = self.edge.catalogue.borrow().clone();
        let (method, operation) = catalogue.resumed_at(ENDPOINT).ok_or_else(|| {
            Problem::new(
                ProblemKind::Unavailable,
                "nobody takes resumable uploads now",
            )
        })?;
        let Resumable {
            id, draft, creator, ..
        } = upload;
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let question = if draft.query.is_empty() { "" } else { "?" };
        let head = RequestHead {
            method: method.to_owned(),
            uri: format!("{}{question}{}", operation.template, draft.query),
            headers: vec![
                field("content-type", &draft.content_type),
                field("idempotency-key", id),
            ],
            principal: Principal {
                key_id: creator.clone(),
                ..self.key.principal()
            },
            request_id: self.request_id.clone(),
            traceparent: Some(self.traceparent.clone()),
            upload: Some(received),
        };
        let body = Bytes::new();
        self.edge.call(&operation, &Request { head, body }).await
    }

    async fn finish(
        &self,
        upload: Resumable,
        version: u64,
        answer: &Response,
    ) -> Result<Finished, Problem> {
        let result = answer
            .header("content-location")
            .or(answer.header("location"));
        let finished = Finished {
            result: result.map(str::to_owned),
            draft: upload.draft.clone(),
            expires_at: upload.expires_at,
        };
        let mut batch = Batch::new();
        batch.expect(resumable::key(&upload.id), Some(version));
        finished.put(&mut batch, &upload.id)?;
        upload.sweep(&mut batch, Timestamp::now())?;
        self.commit(batch).await?;
        Ok(finished)
    }

    async fn give_up(&self, upload: Resumable, version: u64) -> Result<(), Problem> {
        let mut batch = Batch::new();
        batch.expect(resumable::key(&upload.id), Some(version));
        upload.sweep(&mut batch, Timestamp::now())?;
        self.commit(batch).await
    }

    /// Who has terminated the upload meanwhile came too late, and finds that nothing is left of it.
    async fn commit(&self, batch: Batch) -> Result<(), Problem> {
        match self
            .edge
            .backends
            .store
            .commit(&self.key.tenant, batch)
            .await
        {
            Err(error) if error.kind() != Kind::Conflict => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// Are the bytes somebody else's now? A repeated answer is about those that came first.
fn takes_over(answer: &Response) -> bool {
    let is_replayed = answer.header("idempotency-replayed").is_some();
    matches!(verdict(answer), Verdict::Taken) && !is_replayed
}

fn verdict(answer: &Response) -> Verdict {
    match answer.head.status {
        200..300 => Verdict::Taken,
        429 | 500.. => Verdict::Later,
        // Such as that the request is in work already.
        _ if answer.header("retry-after").is_some() => Verdict::Later,
        _ => Verdict::Refused,
    }
}
