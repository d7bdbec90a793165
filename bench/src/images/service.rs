//! Pictures through the whole service, and the same work by the engine alone: what upload, store, bus and events cost.
//!
//! Both have the same number of places in which a picture is in work, and take turns, several rounds long. That they make
//! the same variants is looked at before anything is measured.

mod alone;
mod contender;
mod report;
mod round;
mod variant;
mod whole;

pub use alone::serve as serve_uploads;

use super::{judge::Judge, photos::Photos};
use crate::system::{
    Backends,
    ours::{self, Shape},
    running::Running,
    series::{settle, turn},
};
use anyhow::{Context, ensure};
use clap::Args;
use contender::Contender;
use report::Ratio;
use round::Findings;
use std::{fs, num::NonZero, path::Path, path::PathBuf, thread::available_parallelism};
use whole::Whole;

/// Which of the files that are made of each photograph is uploaded.
const INPUT: &str = "12.jpg";
const CONCURRENCY: &str = "SWITCHBOARD__IMAGE_RESIZE__CONCURRENCY";
/// Connections for each place, so that the service always has more to do than it has in work.
const CONNECTIONS: usize = 4;

#[derive(Args)]
pub struct Plan {
    /// Folder with photographs; without it those that `cargo xtask images` installs
    #[arg(long)]
    photos: Option<PathBuf>,
    /// Turns of each side
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// Pictures of a turn
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=1000))]
    count: u16,
    /// Pictures in work at once on each side; without it one for each core
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    places: Option<u16>,
    /// Connections that upload; without it four for each place
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: Option<u16>,
    /// With servers: hold each `image-resize` of the last comparison to so many hundredths of a core
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=100))]
    worker_share: Option<u16>,
}

impl Plan {
    fn places(&self) -> usize {
        let cores = || available_parallelism().map_or(1, NonZero::get);
        self.places.map_or_else(cores, usize::from)
    }

    fn connections(&self, places: usize) -> usize {
        self.connections.map_or(CONNECTIONS * places, usize::from)
    }
}

/// A photograph as it is uploaded.
pub struct Photo {
    file: PathBuf,
    bytes: Vec<u8>,
}

pub async fn measure(backends: Backends, binaries: &Path, plan: &Plan) -> anyhow::Result<()> {
    let folder = tempfile::tempdir().context("making a folder")?;
    let mut judge = Judge::start()?;
    let prepared = Photos::prepare(plan.photos.as_deref(), folder.path(), &mut judge).await?;
    let photos: Vec<_> = prepared.folders().map(photo).collect::<Result<_, _>>()?;
    against_the_engine(backends, binaries, plan, &photos).await?;
    if backends == Backends::Servers {
        two_processes(binaries, plan, &photos).await?;
    }
    Ok(())
}

fn photo(folder: &Path) -> anyhow::Result<Photo> {
    let file = folder.join(INPUT);
    let bytes = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
    Ok(Photo { file, bytes })
}

async fn against_the_engine(
    backends: Backends,
    binaries: &Path,
    plan: &Plan,
    photos: &[Photo],
) -> anyhow::Result<()> {
    let places = plan.places();
    let system = ours::start_as(backends, binaries, &shape(places, 0)).await?;
    let connections = plan.connections(places);
    let mut contenders = [
        Contender::alone("the engine alone", places)?,
        Contender::Whole(Whole::new("the whole service", &system, connections)),
    ];
    let systems = [system];
    let found = contest(&mut contenders, &systems, plan, photos).await?;
    let ratios = [Ratio::new("the service ÷ the engine", 1, 0)];
    println!("\n{}", report::render(&found, &ratios));
    stop(systems).await;
    Ok(())
}

/// Of places there is one in each process, so that the second process is all that differs.
async fn two_processes(binaries: &Path, plan: &Plan, photos: &[Photo]) -> anyhow::Result<()> {
    let shape = |more_resizers| Shape {
        resizer_share: plan.worker_share,
        ..shape(1, more_resizers)
    };
    let one = ours::start_as(Backends::Servers, binaries, &shape(0)).await?;
    let two = ours::start_as(Backends::Servers, binaries, &shape(1)).await?;
    let connections = plan.connections(2);
    let mut contenders = vec![
        Contender::Whole(Whole::new("one image-resize", &one, connections)),
        Contender::Whole(Whole::new("two image-resize", &two, connections)),
    ];
    let mut ratios = vec![Ratio::new("two image-resize ÷ one", 1, 0)];
    // Held to their shares they do not fight for the cores, and there is nothing to hold them against.
    if plan.worker_share.is_none() {
        contenders.push(Contender::alone("the engine, one thread", 1)?);
        contenders.push(Contender::alone("the engine, two threads", 2)?);
        ratios.push(Ratio::new("two threads ÷ one", 3, 2));
    }
    let systems = [one, two];
    let found = contest(&mut contenders, &systems, plan, photos).await?;
    println!("\n{}", report::render(&found, &ratios));
    stop(systems).await;
    Ok(())
}

fn shape(places: usize, more_resizers: usize) -> Shape {
    Shape {
        settings: vec![(CONCURRENCY, places.to_string())],
        more_resizers,
        resizer_share: None,
    }
}

async fn stop(systems: impl IntoIterator<Item = Running>) {
    for system in systems {
        system.stop().await;
    }
}

/// All in turns. The first round is not counted: memory and caches fill in it.
async fn contest(
    contenders: &mut [Contender],
    systems: &[Running],
    plan: &Plan,
    photos: &[Photo],
) -> anyhow::Result<Vec<Findings>> {
    make_the_same(contenders, photos).await?;
    let mut found: Vec<_> = contenders
        .iter()
        .map(|one| Findings::new(one.name()))
        .collect();
    for round in 0..=plan.rounds.into() {
        for at in turn(contenders.len(), round) {
            settle(systems).await?;
            let contender = &mut contenders[at];
            let made = contender.round(photos, plan.count.into()).await;
            let made = made.with_context(|| contender.name().to_owned())?;
            println!("round {round}, {}: {made}", contender.name());
            if round > 0 {
                found[at].rounds.push(made);
            }
        }
    }
    Ok(found)
}

/// What takes part makes the same variants of every photograph, byte for byte as long.
async fn make_the_same(contenders: &mut [Contender], photos: &[Photo]) -> anyhow::Result<()> {
    for photo in photos {
        let mut expected = None;
        for contender in &mut *contenders {
            let variants = contender.variants(photo).await?;
            let expected = expected.get_or_insert_with(|| variants.clone());
            ensure!(
                *expected == variants,
                "{} makes {variants:?}, others {expected:?}",
                contender.name()
            );
        }
    }
    Ok(())
}
