//! A gateway in front of the library, on embedded backends.

use crate::{
    client::{self, Reply},
    gallery::{self, Taken},
    library::{self, Asked},
};
use gateway::{Accounts, Gateway, root_key};
use runtime::{Backends, Node};
use settings::{Millis, Secret};
use std::{fs, net::SocketAddr, path::Path, sync::atomic::Ordering, time::Duration};
use tempfile::TempDir;

/// The root key.
pub const ROOT: &str = "the-root-key";
const PATIENCE: Duration = Duration::from_secs(30);

pub struct World {
    gateway: Gateway,
    settings: settings::Gateway,
    node: Node,
    asked: Asked,
    taken: Taken,
    folder: TempDir,
}

impl World {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut settings::Gateway)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let embedded = embedded::open(&folder.path().join("data")).expect("a store");
        let backends = Backends {
            store: embedded.store.clone(),
            bus: embedded.bus.clone(),
            blobs: blobs::folder(&folder.path().join("blobs")).expect("a folder"),
        };
        let accounts = Accounts {
            store: backends.store.clone(),
            blobs: backends.blobs.clone(),
        };
        let (asked, taken) = (Asked::default(), Taken::default());
        let mut settings = settings::Gateway {
            listen: "127.0.0.1:0".to_owned(),
            request_timeout: Millis(PATIENCE),
            ..settings::Gateway::default()
        };
        change(&mut settings);
        let services = vec![
            library::service(&asked),
            gallery::service(&taken),
            gateway::service(&accounts, &settings),
        ];
        let node = Node::start(&settings::Runtime::default(), backends, services).await;
        let node = node.expect("a node");
        Self {
            gateway: gateway(&settings, &node, ROOT).await,
            settings,
            node,
            asked,
            taken,
            folder,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.gateway.address()
    }

    /// How often the gallery was asked to take a picture.
    pub fn taken(&self) -> usize {
        self.takers().len()
    }

    /// The ids of the keys for which it was asked to.
    pub fn takers(&self) -> Vec<String> {
        self.taken.lock().expect("a list").clone()
    }

    /// Files below the folder of blobs.
    pub fn blobs(&self) -> usize {
        files(&self.folder.path().join("blobs"))
    }

    /// Pages that the library was asked for so far.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Without a key.
    pub async fn bare(&self, method: &str, target: &str, fields: &[(&str, &str)]) -> Reply {
        client::send(self.gateway.address(), method, target, fields, b"").await
    }

    /// With the root key.
    pub async fn send(
        &self,
        method: &str,
        target: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let key = format!("Bearer {ROOT}");
        let fields = [&[("authorization", key.as_str())], fields].concat();
        client::send(self.gateway.address(), method, target, &fields, body).await
    }

    pub async fn get(&self, target: &str) -> Reply {
        self.send("GET", target, &[], b"").await
    }

    pub async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let waiting = tokio::time::timeout(PATIENCE, async {
            while !holds().await {
                tokio::task::yield_now().await;
            }
        });
        assert!(waiting.await.is_ok(), "waited in vain for {what}");
    }

    /// Another gateway takes the place of this one, with another root key.
    pub async fn with_root_key(mut self, key: &str) -> Self {
        self.gateway.stop().await;
        self.gateway = gateway(&self.settings, &self.node, key).await;
        self
    }

    /// Takes the services away; the gateway stays.
    pub async fn without_services(self) -> (Gateway, TempDir) {
        self.node.drain(PATIENCE).await;
        (self.gateway, self.folder)
    }
}

async fn gateway(settings: &settings::Gateway, node: &Node, root: &str) -> Gateway {
    let root = root_key::establish(&*node.backends().store, Some(&Secret::new(root))).await;
    let root = root.expect("a root key");
    let secrets_key = Secret::new("s".repeat(32));
    let gateway = Gateway::start(settings, node, &root, &secrets_key).await;
    gateway.expect("a gateway")
}

fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let counts = entries.map(|entry| match entry.path() {
        path if path.is_dir() => files(&path),
        _ => 1,
    });
    counts.sum()
}
