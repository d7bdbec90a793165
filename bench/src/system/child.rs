use super::quota::Quota;
use crate::usage::Watched;
use anyhow::{Context, bail};
use std::{os::unix::process::CommandExt, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{self, Command},
    time::timeout,
};

/// Longest wait for the line that tells where a process listens.
const START: Duration = Duration::from_secs(60);
/// Longest wait for a process that was asked to stop; longer than it drains.
const STOP: Duration = Duration::from_secs(30);
/// Longest output before that line, in bytes.
const MAX_OUTPUT: u64 = 1 << 20;

/// A process in a group of its own, ended with all that it has started when this is dropped.
pub struct Child {
    name: String,
    group: u32,
    process: process::Child,
    quota: Option<Quota>,
}

impl Child {
    /// Its errors go where this tool's go.
    pub fn start(name: &str, mut command: Command) -> anyhow::Result<Self> {
        let program = command.as_std().get_program().display().to_string();
        let process = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {program}"))?;
        let group = process
            .id()
            .with_context(|| format!("{program} ended at once"))?;
        Ok(Self {
            name: name.to_owned(),
            group,
            process,
            quota: None,
        })
    }

    /// The address that the process prints behind `listens on `.
    pub async fn address(&mut self) -> anyhow::Result<String> {
        let output = self
            .process
            .stdout
            .take()
            .context("the output is being read already")?;
        let mut lines = BufReader::new(output.take(MAX_OUTPUT)).lines();
        let found = timeout(START, async {
            while let Some(line) = lines.next_line().await? {
                if let Some((_, address)) = line.split_once("listens on ") {
                    return anyhow::Ok(Some(address.trim().to_owned()));
                }
            }
            Ok(None)
        });
        let found = found
            .await
            .with_context(|| format!("waiting for {}", self.name))??;
        let Some(address) = found else {
            bail!("{} ended without saying where it listens", self.name);
        };
        drain(lines.into_inner().into_inner().into_inner());
        Ok(address)
    }

    /// For a process that has nothing to say.
    pub fn quiet(mut self) -> Self {
        if let Some(output) = self.process.stdout.take() {
            drain(output);
        }
        self
    }

    /// Held to so many hundredths of a core from now on.
    pub fn held(mut self, percent: u16) -> anyhow::Result<Self> {
        self.quota = Some(Quota::hold(self.group, percent)?);
        Ok(self)
    }

    #[must_use]
    pub fn watched(&self) -> Watched {
        Watched::group(&self.name, self.group)
    }

    /// kill -9, and waits for the end.
    pub async fn kill(mut self) {
        signal("-KILL", self.group);
        let _ = timeout(STOP, self.process.wait()).await;
    }

    /// Asks it to stop and waits; what is left after that is killed.
    pub async fn stop(mut self) {
        signal("-TERM", self.group);
        let _ = timeout(STOP, self.process.wait()).await;
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        signal("-KILL", self.group);
    }
}

/// Reads the rest away, so that the process never waits for a reader.
fn drain(mut output: process::ChildStdout) {
    tokio::spawn(async move { tokio::io::copy(&mut output, &mut tokio::io::sink()).await });
}

fn signal(name: &str, group: u32) {
    // A group that has ended already is what is wanted. In a group of its own, or what ends this tool's group ends the
    // command before it has done anything.
    let _ = std::process::Command::new("kill")
        .args([name, "--", &format!("-{group}")])
        .process_group(0)
        .stderr(Stdio::null())
        .status();
}
