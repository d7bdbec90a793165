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
use std::{iter, path::Path};
use tokio::process::Command;

pub const SERVICES: [&str; 4] = ["gateway", "phonebook", "image-resize", "notifier"];
const SERVES_CONTACTS: [&str; 2] = ["switchboard", "phonebook"];

/// In what a system differs from the usual one.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// Further settings of every process, by the names of their environment variables.
    pub settings: Vec<(&'static str, String)>,
    /// Processes of `image-resize` beside the first one, where services have processes of their own.
    pub more_resizers: usize,
    /// Hundredths of a core that each `image-resize` may use, if that is bounded.
    pub resizer_share: Option<u16>,
}

pub async fn start(backends: Backends, binaries: &Path) -> anyhow::Result<Running> {
    start_as(backends, binaries, &Shape::default()).await
}

pub async fn start_as(
    backends: Backends,
    binaries: &Path,
    shape: &Shape,
) -> anyhow::Result<Running> {
    let folder = tempfile::tempdir().context("making a folder")?;
    let mut services = SERVICES.to_vec();
    let (programs, servers) = match backends {
        Backends::Embedded => (vec!["switchboard"], Vec::new()),
        Backends::Servers => {
            let servers = vec![redis(folder.path()).await?, rabbitmq(folder.path()).await?];
            services.extend(iter::repeat_n("image-resize", shape.more_resizers));
            (services.clone(), servers)
        }
    };
    let mut children = Vec::new();
    let (mut url, mut metrics) = (String::new(), None);
    for (n, program) in programs.iter().enumerate() {
        let admin = format!("127.0.0.1:{}", free_port()?);
        let mut command = command(&binaries.join(program), folder.path(), &servers);
        command.env("SWITCHBOARD__ADMIN__LISTEN", &admin);
        command.envs(shape.settings.iter().map(|(name, value)| (name, value)));
        if SERVES_CONTACTS.contains(program) {
            metrics = Some(Target::new(&format!("http://{admin}"), KEY)?);
        }
        let mut child = Child::start(&name(&programs, n), command)
            .with_context(|| format!("{program} is built by cargo build --release --workspace"))?;
        if children.is_empty() {
            url = child.address().await?;
        }
        child = child.quiet();
        if let (&"image-resize", Some(percent)) = (program, shape.resizer_share) {
            child = child.held(percent)?;
        }
        children.push(child);
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
    system.wait_until_ready(&services).await?;
    Ok(system)
}

/// Of the nth program, with a number if it is not the first of its kind.
fn name(programs: &[&str], n: usize) -> String {
    let program = programs[n];
    match programs[..n].iter().filter(|one| **one == program).count() {
        0 => program.to_owned(),
        before => format!("{program} {}", before + 1),
    }
}

/// The command of one of our programs, with what every one of them is told.
pub fn command(program: &Path, folder: &Path, servers: &[Server]) -> Command {
    let mut command = clean(program);
    command
        .env("RUST_LOG", "warn,lapin=off")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_a_kind_are_told_apart() {
        let programs = ["gateway", "image-resize", "image-resize"];
        let names = [0, 1, 2].map(|n| name(&programs, n));
        assert_eq!(names, ["gateway", "image-resize", "image-resize 2"]);
    }
}
