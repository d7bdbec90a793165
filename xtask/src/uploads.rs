//! What uploads in pieces on the other side; the tests name its environment by package and version, as it is made here.

use crate::python;
use anyhow::Result;

const CLIENT: (&str, &str) = ("tuspy", "1.1.0");

pub fn client() -> Result<()> {
    let (package, version) = CLIENT;
    let python = python::tool(package, version, "python")?;
    println!("== {package} {version}: {}", python.display());
    Ok(())
}
