//! The Node peer in `bench/peer`.

use super::{
    Variant,
    child::Child,
    running::{KEY, Running},
    scenario::Scenario,
    servers::{Server, clean, rabbitmq, redis},
};
use anyhow::{Context, ensure};
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peer");
const REQUESTS: [Scenario; 3] = [Scenario::GET, Scenario::POST, Scenario::MIXED];
const WITH_EVENTS: [Scenario; 4] = [
    Scenario::GET,
    Scenario::POST,
    Scenario::MIXED,
    Scenario::Webhooks,
];

pub async fn start(variant: Variant) -> anyhow::Result<Running> {
    ensure!(
        Path::new(FOLDER).join("node_modules").is_dir(),
        "the peer's packages are missing; install them: npm ci --prefix bench/peer"
    );
    let folder = tempfile::tempdir().context("making a folder")?;
    let mut servers = vec![redis(folder.path()).await?];
    if variant == Variant::Bus {
        servers.push(rabbitmq(folder.path()).await?);
    }
    let (name, programs, scenarios): (_, &[&str], &[Scenario]) = match variant {
        Variant::Bus => (
            "Node peer",
            &["gateway", "worker", "webhooks"],
            &WITH_EVENTS,
        ),
        Variant::InProcess => ("Node peer, in process", &["in-process"], &REQUESTS),
    };
    let mut children = Vec::new();
    let mut url = String::new();
    for program in programs {
        let mut child = node(program, &servers)?;
        if children.is_empty() {
            url = child.address().await?;
        }
        children.push(child.quiet());
    }
    let system = Running::new(name, &url, scenarios, children, servers, folder)?;
    system.wait_until_ready(&[]).await?;
    Ok(system)
}

fn node(program: &str, servers: &[Server]) -> anyhow::Result<Child> {
    let mut command = clean("node");
    command
        .arg(format!("{FOLDER}/{program}.js"))
        .env("NODE_ENV", "production")
        .env("PEER_KEY", KEY);
    for (name, server) in ["PEER_REDIS_URL", "PEER_AMQP_URL"].into_iter().zip(servers) {
        command.env(name, &server.url);
    }
    Child::start(&format!("node {program}"), command)
}
