//! A running compose project, by the engine's own commands.

use std::{
    env,
    process::{Command, Stdio},
};

/// The project that the environment names; `cargo xtask containers` brings one up.
pub struct Compose {
    project: String,
    pub key: String,
    /// How containers reach this machine.
    pub host: String,
}

impl Compose {
    #[must_use]
    pub fn named() -> Self {
        let named = |name| {
            env::var(name)
                .unwrap_or_else(|_| panic!("{name} is not set; run cargo xtask containers"))
        };
        Self {
            project: named("SWITCHBOARD_TEST_PROJECT"),
            key: named("SWITCHBOARD_TEST_KEY"),
            host: named("SWITCHBOARD_TEST_HOST"),
        }
    }

    /// `docker compose …`, and what it prints.
    pub fn call(&self, arguments: &[&str]) -> String {
        let project = ["compose", "--project-name", &self.project];
        docker(&[&project[..], arguments].concat())
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

    pub fn join(&self, network: &str, container: &str) {
        docker(&["network", "connect", &self.network(network), container]);
    }

    fn network(&self, name: &str) -> String {
        format!("{}_{name}", self.project)
    }
}

/// What the command prints; what it reports on the way is shown.
pub fn docker(arguments: &[&str]) -> String {
    let mut command = Command::new("docker");
    command
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let output = command.stderr(Stdio::inherit()).output().expect("docker");
    assert!(output.status.success(), "docker {}", arguments.join(" "));
    String::from_utf8(output.stdout).expect("UTF-8")
}
