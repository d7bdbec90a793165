//! A broker for tests: RabbitMQ on free ports, with its data in a temporary folder.

#![allow(dead_code)] // Each test binary uses its part.

use conformance::eventually;
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{BasicPublishOptions, QueueDeclareOptions, QueueDeleteOptions},
    types::FieldTable,
};
use ports::Bus;
use rabbitmq::{Options, RabbitBus, connect};
use std::{
    fs::{self, Permissions},
    io::Write,
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};
use tokio::time::sleep;

const SCRIPT: &str = include_str!("broker.sh");
const TOOLS: &str = "/usr/lib/rabbitmq/bin";
/// A broker starts in about seven seconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Broker {
    keeper: Mutex<Child>,
    environment: Vec<(&'static str, String)>,
    pub url: String,
}

impl Broker {
    pub fn start() -> Self {
        let [amqp, distribution, epmd] = free_ports();
        Self::start_on(
            Ports {
                amqp,
                distribution,
                epmd,
            },
            "",
        )
    }

    /// Nodes of one cluster; the first keeps the register of their names.
    pub async fn start_cluster() -> [Self; 3] {
        let [epmd, ports @ ..] = free_ports::<7>();
        let ports = [0, 1, 2].map(|node| Ports {
            amqp: ports[2 * node],
            distribution: ports[2 * node + 1],
            epmd,
        });
        let first = Self::start_on(ports[0], &membership(&ports));
        eventually(PATIENCE, "a register of names", async || {
            TcpStream::connect(("127.0.0.1", epmd)).ok()
        })
        .await;
        let [second, third] = [1, 2].map(|node| Self::start_on(ports[node], &membership(&ports)));
        let nodes = [first, second, third];
        for node in &nodes {
            node.bus(Options::default()).await.close().await;
            node.control(&["await_online_nodes", "3"]).await;
        }
        nodes
    }

    fn start_on(ports: Ports, more: &str) -> Self {
        let server = Path::new(TOOLS).join("rabbitmq-server");
        assert!(
            server.exists(),
            "{} is missing: install the package rabbitmq-server",
            server.display()
        );
        let folder = tempfile::tempdir().expect("a temporary folder").keep();
        let environment = environment(&folder, ports, more);
        let keeper = Command::new("sh")
            .args(["-c", SCRIPT, "broker"])
            .arg(&folder)
            .env_clear()
            .envs(environment.iter().cloned())
            .env("RABBITMQ_SERVER", server)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        Self {
            keeper: Mutex::new(keeper),
            environment,
            url: format!("amqp://127.0.0.1:{}", ports.amqp),
        }
    }

    /// `kill -9`.
    pub fn slay(&self) {
        self.tell("slay\n");
    }

    /// On the data that it had.
    pub fn start_again(&self) {
        self.tell("start\n");
    }

    fn tell(&self, command: &str) {
        let mut keeper = self.keeper();
        let input = keeper.stdin.as_mut().expect("piped");
        input
            .write_all(command.as_bytes())
            .expect("the keeper listens");
    }

    fn keeper(&self) -> MutexGuard<'_, Child> {
        self.keeper.lock().expect("no test panics with the keeper")
    }

    pub async fn control(&self, arguments: &[&str]) {
        let mut command = tokio::process::Command::new(Path::new(TOOLS).join("rabbitmqctl"));
        command
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().cloned());
        let output = command.output().await.expect("rabbitmqctl runs");
        assert!(output.status.success(), "rabbitmqctl: {output:?}");
    }

    /// Connects as soon as the broker is up.
    pub async fn bus(&self, options: Options) -> Arc<RabbitBus> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match connect(&self.url, options.clone()).await {
                Ok(bus) => return bus,
                Err(error) => assert!(Instant::now() < deadline, "no broker: {error}"),
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// A look past the adapter.
    pub async fn channel(&self) -> (Connection, Channel) {
        let properties = ConnectionProperties::default();
        let connection = Connection::connect(&self.url, properties)
            .await
            .expect("connected");
        let channel = connection.create_channel().await.expect("a channel");
        (connection, channel)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let mut keeper = self.keeper();
        drop(keeper.stdin.take());
        let _ = keeper.wait();
    }
}

pub async fn ready_messages(channel: &Channel, queue: &str) -> u32 {
    find(channel, queue).await.message_count()
}

pub async fn consumers(channel: &Channel, queue: &str) -> u32 {
    find(channel, queue).await.consumer_count()
}

async fn find(channel: &Channel, queue: &str) -> lapin::Queue {
    let passive = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    let declaring = channel.queue_declare(queue.into(), passive, FieldTable::default());
    declaring.await.expect("the queue is there")
}

pub async fn put(channel: &Channel, queue: &str, payload: &[u8]) {
    let publishing = channel.basic_publish(
        "".into(),
        queue.into(),
        BasicPublishOptions::default(),
        payload,
        BasicProperties::default(),
    );
    publishing.await.expect("published");
}

pub async fn delete_queue(channel: &Channel, queue: &str) {
    let deleting = channel.queue_delete(queue.into(), QueueDeleteOptions::default());
    deleting.await.expect("the queue is deleted");
}

#[derive(Clone, Copy)]
struct Ports {
    amqp: u16,
    distribution: u16,
    epmd: u16,
}

impl Ports {
    fn node(self) -> String {
        format!("switchboard-{}@localhost", self.amqp)
    }
}

fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|it| it.local_addr().expect("an address").port())
}

/// The members know each other by name; one that sees no other serves nobody.
fn membership(nodes: &[Ports]) -> String {
    let names = nodes.iter().enumerate().map(|(place, ports)| {
        let node = ports.node();
        format!("cluster_formation.classic_config.nodes.{place} = {node}\n")
    });
    "cluster_formation.peer_discovery_backend = classic_config\ncluster_partition_handling = pause_minority\n"
        .to_owned()
        + &names.collect::<String>()
}

fn environment(folder: &Path, ports: Ports, more: &str) -> Vec<(&'static str, String)> {
    let amqp = ports.amqp;
    let config = write(
        folder,
        "rabbitmq.conf",
        &format!(
            "listeners.tcp.1 = 127.0.0.1:{amqp}\nlog.file = false\nlog.console = true\n{more}"
        ),
    );
    // What members of a cluster know each other by; Erlang wants nobody else to read it.
    let cookie = write(folder, ".erlang.cookie", "switchboard");
    fs::set_permissions(cookie, Permissions::from_mode(0o600)).expect("the owner may");
    let plugins = write(folder, "enabled_plugins", "[].");
    let defaults = write(folder, "environment.conf", "");
    let inside = |name: &str| text(folder.join(name));
    vec![
        ("PATH", std::env::var("PATH").expect("a PATH")),
        ("HOME", text(folder.to_owned())),
        // Makes the server's process the broker itself, so that it can be killed.
        ("RUNNING_UNDER_SYSTEMD", "true".to_owned()),
        ("ERL_EPMD_PORT", ports.epmd.to_string()),
        ("RABBITMQ_NODENAME", ports.node()),
        ("RABBITMQ_DIST_PORT", ports.distribution.to_string()),
        ("RABBITMQ_CONFIG_FILE", config),
        ("RABBITMQ_CONF_ENV_FILE", defaults),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", plugins),
        ("RABBITMQ_MNESIA_BASE", inside("mnesia")),
        ("RABBITMQ_LOG_BASE", inside("log")),
    ]
}

fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, content).expect("a file is written");
    text(path)
}

fn text(path: PathBuf) -> String {
    path.into_os_string()
        .into_string()
        .expect("a readable path")
}
