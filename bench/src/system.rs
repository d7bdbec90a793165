//! Whole systems, started here, measured and stopped again.

pub mod child;
pub mod ours;
mod peer;
mod quota;
mod report;
pub mod running;
mod scenario;
pub mod series;
pub mod servers;
pub mod tenant;
pub mod wait;

pub use series::Series;

use clap::ValueEnum;
use running::Running;
use std::path::Path;

/// What the services stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Backends {
    /// One process, everything in it
    Embedded,
    /// A process for each service, with RabbitMQ and Redis
    Servers,
}

/// How the peer is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Variant {
    /// Gateway, worker and webhook processes with RabbitMQ between them
    Bus,
    /// One process that works on Redis itself
    InProcess,
}

impl Backends {
    /// The peer of the same shape.
    fn peer(self) -> Variant {
        match self {
            Self::Embedded => Variant::InProcess,
            Self::Servers => Variant::Bus,
        }
    }
}

/// Starts Switchboard, and the peer if it is wanted, and measures them in turns.
pub async fn measure(
    backends: Backends,
    with_peer: bool,
    binaries: &Path,
    series: &Series,
) -> anyhow::Result<()> {
    let mut systems = Vec::new();
    if with_peer {
        systems.push(peer::start(backends.peer()).await?);
    }
    systems.insert(0, ours::start(backends, binaries).await?);
    run(systems, series).await
}

pub async fn measure_peer(variant: Variant, series: &Series) -> anyhow::Result<()> {
    run(vec![peer::start(variant).await?], series).await
}

async fn run(systems: Vec<Running>, series: &Series) -> anyhow::Result<()> {
    let results = series::run(&systems, series).await?;
    println!("{}", report::render(&results));
    for system in systems {
        system.stop().await;
    }
    Ok(())
}
