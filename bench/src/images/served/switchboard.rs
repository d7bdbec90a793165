//! Our own service: photographs are uploaded once, and rendered on demand.

use super::{super::job::Format, SIDE, site::Site};
use crate::{
    contacts::Created,
    http::Connection,
    system::{Backends, ours, running::Running},
};
use anyhow::Context;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Seconds that an upload waits for its variants.
const WAIT: &str = "wait=50";

pub async fn start(binaries: &Path, files: &[PathBuf]) -> anyhow::Result<(Running, Site)> {
    let system = ours::start(Backends::Embedded, binaries).await?;
    let mut connection = Connection::open(&system.target).await?;
    let mut ids = Vec::new();
    for file in files {
        let bytes = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let fields = [("content-type", "image/jpeg"), ("prefer", WAIT)];
        let upload = system
            .target
            .send_with("POST", "/v1/images", &fields, &bytes);
        let created: Created = connection.json(&upload).await?;
        ids.push(created.id);
    }
    let photos = ids.len();
    let path = move |photo: usize, format: Format, quality, height| {
        let (id, format) = (&ids[photo], format.name());
        format!("/v1/images/{id}/render?w={SIDE}&h={height}&format={format}&q={quality}")
    };
    let site = Site::open(system.name, &system.target, photos, Box::new(path)).await?;
    Ok((system, site))
}
