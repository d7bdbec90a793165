//! The compose file with every choice of overlays on it, as the engine reads them.

use crate::run::{output, root};
use anyhow::{Context, Result};
use std::fs;

const FOLDER: &str = "deploy/compose";

/// Each combination must be whole: merged without contradictions, everything that is named there.
pub fn check() -> Result<()> {
    let overlays = overlays()?;
    for choice in 0..1_usize << overlays.len() {
        let chosen = (0..overlays.len()).filter(|n| choice & (1 << n) != 0);
        let chosen: Vec<&str> = chosen
            .filter_map(|n| overlays.get(n).map(String::as_str))
            .collect();
        read(&chosen).with_context(|| format!("docker-compose.yml with {chosen:?}"))?;
    }
    println!(
        "compose: every choice of {} fits together",
        overlays.join(", ")
    );
    Ok(())
}

/// In the order of their names.
fn overlays() -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(FOLDER))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".yml") {
            found.push(format!("{FOLDER}/{name}"));
        }
    }
    found.sort();
    Ok(found)
}

fn read(overlays: &[&str]) -> Result<String> {
    // What an overlay insists on comes from here, not from who runs this.
    let environment = "SWITCHBOARD_BLOBS_URL=s3://bucket";
    let mut arguments = vec![
        environment,
        "docker",
        "compose",
        "--file",
        "docker-compose.yml",
    ];
    for overlay in overlays {
        arguments.extend(["--file", overlay]);
    }
    arguments.extend(["config", "--quiet"]);
    output("env", &arguments)
}
