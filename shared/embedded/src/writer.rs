//! The one thread that writes. Whatever waits when a transaction ends goes into the next one: group commit.

use crate::{
    clock::Clock,
    failure::Failure,
    index::Follower,
    ledger::Ledger,
    partition::Settlements,
    session::{Effects, Session},
    store::sweep,
};
use ports::{Error, Result, store::Hint};
use redb::Database;
use std::{
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tokio::{
    runtime,
    sync::{broadcast, mpsc, oneshot},
    time::timeout,
};

/// Most jobs of one transaction, and most that wait for the next.
const MAX_GROUP: usize = 512;
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// The way to the writer thread. Dropping it ends the thread, after the last job.
pub(crate) struct Writer {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(
        database: Arc<Database>,
        follower: Follower,
        ledger: Ledger,
        clock: Arc<Clock>,
        hints: broadcast::Sender<Hint>,
        settlements: Arc<Settlements>,
    ) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel(MAX_GROUP);
        let timer = runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        let groups = Groups {
            database,
            follower,
            ledger,
            clock,
            hints,
            settlements,
            sweep_at: Instant::now(),
            broken: None,
        };
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || timer.block_on(groups.run(waiting)))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Does the work in the next transaction and answers when that is safe on disk. The work must not write before
    /// it knows that it succeeds. It happens even if the caller stops waiting.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Session<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(Task {
            work: Some(work),
            outcome: None,
            answer,
        });
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(job).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    pub(crate) fn nudge(&self) -> Nudge {
        Nudge(self.jobs.as_ref().map(mpsc::Sender::downgrade))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic has been reported by then
        }
    }
}

fn stopped() -> Error {
    Error::unavailable("the store has stopped")
}

/// Makes the writer look for settled messages; does not keep it alive.
#[derive(Clone)]
pub(crate) struct Nudge(Option<mpsc::WeakSender<Box<dyn Job>>>);

impl Nudge {
    pub(crate) fn wake(&self) {
        if let Some(jobs) = self.0.as_ref().and_then(mpsc::WeakSender::upgrade) {
            let _ = jobs.try_send(Box::new(Nothing)); // fails when full, but then the writer is awake
        }
    }
}

trait Job: Send {
    /// An error means that the transaction cannot be committed.
    fn run(&mut self, session: &mut Session<'_>) -> Result<(), Failure>;
    /// After the transaction, or instead of it.
    fn answer(self: Box<Self>, group: Result<()>);
}

struct Task<F, T> {
    work: Option<F>,
    outcome: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
}

impl<F, T> Job for Task<F, T>
where
    T: Send,
    F: FnOnce(&mut Session<'_>) -> Result<T, Failure> + Send,
{
    fn run(&mut self, session: &mut Session<'_>) -> Result<(), Failure> {
        self.outcome = match self.work.take().map(|work| work(session)) {
            Some(Ok(value)) => Some(Ok(value)),
            Some(Err(Failure::Refused(error))) => Some(Err(error)),
            Some(Err(broken)) => return Err(broken),
            None => None,
        };
        Ok(())
    }

    fn answer(self: Box<Self>, group: Result<()>) {
        let Self {
            outcome, answer, ..
        } = *self;
        let outcome = group.and_then(|()| outcome.unwrap_or_else(|| Err(stopped())));
        let _ = answer.send(outcome); // fails when the caller no longer waits
    }
}

struct Nothing;

impl Job for Nothing {
    fn run(&mut self, _: &mut Session<'_>) -> Result<(), Failure> {
        Ok(())
    }

    fn answer(self: Box<Self>, _: Result<()>) {}
}

struct Groups {
    database: Arc<Database>,
    follower: Follower,
    ledger: Ledger,
    clock: Arc<Clock>,
    hints: broadcast::Sender<Hint>,
    settlements: Arc<Settlements>,
    sweep_at: Instant,
    /// Why the file can no longer be written. The ledger may be ahead of it then, so only a restart helps.
    broken: Option<String>,
}

impl Groups {
    async fn run(mut self, mut waiting: mpsc::Receiver<Box<dyn Job>>) {
        let mut jobs = Vec::with_capacity(MAX_GROUP);
        loop {
            let pause = self.sweep_at.saturating_duration_since(Instant::now());
            let arrived = timeout(pause, waiting.recv_many(&mut jobs, MAX_GROUP)).await;
            let closed = arrived == Ok(0);
            self.group(&mut jobs);
            if closed {
                return;
            }
        }
    }

    fn group(&mut self, jobs: &mut Vec<Box<dyn Job>>) {
        let done = match &self.broken {
            Some(reason) => Err(reason.clone()),
            None => self.transaction(jobs).map_err(|failure| {
                let reason = Error::from(failure).to_string();
                tracing::error!(
                    reason,
                    "the data file failed; nothing is written until a restart"
                );
                self.broken = Some(reason.clone());
                reason
            }),
        };
        for job in jobs.drain(..) {
            job.answer(done.as_ref().map(|_| ()).map_err(Error::unavailable));
        }
        if let Ok(effects) = done {
            effects.apply(&self.hints);
        }
    }

    fn transaction(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<Effects, Failure> {
        self.follower.check()?;
        let txn = self.database.begin_write()?;
        let mut session = Session::begin(&txn, &mut self.ledger, &self.clock)?;
        let log = &mut session.ledger.index_log;
        log.trim(&mut session.tables.index_log, self.follower.held())?;
        session.remove_settled(self.settlements.take())?;
        for job in jobs {
            job.run(&mut session)?;
        }
        if self.sweep_at <= Instant::now() {
            let more = sweep(&mut session)?;
            let pause = if more { Duration::ZERO } else { SWEEP_EVERY };
            self.sweep_at = Instant::now() + pause;
        }
        let (changed, mut effects) = session.finish()?;
        if changed {
            txn.commit()?;
        } else {
            txn.abort()?;
        }
        if let Some(logged) = effects.index.take() {
            self.follower.follow(logged)?;
        }
        Ok(effects)
    }
}
