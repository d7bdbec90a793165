//! A rendering on its way to being kept.

use super::{Render, Wanted, busy, eviction, kept};
use crate::{
    model::{self, Found},
    originals,
    studio::{Company, Developed, Formats, Order, Place, Studio, Work},
    variants,
};
use imaging::Encoded;
use ports::{Batch, Kind, TypeId};
use runtime::{Backoff, Claim, Failure, Invocation};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, timeout_at};
use web::{Problem, ProblemKind};

/// For how long a process that died keeps others waiting.
const CLAIM: Duration = Duration::from_secs(10);
/// More renderings than these do not wait for a place in one instance.
const MAX_WAITING: usize = 128;

/// All that making a rendering needs.
pub struct Making {
    pub studio: Arc<Studio>,
    pub invocation: Invocation,
    pub found: Found,
    pub wanted: Wanted,
    /// Where it will be kept.
    pub key: String,
}

impl Making {
    /// Makes it, or waits for another process that does. What has not begun by `latest` is not begun any more; what has
    /// is finished, and kept for whoever asks again.
    pub async fn run(self, latest: Instant) -> Result<Render, Problem> {
        let mut pauses = Backoff::new(Duration::from_millis(20), Duration::from_millis(500));
        while Instant::now() < latest {
            if let Some(claim) = self.invocation.claim(&self.key, CLAIM).await? {
                let made = claim.during(self.make_once(&claim, latest)).await;
                claim.release().await;
                return made;
            }
            sleep(pauses.step()).await;
            if let Some(kept) = kept::find(&self.invocation, &self.key).await? {
                return Ok(kept.render);
            }
        }
        Err(busy())
    }

    /// Somebody may have finished just before the claim became ours.
    async fn make_once(&self, claim: &Claim, latest: Instant) -> Result<Render, Problem> {
        if let Some(kept) = kept::find(&self.invocation, &self.key).await? {
            return Ok(kept.render);
        }
        let place = self.place(latest).await?;
        let encoded = self.develop(place).await?;
        let render = self.store(encoded).await?;
        match self.commit(&render, claim).await {
            Ok(()) => Ok(render),
            Err(error) if error.kind() == Kind::Conflict => {
                // Nobody will ever name these bytes. Should this fail, they go with the image.
                let _ = self.invocation.blobs.delete(&render.blob).await;
                Err(busy())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn place(&self, latest: Instant) -> Result<Place, Problem> {
        if self.studio.waiting(Work::Render) >= MAX_WAITING {
            return Err(busy());
        }
        let place = timeout_at(latest, self.studio.place(Work::Render, Company::Others)).await;
        place.map_err(|_| busy())?.map_err(refused)
    }

    async fn develop(&self, place: Place) -> Result<Encoded, Problem> {
        let limit = self.studio.limits().max_bytes;
        let original = originals::read(&self.invocation, &self.found.image, limit).await;
        let original = original.map_err(|error| match error.kind() {
            Kind::NotFound => Problem::not_found("the image"),
            _ => error.into(),
        })?;
        let order = Order {
            name: String::new(),
            form: self.wanted.form.clone(),
            formats: Formats::Only(self.wanted.format),
        };
        let developed = self.studio.develop(place, original, vec![order]).await;
        match developed.map_err(refused)? {
            Developed::Spoiled(error) => Err(Problem::new(ProblemKind::Unprocessable, error)),
            Developed::Made(made) => made.variants.into_iter().next().ok_or_else(busy),
        }
    }

    async fn store(&self, encoded: Encoded) -> Result<Render, Problem> {
        let (tenant, id) = (&self.invocation.tenant, &self.found.image.id);
        let extension = encoded.format.extension();
        let blob = format!("{tenant}/{id}/renders/{}.{extension}", TypeId::new("ren"));
        let stored = variants::put(&self.invocation, &blob, encoded.bytes).await?;
        Ok(Render {
            image_id: id.clone(),
            format: encoded.format.name().to_owned(),
            width: encoded.width,
            height: encoded.height,
            bytes: stored.bytes,
            sha256: stored.sha256,
            blob,
            used_at: self.invocation.now.as_millis(),
        })
    }

    /// On condition that the image is still there: what is written behind its deletion would never go.
    async fn commit(&self, render: &Render, claim: &Claim) -> ports::Result<()> {
        let mut batch = Batch::new();
        let image = model::key(&self.found.image.id);
        batch.expect(image, Some(self.found.version));
        kept::put(&mut batch, &self.key, render)?;
        eviction::schedule(&mut batch, self.invocation.now);
        claim.commit(batch).await
    }
}

fn refused(failure: Failure) -> Problem {
    Problem::new(ProblemKind::Unavailable, failure.reason).header("retry-after", "1")
}
