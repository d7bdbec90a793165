//! The container engine's command.

use anyhow::{Context, ensure};
use std::{process::Stdio, time::Duration};
use tokio::{process::Command, time::timeout};

/// Longest that a command may take: a container that is stopped drains.
const PATIENCE: Duration = Duration::from_secs(180);

/// What the command prints. It has a process group of its own, so that Ctrl-C does not end it halfway.
pub async fn docker(arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new("docker");
    command
        .args(arguments)
        // New containers have to let webhooks reach this machine, as those do that run already.
        .env("SWITCHBOARD_ALLOW_PRIVATE_NETWORKS", "true")
        .stdin(Stdio::null())
        .process_group(0)
        .kill_on_drop(true);
    let what = format!("docker {}", arguments.join(" "));
    let output = timeout(PATIENCE, command.output())
        .await
        .with_context(|| format!("waiting for {what}"))?
        .with_context(|| format!("running {what}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{what}: {}", errors.trim());
    String::from_utf8(output.stdout).with_context(|| format!("reading what {what} prints"))
}

/// The lines that are not empty.
#[must_use]
pub fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}
