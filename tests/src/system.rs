//! The system under test: one process on embedded backends, or each service twice on real servers.

use crate::{Client, RabbitMq, Redis, client::try_send, wait::eventually_within};
use reqwest::Method;
use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command as AsyncCommand},
};

const ADMIN_KEY: &str = "end-to-end-tests-root-key-0123456789abcdef";
const SECRETS_KEY: &str = "end-to-end-tests-secrets-key-0123456789abcdef";
const PATIENCE: Duration = Duration::from_secs(60);
/// Of services and of what they have routes for.
const SERVICES: [(&str, &str); 4] = [
    ("phonebook", "/v1/contacts"),
    ("image-resize", "/v1/images"),
    ("notifier", "/v1/subscriptions"),
    ("gateway", "/v1/keys"),
];

/// One process of ours.
pub struct Process {
    pub program: String,
    environment: Vec<(String, String)>,
    logs: PathBuf,
    child: Child,
    /// Where the gateway listens, if this process is one.
    pub url: Option<String>,
}

impl Process {
    async fn start(program: &str, environment: &[(String, String)], logs: &Path) -> Self {
        let mut child = AsyncCommand::new(binary(program))
            .env_clear()
            .envs(std::env::vars().filter(|(name, _)| !name.starts_with("SWITCHBOARD")))
            .envs(environment.iter().cloned())
            .stdout(Stdio::piped())
            .stderr(stderr(program, logs))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|e| {
                panic!(
                    "{program} cannot be started ({e}); build it: cargo build --workspace --bins"
                )
            });
        let url = if matches!(program, "gateway" | "switchboard") {
            Some(url(&mut child, program).await)
        } else {
            None
        };
        Self {
            program: program.to_owned(),
            environment: environment.to_vec(),
            logs: logs.to_owned(),
            child,
            url,
        }
    }

    /// kill -9.
    pub async fn kill(&mut self) {
        let _ = self.child.kill().await;
    }

    /// The same program with the same settings again; a gateway keeps its port.
    pub async fn restart(&mut self) {
        self.kill().await;
        if let Some(address) = self
            .url
            .as_deref()
            .and_then(|url| url.strip_prefix("http://"))
        {
            self.environment
                .retain(|(name, _)| name != "SWITCHBOARD__GATEWAY__LISTEN");
            self.environment.push((
                "SWITCHBOARD__GATEWAY__LISTEN".to_owned(),
                address.to_owned(),
            ));
        }
        let again = Self::start(&self.program, &self.environment, &self.logs).await;
        *self = again;
    }

    /// SIGTERM, and the exit code when the process has drained.
    pub async fn terminate(&mut self) -> Option<i32> {
        if let Some(id) = self.child.id() {
            let _ = Command::new("kill")
                .args(["-TERM", &id.to_string()])
                .status();
        }
        let ended = tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .expect("an end within the drain's deadline");
        ended.expect("an exit status").code()
    }
}

/// Our processes' logs are kept in files, or shown when the tests are run with `SWITCHBOARD_TEST_LOG=1`.
fn stderr(program: &str, logs: &Path) -> Stdio {
    if std::env::var_os("SWITCHBOARD_TEST_LOG").is_some() {
        return Stdio::inherit();
    }
    let log = logs.join(format!("{program}.log"));
    let log = OpenOptions::new().create(true).append(true).open(log);
    log.expect("a log file").into()
}

/// Where cargo has put a program of ours.
#[must_use]
pub fn binary(program: &str) -> PathBuf {
    let mut folder = std::env::current_exe().expect("this test's path");
    while folder
        .file_name()
        .is_some_and(|name| name == "deps" || name != "debug" && name != "release")
    {
        folder.pop();
    }
    folder.join(program)
}

/// The gateway prints where it listens.
async fn url(child: &mut Child, program: &str) -> String {
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let found = tokio::time::timeout(PATIENCE, async {
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some(url) = line.strip_prefix("Switchboard listens on ") {
                return Some(url.to_owned());
            }
        }
        None
    });
    let url = found
        .await
        .ok()
        .flatten()
        .unwrap_or_else(|| panic!("{program} did not say where it listens"));
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    url
}

pub struct System {
    pub client: Client,
    pub processes: Vec<Process>,
    pub redis: Option<Redis>,
    pub rabbitmq: Option<RabbitMq>,
    pub folder: TempDir,
}

impl System {
    /// `switchboard` in a folder of its own.
    pub async fn embedded() -> Self {
        Self::embedded_with(&[]).await
    }

    pub async fn embedded_with(more: &[(&str, &str)]) -> Self {
        Self::embedded_on(tempfile::tempdir().expect("a folder"), more).await
    }

    /// `switchboard` on what is in the folder.
    pub(crate) async fn embedded_on(folder: TempDir, more: &[(&str, &str)]) -> Self {
        let environment = [common(&folder), pairs(more)].concat();
        let process = Process::start("switchboard", &environment, folder.path()).await;
        Self::up(vec![process], None, folder).await
    }

    /// Each of the four services `copies` times, on a Redis and a RabbitMQ of their own.
    pub async fn on_servers(copies: usize) -> Self {
        Self::on_servers_with(copies, &[]).await
    }

    pub async fn on_servers_with(copies: usize, more: &[(&str, &str)]) -> Self {
        let servers = tokio::join!(Redis::start(), RabbitMq::start());
        let folder = tempfile::tempdir().expect("a folder");
        Self::on(servers, folder, &[], copies, more).await
    }

    /// Each service once, but for one that is not there.
    pub async fn on_servers_without(absent: &str, more: &[(&str, &str)]) -> Self {
        let servers = tokio::join!(Redis::start(), RabbitMq::start());
        let folder = tempfile::tempdir().expect("a folder");
        Self::on(servers, folder, &[absent], 1, more).await
    }

    /// The services but for `absent`, on these servers and the folder's blobs.
    pub(crate) async fn on(
        servers: (Redis, RabbitMq),
        folder: TempDir,
        absent: &[&str],
        copies: usize,
        more: &[(&str, &str)],
    ) -> Self {
        let (redis, rabbitmq) = &servers;
        let backends = pairs(&[
            ("SWITCHBOARD__BUS__URL", &rabbitmq.url()),
            ("SWITCHBOARD__STORE__URL", &redis.url()),
            (
                "SWITCHBOARD__BLOBS__URL",
                &format!("file://{}", folder.path().join("blobs").display()),
            ),
            ("SWITCHBOARD__SECRETS_KEY", SECRETS_KEY),
            ("SWITCHBOARD__RUNTIME__HEARTBEAT", "500ms"),
        ]);
        let environment = [common(&folder), backends, pairs(more)].concat();
        let mut processes = Vec::new();
        for (service, _) in SERVICES {
            for _ in 0..copies {
                if !absent.contains(&service) {
                    processes.push(Process::start(service, &environment, folder.path()).await);
                }
            }
        }
        Self::up(processes, Some(servers), folder).await
    }

    async fn up(
        processes: Vec<Process>,
        servers: Option<(Redis, RabbitMq)>,
        folder: TempDir,
    ) -> Self {
        let url = processes.iter().find_map(|process| process.url.as_deref());
        let client = Client::new(url.expect("a gateway"), ADMIN_KEY);
        let (redis, rabbitmq) = servers.unzip();
        let system = Self {
            client,
            processes,
            redis,
            rabbitmq,
            folder,
        };
        system.wait_until_ready().await;
        system
    }

    /// Every gateway is ready and knows a live instance of every service that was started.
    pub async fn wait_until_ready(&self) {
        let started: Vec<_> = SERVICES
            .into_iter()
            .filter(|(name, _)| self.runs(name))
            .collect();
        for url in self.gateways() {
            let client = self.client.at(&url);
            eventually_within(PATIENCE, "a ready gateway with all services", async || {
                let ready = try_send(client.anonymous(Method::GET, "/readyz"))
                    .await
                    .ok()?;
                let services = try_send(client.request(Method::GET, "/v1/services"))
                    .await
                    .ok()?;
                let openapi = try_send(client.anonymous(Method::GET, "/openapi.json"))
                    .await
                    .ok()?
                    .json();
                let known = started
                    .iter()
                    .all(|(_, path)| openapi["paths"][*path].is_object());
                let names = services.status == 200
                    && started.iter().all(|(name, _)| {
                        let rows = services.json()["data"]
                            .as_array()
                            .cloned()
                            .unwrap_or_default();
                        rows.iter().any(|row| row["name"] == *name)
                    });
                (ready.status == 200 && names && known).then_some(())?;
                // A service shows itself before the broker has given it a queue.
                for (_, path) in &started {
                    let probe = client.request(Method::GET, &format!("{path}/none"));
                    (try_send(probe).await.ok()?.status != 503).then_some(())?;
                }
                Some(())
            })
            .await;
        }
    }

    fn runs(&self, service: &str) -> bool {
        let mut programs = self.processes.iter().map(|process| &process.program);
        programs.any(|program| program == service || program == "switchboard")
    }

    /// So many instances of a service show themselves.
    pub async fn wait_until_instances(&self, service: &str, instances: u64) {
        eventually_within(
            PATIENCE,
            &format!("{instances} instances of {service}"),
            async || {
                let services = try_send(self.client.request(Method::GET, "/v1/services"))
                    .await
                    .ok()?
                    .json();
                let row = services["data"]
                    .as_array()?
                    .iter()
                    .find(|row| row["name"] == service)?
                    .clone();
                (row["instances"] == instances).then_some(())
            },
        )
        .await;
    }

    /// Every line that the processes have logged so far.
    #[must_use]
    pub fn logs(&self) -> Vec<String> {
        let mut programs: Vec<_> = self.processes.iter().map(|p| &p.program).collect();
        programs.dedup();
        let log = |program| self.folder.path().join(format!("{program}.log"));
        let texts = programs
            .into_iter()
            .map(|program| fs::read_to_string(log(program)).expect("a log"));
        texts
            .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }

    #[must_use]
    pub fn gateways(&self) -> Vec<String> {
        self.processes
            .iter()
            .filter_map(|process| process.url.clone())
            .collect()
    }

    /// The processes of one service.
    pub fn of(&mut self, program: &str) -> impl Iterator<Item = &mut Process> {
        self.processes
            .iter_mut()
            .filter(move |process| process.program == program)
    }

    /// kill -9 of everything of ours, then everything again.
    pub async fn crash(&mut self) {
        for process in &mut self.processes {
            process.kill().await;
        }
        for process in &mut self.processes {
            process.restart().await;
        }
        self.wait_until_ready().await;
    }
}

fn common(folder: &TempDir) -> Vec<(String, String)> {
    pairs(&[
        ("SWITCHBOARD__GATEWAY__LISTEN", "127.0.0.1:0"),
        ("SWITCHBOARD__ADMIN__LISTEN", "127.0.0.1:0"),
        ("SWITCHBOARD__ADMIN_KEY", ADMIN_KEY),
        (
            "SWITCHBOARD__DATA_DIR",
            &folder.path().join("data").display().to_string(),
        ),
        ("SWITCHBOARD__NOTIFIER__ALLOW_PRIVATE_NETWORKS", "true"),
        (
            "SWITCHBOARD__NOTIFIER__RETRY_DELAYS",
            "200ms,500ms,1s,2s,4s,8s",
        ),
        ("RUST_LOG", "info,lapin=error"),
    ])
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}
