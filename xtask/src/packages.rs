//! The servers that the tests start: from Debian's packages, installed when they are missing and we may.

use crate::run::run;
use anyhow::{Result, bail};
use std::{env, path::Path};

const NEEDED: [(&str, &[&str]); 2] = [
    ("redis-server", &["/usr/bin/redis-server"]),
    (
        "rabbitmq-server",
        &["/usr/lib/rabbitmq/bin/rabbitmq-server"],
    ),
];

pub fn ensure() -> Result<()> {
    let missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(package, places)| !is_there(package, places))
        .map(|(package, _)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    install(&missing)
}

/// Installs Debian's packages, if we may; else the error says what to install.
pub fn install(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if !Path::new("/usr/bin/apt-get").exists() || !is_root() {
        bail!(
            "{list} is needed; install it, on Debian with: sudo apt-get install --no-install-recommends {list}"
        );
    }
    // Installing must not start servers on the machine's own ports.
    let quiet = [("DEBIAN_FRONTEND", "noninteractive"), ("RUNLEVEL", "1")];
    run("packages", "apt-get", &["update", "-qq"], &quiet)?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(packages);
    run("packages", "apt-get", &arguments, &quiet)
}

fn is_there(program: &str, places: &[&str]) -> bool {
    let on_path = || {
        env::split_paths(&env::var_os("PATH")?)
            .map(|folder| folder.join(program))
            .find(|path| path.exists())
    };
    places.iter().any(|place| Path::new(place).exists()) || on_path().is_some()
}

fn is_root() -> bool {
    crate::run::output("id", &["-u"]).is_ok_and(|id| id.trim() == "0")
}
