//! The key that seals webhook secrets at rest and signs URLs.

use anyhow::{Context, bail};
use settings::{Secret, Settings};
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
};

const FILE: &str = "secrets.key";
const BYTES: usize = 32;

/// The configured key; for an embedded store, otherwise, one that is made once and kept beside the data.
pub fn secrets_key(settings: &Settings) -> anyhow::Result<Secret> {
    if let Some(key) = &settings.secrets_key {
        return Ok(key.clone());
    }
    if settings.store.url.expose() != "embedded:" {
        bail!(
            "SWITCHBOARD__SECRETS_KEY must be set, to the same value for every gateway and notifier: at least 32 characters"
        );
    }
    let folder = &settings.data_dir.0;
    fs::create_dir_all(folder)
        .with_context(|| format!("making the folder {}", folder.display()))?;
    let path = folder.join(FILE);
    let shown = path.display();
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
    {
        Ok(mut file) => {
            let random: [u8; BYTES] = rand::random();
            let text: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
                .with_context(|| format!("writing {shown}"))?;
            Ok(Secret::new(text))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(&path).with_context(|| format!("reading {shown}"))?;
            Ok(Secret::new(text.trim()))
        }
        Err(error) => Err(error).with_context(|| format!("making {shown}")),
    }
}
