//! Renderings on demand: any form of a picture, made once and kept as long as there is room.
//!
//! Of all who ask for one form at once, wherever they are, one makes it. Within a process the others wait to be told;
//! between processes a claim decides, and who does not get it looks again from time to time. A process that dies loses
//! its claim, and another takes over.

mod eviction;
mod flights;
mod kept;
mod wanted;

pub use eviction::{Quota, evict, is_eviction};
pub use kept::{Render, forget};
pub use wanted::Wanted;

use crate::{
    model::{self, Found},
    originals,
    studio::{Developed, Order, Studio, Work},
    variants,
};
use flights::{Flights, Seat};
use ports::{Batch, Kind, TypeId};
use runtime::{Backoff, Claim, Failure, Invocation};
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};
use web::{Problem, ProblemKind};

/// For how long a process that died keeps others waiting.
const CLAIM: Duration = Duration::from_secs(10);
/// How long a caller is kept waiting: less than the gateway waits for us.
const PATIENCE: Duration = Duration::from_secs(25);
/// More renderings than these do not wait for a place in one instance.
const MAX_WAITING: usize = 128;

/// What makes renderings in one process.
pub struct Renders {
    studio: Arc<Studio>,
    flights: Flights,
}

impl Renders {
    #[must_use]
    pub fn new(studio: Arc<Studio>) -> Self {
        Self {
            studio,
            flights: Flights::default(),
        }
    }

    /// The rendering that is kept, or else a new one.
    pub async fn get(
        &self,
        invocation: &Invocation,
        found: &Found,
        wanted: &Wanted,
    ) -> Result<Render, Problem> {
        let patience = timeout(PATIENCE, self.found_or_made(invocation, found, wanted));
        patience.await.unwrap_or_else(|_| Err(busy()))
    }

    async fn found_or_made(
        &self,
        invocation: &Invocation,
        found: &Found,
        wanted: &Wanted,
    ) -> Result<Render, Problem> {
        let key = kept::key(&found.image.id, wanted);
        let name = format!("{}/{key}", invocation.tenant);
        loop {
            if let Some(render) = kept::find(invocation, &key).await? {
                kept::touch(invocation, &render).await;
                return Ok(render.render);
            }
            match self.flights.board(&name) {
                Seat::Passenger(landed) => landed.wait().await,
                Seat::Pilot(_flight) => return self.lead(invocation, found, wanted, &key).await,
            }
        }
    }

    /// For all of this process who want it: makes it, or waits for another process that does.
    async fn lead(
        &self,
        invocation: &Invocation,
        found: &Found,
        wanted: &Wanted,
        key: &str,
    ) -> Result<Render, Problem> {
        let mut pauses = Backoff::new(Duration::from_millis(20), Duration::from_millis(500));
        loop {
            if let Some(claim) = invocation.claim(key, CLAIM).await? {
                let making = self.make_once(invocation, found, wanted, &claim);
                let made = claim.during(making).await;
                claim.release().await;
                return made;
            }
            sleep(pauses.step()).await;
            if let Some(kept) = kept::find(invocation, key).await? {
                return Ok(kept.render);
            }
        }
    }

    /// Somebody may have finished just before the claim became ours.
    async fn make_once(
        &self,
        invocation: &Invocation,
        found: &Found,
        wanted: &Wanted,
        claim: &Claim,
    ) -> Result<Render, Problem> {
        let key = kept::key(&found.image.id, wanted);
        if let Some(kept) = kept::find(invocation, &key).await? {
            return Ok(kept.render);
        }
        let render = self.make(invocation, found, wanted).await?;
        match commit(invocation, found, &key, &render, claim).await {
            Ok(()) => Ok(render),
            Err(error) if error.kind() == Kind::Conflict => {
                // Nobody will ever name these bytes. Should this fail, they go with the image.
                let _ = invocation.blobs.delete(&render.blob).await;
                Err(busy())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn make(
        &self,
        invocation: &Invocation,
        found: &Found,
        wanted: &Wanted,
    ) -> Result<Render, Problem> {
        if self.studio.waiting(Work::Render) >= MAX_WAITING {
            return Err(busy());
        }
        let place = self.studio.place(Work::Render).await.map_err(refused)?;
        let limit = self.studio.limits().max_bytes;
        let original = originals::read(invocation, &found.image, limit).await;
        let original = original.map_err(|error| match error.kind() {
            Kind::NotFound => Problem::not_found("the image"),
            _ => error.into(),
        })?;
        let order = Order {
            name: String::new(),
            form: wanted.form.clone(),
            formats: vec![wanted.format],
        };
        let developed = self.studio.develop(place, original, vec![order]).await;
        let encoded = match developed.map_err(refused)? {
            Developed::Spoiled(error) => Err(Problem::new(ProblemKind::Unprocessable, error)),
            Developed::Made(made) => made.variants.into_iter().next().ok_or_else(busy),
        }?;
        let (tenant, id) = (&invocation.tenant, &found.image.id);
        let extension = encoded.format.extension();
        let blob = format!("{tenant}/{id}/renders/{}.{extension}", TypeId::new("ren"));
        let stored = variants::put(invocation, &blob, encoded.bytes).await?;
        Ok(Render {
            image_id: id.clone(),
            format: encoded.format.name().to_owned(),
            width: encoded.width,
            height: encoded.height,
            bytes: stored.bytes,
            sha256: stored.sha256,
            blob,
            used_at: invocation.now.as_millis(),
        })
    }
}

/// On condition that the image is still there: what is written behind its deletion would never go.
async fn commit(
    invocation: &Invocation,
    found: &Found,
    key: &str,
    render: &Render,
    claim: &Claim,
) -> ports::Result<()> {
    let mut batch = Batch::new();
    batch.expect(model::key(&found.image.id), Some(found.version));
    kept::put(&mut batch, key, render)?;
    eviction::schedule(&mut batch, invocation.now);
    claim.commit(batch).await
}

fn refused(failure: Failure) -> Problem {
    Problem::new(ProblemKind::Unavailable, failure.reason).header("retry-after", "1")
}

fn busy() -> Problem {
    let detail = "too much is being rendered; try again shortly";
    Problem::new(ProblemKind::Unavailable, detail).header("retry-after", "1")
}
