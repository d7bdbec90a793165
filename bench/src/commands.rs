use crate::{
    carddav, directory, hostile,
    http::Target,
    images,
    load::{self, Mix},
    measurement::Measurement,
    photo, soak,
    system::{self, Backends, Variant},
    upload,
    usage::Watched,
    webhooks,
};
use anyhow::Context;
use clap::{Args, Parser};
use std::{
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

#[derive(Parser)]
#[command(
    name = "bench",
    about = "Measures Switchboard: throughput, latency, processor time and memory"
)]
pub enum Commands {
    /// Requests for contacts from many connections, each with one request at a time
    Load(Load),
    /// Webhook deliveries a second, and the time from event to arrival
    Webhooks(Webhooks),
    /// The time from the end of a photo's upload to the contact that shows it
    Upload(Upload),
    /// Starts the whole system by itself and measures everything
    System(System),
    /// Starts the Node peer alone and measures it
    Peer(Peer),
    /// Fills one tenant with made-up contacts, then searches, looks up and lists
    Directory(Directory),
    /// Cards stored and synchronised over CardDAV, beside a peer
    Carddav(Carddav),
    /// Pictures made smaller, beside sharp, Pillow and vipsthumbnail
    Images(images::Plan),
    /// What `images` starts to measure our own engine
    #[command(hide = true)]
    ImagesWorker,
    /// Pictures through the whole service, beside the engine alone
    ImageService(ImageService),
    /// Pictures made smaller over HTTP, one request after another, beside thumbor
    ImageHttp(ImageHttp),
    /// What `image-service` starts to measure the engine alone
    #[command(hide = true)]
    UploadsWorker,
    /// Broken and harmful pictures against the service, and an account of what became of them and of it
    Hostile(Hostile),
    /// Kills, replaces and cuts off parts of a system under load, and draws an account of what it promised meanwhile
    Soak(Soak),
}

#[derive(Args)]
pub struct Gateway {
    /// The gateway's address, for example http://127.0.0.1:8080
    #[arg(long)]
    url: String,
    /// An API key with the scopes for contacts and subscriptions
    #[arg(long)]
    key: String,
    /// A process to watch, as name=id; may be given several times
    #[arg(long = "pid", value_parser = Watched::parse)]
    pids: Vec<Watched>,
}

#[derive(Args)]
pub struct Load {
    #[command(flatten)]
    gateway: Gateway,
    #[arg(long, value_enum)]
    scenario: Mix,
    #[command(flatten)]
    plan: Plan,
}

#[derive(Args, Clone)]
pub struct Plan {
    /// Connections that are kept busy at once
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// Length of the measurement
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Load before the measurement begins, in seconds
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(..=3600))]
    warm_up: u64,
}

#[derive(Args)]
pub struct Webhooks {
    #[command(flatten)]
    gateway: Gateway,
    /// Contacts to create, each one event
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    events: u64,
}

#[derive(Args)]
pub struct Upload {
    #[command(flatten)]
    gateway: Gateway,
    /// A JPEG; without it a made-up one of 12 megapixels
    #[arg(long)]
    photo: Option<PathBuf>,
    /// Photos to upload, one after another
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    count: u64,
}

#[derive(Args)]
pub struct Series {
    #[command(flatten)]
    plan: Plan,
    /// Events of each run of the webhook scenario
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    events: u64,
    /// A JPEG for the upload scenario; without it a made-up one of 12 megapixels
    #[arg(long)]
    photo: Option<PathBuf>,
    /// Photos of each run of the upload scenario
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    count: u64,
    /// Runs of each scenario; the tables show the run with the median rate
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=25))]
    rounds: u8,
}

#[derive(Args)]
pub struct System {
    #[arg(long, value_enum)]
    backends: Backends,
    /// Runs the Node peer beside it, in turns, and prints ratios
    #[arg(long)]
    with_peer: bool,
    /// Folder of the binaries; without it the one where this tool lies
    #[arg(long)]
    binaries: Option<PathBuf>,
    #[command(flatten)]
    series: Series,
}

#[derive(Args)]
pub struct Peer {
    #[arg(long, value_enum, default_value = "bus")]
    variant: Variant,
    #[command(flatten)]
    series: Series,
}

#[derive(Args)]
pub struct Directory {
    #[arg(long, value_enum)]
    backends: Backends,
    /// Folder of the binaries; without it the one where this tool lies
    #[arg(long)]
    binaries: Option<PathBuf>,
    #[command(flatten)]
    plan: directory::Plan,
}

#[derive(Args)]
pub struct Carddav {
    #[arg(long, value_enum, default_value = "embedded")]
    backends: Backends,
    /// Runs this beside it, in turns, and prints ratios
    #[arg(long, value_enum)]
    peer: Option<carddav::Peer>,
    /// Measures the peer alone
    #[arg(long, requires = "peer", conflicts_with_all = ["backends", "binaries"])]
    alone: bool,
    /// Folder of the binaries; without it the one where this tool lies
    #[arg(long)]
    binaries: Option<PathBuf>,
    #[command(flatten)]
    plan: carddav::Plan,
}

#[derive(Args)]
pub struct ImageService {
    #[arg(long, value_enum, default_value = "embedded")]
    backends: Backends,
    /// Folder of the binaries; without it the one where this tool lies
    #[arg(long)]
    binaries: Option<PathBuf>,
    #[command(flatten)]
    plan: images::ServicePlan,
}

#[derive(Args)]
pub struct ImageHttp {
    /// Folder of the binaries; without it the one where this tool lies
    #[arg(long)]
    binaries: Option<PathBuf>,
    #[command(flatten)]
    plan: images::ServedPlan,
}

#[derive(Args)]
pub struct Hostile {
    /// Length of the attack
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=10_080))]
    minutes: u64,
    /// Chooses the files; without it the time of day does
    #[arg(long)]
    seed: Option<u64>,
    /// Connections that upload, each one file at a time
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    connections: u16,
    /// Folder of the binaries; without it the one where this tool lies
    #[arg(long)]
    binaries: Option<PathBuf>,
}

#[derive(Args)]
pub struct Soak {
    /// What the system that is started stands on
    #[arg(long, value_enum, default_value = "servers")]
    backends: Backends,
    /// Disturbs this running compose project instead
    #[arg(long, conflicts_with_all = ["backends", "binaries"])]
    compose: Option<String>,
    /// The compose project's root key; without it the project is asked
    #[arg(long, requires = "compose")]
    key: Option<String>,
    /// Length of the load
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=10_080))]
    minutes: u64,
    /// Chooses the disturbances; without it the time of day does
    #[arg(long)]
    seed: Option<u64>,
    /// Contacts written a second at most; as many are read, half as many updated
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,
    /// Folder of the binaries; without it the one where this tool lies
    #[arg(long)]
    binaries: Option<PathBuf>,
}

impl Commands {
    /// Whether the command itself does something about signals.
    #[must_use]
    pub fn minds_signals(&self) -> bool {
        matches!(self, Self::Soak(_))
    }

    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Load(load) => {
                let target = load.gateway.target()?;
                let (plan, watched) = (load.plan.into(), &load.gateway.pids);
                show(&load::run(&target, load.scenario, &plan, watched).await?);
            }
            Self::Webhooks(webhooks) => {
                let target = webhooks.gateway.target()?;
                let watched = &webhooks.gateway.pids;
                show(&webhooks::run(&target, webhooks.events, watched).await?);
            }
            Self::Upload(upload) => {
                let target = upload.gateway.target()?;
                let (photo, watched) =
                    (photo::load(upload.photo.as_deref())?, &upload.gateway.pids);
                show(&upload::run(&target, &photo, upload.count, watched).await?);
            }
            Self::System(command) => {
                let binaries = command.binaries.map_or_else(beside_this, Ok)?;
                let series = command.series.try_into()?;
                system::measure(command.backends, command.with_peer, &binaries, &series).await?;
            }
            Self::Peer(peer) => {
                system::measure_peer(peer.variant, &peer.series.try_into()?).await?;
            }
            Self::Directory(command) => {
                let binaries = command.binaries.map_or_else(beside_this, Ok)?;
                directory::measure(command.backends, &binaries, &command.plan).await?;
            }
            Self::Carddav(command) => {
                let binaries = command.binaries.map_or_else(beside_this, Ok)?;
                let ours = (!command.alone).then_some((command.backends, &*binaries));
                carddav::measure(ours, command.peer, &command.plan).await?;
            }
            Self::Images(plan) => images::measure(&plan).await?,
            Self::ImagesWorker => images::serve()?,
            Self::ImageService(command) => {
                let binaries = command.binaries.map_or_else(beside_this, Ok)?;
                images::measure_service(command.backends, &binaries, &command.plan).await?;
            }
            Self::ImageHttp(command) => {
                let binaries = command.binaries.map_or_else(beside_this, Ok)?;
                images::measure_served(&binaries, &command.plan).await?;
            }
            Self::UploadsWorker => images::serve_uploads()?,
            Self::Hostile(command) => {
                let plan = hostile::Plan {
                    time: Duration::from_secs(60 * command.minutes),
                    seed: command.seed.unwrap_or_else(time_of_day),
                    connections: command.connections,
                };
                let binaries = command.binaries.map_or_else(beside_this, Ok)?;
                hostile::run(&binaries, plan).await?;
            }
            Self::Soak(soak) => soak.run().await?,
        }
        Ok(())
    }
}

impl Soak {
    async fn run(self) -> anyhow::Result<()> {
        let plan = self.plan();
        if let Some(project) = self.compose {
            return soak::run(plan, soak::Compose::find(&project, self.key)).await;
        }
        let binaries = self.binaries.map_or_else(beside_this, Ok)?;
        soak::run(plan, soak::Own::start(self.backends, binaries)).await
    }

    fn plan(&self) -> soak::Plan {
        soak::Plan {
            time: Duration::from_secs(60 * self.minutes),
            pace: soak::Pace {
                rate: self.rate,
                seed: self.seed.unwrap_or_else(time_of_day),
            },
        }
    }
}

/// Short enough to be typed again.
fn time_of_day() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs() % 1_000_000)
}

impl Gateway {
    fn target(&self) -> anyhow::Result<Target> {
        Target::new(&self.url, &self.key)
    }
}

impl From<Plan> for load::Plan {
    fn from(plan: Plan) -> Self {
        Self {
            connections: plan.connections.into(),
            time: Duration::from_secs(plan.seconds),
            warm_up: Duration::from_secs(plan.warm_up),
        }
    }
}

impl TryFrom<Series> for system::Series {
    type Error = anyhow::Error;

    fn try_from(series: Series) -> anyhow::Result<Self> {
        Ok(Self {
            plan: series.plan.into(),
            events: series.events,
            photo: photo::load(series.photo.as_deref())?,
            photos: series.count,
            rounds: series.rounds.into(),
        })
    }
}

fn beside_this() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe().context("looking for this tool's own file")?;
    Ok(this.parent().map(PathBuf::from).unwrap_or_default())
}

fn show(measurement: &Measurement) {
    print!("{measurement}");
}
