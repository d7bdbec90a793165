//! A cluster of three primaries; the first one may have a replica.

use super::Server;
use conformance::{PATIENCE, eventually};
use ports::Tenant;

/// The slots of each primary.
const SLOTS: [(u16, u16); 3] = [(0, 5_460), (5_461, 10_922), (10_923, 16_383)];

pub struct Cluster {
    /// Three primaries and, if there is one, the first one's replica.
    pub servers: Vec<Server>,
}

impl Cluster {
    pub async fn start() -> Self {
        let mut cluster = Self { servers: vec![] };
        for (n, (first, last)) in SLOTS.into_iter().enumerate() {
            let server = cluster.add().await;
            let epoch = (n + 1).to_string();
            let (first, last) = (first.to_string(), last.to_string());
            server.must(&["CLUSTER", "SET-CONFIG-EPOCH", &epoch]).await;
            let slots = ["CLUSTER", "ADDSLOTSRANGE", &first, &last];
            server.must(&slots).await;
            cluster.join(n).await;
        }
        cluster.is_whole().await;
        cluster
    }

    pub async fn start_with_replica() -> Self {
        let mut cluster = Self::start().await;
        cluster.add().await;
        cluster.join(3).await;
        cluster.is_whole().await;
        let primary = cluster.id(0).await;
        let replicate = ["CLUSTER", "REPLICATE", &primary];
        cluster.servers[3].must(&replicate).await;
        cluster.servers[3].has_caught_up().await;
        cluster
    }

    async fn add(&mut self) -> &Server {
        self.servers.push(Server::start_member().await);
        self.servers.last().expect("one")
    }

    async fn join(&self, n: usize) {
        let (port, bus) = (self.servers[n].port, self.servers[n].bus.expect("a member"));
        let meet = ["CLUSTER", "MEET", "127.0.0.1"].map(str::to_owned);
        let meet = [&meet[..], &[port.to_string(), bus.to_string()]].concat();
        let meet: Vec<&str> = meet.iter().map(String::as_str).collect();
        self.servers[0].must(&meet).await;
    }

    /// Every server knows every other one and serves.
    async fn is_whole(&self) {
        let size = format!("cluster_known_nodes:{}\r\n", self.servers.len());
        for server in &self.servers {
            eventually(PATIENCE, "the cluster is whole", async || {
                let info = server.text(&["CLUSTER", "INFO"]).await;
                (info.contains("cluster_state:ok") && info.contains(&size)).then_some(())
            })
            .await;
        }
    }

    pub fn url(&self) -> String {
        let seeds = self.servers.iter().take(3);
        let seeds: Vec<_> = seeds
            .map(|server| format!("127.0.0.1:{}", server.port))
            .collect();
        format!("redis+cluster://{}", seeds.join(","))
    }

    /// A tenant whose shard is on this primary.
    pub async fn tenant(&self, primary: usize) -> Tenant {
        let (first, last) = SLOTS[primary];
        for n in 0.. {
            let tenant = Tenant::parse(&format!("tenant-{n}")).expect("a tenant");
            if (first..=last).contains(&self.slot(&tenant).await) {
                return tenant;
            }
        }
        unreachable!("there are tenants enough")
    }

    pub async fn slot(&self, tenant: &Tenant) -> u16 {
        let key = format!("sb:{{s{:03}}}:seq", tenant.shard().0);
        let slot = self.servers[1].must(&["CLUSTER", "KEYSLOT", &key]).await;
        redis::from_redis_value(slot).expect("a slot")
    }

    async fn id(&self, n: usize) -> String {
        self.servers[n].text(&["CLUSTER", "MYID"]).await
    }

    /// From now on the slot is on its way.
    pub async fn open_slot(&self, slot: u16, from: usize, to: usize) {
        let (source, target) = (self.id(from).await, self.id(to).await);
        let slot = slot.to_string();
        let importing = ["CLUSTER", "SETSLOT", &slot, "IMPORTING", &source];
        self.servers[to].must(&importing).await;
        let migrating = ["CLUSTER", "SETSLOT", &slot, "MIGRATING", &target];
        self.servers[from].must(&migrating).await;
    }

    pub async fn move_keys(&self, slot: u16, from: usize, to: usize) {
        while self.move_some(slot, from, to, 10).await > 0 {}
    }

    /// At most `most` of the slot's keys; tells how many.
    pub async fn move_some(&self, slot: u16, from: usize, to: usize, most: usize) -> usize {
        let (slot, port) = (slot.to_string(), self.servers[to].port.to_string());
        let some = ["CLUSTER", "GETKEYSINSLOT", &slot, &most.to_string()];
        let keys = self.servers[from].must(&some).await;
        let keys: Vec<String> = redis::from_redis_value(keys).expect("keys");
        if !keys.is_empty() {
            let mut migrate = vec!["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "KEYS"];
            migrate.extend(keys.iter().map(String::as_str));
            self.servers[from].must(&migrate).await;
        }
        keys.len()
    }

    pub async fn close_slot(&self, slot: u16, from: usize, to: usize) {
        let (slot, id) = (slot.to_string(), self.id(to).await);
        for n in [to, from] {
            let node = ["CLUSTER", "SETSLOT", &slot, "NODE", &id];
            self.servers[n].must(&node).await;
        }
    }

    /// Waits until the server is a primary.
    pub async fn is_promoted(&self, n: usize) {
        eventually(PATIENCE, "the replica is promoted", async || {
            let info = self.servers[n].info("replication").await;
            info.contains("role:master").then_some(())
        })
        .await;
    }

    /// The replica takes over from its primary, which waits for it; then it is the other's replica.
    pub async fn hand_over(&self, from: usize, to: usize) {
        let (primary, replica) = (self.id(from).await, self.id(to).await);
        eventually(PATIENCE, "the primary knows its replica", async || {
            let ask = ["CLUSTER", "REPLICAS", &primary];
            let replicas = self.servers[from].must(&ask).await;
            let replicas: Vec<String> = redis::from_redis_value(replicas).ok()?;
            replicas
                .iter()
                .any(|line| line.contains(&replica))
                .then_some(())
        })
        .await;
        self.servers[to].must(&["CLUSTER", "FAILOVER"]).await;
        self.is_promoted(to).await;
        self.servers[from].has_caught_up().await;
    }
}

impl Server {
    pub async fn must(&self, words: &[&str]) -> redis::Value {
        let answer = self.command(words).await;
        answer.unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    async fn text(&self, words: &[&str]) -> String {
        redis::from_redis_value(self.must(words).await).expect("text")
    }
}
