//! What speaks CardDAV on the other side: the address book programs that the end-to-end tests run, and the server that
//! `bench carddav` compares with. Those name the environments by package and version, as they are made here.

use crate::python;
use anyhow::Result;

const CLIENTS: [(&str, &str); 2] = [("vdirsyncer", "0.21.0"), ("khard", "0.22.0")];
const SERVER: (&str, &str) = ("Radicale", "3.9.0");

/// What the tests need.
pub fn clients() -> Result<()> {
    CLIENTS.into_iter().try_for_each(install)
}

pub fn all() -> Result<()> {
    clients()?;
    install(SERVER)
}

fn install((package, version): (&str, &str)) -> Result<()> {
    let python = python::tool(package, version, "python")?;
    println!("== {package} {version}: {}", python.display());
    Ok(())
}
