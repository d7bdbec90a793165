//! thumbor from PyPI, in its own server: it reads the photographs from files and keeps nothing of what it makes.

use super::{super::job::Format, SIDE, site::Site};
use crate::{
    http::Connection,
    system::{
        child::Child,
        running::Running,
        servers::{clean, free_port},
        wait::until,
    },
};
use anyhow::{Context, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

const PYTHON: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../target/python/thumbor-7.8.0/bin/python"
);
const PATIENCE: Duration = Duration::from_secs(60);

/// `photos` is the folder that all the files lie in.
pub async fn start(photos: &Path, files: &[PathBuf]) -> anyhow::Result<(Running, Site)> {
    ensure!(
        Path::new(PYTHON).exists(),
        "thumbor is missing; install it: cargo xtask images"
    );
    let folder = tempfile::tempdir().context("making a folder")?;
    let settings = folder.path().join("thumbor.conf");
    fs::write(&settings, self::settings(photos)).context("writing thumbor's settings")?;
    let port = free_port()?;
    let mut command = clean(PYTHON);
    command.args(["-m", "thumbor.server", "--ip", "127.0.0.1", "--conf"]);
    command.arg(&settings).args(["--port", &port.to_string()]);
    let child = Child::start("thumbor", command)?.quiet();
    let url = format!("http://127.0.0.1:{port}");
    let system = Running::new("thumbor", &url, &[], vec![child], Vec::new(), folder)?;
    until("thumbor", PATIENCE, async || {
        Connection::open(&system.target).await.is_ok()
    })
    .await?;
    let paths: Vec<_> = files
        .iter()
        .map(|file| {
            file.strip_prefix(photos)
                .map(|path| path.display().to_string())
        })
        .collect::<Result<_, _>>()?;
    let count = paths.len();
    let path = move |photo: usize, format: Format, quality, height| {
        let (file, format) = (&paths[photo], format.name());
        format!("/unsafe/fit-in/{SIDE}x{height}/filters:format({format}):quality({quality})/{file}")
    };
    let site = Site::open(system.name, &system.target, count, Box::new(path)).await?;
    Ok((system, site))
}

/// Its own JPEGs are progressive, which takes longer than what ours are.
fn settings(photos: &Path) -> String {
    format!(
        "LOADER = 'thumbor.loaders.file_loader'\n\
         FILE_LOADER_ROOT_PATH = '{}'\n\
         STORAGE = 'thumbor.storages.no_storage'\n\
         PROGRESSIVE_JPEG = False\n",
        photos.display()
    )
}
