//! Where pictures are decoded and encoded: threads of their own, a bounded number at once for each kind of work.

mod orders;
mod threads;

pub use orders::{Formats, Order, safe};

use crate::metrics::Metrics;
use imaging::{Limits, Rendered};
use runtime::Failure;
use std::{
    io,
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::available_parallelism,
    time::{Duration, Instant},
};
use threads::Threads;
use tokio::{
    sync::{AcquireError, OwnedSemaphorePermit, Semaphore},
    time,
};

/// Longest that one picture may take, whatever is set: a due item has to be done before others take it over.
const MAX_BUDGET: Duration = Duration::from_secs(20);

/// Each kind has places of its own, so that none waits behind another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// The variants of what was uploaded.
    Upload,
    /// What a caller asks for and waits for.
    Render,
    /// The variants of a preset that has changed.
    Remake,
}

impl Work {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Render => "render",
            Self::Remake => "remake",
        }
    }
}

pub struct Studio {
    limits: Limits,
    /// For one picture.
    budget: Duration,
    uploads: Places,
    renders: Places,
    remakes: Places,
    threads: Threads,
    metrics: Arc<Metrics>,
}

/// Uploads that are read while as many as can be are in work, so that no thread waits for bytes. Others have somebody who
/// waits, or a time by which they have to be done.
const AHEAD: usize = 1;

/// The places of one kind of work.
struct Places {
    /// Of pictures in memory.
    free: Arc<Semaphore>,
    /// How many there are of them.
    held: usize,
    /// Of pictures in work.
    idle: Arc<Semaphore>,
    count: usize,
    waiting: AtomicUsize,
}

/// The right to hold one picture and to work on it. The work itself holds it, so that it stays taken when the waiting task
/// is dropped.
pub struct Place {
    work: Work,
    permit: OwnedSemaphorePermit,
}

/// What else may be in memory and in work meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    Others,
    /// Nothing of the same kind.
    Nobody,
}

/// What became of a picture.
#[derive(Debug)]
pub enum Developed {
    Made(Rendered),
    /// It cannot be used; the text tells its owner why.
    Spoiled(String),
}

impl Developed {
    fn pixels(&self) -> Option<u64> {
        match self {
            Self::Made(made) => Some(u64::from(made.header.width) * u64::from(made.header.height)),
            Self::Spoiled(_) => None,
        }
    }
}

impl Places {
    fn new(count: usize, ahead: usize) -> Self {
        let held = count + ahead;
        Self {
            free: Arc::new(Semaphore::new(held)),
            held,
            idle: Arc::new(Semaphore::new(count)),
            count,
            waiting: AtomicUsize::new(0),
        }
    }
}

impl Studio {
    pub fn new(limits: Limits, settings: &settings::ImageResize) -> io::Result<Self> {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let count = |set: usize, default: usize| if set == 0 { default } else { set };
        let uploads = Places::new(count(settings.concurrency, cores), AHEAD);
        let renders = Places::new(count(settings.concurrency_renders, cores), 0);
        let half = cores.div_ceil(2);
        let remakes = Places::new(count(settings.concurrency_remakes, half), 0);
        let most = uploads.count + renders.count + remakes.count;
        Ok(Self {
            limits,
            budget: settings.time_budget.0.min(MAX_BUDGET),
            uploads,
            renders,
            remakes,
            threads: Threads::new(most)?,
            metrics: Arc::default(),
        })
    }

    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many pictures are in work at once.
    #[must_use]
    pub const fn places(&self, work: Work) -> usize {
        self.of(work).count
    }

    /// How many wait for a place.
    #[must_use]
    pub fn waiting(&self, work: Work) -> usize {
        self.of(work).waiting.load(Ordering::Relaxed)
    }

    const fn of(&self, work: Work) -> &Places {
        match work {
            Work::Upload => &self.uploads,
            Work::Render => &self.renders,
            Work::Remake => &self.remakes,
        }
    }

    /// Waits for a free place. Whoever has one reads the picture then, and not while waiting.
    pub async fn place(&self, work: Work, company: Company) -> Result<Place, Failure> {
        let _waiting = Waiting::new(self, work);
        let taken = match company {
            Company::Others => 1,
            Company::Nobody => self.of(work).held,
        };
        let taken = u32::try_from(taken).unwrap_or(u32::MAX);
        let permit = self.of(work).free.clone().acquire_many_owned(taken).await;
        let permit = permit.map_err(|e| closed(&e))?;
        Ok(Place { work, permit })
    }

    /// Renders the picture when a thread is idle. What takes too long counts as spoiled; a thread cannot be stopped, but it
    /// ends, since the limits bound its work, and keeps its place until then.
    pub async fn develop(
        &self,
        place: Place,
        original: Vec<u8>,
        orders: Vec<Order>,
    ) -> Result<Developed, Failure> {
        let (limits, work) = (self.limits, place.work);
        let thread = self.of(work).idle.clone().acquire_owned().await;
        let thread = thread.map_err(|e| closed(&e))?;
        let started = Instant::now();
        let rendering = self.threads.run(move || {
            let rendered = orders::render(&original, orders, &limits);
            drop((original, thread, place.permit));
            rendered
        });
        let developed = match time::timeout(self.budget, rendering).await {
            Ok(Ok(Ok(rendered))) => Developed::Made(rendered),
            Ok(Ok(Err(error))) => Developed::Spoiled(error.to_string()),
            Ok(Err(error)) if error.is_panic() => {
                // The same bytes would do it again.
                tracing::error!(%error, "a decoder panicked");
                Developed::Spoiled("the picture could not be decoded".to_owned())
            }
            Ok(Err(error)) => return Err(Failure::retry(error.to_string())),
            Err(_) => Developed::Spoiled(self.too_long()),
        };
        self.metrics
            .developed(work, developed.pixels(), started.elapsed());
        Ok(developed)
    }

    fn too_long(&self) -> String {
        let seconds = self.budget.as_secs_f64();
        format!("the picture took longer than the {seconds} s that there are for one")
    }
}

fn closed(error: &AcquireError) -> Failure {
    Failure::retry(error.to_string())
}

/// Counts as waiting until dropped.
struct Waiting<'a>(&'a Studio, Work);

impl<'a> Waiting<'a> {
    fn new(studio: &'a Studio, work: Work) -> Self {
        studio.of(work).waiting.fetch_add(1, Ordering::Relaxed);
        studio.metrics.waiting(work, 1);
        Self(studio, work)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Self(studio, work) = self;
        studio.of(*work).waiting.fetch_sub(1, Ordering::Relaxed);
        studio.metrics.waiting(*work, -1);
    }
}
