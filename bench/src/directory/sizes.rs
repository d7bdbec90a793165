//! What the data takes: Redis' memory, or the embedded store's room on disk.

use crate::system::running::Running;
use anyhow::Context;
use std::{fs, os::unix::fs::MetadataExt, path::Path};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Of a block in `stat(2)`, in bytes.
const BLOCK: u64 = 512;
/// Longest answer that is read, in bytes.
const MAX_ANSWER: usize = 16 << 10;

pub struct Size {
    pub what: &'static str,
    pub bytes: u64,
}

pub async fn stored(system: &Running) -> anyhow::Result<Size> {
    match system.server("redis") {
        Some(url) => Ok(Size {
            what: "Redis' used_memory",
            bytes: used_memory(url).await?,
        }),
        None => Ok(Size {
            what: "the data folder on disk",
            bytes: on_disk(&system.folder().join("data"))?,
        }),
    }
}

async fn used_memory(url: &str) -> anyhow::Result<u64> {
    let address = url.trim_start_matches("redis://");
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"INFO memory\r\n").await?;
    let mut answer = Vec::new();
    while answer.len() < MAX_ANSWER {
        stream.read_buf(&mut answer).await?;
        let text = String::from_utf8_lossy(&answer);
        // The field that comes next shows that this one is whole.
        if let Some((_, rest)) = text.split_once("\r\nused_memory:")
            && let Some((bytes, _)) = rest.split_once("\r\n")
        {
            return bytes.parse().context("reading Redis' memory");
        }
    }
    anyhow::bail!("Redis did not tell its memory")
}

/// What the files below a folder have been given, holes left out.
fn on_disk(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    let entries = fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() {
            on_disk(&entry.path())?
        } else {
            metadata.blocks() * BLOCK
        };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_all_files_below_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inner")).unwrap();
        fs::write(folder.path().join("inner/file"), vec![1; 100_000]).unwrap();
        assert!((100_000..200_000).contains(&on_disk(folder.path()).unwrap()));
    }
}
