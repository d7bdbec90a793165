//! Switchboard itself, as its binaries.

use super::{
    Backends,
    child::Child,
    running::{KEY, Running},
    scenario::Scenario,
    servers::{Server, clean, free_port, rabbitmq, redis},
};
use crate::http::Target;
use anyhow::Context;
use std::path::Path;
use tokio::process::Command;

pub const SERVICES: [&str; 4] = ["gateway", "phonebook", "image-resize", "notifier"];
const SERVES_CONTACTS: [&str; 2] = ["switchboard", "phonebook"];

pub async fn start(backends: Backends, binaries: &Path) -> anyhow::Result<Running> {
    let folder = tempfile::tempdir().context("making a folder")?;
    let (programs, servers): (&[&str], _) = match backends {
        Backends::Embedded => (&["switchboard"], Vec::new()),
        Backends::Servers => {
            let servers = vec![redis(folder.path()).await?, rabbitmq(folder.path()).await?];
            (&SERVICES, servers)
        }
    };
    let mut children = Vec::new();
    let (mut url, mut metrics) = (String::new(), None);
    for program in programs {
        let admin = format!("127.0.0.1:{}", free_port()?);
        let mut command = command(&binaries.join(program), folder.path(), &servers);
        command.env("SWITCHBOARD__ADMIN__LISTEN", &admin);
        if SERVES_CONTACTS.contains(program) {
            metrics = Some(Target::new(&format!("http://{admin}"), KEY)?);
        }
        let mut child = Child::start(program, command)
            .with_context(|| format!("{program} is built by cargo build --release --workspace"))?;
        if children.is_empty() {
            url = child.address().await?;
        }
        children.push(child.quiet());
    }
    let mut system = Running::new(
        "Switchboard",
        &url,
        &Scenario::ALL,
        children,
        servers,
        folder,
    )?;
    system.metrics = metrics;
    system.wait_until_ready(&SERVICES).await?;
    Ok(system)
}

/// The command of one of our programs, with what every one of them is told.
pub fn command(program: &Path, folder: &Path, servers: &[Server]) -> Command {
    let mut command = clean(program);
    command
        .env("RUST_LOG", "warn")
        .env("SWITCHBOARD__GATEWAY__LISTEN", "127.0.0.1:0")
        .env("SWITCHBOARD__ADMIN__LISTEN", "127.0.0.1:0")
        .env("SWITCHBOARD__DATA_DIR", folder.join("data"))
        .env("SWITCHBOARD__ADMIN_KEY", KEY)
        .env("SWITCHBOARD__SECRETS_KEY", KEY)
        .env("SWITCHBOARD__NOTIFIER__ALLOW_PRIVATE_NETWORKS", "true");
    if let [redis, rabbitmq] = servers {
        let blobs = folder.join("blobs");
        command
            .env("SWITCHBOARD__STORE__URL", &redis.url)
            .env("SWITCHBOARD__BUS__URL", &rabbitmq.url)
            .env(
                "SWITCHBOARD__BLOBS__URL",
                format!("file://{}", blobs.display()),
            );
    }
    command
}
