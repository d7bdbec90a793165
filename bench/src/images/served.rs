//! Pictures made smaller over HTTP, beside thumbor: one request after another on one connection, nothing kept from an
//! earlier one.

mod report;
mod site;
mod switchboard;
mod thumbor;

use super::{
    Spread,
    job::Format,
    judge::Judge,
    photos::Photos,
    quality::{Graded, least, reference},
};
use crate::{
    system::{
        running::Running,
        series::{settle, turn},
    },
    usage::Meter,
};
use anyhow::Context;
use clap::Args;
use site::Site;
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Which of the files that are made of each photograph is taken.
const INPUT: &str = "12.jpg";
/// Of what is made, in pixels.
const SIDE: u32 = 640;
/// What both write: thumbor with its usual quality, which is that of the other peers too.
const FORMATS: [Format; 2] = [Format::Jpeg, Format::WebP];
const QUALITY: u32 = 80;

#[derive(Args)]
pub struct Plan {
    /// Folder with photographs; without it those that `cargo xtask images` installs
    #[arg(long)]
    photos: Option<PathBuf>,
    /// Turns of each system with each row
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=40))]
    rounds: u16,
    /// Requests of a turn
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=200))]
    requests: u16,
    /// Leaves our quality at thumbor's number instead of looking for the one that looks like it
    #[arg(long)]
    same_number: bool,
}

/// What a request took.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    pub wall: Duration,
    /// Processor time of the system.
    pub cpu: Duration,
}

/// What was found out about one system, for each format.
pub struct Findings {
    name: &'static str,
    qualities: Vec<u32>,
    graded: Vec<Graded>,
    turns: Vec<Vec<Turn>>,
}

pub async fn measure(binaries: &Path, plan: &Plan) -> anyhow::Result<()> {
    let folder = tempfile::tempdir().context("making a folder")?;
    let mut judge = Judge::start()?;
    let photos = Photos::prepare(plan.photos.as_deref(), folder.path(), &mut judge).await?;
    let files: Vec<_> = photos.folders().map(|one| one.join(INPUT)).collect();
    let (thumbor, theirs) = thumbor::start(folder.path(), &files).await?;
    let (switchboard, ours) = switchboard::start(binaries, &files).await?;
    let systems = [switchboard, thumbor];
    let mut sites = [ours, theirs];
    let mut found = grade(&mut sites, plan, &files, &mut judge).await?;
    for round in 0..plan.rounds.into() {
        turns(&mut sites, &systems, plan, round, &mut found).await?;
        println!("round {} of {} is done", round + 1, plan.rounds);
    }
    println!("\n{}", report::render(&found));
    for system in systems {
        system.stop().await;
    }
    Ok(())
}

/// thumbor's pictures as they are, and ours as they look like them.
async fn grade(
    sites: &mut [Site; 2],
    plan: &Plan,
    files: &[PathBuf],
    judge: &mut Judge,
) -> anyhow::Result<[Findings; 2]> {
    let mut found = sites.each_ref().map(|site| Findings {
        name: site.name,
        qualities: Vec::new(),
        graded: Vec::new(),
        turns: FORMATS.iter().map(|_| Vec::new()).collect(),
    });
    let [ours, theirs] = sites;
    for format in FORMATS {
        let usual = mean(theirs, files, judge, format, QUALITY).await?;
        let quality = match plan.same_number {
            true => QUALITY,
            false => {
                least(usual.score, async |quality| {
                    Ok(mean(ours, files, judge, format, quality).await?.score)
                })
                .await?
            }
        };
        let graded = mean(ours, files, judge, format, quality).await?;
        for (found, what) in found.iter_mut().zip([(quality, graded), (QUALITY, usual)]) {
            found.qualities.push(what.0);
            found.graded.push(what.1);
        }
    }
    Ok(found)
}

/// What one form of all photographs looks like.
async fn mean(
    site: &mut Site,
    files: &[PathBuf],
    judge: &mut Judge,
    format: Format,
    quality: u32,
) -> anyhow::Result<Graded> {
    let (mut score, mut bytes, count) = (0.0, 0.0, files.len() as f64);
    for (photo, file) in files.iter().enumerate() {
        let picture = site.picture(photo, format, quality).await?;
        let made = file.with_extension(format!("{}.{}", site.name, format.name()));
        fs::write(&made, &picture).with_context(|| format!("writing {}", made.display()))?;
        let reference = reference(judge, file, SIDE).await?;
        score += judge.score(&made, &reference).await?;
        bytes += picture.len() as f64;
    }
    Ok(Graded {
        score: score / count,
        bytes: bytes / count,
    })
}

/// One turn of both systems with each format.
async fn turns(
    sites: &mut [Site; 2],
    systems: &[Running; 2],
    plan: &Plan,
    round: usize,
    found: &mut [Findings; 2],
) -> anyhow::Result<()> {
    for (row, format) in FORMATS.into_iter().enumerate() {
        for at in turn(sites.len(), round) {
            settle(systems).await?;
            let quality = found[at].qualities[row];
            let (site, system) = (&mut sites[at], &systems[at]);
            let made = one_turn(site, system, plan, format, quality).await?;
            found[at].turns[row].push(made);
        }
    }
    Ok(())
}

/// The first picture of each photograph is not counted.
async fn one_turn(
    site: &mut Site,
    system: &Running,
    plan: &Plan,
    format: Format,
    quality: u32,
) -> anyhow::Result<Turn> {
    for photo in 0..site.photos {
        site.picture(photo, format, quality).await?;
    }
    let requests = u32::from(plan.requests);
    let meter = Meter::start(&system.watched)?;
    let begun = Instant::now();
    for n in 0..requests as usize {
        site.picture(n % site.photos, format, quality).await?;
    }
    let wall = begun.elapsed() / requests;
    let cpu: Duration = meter.stop()?.iter().map(|usage| usage.cpu).sum();
    Ok(Turn {
        wall,
        cpu: cpu / requests,
    })
}
