//! What `bench images` compares the picture engine with, and the photographs that it takes: sharp from the npm registry,
//! Pillow from PyPI, vipsthumbnail and pictures from the distribution. Those name the environments by package and version,
//! as they are made here.

use crate::{packages, python, run::run};
use anyhow::Result;
use std::path::Path;

const PILLOW: (&str, &str) = ("pillow", "13.0.0");
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
    let python = python::tool(PILLOW.0, PILLOW.1, "python")?;
    println!("== {} {}: {}", PILLOW.0, PILLOW.1, python.display());
    let arguments = ["ci", "--no-audit", "--no-fund", "--prefix", SHARP];
    run("sharp", "npm", &arguments, &[])
}
