use super::peers::System;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

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
    pub const LOSSY: [Self; 3] = [Self::Jpeg, Self::WebP, Self::Avif];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Avif => "avif",
        }
    }

    /// What sharp takes when it is told nothing, and so what everyone but us is told.
    const fn usual_quality(self) -> Option<u32> {
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

/// Qualities of our own outputs; those without one have the engine's.
#[derive(Debug, Default)]
pub struct Settings(Vec<(Format, u32)>);

impl Settings {
    pub fn set(&mut self, format: Format, quality: u32) {
        self.0.retain(|(known, _)| *known != format);
        self.0.push((format, quality));
    }

    /// The quality at which a system writes a format.
    pub fn of(&self, system: System) -> impl Fn(Format) -> Option<u32> {
        move |format| match system {
            System::Switchboard => {
                let mut ours = self.0.iter().filter(|(known, _)| *known == format);
                ours.next().map(|(_, quality)| *quality)
            }
            _ => format.usual_quality(),
        }
    }
}
