//! CardDAV beside a peer: cards stored, a client's first synchronisation, and the one that finds a single change.

mod radicale;
mod report;
mod site;
mod xml;

use crate::{
    latencies::Latencies,
    load::Cycle,
    measurement::Measurement,
    people::Person,
    system::{
        Backends, ours,
        running::{KEY, Running},
        series::settle,
    },
    usage::Meter,
};
use clap::{Args, ValueEnum};
use site::Site;
use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

const BOOK: &str = "/dav/books/book_00000000000000000000000000";
const SEED: u64 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    /// Radicale in its own server, on its file system storage, without passwords
    Radicale,
}

#[derive(Args)]
pub struct Plan {
    /// Cards to store
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(10..=100_000))]
    cards: u64,
    /// Connections that store them
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    writers: u16,
    /// Synchronisations of everything
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
    /// Synchronisations of one change
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    changes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Store,
    Everything,
    OneChange,
}

impl Step {
    const ALL: [Self; 3] = [Self::Store, Self::Everything, Self::OneChange];

    fn name(self) -> &'static str {
        match self {
            Self::Store => "PUT of a card",
            Self::Everything => "sync of everything",
            Self::OneChange => "sync of one change",
        }
    }
}

/// What was found out about one system.
pub struct Findings {
    name: &'static str,
    runs: Vec<(Step, Measurement)>,
}

/// Measures Switchboard, unless it is left out, and the peer, if there is one, in turns.
pub async fn measure(
    ours: Option<(Backends, &Path)>,
    peer: Option<Peer>,
    plan: &Plan,
) -> anyhow::Result<()> {
    let (mut systems, mut sites) = (Vec::new(), Vec::new());
    if let Some((backends, binaries)) = ours {
        let system = ours::start(backends, binaries).await?;
        sites.push(Site::new(&system.target.basic("bench", KEY), BOOK));
        systems.push(system);
    }
    if let Some(Peer::Radicale) = peer {
        let (system, site) = radicale::start().await?;
        sites.push(site);
        systems.push(system);
    }
    let mut findings: Vec<_> = systems.iter().map(nothing).collect();
    for step in Step::ALL {
        for ((system, site), found) in systems.iter().zip(&sites).zip(&mut findings) {
            settle(&systems).await?;
            let run = run(step, system, site, plan).await?;
            print!("{}, {run}", system.name);
            found.runs.push((step, run));
        }
    }
    println!("\n{}", report::render(&findings));
    for system in systems {
        system.stop().await;
    }
    Ok(())
}

fn nothing(system: &Running) -> Findings {
    Findings {
        name: system.name,
        runs: Vec::new(),
    }
}

async fn run(
    step: Step,
    system: &Running,
    site: &Site,
    plan: &Plan,
) -> anyhow::Result<Measurement> {
    let meter = Meter::start(&system.watched)?;
    let (latencies, errors, elapsed) = match step {
        Step::Store => store(site, plan).await?,
        Step::Everything => everything(site, plan).await?,
        Step::OneChange => one_change(site, plan).await?,
    };
    Ok(Measurement {
        scenario: step.name().to_owned(),
        unit: "answers",
        elapsed,
        latencies,
        errors,
        usage: meter.stop()?,
        note: None,
    })
}

type Outcome = (Latencies, BTreeMap<String, u64>, Duration);

async fn store(site: &Site, plan: &Plan) -> anyhow::Result<Outcome> {
    let card = |n: u64| site.create(n, &Person::nth(SEED, n).vcard(&site::uid(n)));
    let puts: Vec<_> = (0..plan.cards).map(card).collect();
    let count = puts.len();
    let cycle = Cycle::new(&site.target, puts, |_| true);
    let (tally, elapsed) = cycle.run(plan.writers.into(), count).await?;
    Ok((tally.latencies, tally.errors, elapsed))
}

async fn everything(site: &Site, plan: &Plan) -> anyhow::Result<Outcome> {
    let (mut latencies, begun) = (Latencies::new()?, Instant::now());
    for _ in 0..plan.rounds {
        let start = Instant::now();
        site.fetch_everything(plan.cards).await?;
        latencies.record(start.elapsed());
    }
    Ok((latencies, BTreeMap::new(), begun.elapsed()))
}

/// The change itself takes no part in the times, but in the processor time.
async fn one_change(site: &Site, plan: &Plan) -> anyhow::Result<Outcome> {
    let (mut latencies, mut all) = (Latencies::new()?, Duration::ZERO);
    let mut token = site.changes("").await?.token;
    for n in 0..u64::from(plan.changes) {
        let (place, other) = (n % plan.cards, plan.cards + n);
        site.replace(place, &Person::nth(SEED, other).vcard(&site::uid(place)))
            .await?;
        let start = Instant::now();
        token = site.fetch_change(&token, place).await?;
        latencies.record(start.elapsed());
        all += start.elapsed();
    }
    Ok((latencies, BTreeMap::new(), all))
}
