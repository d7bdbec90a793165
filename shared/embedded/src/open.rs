use crate::{
    bus::EmbeddedBus,
    clock::Clock,
    failure::Failure,
    index::{Follower, Index},
    ledger::Ledger,
    partition::Settlements,
    store::EmbeddedStore,
    tables::Tables,
    writer::Writer,
};
use ports::{Error, Result, store::Hint};
use redb::{Builder, Database, DatabaseError};
use std::{fs, path::Path, sync::Arc, time::Duration};
use tokio::sync::broadcast;

const FILE: &str = "switchboard.redb";
/// Pages that are kept in memory.
const CACHE_BYTES: usize = 64 << 20;
/// Hints that a slow listener can fall behind before it loses some.
const HINTS: usize = 1_024;

#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Most unrelayed events of a shard; commits with more are refused.
    pub outbox_quota: usize,
    /// How long an event's data is kept.
    pub event_retention: Duration,
    /// Most messages that wait in one partition of a consumer group.
    pub partition_bound: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            outbox_quota: 100_000,
            event_retention: Duration::from_hours(30 * 24),
            partition_bound: 10_000,
        }
    }
}

/// The two adapters on one data file, which is closed when both are gone.
pub struct Embedded {
    pub store: Arc<EmbeddedStore>,
    pub bus: Arc<EmbeddedBus>,
}

/// What the store and the bus share.
pub(crate) struct Core {
    pub(crate) database: Arc<Database>,
    pub(crate) index: Arc<Index>,
    pub(crate) writer: Writer,
    pub(crate) clock: Arc<Clock>,
    pub(crate) hints: broadcast::Sender<Hint>,
    pub(crate) settlements: Arc<Settlements>,
}

/// Opens the data folder, making it if need be. [`ports::Kind::Unavailable`] when another process has it open.
pub fn open(folder: &Path) -> Result<Embedded> {
    open_with(folder, Options::default())
}

pub fn open_with(folder: &Path, options: Options) -> Result<Embedded> {
    let database = open_database(folder)?;
    let clock = Arc::new(Clock::default());
    let ledger = load(&database, options, &clock)?;
    let (index, applied) = Index::open(folder, &database)?;
    let index = Arc::new(index);
    let depths = ledger.partitions.clone();
    let (hints, _) = broadcast::channel(HINTS);
    let settlements = Arc::new(Settlements::default());
    let database = Arc::new(database);
    let unstarted = |e| Error::unavailable("cannot start a thread that writes").with_source(e);
    let follower = Follower::start(Arc::clone(&index), applied).map_err(unstarted)?;
    let writer = Writer::start(
        Arc::clone(&database),
        follower,
        ledger,
        Arc::clone(&clock),
        hints.clone(),
        Arc::clone(&settlements),
    )
    .map_err(unstarted)?;
    let core = Arc::new(Core {
        database,
        index,
        writer,
        clock,
        hints,
        settlements,
    });
    Ok(Embedded {
        store: Arc::new(EmbeddedStore::new(Arc::clone(&core))),
        bus: Arc::new(EmbeddedBus::new(core, &depths)?),
    })
}

fn open_database(folder: &Path) -> Result<Database> {
    let failed = |e: std::io::Error| {
        Error::unavailable(format!("cannot use the data folder {}", folder.display()))
            .with_source(e)
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let database = Builder::new()
        .set_cache_size(CACHE_BYTES)
        .create(folder.join(FILE))
        .map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => Error::unavailable(format!(
                "the data folder {} is in use by another process",
                folder.display()
            )),
            other => {
                Error::unavailable(format!("cannot open the data folder {}", folder.display()))
                    .with_source(other)
            }
        })?;
    // A new file is only safe once its name is.
    #[cfg(unix)]
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed)?;
    Ok(database)
}

fn load(database: &Database, options: Options, clock: &Clock) -> Result<Ledger, Failure> {
    let txn = database.begin_write()?;
    let ledger = Ledger::load(&Tables::open(&txn)?, options, clock.now())?;
    txn.commit()?;
    Ok(ledger)
}
