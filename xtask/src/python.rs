//! Programs from PyPI: each in a virtual environment of its own under `target/`, nothing installed globally.

use crate::{
    packages,
    run::{output, root, run},
};
use anyhow::Result;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The path of `program` in an environment that has exactly this version of `package`; made when it is missing.
/// `python` is a program of every environment.
pub fn tool(package: &str, version: &str, program: &str) -> Result<PathBuf> {
    let environment = root()
        .join("target/python")
        .join(format!("{package}-{version}"));
    // Written last, so that an interrupted installation is not taken for a whole one.
    let complete = environment.join("complete");
    if !complete.exists() {
        install(&environment, &format!("{package}=={version}"))?;
        fs::write(&complete, "")?;
    }
    Ok(environment.join("bin").join(program))
}

fn install(environment: &Path, requirement: &str) -> Result<()> {
    if output("python3", &["-c", "import ensurepip, venv"]).is_err() {
        packages::install(&["python3-venv"])?;
    }
    let folder = environment.display().to_string();
    run(
        "virtual environment",
        "python3",
        &["-m", "venv", "--clear", &folder],
        &[],
    )?;
    let pip = environment.join("bin/pip").display().to_string();
    let arguments = [
        "install",
        "--quiet",
        "--disable-pip-version-check",
        requirement,
    ];
    run("virtual environment", &pip, &arguments, &[])
}
