use super::{
    plan::{Target, Task},
    target,
};
use anyhow::{Context, ensure};
use imaging::{Form, Format, Limits, Request, probe, render};
use std::{
    collections::HashSet,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// What is asked of every picture.
pub struct Studio {
    pub form: Form,
    pub format: Option<Format>,
    pub force: bool,
    /// The pictures themselves, by their true places.
    pub inputs: HashSet<PathBuf>,
    /// The places of what has been made, or is being made.
    pub taken: Mutex<HashSet<PathBuf>>,
}

impl Studio {
    fn is_input(&self, path: &Path) -> bool {
        path.canonicalize()
            .is_ok_and(|path| self.inputs.contains(&path))
    }

    /// False for all but the first who ask.
    fn take(&self, path: &Path) -> bool {
        let taken = self.taken.lock();
        taken
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path.to_owned())
    }
}

/// The format that an extension stands for, in any case.
pub fn format_of(path: &Path) -> Option<Format> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    let known = |format: &Format| [format.name(), format.extension()].contains(&extension.as_str());
    Format::INPUTS.into_iter().find(known)
}

/// A format that can only be read gives way to one that keeps what clears and what moves.
fn writable(format: Format) -> Format {
    if Format::OUTPUTS.contains(&format) {
        format
    } else {
        Format::WebP
    }
}

pub fn resize(task: &Task, studio: &Studio) -> anyhow::Result<()> {
    let limits = Limits::default();
    let bytes = read(&task.input, &limits)?;
    let stored = probe(&bytes, &limits)?.format;
    let (path, format) = place(&task.target, studio.format, stored);
    ensure!(
        !studio.is_input(&path),
        "it would overwrite {}, which is one of the pictures",
        path.display()
    );
    ensure!(
        studio.take(&path),
        "{} is what another of the pictures became",
        path.display()
    );
    ensure!(
        studio.force || !path.exists(),
        "{} is there already; --force replaces it",
        path.display()
    );
    let request = Request {
        name: "",
        form: &studio.form,
        formats: &[format],
    };
    let rendered = render(&bytes, &[request], &limits)?;
    let variant = rendered.variants.first().context("nothing was made")?;
    target::write(&path, &variant.bytes, studio.force)
}

/// No more than the engine takes.
fn read(path: &Path, limits: &Limits) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(limits.max_bytes + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn place(target: &Target, wanted: Option<Format>, stored: Format) -> (PathBuf, Format) {
    match target {
        Target::File(path) => {
            let told = wanted.or_else(|| format_of(path));
            (path.clone(), writable(told.unwrap_or(stored)))
        }
        Target::Named(path) => {
            let format = writable(wanted.unwrap_or(stored));
            (path.with_extension(format.extension()), format)
        }
    }
}
