//! Broken and harmful pictures against the whole service, for as long as is wanted, and an account of it: nothing that is
//! uploaded may end the process, make it answer 5xx, keep good pictures waiting or leave memory behind.

mod account;
mod arsenal;
mod bombs;
mod caller;
mod memory;
mod patrol;
mod renders;
mod samples;
mod siege;

use crate::{
    clock::Clock,
    directory,
    system::{
        Backends,
        ours::{self, Shape},
        running::Running,
        series::settle,
    },
    usage::Meter,
};
use anyhow::{Context, ensure};
use arsenal::Arsenal;
use memory::{Memory, resident};
use siege::Siege;
use std::{path::Path, rc::Rc, slice, time::Duration};
use tokio::time::sleep;

#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub time: Duration,
    pub seed: u64,
    pub connections: u16,
}

/// How long everything rests before memory is read: threads for decoding that find nothing to do end after ten seconds, and
/// what they kept goes with them.
const REST: Duration = Duration::from_secs(15);

/// The allocator's delay until it gives back what is free, in milliseconds. It looks at the time when more is freed, so that
/// a process at rest keeps what was freed last, however much that was.
const GIVE_BACK: &str = "MIMALLOC_PURGE_DELAY";

/// Fails when the system broke a promise.
pub async fn run(binaries: &Path, plan: Plan) -> anyhow::Result<()> {
    let clock = Clock::start();
    clock.print(&format!("seed {}", plan.seed));
    let arsenal = Arsenal::gather().context("making pictures")?;
    let shape = Shape {
        settings: vec![(GIVE_BACK, "0".to_owned())],
        ..Shape::default()
    };
    let system = ours::start_as(Backends::Embedded, binaries, &shape).await?;
    clock.print("filling what the stores keep in memory");
    directory::occupy(&system).await?;
    let siege = Rc::new(Siege::new(&system, arsenal, plan, clock)?);
    let memory = measured(&system, &siege, plan).await?;
    println!("\n{}", siege.account.borrow().render());
    let mut faults = siege.account.borrow().faults();
    if let Some(memory) = memory {
        println!("{}", memory.render());
        faults.extend(memory.fault());
    }
    system.stop().await;
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    Ok(())
}

/// The attack in two parts, with a rest after each: what is still in work takes memory, but leaves none behind. Nothing if
/// the system did not survive it.
async fn measured(
    system: &Running,
    siege: &Rc<Siege>,
    plan: Plan,
) -> anyhow::Result<Option<Memory>> {
    let first = plan.time / 10;
    let start = at_rest(system).await?;
    let meter = Meter::start(&system.watched)?;
    let mut after = Vec::new();
    for part in [first, plan.time - first] {
        siege.attack(part).await?;
        if siege.has_fallen() {
            return Ok(None);
        }
        after.push(at_rest(system).await?);
    }
    let peak = meter.stop()?.iter().map(|usage| usage.peak).sum();
    Ok(match after[..] {
        [tenth, end] => Some(Memory {
            start,
            tenth,
            end,
            peak,
        }),
        _ => None,
    })
}

/// Resident memory when nothing is in work any more.
async fn at_rest(system: &Running) -> anyhow::Result<u64> {
    settle(slice::from_ref(system)).await?;
    sleep(REST).await;
    settle(slice::from_ref(system)).await?;
    resident(&system.watched)
}
