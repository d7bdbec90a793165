//! What `bench images` and `bench image-http` compare with, and the photographs that they take: sharp from the npm
//! registry, Pillow and thumbor from PyPI, vipsthumbnail and pictures from the distribution. They name the environments
//! by package and version, as they are made here.

use crate::{packages, python, run::run};
use anyhow::Result;
use std::path::Path;

const PILLOW: (&str, &str) = ("pillow", "13.0.0");
const THUMBOR: (&str, &str) = ("thumbor", "7.8.0");
const SHARP: &str = "bench/peer-images";
/// Packages, and where they put what is needed of them.
const PACKAGES: [(&str, &str); 3] = [
    ("libvips-tools", "/usr/bin/vipsthumbnail"),
    ("mate-backgrounds", "/usr/share/backgrounds/mate"),
    ("plasma-workspace-wallpapers", "/usr/share/wallpapers/Path"),
];

pub fn all() -> Result<()> {
    let missing = PACKAGES
        .iter()
        .filter(|(_, place)| !Path::new(place).exists());
    let missing: Vec<&str> = missing.map(|(package, _)| *package).collect();
    if !missing.is_empty() {
        packages::install(&missing)?;
    }
    for (package, version) in [PILLOW, THUMBOR] {
        let python = python::tool(package, version, "python")?;
        println!("== {package} {version}: {}", python.display());
    }
    let arguments = ["ci", "--no-audit", "--no-fund", "--prefix", SHARP];
    run("sharp", "npm", &arguments, &[])
}
