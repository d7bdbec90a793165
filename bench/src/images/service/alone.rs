//! The engine alone: a process whose threads read files, make their variants and keep nothing.

use super::{
    super::worker::Worker,
    Photo,
    round::Round,
    variant::{Made, Variant},
};
use crate::usage::{Meter, Watched};
use anyhow::{Context, Result, anyhow};
use imaging::{Encoded, Format, Limits, Preset, Request};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::BufRead,
    path::{Path, PathBuf},
    slice,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};
use tokio::process::Command;

/// What the service makes of a preset that names no format.
const FORMATS: [Format; 2] = [Format::Jpeg, Format::WebP];

/// What the process is asked for in one line.
#[derive(Debug, Serialize, Deserialize)]
struct Task {
    files: Vec<PathBuf>,
    /// Threads, each with one file at a time.
    places: usize,
}

/// Answers each task when it is done, with the variants of one of its files.
pub fn serve() -> Result<()> {
    let presets = imaging::presets();
    for line in std::io::stdin().lock().lines() {
        let task: Task = serde_json::from_str(&line?)?;
        let variants = work(&task, &presets)?;
        println!("{}", serde_json::to_string(&Made { variants })?);
    }
    Ok(())
}

/// Whoever has a free place takes the next file, so that no thread waits for another one or for who asked.
fn work(task: &Task, presets: &[Preset]) -> Result<Vec<Variant>> {
    let next = AtomicUsize::new(0);
    let place = || {
        let mut variants = Vec::new();
        while let Some(file) = task.files.get(next.fetch_add(1, Ordering::Relaxed)) {
            variants = make(file, presets)?;
        }
        Ok(variants)
    };
    thread::scope(|scope| {
        let places: Vec<_> = (0..task.places).map(|_| scope.spawn(place)).collect();
        let mut all = Vec::new();
        for place in places {
            let made: Result<_> = place.join().map_err(|_| anyhow!("a thread panicked"))?;
            all.push(made?);
        }
        Ok(all
            .into_iter()
            .find(|made| !made.is_empty())
            .unwrap_or_default())
    })
}

fn make(file: &Path, presets: &[Preset]) -> Result<Vec<Variant>> {
    let bytes = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let requests: Vec<_> = presets
        .iter()
        .map(|preset| Request {
            name: preset.name,
            form: &preset.form,
            formats: &FORMATS,
        })
        .collect();
    let rendered = imaging::render(&bytes, &requests, &Limits::default())?;
    Ok(rendered.variants.into_iter().map(told).collect())
}

fn told(encoded: Encoded) -> Variant {
    Variant {
        name: encoded.name,
        format: encoded.format.name().to_owned(),
        width: encoded.width,
        height: encoded.height,
        bytes: encoded.bytes.len(),
    }
}

/// As many threads in one process as there are places.
pub struct Alone {
    pub name: &'static str,
    places: usize,
    worker: Worker,
    watched: Watched,
}

impl Alone {
    pub fn start(name: &'static str, places: usize) -> Result<Self> {
        let this = std::env::current_exe().context("looking for this tool's own file")?;
        let mut command = Command::new(this);
        command.arg("uploads-worker");
        let worker = Worker::start("the engine", command)?;
        Ok(Self {
            name,
            places,
            watched: worker.watched().clone(),
            worker,
        })
    }

    pub async fn variants(&mut self, photo: &Photo) -> Result<Vec<Variant>> {
        self.make(vec![photo.file.clone()]).await.map(Made::sorted)
    }

    pub async fn round(&mut self, photos: &[Photo], count: usize) -> Result<Round> {
        let files = photos.iter().map(|photo| photo.file.clone());
        let files = files.cycle().take(count).collect();
        let watched = self.watched.clone();
        let meter = Meter::start(slice::from_ref(&watched))?;
        let begun = Instant::now();
        self.make(files).await?;
        Ok(Round {
            elapsed: begun.elapsed(),
            pictures: count,
            usage: meter.stop()?,
        })
    }

    async fn make(&mut self, files: Vec<PathBuf>) -> Result<Made> {
        let places = self.places;
        let answer = self.worker.line(&Task { files, places }).await?;
        Ok(serde_json::from_str(&answer)?)
    }
}
