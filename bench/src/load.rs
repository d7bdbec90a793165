//! A closed loop: every connection sends its next request when it has the last one's answer.

mod cycle;
mod tally;
mod worker;

pub use cycle::Cycle;
pub use tally::Tally;

use crate::{
    contacts::{Contacts, PATH},
    http::{Connection, Target},
    measurement::Measurement,
    usage::{Meter, Watched},
};
use anyhow::Context;
use clap::ValueEnum;
use std::{
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::task::{JoinSet, LocalSet};
use worker::{Window, Worker};

/// Which requests are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mix {
    /// GET of one contact
    Get,
    /// POST of distinct contacts
    Post,
    /// Four GETs, then one POST, over and over
    Mixed,
}

impl Mix {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Mixed => "mixed",
        }
    }

    /// Whether a connection's nth request is a POST.
    fn posts(self, n: u64) -> bool {
        match self {
            Self::Get => false,
            Self::Post => true,
            Self::Mixed => n % 5 == 4,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Plan {
    pub connections: usize,
    pub time: Duration,
    /// Load that comes before and is not counted.
    pub warm_up: Duration,
}

pub async fn run(
    target: &Target,
    mix: Mix,
    plan: &Plan,
    watched: &[Watched],
) -> anyhow::Result<Measurement> {
    let contacts = Contacts::new();
    let mut connection = Connection::open(target).await?;
    let id = contacts.create(&mut connection, target).await?;
    let begin = Instant::now() + plan.warm_up;
    let worker = Rc::new(Worker {
        target: target.clone(),
        mix,
        get: target.request("GET", &format!("{PATH}/{id}")),
        contacts,
        window: Window {
            begin,
            end: begin + plan.time,
        },
    });
    let local = LocalSet::new();
    let (tally, usage) = local
        .run_until(all(&worker, plan.connections, watched))
        .await?;
    let elapsed = tally.last.map_or(plan.time, |last| last - begin);
    Ok(Measurement {
        scenario: mix.name().to_owned(),
        unit: "requests",
        elapsed,
        latencies: tally.latencies,
        errors: tally.errors,
        usage,
        note: None,
    })
}

async fn all(
    worker: &Rc<Worker>,
    connections: usize,
    watched: &[Watched],
) -> anyhow::Result<(Tally, Vec<crate::usage::Usage>)> {
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        workers.spawn_local(worker.clone().work());
    }
    tokio::time::sleep_until(worker.window.begin.into()).await;
    let meter = Meter::start(watched)?;
    let mut total = Tally::new()?;
    while let Some(tally) = workers.join_next().await {
        total.merge(tally.context("a connection's task")??)?;
    }
    Ok((total, meter.stop()?))
}
