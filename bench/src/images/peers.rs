//! What is measured, and how each is started.

use super::worker::Worker;
use anyhow::{Context, ensure};
use std::path::Path;
use tokio::process::Command;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peer-images");
const PYTHON: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../target/python/pillow-13.0.0/bin/python"
);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Switchboard,
    Sharp,
    Pillow,
    Vipsthumbnail,
}

impl System {
    pub const ALL: [Self; 4] = [
        Self::Switchboard,
        Self::Sharp,
        Self::Pillow,
        Self::Vipsthumbnail,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Switchboard => "Switchboard",
            Self::Sharp => "sharp",
            Self::Pillow => "Pillow",
            Self::Vipsthumbnail => "vipsthumbnail",
        }
    }

    pub fn start(self) -> anyhow::Result<Worker> {
        let command = match self {
            Self::Switchboard => {
                let this = std::env::current_exe().context("looking for this tool's own file")?;
                let mut command = Command::new(this);
                command.arg("images-worker");
                command
            }
            Self::Sharp => {
                installed(&Path::new(SCRIPTS).join("node_modules/sharp"))?;
                let mut command = Command::new("node");
                command.arg(format!("{SCRIPTS}/sharp.js"));
                command
            }
            Self::Pillow => python("pillow_worker.py")?,
            Self::Vipsthumbnail => python("vipsthumbnail_worker.py")?,
        };
        Worker::start(self.name(), command)
    }
}

/// A script in the environment that has Pillow.
pub fn python(script: &str) -> anyhow::Result<Command> {
    installed(Path::new(PYTHON))?;
    let mut command = Command::new(PYTHON);
    command.arg(format!("{SCRIPTS}/{script}"));
    Ok(command)
}

fn installed(path: &Path) -> anyhow::Result<()> {
    ensure!(
        path.exists(),
        "{} is missing; install it: cargo xtask images",
        path.display()
    );
    Ok(())
}
