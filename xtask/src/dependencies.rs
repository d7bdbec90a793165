//! Checks who may depend on whom, so that the architecture stays what ARCHITECTURE.md says.

use crate::run::output;
use anyhow::{Result, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const SERVICES: [&str; 4] = ["gateway", "phonebook", "image-resize", "notifier"];
const ADAPTERS: [&str; 4] = ["embedded", "redis-store", "rabbitmq", "blobs"];
/// What only adapters may touch.
const DRIVERS: [&str; 5] = ["lapin", "redis", "redb", "fjall", "object_store"];

/// For each crate of ours, the crates of ours that it may name.
fn allowed() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut table: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::from([
        ("contact-csv", set(&[])),
        ("contracts", set(&[])),
        ("dav", set(&[])),
        ("imaging", set(&[])),
        ("mutate", set(&[])),
        ("settings", set(&[])),
        ("ports", set(&["contracts"])),
        ("conformance", set(&["ports"])),
        ("web", set(&["contracts", "ports"])),
        ("runtime", set(&["contracts", "ports", "settings", "web"])),
        ("telemetry", set(&["settings"])),
        (
            "backends",
            set(&[
                "embedded",
                "redis-store",
                "rabbitmq",
                "blobs",
                "ports",
                "settings",
            ]),
        ),
        (
            "process",
            set(&["backends", "ports", "runtime", "settings", "telemetry"]),
        ),
        (
            "standalone",
            set(&[
                "gateway",
                "phonebook",
                "image-resize",
                "imaging",
                "notifier",
                "process",
                "settings",
            ]),
        ),
        ("vcard", set(&[])),
        ("bench", set(&["imaging", "mutate"])),
        ("xtask", set(&[])),
    ]);
    for adapter in ADAPTERS {
        table.insert(adapter, set(&["ports"]));
    }
    for service in SERVICES {
        // `process` is for its main.rs alone; see the check of sources below.
        table.insert(
            service,
            set(&[
                "contracts",
                "dav",
                "ports",
                "process",
                "runtime",
                "settings",
                "web",
            ]),
        );
    }
    let formats = ["contact-csv", "vcard"];
    table.entry("phonebook").or_default().extend(formats);
    table.entry("image-resize").or_default().insert("imaging");
    table
}

fn set(names: &[&'static str]) -> BTreeSet<&'static str> {
    names.iter().copied().collect()
}

pub fn check() -> Result<()> {
    let metadata: Value = serde_json::from_str(&output(
        "cargo",
        &["metadata", "--format-version", "1", "--no-deps"],
    )?)?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let names: BTreeSet<&str> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    let mut faults = Vec::new();
    for package in &packages {
        faults.extend(faults_of(package, &names));
    }
    for service in SERVICES {
        faults.extend(sources_naming_process(service)?);
    }
    if faults.is_empty() {
        println!("== dependencies: every crate depends only on what it may");
        return Ok(());
    }
    bail!(
        "dependency directions are broken:\n  {}",
        faults.join("\n  ")
    )
}

fn faults_of(package: &Value, names: &BTreeSet<&str>) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let Some(allowed) = allowed().remove(name) else {
        return Vec::new();
    };
    let dependencies = package["dependencies"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    // Tests may look behind the ports: that is what they are for.
    let normal = dependencies
        .iter()
        .filter(|dependency| dependency["kind"].is_null());
    let named = normal.filter_map(|dependency| dependency["name"].as_str());
    named
        .filter_map(|dependency| {
            let foreign_driver = DRIVERS.contains(&dependency) && !ADAPTERS.contains(&name);
            let wrong_way = names.contains(dependency) && !allowed.contains(dependency);
            (foreign_driver || wrong_way).then(|| format!("{name} must not depend on {dependency}"))
        })
        .collect()
}

/// A service's library stays free of everything that `process` brings: only its main.rs may name it.
fn sources_naming_process(service: &str) -> Result<Vec<String>> {
    let folder = crate::run::root()
        .join("services")
        .join(service)
        .join("src");
    let mut faults = Vec::new();
    let mut folders = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path != folder.join("main.rs")
                // Pictures for tests lie there too.
                && path.extension().is_some_and(|ending| ending == "rs")
                && std::fs::read_to_string(&path)?.contains("process::main")
            {
                faults.push(format!("{} must not use the crate process", path.display()));
            }
        }
    }
    Ok(faults)
}
