use super::job::{Answer, Job};
use crate::usage::Watched;
use anyhow::{Context, ensure};
use serde::Serialize;
use std::{process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Take},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// Longest wait for an answer; a job may hold dozens of pictures.
const PATIENCE: Duration = Duration::from_secs(600);
/// Longest answer, in bytes.
const MAX_ANSWER: u64 = 1 << 20;

/// A process that answers each line with a line. It ends with this value.
pub struct Worker {
    watched: Watched,
    _process: Child,
    input: ChildStdin,
    output: BufReader<Take<ChildStdout>>,
    peak: u64,
}

impl Worker {
    pub fn start(name: &str, mut command: Command) -> anyhow::Result<Self> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        let id = process.id().context("it ended at once")?;
        let input = process.stdin.take().context("it reads nothing")?;
        let output = process.stdout.take().context("it writes nothing")?;
        Ok(Self {
            watched: Watched::process(name, id),
            _process: process,
            input,
            output: BufReader::new(output.take(MAX_ANSWER)),
            peak: 0,
        })
    }

    pub async fn ask(&mut self, job: &Job) -> anyhow::Result<Answer> {
        let answer: Answer = serde_json::from_str(&self.line(job).await?)?;
        self.peak = self.peak.max(answer.peak.unwrap_or(0));
        Ok(answer)
    }

    /// The line that answers a line.
    pub async fn line(&mut self, request: &impl Serialize) -> anyhow::Result<String> {
        let mut line = serde_json::to_string(request)?;
        line.push('\n');
        self.input.write_all(line.as_bytes()).await?;
        let mut answer = String::new();
        self.output.get_mut().set_limit(MAX_ANSWER);
        let read = timeout(PATIENCE, self.output.read_line(&mut answer)).await;
        let read = read.with_context(|| format!("waiting for {}", self.watched.name))??;
        ensure!(read > 0, "{} ended at {}", self.watched.name, line.trim());
        Ok(answer)
    }

    #[must_use]
    pub fn watched(&self) -> &Watched {
        &self.watched
    }

    /// Of the process and of those that it has started and that have ended.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        self.watched.cpu_with_children()
    }

    /// The most memory that was resident, in bytes: of processes of its own if it has told so, else of itself.
    pub fn peak(&self) -> anyhow::Result<u64> {
        match self.peak {
            0 => self.watched.peak(),
            told => Ok(told),
        }
    }
}
