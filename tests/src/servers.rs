//! Servers of our own, on free ports and in temporary folders; they never touch what else runs on the machine.

use crate::wait::eventually_within;
use std::{
    fs,
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const RABBITMQ_SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const RABBITMQCTL: &str = "/usr/lib/rabbitmq/bin/rabbitmqctl";
const PATIENCE: Duration = Duration::from_secs(90);

/// A port that was free a moment ago.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// A child in a process group of its own, killed with all its descendants.
struct Group(Child);

impl Group {
    fn spawn(mut command: Command) -> Self {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.unwrap_or_else(|e| {
            panic!("{program} cannot be started ({e}); cargo xtask test installs it")
        }))
    }

    fn kill(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        let _ = self.0.wait();
    }

    /// SIGTERM to all, and the end of all.
    async fn terminate(&mut self) {
        let group = format!("-{}", self.0.id());
        let signal = |name: &str| {
            let mut kill = Command::new("kill");
            kill.args([name, "--", &group]).stderr(Stdio::null());
            kill.status().is_ok_and(|status| status.success())
        };
        signal("-TERM");
        eventually_within(PATIENCE, "a server's end", async || {
            self.0.try_wait().expect("a status")
        })
        .await;
        eventually_within(PATIENCE, "the end of its descendants", async || {
            (!signal("-0")).then_some(())
        })
        .await;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

pub struct Redis {
    folder: TempDir,
    port: u16,
    server: Group,
}

impl Redis {
    pub async fn start() -> Self {
        Self::start_on(tempfile::tempdir().expect("a folder")).await
    }

    /// On the data in the folder.
    pub(crate) async fn start_on(folder: TempDir) -> Self {
        let port = free_port();
        let server = Self::spawn(&folder, port);
        let redis = Self {
            folder,
            port,
            server,
        };
        redis.wait_until_up().await;
        redis
    }

    fn spawn(folder: &TempDir, port: u16) -> Group {
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--dir"])
            .arg(folder.path());
        command.args([
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--maxmemory-policy",
            "noeviction",
            "--save",
            "",
        ]);
        Group::spawn(command)
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends the server; its data.
    pub(crate) async fn stop(&mut self) -> &Path {
        self.server.terminate().await;
        self.folder.path()
    }

    /// kill -9, then the same data on the same port.
    pub async fn crash(&mut self) {
        self.server.kill();
        self.server = Self::spawn(&self.folder, self.port);
        self.wait_until_up().await;
    }

    /// Deletes what is kept under keys of this pattern.
    pub async fn forget(&self, pattern: &str) {
        let address = format!("127.0.0.1:{}", self.port);
        let each =
            "for _, key in ipairs(redis.call('keys', ARGV[1])) do redis.call('del', key) end";
        let command = format!("EVAL \"{each} return redis.status_reply('OK')\" 0 {pattern}\r\n");
        let forgotten = exchange(&address, command.as_bytes(), b"+OK").await;
        forgotten.expect("a script's end");
    }

    /// Everything that it holds, keys and values, in bytes; what is squeezed is there as it was before, too.
    pub async fn dump(&self) -> Vec<u8> {
        let address = format!("127.0.0.1:{}", self.port);
        let plain = b"CONFIG SET rdbcompression no\r\nSAVE\r\n";
        let saved = exchange(&address, plain, b"+OK\r\n+OK").await;
        saved.expect("a snapshot");
        let snapshot = self.folder.path().join("dump.rdb");
        let mut dump = fs::read(snapshot).expect("the snapshot");
        let url = self.url();
        let values = tokio::task::spawn_blocking(move || values(&url)).await;
        let values = values.expect("every value");
        dump.extend(values.iter().flat_map(|value| expanded(value)));
        dump
    }

    async fn wait_until_up(&self) {
        let address = format!("127.0.0.1:{}", self.port);
        eventually_within(PATIENCE, "redis-server", async || {
            exchange(&address, b"PING\r\n", b"+PONG").await
        })
        .await;
    }
}

/// Every string and every field of every stream.
fn values(url: &str) -> Vec<Vec<u8>> {
    const ALL: &str = "local all = {}
        for _, key in ipairs(redis.call('keys', '*')) do
            local kind = redis.call('type', key).ok
            if kind == 'string' then all[#all + 1] = redis.call('get', key) end
            if kind == 'stream' then
                for _, entry in ipairs(redis.call('xrange', key, '-', '+')) do
                    for _, field in ipairs(entry[2]) do all[#all + 1] = field end
                end
            end
        end
        return all";
    let client = redis::Client::open(url).expect("an address");
    let mut connection = client.get_connection().expect("a connection");
    let all = redis::Script::new(ALL).invoke(&mut connection);
    all.expect("every value")
}

/// The LZ4 block that begins somewhere in the first bytes of a value, behind its length; nothing if none does.
fn expanded(value: &[u8]) -> Vec<u8> {
    const DICTIONARY: &[u8] =
        include_bytes!("../../shared/redis-store/src/squeeze/dictionary-1.txt");
    const HEADER: usize = 32;
    let blocks = (0..HEADER).filter_map(|start| value.get(start..)?.split_first_chunk::<2>());
    blocks
        .filter_map(|(length, block)| {
            let mut whole = vec![0; u16::from_be_bytes(*length).into()];
            let length =
                lz4_flex::block::decompress_into_with_dict(block, &mut whole, DICTIONARY).ok()?;
            (length == whole.len()).then_some(whole)
        })
        .flatten()
        .collect()
}

pub struct RabbitMq {
    folder: TempDir,
    /// Its data are of this node and no other.
    pub(crate) node: String,
    port: u16,
    epmd: u16,
    distribution: u16,
    server: Group,
    /// Left to itself, the broker would start one that outlives it.
    _names: Group,
}

impl RabbitMq {
    pub async fn start() -> Self {
        let node = format!("switchboard{}@localhost", free_port());
        Self::start_on(tempfile::tempdir().expect("a folder"), node).await
    }

    /// On the node's data in the folder.
    pub(crate) async fn start_on(folder: TempDir, node: String) -> Self {
        let (port, epmd, distribution) = (free_port(), free_port(), free_port());
        let names = Self::spawn_names(epmd);
        let address = format!("127.0.0.1:{epmd}");
        eventually_within(PATIENCE, "epmd", async || {
            TcpStream::connect(&address).await.ok()
        })
        .await;
        let server = Self::spawn(&folder, &node, port, epmd, distribution);
        let rabbitmq = Self {
            folder,
            node,
            port,
            epmd,
            distribution,
            server,
            _names: names,
        };
        rabbitmq.wait_until_up().await;
        rabbitmq
    }

    fn spawn_names(port: u16) -> Group {
        let mut command = Command::new("epmd");
        command.args(["-port", &port.to_string(), "-address", "127.0.0.1"]);
        Group::spawn(command)
    }

    fn spawn(folder: &TempDir, node: &str, port: u16, epmd: u16, distribution: u16) -> Group {
        let path = |name: &str| -> PathBuf { folder.path().join(name) };
        fs::write(path("enabled_plugins"), "[].").expect("a plugins file");
        let config = format!(
            "listeners.tcp.1 = 127.0.0.1:{port}\nvm_memory_high_watermark.absolute = 2GB\n"
        );
        fs::write(path("rabbitmq.conf"), config).expect("a configuration");
        let mut command = Command::new(RABBITMQ_SERVER);
        command.env("HOME", folder.path());
        command
            .env("ERL_EPMD_PORT", epmd.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1");
        command.env("RABBITMQ_NODENAME", node);
        command.env("RABBITMQ_DIST_PORT", distribution.to_string());
        command
            .env("RABBITMQ_MNESIA_BASE", path("data"))
            .env("RABBITMQ_LOG_BASE", path("log"));
        command
            .env("RABBITMQ_CONFIG_FILE", path("rabbitmq.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", path("enabled_plugins"));
        Group::spawn(command)
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}", self.port)
    }

    /// kill -9, then the same data on the same port.
    pub async fn crash(&mut self) {
        self.server.kill();
        self.server = Self::spawn(
            &self.folder,
            &self.node,
            self.port,
            self.epmd,
            self.distribution,
        );
        self.wait_until_up().await;
    }

    /// Ends the broker; its data.
    pub(crate) async fn stop(&mut self) -> &Path {
        self.server.terminate().await;
        self.folder.path()
    }

    /// Messages in all queues as the queues themselves know it; what `list_queues` says can be seconds old.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        let ask =
            "lists:sum([element(2, rabbit_amqqueue:stat(Q)) || Q <- rabbit_amqqueue:list()]).";
        let output = Command::new(RABBITMQCTL)
            .args(["--quiet", "--node", &self.node, "eval", ask])
            .env("HOME", self.folder.path())
            .env("ERL_EPMD_PORT", self.epmd.to_string())
            .output()
            .expect("rabbitmqctl");
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().unwrap_or_else(|_| panic!("{output:?}"))
    }

    /// A broker answers a wrong protocol header with its own as soon as it serves.
    async fn wait_until_up(&self) {
        let address = format!("127.0.0.1:{}", self.port);
        eventually_within(PATIENCE, "rabbitmq-server", async || {
            exchange(&address, b"HELO0000", b"AMQP").await
        })
        .await;
    }
}

async fn exchange(address: &str, say: &[u8], hear: &[u8]) -> Option<()> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.write_all(say).await.ok()?;
    let mut answer = vec![0; hear.len()];
    let read = tokio::time::timeout(Duration::from_secs(1), stream.read_exact(&mut answer)).await;
    (read.ok()?.is_ok() && answer == hear).then_some(())
}
