//! All scenarios on all systems, in turns: what disturbs the machine for a while disturbs them alike.

use super::{running::Running, scenario::Scenario, wait::until};
use crate::{load::Plan, measurement::Measurement, usage::Watched};
use anyhow::Context;
use std::time::{Duration, Instant};

/// A system that uses less of one core than this has nothing left to do.
const QUIET: f64 = 0.1;
const LOOK: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Series {
    pub plan: Plan,
    /// Of each run of the webhook scenario.
    pub events: u64,
    pub photo: Vec<u8>,
    /// Of each run of the upload scenario.
    pub photos: u64,
    /// Runs of each scenario.
    pub rounds: usize,
}

/// What was found out about one system.
pub struct Findings {
    pub name: &'static str,
    /// Resident memory of each process before the first run, in bytes.
    pub idle: Vec<(String, u64)>,
    /// Every scenario's run with the median rate.
    pub medians: Vec<(Scenario, Measurement)>,
}

pub async fn run(systems: &[Running], series: &Series) -> anyhow::Result<Vec<Findings>> {
    settle(systems).await?;
    let idle = systems.iter().map(idle);
    let mut findings = idle.collect::<anyhow::Result<Vec<_>>>()?;
    for scenario in Scenario::ALL {
        let mut runs: Vec<Vec<Measurement>> = systems.iter().map(|_| Vec::new()).collect();
        for round in 0..series.rounds {
            for at in turn(systems.len(), round) {
                let system = &systems[at];
                if system.scenarios.contains(&scenario) {
                    settle(systems).await?;
                    let run = scenario.run(system, series).await;
                    let run =
                        run.with_context(|| format!("{} on {}", scenario.name(), system.name))?;
                    print!("{}, {run}", system.name);
                    runs[at].push(run);
                }
            }
        }
        for (findings, runs) in findings.iter_mut().zip(runs) {
            findings
                .medians
                .extend(median(runs).map(|run| (scenario, run)));
        }
    }
    Ok(findings)
}

fn idle(system: &Running) -> anyhow::Result<Findings> {
    let each = system
        .watched
        .iter()
        .map(|one| Ok((one.name.clone(), one.resident()?)));
    Ok(Findings {
        name: system.name,
        idle: each.collect::<anyhow::Result<_>>()?,
        medians: Vec::new(),
    })
}

/// Forward, backward, forward: no system always goes first.
#[must_use]
pub fn turn(systems: usize, round: usize) -> Vec<usize> {
    let mut order: Vec<_> = (0..systems).collect();
    if !round.is_multiple_of(2) {
        order.reverse();
    }
    order
}

fn median(mut runs: Vec<Measurement>) -> Option<Measurement> {
    runs.sort_by(|a, b| a.per_second().total_cmp(&b.per_second()));
    let middle = runs.len() / 2;
    (!runs.is_empty()).then(|| runs.swap_remove(middle))
}

/// Waits until no system is busy any more with what an earlier run left behind.
pub async fn settle(systems: &[Running]) -> anyhow::Result<()> {
    let cpu = || -> anyhow::Result<Duration> {
        systems
            .iter()
            .flat_map(|system| &system.watched)
            .map(Watched::cpu)
            .sum()
    };
    until(
        "the systems to have nothing left to do",
        PATIENCE,
        async || {
            let (begun, before) = (Instant::now(), cpu());
            tokio::time::sleep(LOOK).await;
            match (before, cpu()) {
                (Ok(before), Ok(after)) => {
                    let share =
                        after.saturating_sub(before).as_secs_f64() / begun.elapsed().as_secs_f64();
                    share < QUIET
                }
                // A process that has ended is found, and named, by the run that follows.
                _ => true,
            }
        },
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_alternate() {
        assert_eq!(
            [turn(2, 0), turn(2, 1), turn(2, 2)],
            [[0, 1], [1, 0], [0, 1]]
        );
    }
}
