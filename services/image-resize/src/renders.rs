//! Renderings on demand: any form of a picture, made once and kept as long as there is room.
//!
//! Of all who ask for one form at once, wherever they are, one makes it. Within a process all wait for the same piece of
//! work, which goes on when they have gone, and get what comes of it, be it an error; between processes a claim decides,
//! and who does not get it looks again from time to time. A process that dies loses its claim, and another takes over.

mod eviction;
mod flights;
mod kept;
mod making;
mod wanted;

pub use eviction::{Quota, evict, is_eviction};
pub use kept::{Render, forget};
pub use wanted::Wanted;

use crate::{model::Found, studio::Studio};
use flights::Flights;
use making::Making;
use runtime::Invocation;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};
use web::{Problem, ProblemKind};

/// How long a caller is kept waiting: less than the gateway waits for us.
const PATIENCE: Duration = Duration::from_secs(25);

/// What makes renderings in one process.
pub struct Renders {
    studio: Arc<Studio>,
    flights: Flights<Result<Render, Problem>>,
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
        let latest = Instant::now() + PATIENCE;
        let render = timeout_at(
            latest,
            self.found_or_made(invocation, found, wanted, latest),
        );
        render.await.unwrap_or_else(|_| Err(busy()))
    }

    async fn found_or_made(
        &self,
        invocation: &Invocation,
        found: &Found,
        wanted: &Wanted,
        latest: Instant,
    ) -> Result<Render, Problem> {
        let key = kept::key(&found.image.id, wanted);
        if let Some(kept) = kept::find(invocation, &key).await? {
            kept::touch(invocation, &kept).await;
            return Ok(kept.render);
        }
        let name = format!("{}/{key}", invocation.tenant);
        let making = Making {
            studio: self.studio.clone(),
            invocation: invocation.clone(),
            found: found.clone(),
            wanted: wanted.clone(),
            key,
        };
        let made = self.flights.join(&name, making.run(latest)).await;
        made.unwrap_or_else(|| Err(busy()))
    }
}

fn busy() -> Problem {
    let detail = "too much is being rendered; try again shortly";
    Problem::new(ProblemKind::Unavailable, detail).header("retry-after", "1")
}
