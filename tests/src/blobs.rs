use crate::System;
use std::{fs, path::PathBuf};

/// Every file in the blob folder of an embedded system, half-written ones too.
#[must_use]
pub fn blobs(system: &System) -> Vec<PathBuf> {
    let mut folders = vec![system.folder.path().join("data/blobs")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        // A folder may go while we look.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(_) => files.push(entry.path()),
                Err(_) => {}
            }
        }
    }
    files
}
