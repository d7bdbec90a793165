//! Half-written files of processes that died.

use std::{
    fs, io,
    path::Path,
    time::{Duration, SystemTime},
};

/// Another process may be writing right now: only what has been lying still for long is left over.
const STALE: Duration = Duration::from_hours(24);
/// `object_store` writes beside the place, under the place's name with this and a number.
const MARK: u8 = b'#';

/// Removes them, and tells how many there were.
pub fn remove(folder: &Path) -> io::Result<usize> {
    let mut removed = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // Other processes work in the folder too: what they have deleted meanwhile is nobody's fault.
        let Some(entries) = unless_gone(fs::read_dir(&folder))? else {
            continue;
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if is_left_over(&entry)? && unless_gone(fs::remove_file(entry.path()))?.is_some()
            {
                removed += 1;
            }
        }
    }
    Ok(removed)
}

fn is_left_over(entry: &fs::DirEntry) -> io::Result<bool> {
    // The name first: it is at hand, while each look at a file is a trip to the file system.
    if !entry.file_name().as_encoded_bytes().contains(&MARK) {
        return Ok(false);
    }
    let Some(metadata) = unless_gone(entry.metadata())? else {
        return Ok(false);
    };
    let age = SystemTime::now()
        .duration_since(metadata.modified()?)
        .unwrap_or_default();
    Ok(metadata.is_file() && age > STALE)
}

fn unless_gone<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_half_written_files_go() {
        let dir = tempfile::tempdir().unwrap();
        let nested = dir.path().join("tenant/img");
        fs::create_dir_all(&nested).unwrap();
        let old = SystemTime::now() - 2 * STALE;
        for name in ["original", "original#1", "fresh#1"] {
            let file = fs::File::create(nested.join(name)).unwrap();
            if name != "fresh#1" {
                file.set_modified(old).unwrap();
            }
        }
        assert_eq!(remove(dir.path()).unwrap(), 1);
        let mut left: Vec<_> = fs::read_dir(&nested)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["fresh#1", "original"]);
    }
}
