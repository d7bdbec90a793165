//! A running compose project, by the engine's own commands.

use std::{
    env,
    ops::Deref,
    process::{self, Command, Stdio},
    thread,
};

/// What the engine says of a container, and how that ends when all is well.
const STATE: &str = "{{with .State.Health}}{{range .Log}}{{.ExitCode}} {{.Output}}{{end}}{{end}}\
    {{.Name}} {{.State.Status}} {{with .State.Health}}{{.Status}}{{end}} code {{.State.ExitCode}} restarts {{.RestartCount}}";
const WELL: [&str; 2] = [
    "running healthy code 0 restarts 0",
    "exited  code 0 restarts 0",
];

/// A compose project that runs.
pub struct Compose {
    project: String,
    files: Vec<String>,
    environment: Vec<(String, String)>,
    pub key: String,
    /// How containers reach this machine.
    pub host: String,
}

/// A project of the test's own; it goes, with everything it has made, when the test ends.
pub struct Own(Compose);

impl Compose {
    /// The project that the environment names; `cargo xtask containers` brings one up.
    #[must_use]
    pub fn named() -> Self {
        let named = |name| {
            env::var(name)
                .unwrap_or_else(|_| panic!("{name} is not set; run cargo xtask containers"))
        };
        Self {
            project: named("SWITCHBOARD_TEST_PROJECT"),
            files: Vec::new(),
            environment: Vec::new(),
            key: named("SWITCHBOARD_TEST_KEY"),
            host: named("SWITCHBOARD_TEST_HOST"),
        }
    }

    /// Brings up the compose file with these overlays on it, from images that are there.
    #[must_use]
    pub fn up(overlays: &[&str], environment: &[(&str, &str)]) -> Own {
        let key = format!("overlays-test-key-{:0>20}", process::id());
        let own = [
            ("SWITCHBOARD_ADMIN_KEY", key.as_str()),
            ("SWITCHBOARD_ALLOW_PRIVATE_NETWORKS", "true"),
        ];
        let environment = own.iter().chain(environment);
        let files = ["docker-compose.yml"].iter().chain(overlays);
        let mut own = Own(Self {
            project: format!("switchboard-overlays-{}", process::id()),
            files: files.map(|file| (*file).to_owned()).collect(),
            environment: environment
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            key: key.clone(),
            host: String::new(),
        });
        own.0.call(&["up", "--no-build", "--wait", "--detach"]);
        own.0.host = gateway_of(&own.0.network("public"));
        own
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command.args(["compose", "--project-name", &self.project]);
        for file in &self.files {
            command.args(["--file", file]);
        }
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        command.args(arguments).envs(environment);
        command
    }

    /// `docker compose …`, and what it prints.
    pub fn call(&self, arguments: &[&str]) -> String {
        let printed = printed(self.command(arguments).stderr(Stdio::inherit()));
        printed.unwrap_or_else(|| panic!("docker compose {}{}", arguments.join(" "), self.unwell()))
    }

    /// What is the matter with each container that has neither stayed up and healthy nor done its work.
    fn unwell(&self) -> String {
        let label = format!("label=com.docker.compose.project={}", self.project);
        let listed = docker(&["ps", "--all", "--quiet", "--filter", &label]);
        let states = listed
            .lines()
            .map(|id| (id, docker(&["inspect", "--format", STATE, id])));
        states
            .filter(|(_, state)| !WELL.iter().any(|well| state.trim().ends_with(well)))
            .map(|(id, state)| format!("\n{state}{}", last_lines(id)))
            .collect()
    }

    /// What a command in a service's container prints, if it succeeds.
    #[must_use]
    pub fn inside(&self, service: &str, arguments: &[&str]) -> Option<String> {
        let exec = ["exec", "-T", service];
        printed(&mut self.command(&[&exec[..], arguments].concat()))
    }

    /// The running containers of a service.
    #[must_use]
    pub fn containers(&self, service: &str) -> Vec<String> {
        let listed = self.call(&["ps", "--quiet", "--status", "running", service]);
        listed.lines().map(str::to_owned).collect()
    }

    /// Where the gateways listen.
    #[must_use]
    pub fn gateways(&self) -> Vec<String> {
        Self::listening(&self.containers("gateway"))
    }

    /// Where these gateways listen.
    #[must_use]
    pub fn listening(containers: &[String]) -> Vec<String> {
        let ports = containers.iter().map(|id| docker(&["port", id, "8080"]));
        ports
            .filter_map(|port| port.lines().next().map(|line| format!("http://{line}")))
            .collect()
    }

    /// Returns when so many are healthy. New containers come beside the old ones; superfluous ones are stopped, with
    /// their time to drain.
    pub fn scale(&self, service: &str, copies: usize) {
        let scale = format!("{service}={copies}");
        let up = ["up", "--detach", "--wait", "--no-deps", "--no-recreate"];
        self.call(&[&up[..], &["--scale", &scale, service]].concat());
    }

    pub fn cut(&self, network: &str, container: &str) {
        docker(&["network", "disconnect", &self.network(network), container]);
    }

    /// The others find it again by its service's name, which a cut takes away, too.
    pub fn join(&self, network: &str, service: &str, container: &str) {
        let network = self.network(network);
        docker(&[
            "network", "connect", "--alias", service, &network, container,
        ]);
    }

    fn network(&self, name: &str) -> String {
        format!("{}_{name}", self.project)
    }
}

impl Deref for Own {
    type Target = Compose;

    fn deref(&self) -> &Compose {
        &self.0
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.0.command(&["logs", "--tail", "100"]).status();
        }
        let down = ["down", "--volumes", "--remove-orphans", "--timeout", "30"];
        let _ = self.0.command(&down).status();
    }
}

/// This machine's address in a network of the engine's.
#[must_use]
pub fn gateway_of(network: &str) -> String {
    let format = "{{(index .IPAM.Config 0).Gateway}}";
    let address = docker(&["network", "inspect", "--format", format, network]);
    address.trim().to_owned()
}

/// Whether a container's own check says so.
#[must_use]
pub fn is_healthy(container: &str) -> bool {
    docker(&["inspect", "--format", "{{.State.Health.Status}}", container]).trim() == "healthy"
}

/// What the command prints; what it reports on the way is shown.
pub fn docker(arguments: &[&str]) -> String {
    let printed = printed(command().args(arguments).stderr(Stdio::inherit()));
    printed.unwrap_or_else(|| panic!("docker {}", arguments.join(" ")))
}

/// The last that a container said.
fn last_lines(container: &str) -> String {
    let logs = ["logs", "--tail", "10", container];
    let output = command().args(logs).output().expect("docker");
    [output.stdout, output.stderr]
        .map(|said| String::from_utf8_lossy(&said).into_owned())
        .concat()
}

fn command() -> Command {
    let mut command = Command::new("docker");
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    command
}

/// What a command prints, if it succeeds.
fn printed(command: &mut Command) -> Option<String> {
    let output = command.output().expect("docker");
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    output.status.success().then_some(printed)
}
