//! Pictures made smaller, beside peers: processor time, memory, size and quality.
//!
//! Every system is a process that reads jobs, line by line, and answers each when it is done. They take turns with each row
//! of the table, several rounds long, so that what else the machine does meets all of them.

mod engine;
mod job;
mod judge;
mod peers;
mod photos;
mod quality;
mod report;
mod row;
mod served;
mod service;
mod spread;
mod worker;

pub use engine::serve;
pub use served::{Plan as ServedPlan, measure as measure_served};
pub use service::{Plan as ServicePlan, measure as measure_service, serve_uploads};

use anyhow::Context;
use clap::Args;
use job::{Job, Settings};
use judge::Judge;
use peers::System;
use photos::Photos;
use quality::Graded;
use row::Row;
use spread::Spread;
use std::{path::PathBuf, time::Duration};
use worker::Worker;

#[derive(Args)]
pub struct Plan {
    /// Folder with photographs; without it those that `cargo xtask images` installs
    #[arg(long)]
    photos: Option<PathBuf>,
    /// Turns of each system with each row
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Processor time that a turn is to take, in milliseconds
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(100..=60_000))]
    turn: u64,
    /// Leaves out the search for the quality that looks like sharp's
    #[arg(long)]
    own_quality: bool,
}

/// What was found out about one system.
pub struct Findings {
    pub system: System,
    /// For each row the processor time of a picture in each round; nothing if the system cannot do it.
    pub times: Vec<Vec<Duration>>,
    /// For each row its first output.
    pub graded: Vec<Option<Graded>>,
    /// Most resident memory after a photograph of 12 and of 24 megapixels, in bytes.
    pub peaks: Vec<u64>,
}

pub async fn measure(plan: &Plan) -> anyhow::Result<()> {
    let folder = tempfile::tempdir().context("making a folder")?;
    let mut judge = Judge::start()?;
    let photos = Photos::prepare(plan.photos.as_deref(), folder.path(), &mut judge).await?;
    let mut settings = Settings::default();
    if !plan.own_quality {
        settings = quality::like_sharp(&photos, &mut judge).await?;
    }
    let mut all = Vec::new();
    for system in System::ALL {
        all.push(Findings {
            system,
            times: vec![Vec::new(); Row::all().len()],
            graded: quality::grade(system, &settings, &photos, &mut judge).await?,
            peaks: peaks(system, &settings, &photos).await?,
        });
    }
    for round in 1..=plan.rounds {
        turns(plan, &settings, &photos, &mut all).await?;
        println!("round {round} of {} is done", plan.rounds);
    }
    println!("\n{}", report::render(&all, &settings));
    Ok(())
}

/// One turn of every system with every row.
async fn turns(
    plan: &Plan,
    settings: &Settings,
    photos: &Photos,
    all: &mut [Findings],
) -> anyhow::Result<()> {
    for (index, row) in Row::all().iter().enumerate() {
        for found in &mut *all {
            if found.graded.get(index).is_some_and(Option::is_some) {
                let time = turn(plan, found.system, settings, photos, row).await?;
                found.times[index].push(time);
            }
        }
    }
    Ok(())
}

/// Processor time of one picture. What a process does before and besides is in none of the figures: the first pictures are
/// not counted.
async fn turn(
    plan: &Plan,
    system: System,
    settings: &Settings,
    photos: &Photos,
    row: &Row,
) -> anyhow::Result<Duration> {
    let mut worker = system.start()?;
    let mut jobs = photos.jobs(row, settings.of(system, row));
    let warm = run(&mut worker, &jobs).await?;
    let repeat = plan.turn * 1000 / (warm.as_micros() as u64).max(1000);
    let repeat = u32::try_from(repeat.max(1)).context("a turn is too long")?;
    jobs.iter_mut().for_each(|job| job.repeat = repeat);
    let time = run(&mut worker, &jobs).await?;
    Ok(time / repeat / jobs.len() as u32)
}

async fn run(worker: &mut Worker, jobs: &[Job]) -> anyhow::Result<Duration> {
    let before = worker.cpu()?;
    for job in jobs {
        worker.ask(job).await?;
    }
    Ok(worker.cpu()?.saturating_sub(before))
}

/// Of a new process each, in which one picture was made three times.
async fn peaks(system: System, settings: &Settings, photos: &Photos) -> anyhow::Result<Vec<u64>> {
    let mut peaks = Vec::new();
    for row in Row::of_memory() {
        let mut worker = system.start()?;
        let mut jobs = photos.jobs(&row, settings.of(system, &row));
        jobs.truncate(1);
        jobs.iter_mut().for_each(|job| job.repeat = 3);
        for job in &jobs {
            worker.ask(job).await?;
        }
        peaks.push(worker.peak()?);
    }
    Ok(peaks)
}
