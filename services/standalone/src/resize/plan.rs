//! Which file becomes which.

use super::picture::format_of;
use crate::cli::Resize;
use anyhow::{Context, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders within folders that are gone into. Deeper ones are most likely a circle of links.
const DEPTH: usize = 32;

/// One picture to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub input: PathBuf,
    pub target: Target,
}

/// Where a picture goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To this file, in the format that it is named after.
    File(PathBuf),
    /// To a file with this path, but with the extension of the format that is made.
    Named(PathBuf),
}

pub fn tasks(command: &Resize) -> anyhow::Result<Vec<Task>> {
    let output = &command.output;
    if let [input] = command.inputs.as_slice()
        && input.is_file()
        && !output.is_dir()
        && format_of(output).is_some()
    {
        return Ok(vec![Task {
            input: input.clone(),
            target: Target::File(output.clone()),
        }]);
    }
    ensure!(
        !output.is_file(),
        "{} is a file; more than one picture goes to a folder",
        output.display()
    );
    let mut tasks = Vec::new();
    for input in &command.inputs {
        if input.is_dir() {
            let depth = if command.recursive { DEPTH } else { 0 };
            add_folder(input, output, depth, &mut tasks)?;
        } else {
            // One that is not there is refused when its turn comes, so that the others are made.
            add_file(input, output, &mut tasks);
        }
    }
    Ok(tasks)
}

/// A folder's pictures, told by their names, in the order of those.
fn add_folder(
    folder: &Path,
    output: &Path,
    depth: usize,
    tasks: &mut Vec<Task>,
) -> anyhow::Result<()> {
    let listing = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let paths = listing.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths
        .collect::<Result<_, _>>()
        .with_context(|| format!("reading {}", folder.display()))?;
    paths.sort();
    for path in paths {
        if !path.is_dir() && format_of(&path).is_some() {
            add_file(&path, output, tasks);
        } else if path.is_dir()
            && depth > 0
            && !same(&path, output)
            && let Some(name) = path.file_name()
        {
            add_folder(&path, &output.join(name), depth - 1, tasks)?;
        }
    }
    Ok(())
}

fn add_file(input: &Path, output: &Path, tasks: &mut Vec<Task>) {
    let name = input.file_name().unwrap_or(input.as_os_str());
    tasks.push(Task {
        input: input.to_owned(),
        target: Target::Named(output.join(name)),
    });
}

/// Whether two paths lead to one place. What is not there is not the same as anything.
pub fn same(a: &Path, b: &Path) -> bool {
    let (a, b) = (fs::canonicalize(a), fs::canonicalize(b));
    a.is_ok_and(|a| b.is_ok_and(|b| a == b))
}
