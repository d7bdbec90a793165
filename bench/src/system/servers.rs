//! A Redis and a RabbitMQ of our own, on free ports and in a temporary folder.

use super::{child::Child, wait::until};
use crate::usage::Watched;
use anyhow::Context;
use std::{
    ffi::OsStr,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Command,
    time::timeout,
};

/// The packaged command insists on a user of its own; this one beneath it does not.
const RABBITMQ: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const PATIENCE: Duration = Duration::from_secs(90);
const REPLY: Duration = Duration::from_secs(1);

/// How a server shows that it serves.
struct Greeting {
    port: u16,
    say: &'static [u8],
    hear: &'static [u8],
}

/// A server that is stopped when this is dropped.
pub struct Server {
    pub name: &'static str,
    pub url: String,
    pub watched: Watched,
    greeting: Greeting,
    command: Box<dyn Fn() -> Command>,
    main: Option<Child>,
    /// What it leans on; it stays while the server is away.
    beside: Option<Child>,
}

impl Server {
    /// Returns when it serves.
    async fn start(
        name: &'static str,
        url: String,
        greeting: Greeting,
        command: Box<dyn Fn() -> Command>,
    ) -> anyhow::Result<Self> {
        let main = Child::start(name, command())?.quiet();
        let server = Self {
            name,
            url,
            watched: main.watched(),
            greeting,
            command,
            main: Some(main),
            beside: None,
        };
        server.wait().await?;
        Ok(server)
    }

    async fn wait(&self) -> anyhow::Result<()> {
        let Greeting { port, say, hear } = self.greeting;
        until(self.name, PATIENCE, async || answers(port, say, hear).await).await
    }

    /// kill -9. Its port is free again afterwards: the process that held it need not be the one that was started.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(main) = self.main.take() {
            main.kill().await;
        }
        let what = format!("{} to be gone", self.name);
        until(&what, PATIENCE, async || {
            !connects(self.greeting.port).await
        })
        .await
    }

    /// The same again, on what it has stored.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        let main = Child::start(self.name, (self.command)())?.quiet();
        self.watched = main.watched();
        self.main = Some(main);
        self.wait().await
    }

    pub async fn stop(self) {
        for child in self.main.into_iter().chain(self.beside) {
            child.stop().await;
        }
    }
}

/// Redis as it is run where no write may be lost.
pub async fn redis(folder: &Path) -> anyhow::Result<Server> {
    let port = free_port()?;
    let data = folder.join("redis");
    fs::create_dir_all(&data)?;
    let command = move || {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--dir"]);
        command.arg(&data).args(["--save", ""]);
        command.args(["--appendonly", "yes", "--appendfsync", "always"]);
        command.args(["--maxmemory-policy", "noeviction"]);
        command
    };
    let greeting = Greeting {
        port,
        say: b"PING\r\n",
        hear: b"+PONG",
    };
    let url = format!("redis://127.0.0.1:{port}");
    Server::start("redis", url, greeting, Box::new(command)).await
}

pub async fn rabbitmq(folder: &Path) -> anyhow::Result<Server> {
    let (port, names, distribution) = (free_port()?, free_port()?, free_port()?);
    let home = folder.join("rabbitmq");
    fs::create_dir_all(&home)?;
    // Left to itself the broker starts one that outlives it.
    let names_server = Child::start("epmd", epmd(names))?.quiet();
    until("epmd", PATIENCE, async || connects(names).await).await?;
    let environment = environment(&home, port)?;
    let command = move || {
        let mut command = Command::new(if Path::new(RABBITMQ).exists() {
            RABBITMQ
        } else {
            "rabbitmq-server"
        });
        command.envs(environment.iter().cloned());
        command.env("ERL_EPMD_PORT", names.to_string());
        command.env("RABBITMQ_DIST_PORT", distribution.to_string());
        command
    };
    // A broker answers a wrong protocol header with its own as soon as it serves.
    let greeting = Greeting {
        port,
        say: b"HELO0000",
        hear: b"AMQP",
    };
    let url = format!("amqp://guest:guest@127.0.0.1:{port}");
    let mut server = Server::start("rabbitmq", url, greeting, Box::new(command)).await?;
    server.beside = Some(names_server);
    Ok(server)
}

fn epmd(port: u16) -> Command {
    let mut command = Command::new("epmd");
    command.args(["-port", &port.to_string(), "-address", "127.0.0.1"]);
    // It would complain of those who connect and say nothing, as the wait for it does.
    command.stderr(Stdio::null());
    command
}

fn environment(home: &Path, port: u16) -> anyhow::Result<[(&'static str, PathBuf); 6]> {
    let write = |name: &str, text: &str| -> anyhow::Result<PathBuf> {
        let path = home.join(name);
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        Ok(path)
    };
    let plugins = write("enabled_plugins", "[].")?;
    let settings = write(
        "rabbitmq.conf",
        &format!("listeners.tcp.1 = 127.0.0.1:{port}\nvm_memory_high_watermark.absolute = 2GB\n"),
    )?;
    Ok([
        ("HOME", home.to_owned()),
        ("RABBITMQ_NODENAME", format!("bench{port}@localhost").into()),
        ("RABBITMQ_MNESIA_BASE", home.join("data")),
        ("RABBITMQ_LOG_BASE", home.join("log")),
        ("RABBITMQ_CONFIG_FILE", settings),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", plugins),
    ])
}

/// A port that was free a moment ago.
pub fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

async fn connects(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).await.is_ok()
}

async fn answers(port: u16, say: &[u8], hear: &[u8]) -> bool {
    let exchange = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        stream.write_all(say).await.ok()?;
        let mut answer = vec![0; hear.len()];
        stream.read_exact(&mut answer).await.ok()?;
        (answer == hear).then_some(())
    };
    timeout(REPLY, exchange)
        .await
        .is_ok_and(|heard| heard.is_some())
}

/// A command whose environment is this tool's, without what would set our services or the peer up.
pub fn clean(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| {
            let name = name.to_string_lossy();
            !["SWITCHBOARD", "OTEL_", "PEER_", "RUST_LOG"]
                .iter()
                .any(|own| name.starts_with(own))
        }));
    command
}
