//! A system that is started here: every service twice on servers of its own, or one process with everything in it.

use super::{
    disturbance::{Disturbance, Means, Targets},
    site::Site,
};
use crate::system::{
    Backends,
    child::Child,
    ours,
    running::KEY,
    servers::{Server, rabbitmq, redis},
};
use anyhow::Context;
use std::{
    fs::OpenOptions,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// The webhook is always there, so attempts that a disturbance broke off may be repeated soon.
const RETRY_DELAYS: &str = "1s,5s,15s,30s,60s,60s";
const COPIES: usize = 2;

/// What is dropped first stands first: services before servers before their folder.
pub struct Own {
    programs: Vec<Program>,
    servers: Vec<Server>,
    binaries: PathBuf,
    folder: TempDir,
    targets: Targets,
}

/// One of our processes.
struct Program {
    service: &'static str,
    /// For people: the service and which of its copies.
    name: String,
    child: Option<Child>,
    /// Where it listens, if it is a gateway; it comes back there.
    url: Option<String>,
}

impl Own {
    pub async fn start(backends: Backends, binaries: PathBuf) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("making a folder")?;
        let (servers, targets, copies) = match backends {
            Backends::Embedded => (Vec::new(), targets(&["switchboard"], &[]), 1),
            Backends::Servers => {
                let servers = vec![redis(folder.path()).await?, rabbitmq(folder.path()).await?];
                let targets = targets(&ours::SERVICES, &["redis", "rabbitmq"]);
                (servers, targets, COPIES)
            }
        };
        let programs = targets.services.iter().flat_map(|service| {
            (1..=copies).map(move |copy| Program {
                service,
                name: format!("{service} {copy}"),
                child: None,
                url: None,
            })
        });
        let mut own = Self {
            programs: programs.collect(),
            servers,
            binaries,
            folder,
            targets,
        };
        for n in 0..own.programs.len() {
            own.run(n).await?;
        }
        Ok(own)
    }

    /// Starts the nth program, again or for the first time.
    async fn run(&mut self, n: usize) -> anyhow::Result<()> {
        let (folder, program) = (self.folder.path(), &mut self.programs[n]);
        let file = self.binaries.join(program.service);
        let mut command = ours::command(&file, folder, &self.servers);
        command
            .env("SWITCHBOARD__NOTIFIER__RETRY_DELAYS", RETRY_DELAYS)
            .stderr(log(folder, program.service)?);
        if let Some(address) = program
            .url
            .as_deref()
            .and_then(|url| url.strip_prefix("http://"))
        {
            command.env("SWITCHBOARD__GATEWAY__LISTEN", address);
        }
        let mut child = Child::start(&program.name, command)
            .with_context(|| format!("{} is built by cargo build --bins", program.service))?;
        if matches!(program.service, "gateway" | "switchboard") {
            program.url = Some(child.address().await?);
        }
        program.child = Some(child.quiet());
        Ok(())
    }

    /// The nth program that is meant, and its name.
    fn meant(&self, disturbance: &Disturbance) -> anyhow::Result<(usize, String)> {
        let programs = self.programs.iter().enumerate();
        let copies: Vec<_> = programs
            .filter(|(_, program)| program.service == disturbance.what)
            .map(|(n, program)| (n, program.name.clone()))
            .collect();
        let meant = disturbance.choose(&copies).cloned();
        meant.with_context(|| format!("there is no {}", disturbance.what))
    }

    fn server(&mut self, name: &str) -> Option<&mut Server> {
        self.servers.iter_mut().find(|server| server.name == name)
    }
}

fn targets(services: &'static [&'static str], servers: &'static [&'static str]) -> Targets {
    Targets {
        services,
        servers,
        containers: false,
    }
}

/// All copies of a service write into one file.
fn log(folder: &Path, service: &str) -> anyhow::Result<std::fs::File> {
    let path = folder.join(format!("{service}.log"));
    let file = OpenOptions::new().create(true).append(true).open(&path);
    file.with_context(|| format!("opening {}", path.display()))
}

impl Site for Own {
    fn root_key(&self) -> &str {
        KEY
    }

    fn webhook(&self) -> (IpAddr, String) {
        (Ipv4Addr::LOCALHOST.into(), "127.0.0.1".to_owned())
    }

    fn targets(&self) -> Targets {
        self.targets
    }

    async fn gateways(&self) -> anyhow::Result<Vec<String>> {
        let urls = self
            .programs
            .iter()
            .filter_map(|program| program.url.clone());
        Ok(urls.collect())
    }

    async fn strike(&mut self, disturbance: &Disturbance) -> anyhow::Result<String> {
        if let Some(server) = self.server(disturbance.what) {
            server.kill().await?;
            return Ok(disturbance.what.to_owned());
        }
        let (n, name) = self.meant(disturbance)?;
        if let Some(child) = self.programs[n].child.take() {
            match disturbance.means {
                Means::Replace => child.stop().await,
                _ => child.kill().await,
            }
        }
        Ok(name)
    }

    async fn heal(&mut self, disturbance: &Disturbance, _: &str) -> anyhow::Result<()> {
        if let Means::Kill(away) = disturbance.means {
            tokio::time::sleep(away).await;
        }
        if let Some(server) = self.server(disturbance.what) {
            return server.restart().await;
        }
        let (n, _) = self.meant(disturbance)?;
        self.run(n).await
    }

    /// Keeps the folder with the logs and what the servers stored, when something is left to be looked into.
    async fn close(self, clean: bool) -> anyhow::Result<()> {
        for child in self
            .programs
            .into_iter()
            .filter_map(|program| program.child)
        {
            child.stop().await;
        }
        for server in self.servers {
            server.stop().await;
        }
        if !clean {
            println!("logs and data are kept in {}", self.folder.keep().display());
        }
        Ok(())
    }
}
