//! A program of others that uploads in pieces: tuspy, from PyPI. `cargo xtask test` installs it.

use crate::Client;
use std::{path::Path, process::Stdio, time::Duration};
use tokio::process::Command;

/// As `cargo xtask uploads` names its environment.
const PYTHON: &str = "target/python/tuspy-1.1.0/bin/python";
const PATIENCE: Duration = Duration::from_secs(120);
/// Uploads a file from where it stands up to an offset, every piece with its checksum, and says where it stands then.
const SCRIPT: &str = "
import sys
from tusclient.client import TusClient
endpoint, key, path, url, piece, stop, metadata = sys.argv[1:]
client = TusClient(endpoint, headers={'Authorization': 'Bearer ' + key})
metadata = dict(pair.split('=', 1) for pair in metadata.split(';'))
uploader = client.uploader(path, url=url or None, chunk_size=int(piece), metadata=metadata, upload_checksum=True)
uploader.upload(stop_at=int(stop) or None)
print(uploader.url, uploader.offset)
";

/// Where an upload stands.
#[derive(Debug, PartialEq, Eq)]
pub struct Standing {
    pub url: String,
    pub offset: u64,
}

/// A file to be uploaded.
pub struct TusFile<'a> {
    pub path: &'a Path,
    /// `name=value;…`
    pub metadata: &'a str,
    /// Bytes of a piece.
    pub piece: usize,
}

impl TusFile<'_> {
    /// Begins an upload, or goes on with the one at `url`, up to `stop_at` or to the end.
    pub async fn upload(&self, client: &Client, url: &str, stop_at: Option<u64>) -> Standing {
        let python = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(PYTHON);
        assert!(
            python.exists(),
            "{} is missing; install it: cargo xtask uploads",
            python.display()
        );
        let endpoint = format!("{}/v1/uploads", client.url);
        let (piece, stop_at) = (self.piece.to_string(), stop_at.unwrap_or(0).to_string());
        let child = Command::new(python)
            .args(["-c", SCRIPT, &endpoint, client.key()])
            .arg(self.path)
            .args([url, &piece, &stop_at, self.metadata])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(PATIENCE, child).await;
        let output = output.expect("an end in time").expect("its output");
        let said = String::from_utf8_lossy(&output.stdout);
        let standing = said.trim().split_once(' ').and_then(|(url, offset)| {
            Some(Standing {
                url: url.to_owned(),
                offset: offset.parse().ok()?,
            })
        });
        standing.unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&output.stderr)))
    }
}
