//! A large directory: how fast it fills, what a contact takes, and how long searches and lookups in it take.

mod fill;
mod query;
mod report;
mod served;
mod sizes;

use crate::{
    http::{Connection, Target},
    load::Cycle,
    measurement::Measurement,
    people::Person,
    system::{Backends, ours, running::Running, series::settle},
    usage::Meter,
};
use anyhow::ensure;
use clap::Args;
use query::Query;
use served::Served;
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// Callers at once: alone, and as many as keep every core busy.
const CONNECTIONS: [usize; 2] = [1, 16];
/// After this the fill is over for good: answers that were kept against repetition take no room any more, and its
/// contacts are no longer among those that may just have changed, which services look through since clocks differ.
const SETTLED: Duration = Duration::from_secs(120);

#[derive(Args)]
pub struct Plan {
    /// Contacts to fill the directory with
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1000..=1_000_000))]
    contacts: u64,
    /// Requests of each kind, on one connection and again on sixteen
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    requests: u32,
    /// Connections that fill
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    writers: u16,
    /// Chooses the people and what is asked
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Plan {
    fn person(&self, n: u64) -> Person {
        Person::nth(self.seed, n)
    }
}

/// One kind of question at one number of callers.
pub struct Finding {
    query: Query,
    connections: usize,
    measurement: Measurement,
    /// As the service itself saw it.
    served: Option<Served>,
}

pub async fn measure(backends: Backends, binaries: &Path, plan: &Plan) -> anyhow::Result<()> {
    let systems = [ours::start(backends, binaries).await?];
    let [system] = &systems;
    let before = sizes::stored(system).await?;
    let filled = fill::run(system, plan).await?;
    print!("{}", filled.measurement);
    let over = Instant::now();
    let mut findings = Vec::new();
    for query in Query::ALL {
        settle(&systems).await?;
        if query == Query::Changed {
            tokio::time::sleep_until((over + SETTLED).into()).await;
        }
        let requests = query.requests(system, plan, &filled.first).await?;
        let cycle = Cycle::new(&system.target, requests, query::found);
        for connections in CONNECTIONS {
            let finding = ask(system, query, &cycle, connections, plan.requests as usize).await?;
            print!("{}", finding.measurement);
            findings.push(finding);
        }
    }
    let after = sizes::stored(system).await?;
    println!(
        "\n{}",
        report::render(
            plan.contacts,
            &filled.measurement,
            &(before, after),
            &findings
        )
    );
    for system in systems {
        system.stop().await;
    }
    Ok(())
}

/// Contacts that are more than what the stores keep in memory.
const MANY: u64 = 50_000;

/// Writes contacts and asks for them until everything that a store may keep in memory is full.
pub async fn occupy(system: &Running) -> anyhow::Result<()> {
    let plan = Plan {
        contacts: MANY,
        requests: 1000,
        writers: 4,
        seed: 1,
    };
    let filled = fill::run(system, &plan).await?;
    for query in [Query::RareWord, Query::TwoWords, Query::Infix, Query::Keys] {
        let requests = query.requests(system, &plan, &filled.first).await?;
        let cycle = Cycle::new(&system.target, requests, query::found);
        let (tally, _) = cycle
            .run(usize::from(plan.writers), plan.requests as usize)
            .await?;
        let errors = tally.errors.len();
        ensure!(errors == 0, "{}: {errors} kinds of errors", query.name());
    }
    Ok(())
}

async fn ask(
    system: &Running,
    query: Query,
    cycle: &std::rc::Rc<Cycle>,
    connections: usize,
    count: usize,
) -> anyhow::Result<Finding> {
    cycle.run(connections, count / 10).await?;
    let before = served(system.metrics.as_ref()).await?;
    let meter = Meter::start(&system.watched)?;
    let (tally, elapsed) = cycle.run(connections, count).await?;
    let usage = meter.stop()?;
    let after = served(system.metrics.as_ref()).await?;
    Ok(Finding {
        query,
        connections,
        measurement: Measurement {
            scenario: format!("{} on {connections}", query.name()),
            unit: "answers",
            elapsed,
            latencies: tally.latencies,
            errors: tally.errors,
            usage,
            note: None,
        },
        served: before
            .zip(after)
            .map(|(before, after)| after.since(&before)),
    })
}

/// What the service has counted so far.
async fn served(metrics: Option<&Target>) -> anyhow::Result<Option<Served>> {
    let Some(target) = metrics else {
        return Ok(None);
    };
    let mut connection = Connection::open(target).await?;
    let answer = connection
        .exchange(&target.request("GET", "/metrics"))
        .await?;
    Ok(Some(Served::parse(&String::from_utf8_lossy(&answer.body))))
}
