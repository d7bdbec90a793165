use crate::{carddav, dependencies, observability, packages, run::run, uploads};
use anyhow::Result;

/// Everything that must hold before a change lands.
pub fn all() -> Result<()> {
    packages::ensure()?;
    carddav::clients()?;
    uploads::client()?;
    dependencies::check()?;
    observability::check()?;
    run("format", "cargo", &["fmt", "--all", "--check"], &[])?;
    run(
        "lints",
        "cargo",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
        &[],
    )?;
    // The end-to-end tests run the real binaries.
    run(
        "build",
        "cargo",
        &["build", "--workspace", "--bins", "--locked"],
        &[],
    )?;
    run("tests", "cargo", &["test", "--workspace", "--locked"], &[])
}
