//! Redis servers for tests: each on a free port, in a temporary folder, killed at the end.

// Each test file uses its own part of this.
#![allow(dead_code, clippy::expect_used, clippy::panic)]

pub mod cluster;
pub mod writers;

use conformance::{PATIENCE, eventually};
use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

/// What a Redis needs before a store trusts it.
pub const DURABLE: &[&str] = &[
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
    "--maxmemory-policy",
    "noeviction",
];

pub struct Server {
    // Dropped before the folder that it works in.
    process: Process,
    port: u16,
    /// Where a cluster's servers speak with each other.
    bus: Option<u16>,
    settings: &'static [&'static str],
    folder: TempDir,
}

/// A child that does not outlive its owner.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    pub async fn start(settings: &'static [&'static str]) -> Self {
        Self::start_on(settings, || None).await
    }

    /// One that a cluster can take in.
    pub async fn start_member() -> Self {
        Self::start_on(DURABLE, || Some(free_port())).await
    }

    async fn start_on(settings: &'static [&'static str], bus: fn() -> Option<u16>) -> Self {
        let mut folder = tempfile::tempdir().expect("a temporary folder");
        loop {
            let (port, bus) = (free_port(), bus());
            let process = spawn(port, bus, settings, &folder);
            let mut server = Self {
                process,
                port,
                bus,
                settings,
                folder,
            };
            if server.is_up().await {
                return server;
            }
            // Somebody else was faster on this port.
            folder = server.folder;
        }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// As `kill -9` does it.
    pub fn kill(&mut self) {
        self.process.0.kill().expect("the server runs");
        self.process.0.wait().expect("the server ends");
    }

    /// Stays, but does nothing any more.
    pub fn freeze(&self) {
        let process = self.process.0.id().to_string();
        let frozen = Command::new("kill").args(["-STOP", &process]).status();
        assert!(frozen.expect("kill runs").success());
    }

    /// Starts again on the same port, with what the disk holds.
    pub async fn restart(&mut self) {
        self.process = spawn(self.port, self.bus, self.settings, &self.folder);
        assert!(self.is_up().await, "the server starts again");
    }

    /// Sends the server a command, past the store.
    pub async fn command(&self, words: &[&str]) -> redis::RedisResult<redis::Value> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        let mut command = redis::Cmd::new();
        command.arg(words).query_async(&mut connection).await
    }

    /// One section of what the server tells of itself.
    pub async fn info(&self, section: &str) -> String {
        let info = self.command(&["INFO", section]).await;
        redis::from_redis_value(info.expect("an answer")).expect("text")
    }

    /// Becomes a replica, and has caught up.
    pub async fn follow(&self, primary: &Self) {
        let port = primary.port.to_string();
        let order = self.command(&["REPLICAOF", "127.0.0.1", &port]).await;
        order.expect("a primary");
        self.has_caught_up().await;
    }

    pub async fn has_caught_up(&self) {
        eventually(PATIENCE, "the replica catches up", async || {
            let info = self.info("replication").await;
            info.contains("master_link_status:up").then_some(())
        })
        .await;
    }

    /// Waits until this very process answers on the port; false when it gives up.
    async fn is_up(&mut self) -> bool {
        let own = format!("process_id:{}\r\n", self.process.0.id());
        eventually(PATIENCE, "the server answers or ends", async || {
            if self.process.0.try_wait().expect("a child").is_some() {
                return Some(false);
            }
            let info = self.command(&["INFO"]).await.ok()?;
            let text: String = redis::from_redis_value(info).ok()?;
            // A server tells of itself before it has loaded its data.
            (text.contains(&own) && text.contains("\nloading:0\r\n")).then_some(true)
        })
        .await
    }
}

fn spawn(port: u16, bus: Option<u16>, settings: &[&str], folder: &TempDir) -> Process {
    let program = std::env::var("SWITCHBOARD_TEST_REDIS_SERVER");
    let program = program.unwrap_or_else(|_| "redis-server".to_owned());
    let mut command = Command::new(&program);
    if let Some(bus) = bus {
        command
            .args(["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"])
            .arg("--cluster-port")
            .arg(bus.to_string());
    }
    let child = command
        .args(["--bind", "127.0.0.1", "--save", ""])
        .args(["--repl-diskless-sync-delay", "0", "--port"])
        .arg(port.to_string())
        .arg("--dir")
        .arg(folder.path())
        .args(settings)
        .stdout(Stdio::null())
        .spawn();
    match child {
        Ok(child) => Process(child),
        Err(error) => panic!(
            "{program} does not start ({error}): install Redis 7 or newer (Debian: redis-server), or name \
             its binary in SWITCHBOARD_TEST_REDIS_SERVER"
        ),
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
