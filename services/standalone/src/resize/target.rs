//! Files that are there as a whole or not at all.

use anyhow::{Context, bail};
use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process,
};

/// Writes beside the place under another name, then gives the file its own. Folders on the way are made.
pub fn write(path: &Path, bytes: &[u8], replace: bool) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    if !folder.as_os_str().is_empty() {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let temporary = Temporary::beside(path);
    fs::write(&temporary.0, bytes).with_context(|| format!("writing {}", path.display()))?;
    if replace {
        return fs::rename(&temporary.0, path)
            .with_context(|| format!("replacing {}", path.display()));
    }
    // A second name is only given where there is none, however many programs try at once.
    match fs::hard_link(&temporary.0, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already; --force replaces it", path.display())
        }
        // Not every file system knows second names.
        Err(_) => {
            fs::rename(&temporary.0, path).with_context(|| format!("writing {}", path.display()))
        }
    }
}

/// Gone with this value, unless it was renamed.
struct Temporary(PathBuf);

impl Temporary {
    /// No picture that is made gets a name that ends like this, and no other process this number.
    fn beside(path: &Path) -> Self {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", process::id()));
        Self(path.with_file_name(name))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
