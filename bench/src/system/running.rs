use super::{child::Child, scenario::Scenario, servers::Server, wait::until};
use crate::{
    contacts::Contacts,
    http::{Connection, Target},
    usage::Watched,
};
use serde::{Deserialize, de::IgnoredAny};
use std::{collections::HashMap, path::Path, time::Duration};
use tempfile::TempDir;

/// For both systems; at least 32 characters.
pub const KEY: &str = "bench-root-key-0123456789abcdef0123456789abcdef";
const PATIENCE: Duration = Duration::from_secs(60);
/// One of each service that has any.
const PATHS: [&str; 3] = ["/v1/contacts", "/v1/images", "/v1/subscriptions"];

/// A system that was started here. What is dropped first stands first: services before servers before their folder.
pub struct Running {
    pub name: &'static str,
    pub target: Target,
    pub watched: Vec<Watched>,
    pub scenarios: &'static [Scenario],
    /// The admin port of the process that serves contacts.
    pub metrics: Option<Target>,
    children: Vec<Child>,
    servers: Vec<Server>,
    folder: TempDir,
}

impl Running {
    /// `url` is where the first of the children listens.
    pub fn new(
        name: &'static str,
        url: &str,
        scenarios: &'static [Scenario],
        children: Vec<Child>,
        servers: Vec<Server>,
        folder: TempDir,
    ) -> anyhow::Result<Self> {
        let ours = children.iter().map(Child::watched);
        let beneath = servers.iter().map(|server| server.watched.clone());
        Ok(Self {
            name,
            target: Target::new(url, KEY)?,
            watched: ours.chain(beneath).collect(),
            scenarios,
            children,
            servers,
            folder,
            metrics: None,
        })
    }

    /// Ready, every one of `services` listed as often as it is named and its paths known, and a contact created.
    pub async fn wait_until_ready(&self, services: &[&str]) -> anyhow::Result<()> {
        let what = format!("{} to be ready", self.name);
        until(&what, PATIENCE, async || {
            self.is_ready(services).await.unwrap_or(false)
        })
        .await
    }

    async fn is_ready(&self, services: &[&str]) -> anyhow::Result<bool> {
        let mut connection = Connection::open(&self.target).await?;
        let ready = self.target.request("GET", "/readyz");
        if connection.exchange(&ready).await?.status != 200 {
            return Ok(false);
        }
        if !services.is_empty() {
            let request = self.target.request("GET", "/v1/services");
            let listed: Services = connection.json(&request).await?;
            if !services.iter().all(|name| listed.has(name, services)) {
                return Ok(false);
            }
            // The gateway hears of a service a moment before it reads what the service answers.
            let document = self.target.request("GET", "/openapi.json");
            let document: Document = connection.json(&document).await?;
            if !PATHS.iter().all(|path| document.paths.contains_key(*path)) {
                return Ok(false);
            }
        }
        Contacts::new()
            .create(&mut connection, &self.target)
            .await?;
        Ok(true)
    }

    /// Where the data of all its processes lie.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The address of the server of this name, if it stands on one.
    #[must_use]
    pub fn server(&self, name: &str) -> Option<&str> {
        let server = self.servers.iter().find(|server| server.name == name);
        server.map(|server| server.url.as_str())
    }

    pub async fn stop(self) {
        for child in self.children {
            child.stop().await;
        }
        for server in self.servers {
            server.stop().await;
        }
    }
}

#[derive(Deserialize)]
struct Document {
    paths: HashMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
struct Services {
    data: Vec<Service>,
}

#[derive(Deserialize)]
struct Service {
    name: String,
    instances: usize,
}

impl Services {
    fn has(&self, name: &str, wanted: &[&str]) -> bool {
        let wanted = wanted.iter().filter(|one| **one == name).count();
        let mut listed = self.data.iter();
        listed.any(|one| one.name == name && one.instances >= wanted)
    }
}
