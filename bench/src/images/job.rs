use super::{peers::System, row::Row};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// What a worker is asked for in one line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    pub input: PathBuf,
    pub outputs: Vec<Output>,
    /// How often all of it is made.
    pub repeat: u32,
    /// Where each output goes, under its index and with its format as extension; without it nowhere.
    pub folder: Option<PathBuf>,
}

/// A picture that lies within a square as a whole.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Output {
    /// In pixels.
    pub side: u32,
    pub format: Format,
    /// The worker's own without it.
    pub quality: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Jpeg,
    Png,
    WebP,
    Avif,
}

impl Format {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Avif => "avif",
        }
    }

    /// What sharp takes when it is told nothing, and so what everyone but us is told.
    pub const fn usual_quality(self) -> Option<u32> {
        match self {
            Self::Jpeg | Self::WebP => Some(80),
            Self::Avif => Some(50),
            Self::Png => None,
        }
    }
}

/// What a worker answers.
#[derive(Debug, Deserialize)]
pub struct Answer {
    /// Bytes of each output.
    pub sizes: Vec<u64>,
    /// Most resident memory of processes of its own, in bytes.
    pub peak: Option<u64>,
}

/// Quality of our own outputs in each row, by the row's name; a row without one has the engine's.
#[derive(Debug, Default)]
pub struct Settings(BTreeMap<&'static str, u32>);

impl Settings {
    pub fn set(&mut self, row: &Row, quality: u32) {
        self.0.insert(row.name, quality);
    }

    /// The quality at which a system writes a format in a row.
    pub fn of(&self, system: System, row: &Row) -> impl Fn(Format) -> Option<u32> {
        let ours = self.0.get(row.name).copied();
        move |format| match system {
            System::Switchboard => ours,
            _ => format.usual_quality(),
        }
    }
}
