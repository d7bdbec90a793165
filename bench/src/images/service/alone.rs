//! The engine alone: processes that read a file, make its variants and keep nothing.

use super::{
    super::worker::Worker,
    Photo,
    round::Round,
    variant::{Made, Variant},
};
use crate::usage::{Meter, Watched};
use anyhow::{Context, ensure};
use futures_util::future::try_join_all;
use imaging::{Encoded, Format, Limits, Preset, Request};
use std::{cell::Cell, fs, io::BufRead, path::PathBuf, time::Instant};
use tokio::process::Command;

/// What the service makes of a preset that names no format.
const FORMATS: [Format; 3] = [Format::Jpeg, Format::Png, Format::WebP];

/// Answers each line, which names a file, with the variants of its upload.
pub fn serve() -> anyhow::Result<()> {
    let presets = imaging::presets();
    for line in std::io::stdin().lock().lines() {
        let file: PathBuf = serde_json::from_str(&line?)?;
        let variants = make(&file, &presets)?;
        println!("{}", serde_json::to_string(&Made { variants })?);
    }
    Ok(())
}

fn make(file: &PathBuf, presets: &[Preset]) -> anyhow::Result<Vec<Variant>> {
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

/// As many processes as there are places, each with one picture at a time.
pub struct Alone {
    pub name: &'static str,
    workers: Vec<Worker>,
    watched: Vec<Watched>,
}

impl Alone {
    pub fn start(name: &'static str, places: usize) -> anyhow::Result<Self> {
        let this = std::env::current_exe().context("looking for this tool's own file")?;
        let start = |_| {
            let mut command = Command::new(&this);
            command.arg("uploads-worker");
            Worker::start("the engine", command)
        };
        let workers: Vec<_> = (0..places).map(start).collect::<Result<_, _>>()?;
        let watched = workers
            .iter()
            .map(|worker| worker.watched().clone())
            .collect();
        Ok(Self {
            name,
            workers,
            watched,
        })
    }

    pub async fn variants(&mut self, photo: &Photo) -> anyhow::Result<Vec<Variant>> {
        let worker = self.workers.first_mut().context("there is no worker")?;
        let made: Made = serde_json::from_str(&worker.line(&photo.file).await?)?;
        Ok(made.sorted())
    }

    pub async fn round(&mut self, photos: &[Photo], count: usize) -> anyhow::Result<Round> {
        ensure!(!photos.is_empty(), "there is no photograph");
        let meter = Meter::start(&self.watched)?;
        let begun = Instant::now();
        let next = Cell::new(0);
        try_join_all(self.workers.iter_mut().map(async |worker| {
            while next.get() < count {
                let n = next.replace(next.get() + 1);
                worker.line(&photos[n % photos.len()].file).await?;
            }
            anyhow::Ok(())
        }))
        .await?;
        Ok(Round {
            elapsed: begun.elapsed(),
            pictures: count,
            usage: meter.stop()?,
        })
    }
}
