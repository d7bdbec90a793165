use super::{
    job::{Format, Job, Output},
    judge::Judge,
    row::Row,
};
use anyhow::{Context, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Pictures of `mate-backgrounds` and `plasma-workspace-wallpapers`: one full of fine structure, a wood, boats at dusk.
const INSTALLED: [&str; 3] = [
    "/usr/share/backgrounds/mate/abstract/Elephants_5640x3172.jpg",
    "/usr/share/wallpapers/Path/contents/images/2560x1600.jpg",
    "/usr/share/wallpapers/EveningGlow/contents/images/2560x1600.jpg",
];
/// More would only take longer.
const MOST: usize = 12;

/// For each photograph a folder with files of known sizes.
pub struct Photos(Vec<PathBuf>);

impl Photos {
    pub async fn prepare(
        from: Option<&Path>,
        folder: &Path,
        judge: &mut Judge,
    ) -> anyhow::Result<Self> {
        let found = match from {
            Some(from) => pictures(from)?,
            None => INSTALLED.map(PathBuf::from).to_vec(),
        };
        let mut folders = Vec::new();
        for (index, photo) in found.iter().enumerate() {
            ensure!(
                photo.exists(),
                "{} is missing; install it: cargo xtask images",
                photo.display()
            );
            let folder = folder.join(index.to_string());
            fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
            judge.prepare(photo, &folder).await?;
            folders.push(folder);
        }
        Ok(Self(folders))
    }

    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(PathBuf::as_path)
    }

    /// A row's work, for each photograph once.
    pub fn jobs(&self, row: &Row, quality: impl Fn(Format) -> Option<u32>) -> Vec<Job> {
        let output = |&(side, format)| Output {
            side,
            format,
            quality: quality(format),
        };
        let job = |folder: &PathBuf| Job {
            input: folder.join(row.input),
            outputs: row.outputs.iter().map(output).collect(),
            repeat: 1,
            folder: None,
        };
        self.0.iter().map(job).collect()
    }
}

fn pictures(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let listing = fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))?;
    let paths = listing.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>()?;
    let known = |path: &PathBuf| {
        let extension = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
        extension.is_some_and(|name| {
            ["jpg", "jpeg", "png", "webp"]
                .iter()
                .any(|known| name == *known)
        })
    };
    paths.retain(known);
    paths.sort();
    paths.truncate(MOST);
    ensure!(
        !paths.is_empty(),
        "there is no picture in {}",
        folder.display()
    );
    Ok(paths)
}
