//! A compose project that runs already, disturbed by the engine's own commands.

mod engine;

use super::{
    disturbance::{Disturbance, Means, Targets},
    site::Site,
};
use anyhow::{Context, ensure};
use engine::{docker, lines};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

const SERVICES: [&str; 4] = ["gateway", "phonebook", "image-resize", "notifier"];
const SERVERS: [&str; 2] = ["redis", "rabbitmq"];
/// The network between the containers, and the one of those that speak with the outside.
const INSIDE: &str = "inside";
const PUBLIC: &str = "public";
/// For a container to drain, in seconds; what is longer is killed by the engine.
const DRAIN: &str = "40";

pub struct Compose {
    project: String,
    /// `--project-name` and `--file` of every command.
    base: Vec<String>,
    key: String,
    /// How containers reach this machine.
    host: String,
    /// Copies of each service, to be restored in the end.
    copies: BTreeMap<&'static str, usize>,
}

impl Compose {
    /// Without a key the project's own one is asked for.
    pub async fn find(project: &str, key: Option<String>) -> anyhow::Result<Self> {
        let files = files(project).await?;
        let mut base = vec![
            "compose".to_owned(),
            "--project-name".to_owned(),
            project.to_owned(),
        ];
        for file in &files {
            base.extend(["--file".to_owned(), file.clone()]);
        }
        let mut compose = Self {
            project: project.to_owned(),
            base,
            key: String::new(),
            host: String::new(),
            copies: BTreeMap::new(),
        };
        compose.key = match key {
            Some(key) => key,
            None => compose.admin_key().await?,
        };
        compose.host = compose.gateway_of(PUBLIC).await?;
        for service in SERVICES {
            let copies = compose.containers(service).await?.len();
            ensure!(copies > 0, "no {service} runs in the project {project}");
            compose.copies.insert(service, copies);
        }
        Ok(compose)
    }

    /// `docker compose …`, and what it prints.
    async fn call(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let base = self.base.iter().map(String::as_str);
        docker(&base.chain(arguments.iter().copied()).collect::<Vec<_>>()).await
    }

    async fn admin_key(&self) -> anyhow::Result<String> {
        let key = self.call(&["run", "--rm", "--no-deps", "secrets", "admin-key"]);
        Ok(key.await?.trim().to_owned())
    }

    async fn gateway_of(&self, network: &str) -> anyhow::Result<String> {
        let format = "{{(index .IPAM.Config 0).Gateway}}";
        let network = self.network(network);
        let gateway = docker(&["network", "inspect", "--format", format, &network]).await?;
        Ok(gateway.trim().to_owned())
    }

    fn network(&self, name: &str) -> String {
        format!("{}_{name}", self.project)
    }

    /// The names of a service's running containers, in the order of their numbers.
    async fn containers(&self, service: &str) -> anyhow::Result<Vec<String>> {
        let format = "{{.Name}}";
        let listed = ["ps", "--status", "running", "--format", format, service];
        let mut names = lines(&self.call(&listed).await?);
        names.sort();
        Ok(names)
    }

    /// Returns when so many are healthy. Superfluous ones are stopped, with their time to drain.
    async fn scale(&self, service: &str, copies: usize) -> anyhow::Result<()> {
        let scale = format!("{service}={copies}");
        let up = ["up", "--detach", "--wait", "--no-deps", "--no-recreate"];
        let arguments = [&up[..], &["--scale", &scale, service]].concat();
        self.call(&arguments).await.map(|_| ())
    }
}

/// The files that the project was brought up with, as the engine remembers them.
async fn files(project: &str) -> anyhow::Result<Vec<String>> {
    let project = format!("label=com.docker.compose.project={project}");
    let format = r#"{{.Label "com.docker.compose.project.config_files"}}"#;
    let listed = docker(&["ps", "--filter", &project, "--format", format]).await?;
    let first = lines(&listed).into_iter().next();
    let files = first.with_context(|| format!("nothing runs with the {project}"))?;
    Ok(files.split(',').map(str::to_owned).collect())
}

impl Site for Compose {
    fn root_key(&self) -> &str {
        &self.key
    }

    fn webhook(&self) -> (IpAddr, String) {
        (Ipv4Addr::UNSPECIFIED.into(), self.host.clone())
    }

    fn targets(&self) -> Targets {
        Targets {
            services: &SERVICES,
            servers: &SERVERS,
            containers: true,
        }
    }

    async fn gateways(&self) -> anyhow::Result<Vec<String>> {
        let mut urls = Vec::new();
        for container in self.containers("gateway").await? {
            // One that has just ended listens nowhere.
            let ports = docker(&["port", &container, "8080"]).await;
            let address = ports
                .ok()
                .and_then(|ports| lines(&ports).into_iter().next());
            urls.extend(address.map(|address| format!("http://{address}")));
        }
        Ok(urls)
    }

    async fn strike(&mut self, disturbance: &Disturbance) -> anyhow::Result<String> {
        let Disturbance { means, what, .. } = *disturbance;
        if let Means::Scale(copies) = means {
            self.scale(what, copies).await?;
            return Ok(what.to_owned());
        }
        let containers = self.containers(what).await?;
        let container = disturbance
            .choose(&containers)
            .with_context(|| format!("no {what} runs"))?;
        let inside = self.network(INSIDE);
        let arguments: &[&str] = match means {
            Means::Kill(_) => &["kill", "--signal", "KILL", container],
            Means::Cut(_) => &["network", "disconnect", &inside, container],
            Means::Replace | Means::Scale(_) => &["stop", "--time", DRAIN, container],
        };
        docker(arguments).await?;
        Ok(container.clone())
    }

    async fn heal(&mut self, disturbance: &Disturbance, hit: &str) -> anyhow::Result<()> {
        let away = match disturbance.means {
            Means::Kill(time) | Means::Cut(time) => time,
            Means::Replace | Means::Scale(_) => Duration::ZERO,
        };
        tokio::time::sleep(away).await;
        let inside = self.network(INSIDE);
        let arguments: &[&str] = match disturbance.means {
            Means::Kill(_) | Means::Replace => &["start", hit],
            // The others know it by its service's name.
            Means::Cut(_) => &[
                "network",
                "connect",
                "--alias",
                disturbance.what,
                &inside,
                hit,
            ],
            Means::Scale(_) => return Ok(()),
        };
        docker(arguments).await.map(|_| ())
    }

    /// The project runs on, with as many copies as before.
    async fn close(self, _: bool) -> anyhow::Result<()> {
        for (service, copies) in &self.copies {
            self.scale(service, *copies).await?;
        }
        Ok(())
    }
}
