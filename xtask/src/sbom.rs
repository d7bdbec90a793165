//! A bill of materials of one binary: the crates that are linked into it, as CycloneDX 1.5.

use crate::run::output;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    repository: Option<String>,
    source: Option<String>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    /// `None`: a normal dependency; those of tests and build scripts are not in the binary.
    kind: Option<String>,
}

pub fn print(binary: &str) -> Result<()> {
    let target = output("rustc", &["--print", "host-tuple"])?;
    let arguments = [
        "metadata",
        "--format-version=1",
        "--locked",
        "--filter-platform",
        target.trim(),
    ];
    let metadata: Metadata = serde_json::from_str(&output("cargo", &arguments)?)?;
    let document = document(&metadata, binary)?;
    println!("{}", serde_json::to_string_pretty(&document)?);
    Ok(())
}

fn document(metadata: &Metadata, binary: &str) -> Result<Value> {
    let packages: BTreeMap<&str, &Package> = metadata
        .packages
        .iter()
        .map(|package| (package.id.as_str(), package))
        .collect();
    let linked: BTreeMap<&str, Vec<&str>> = metadata
        .resolve
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), linked(node)))
        .collect();
    let root = metadata
        .packages
        .iter()
        .find(|package| package.source.is_none() && package.has_binary(binary))
        .with_context(|| format!("no package here has a binary {binary}"))?;
    let reached = reach(&root.id, &linked);
    let component = |id: &str| packages.get(id).map(|package| package.component());
    let edges = reached.iter().map(|id| {
        let on = linked.get(id).into_iter().flatten();
        let on: Vec<_> = on
            .filter_map(|id| packages.get(id).map(|p| p.reference()))
            .collect();
        json!({ "ref": packages.get(id).map(|p| p.reference()), "dependsOn": on })
    });
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": {
            "type": "application", "bom-ref": root.reference(), "name": binary, "version": root.version,
        } },
        "components": reached.iter().filter(|id| **id != root.id).filter_map(|id| component(id)).collect::<Vec<_>>(),
        "dependencies": edges.collect::<Vec<_>>(),
    }))
}

fn linked(node: &Node) -> Vec<&str> {
    let normal = |dependency: &&Dependency| dependency.dep_kinds.iter().any(|k| k.kind.is_none());
    let normal = node.deps.iter().filter(normal);
    normal.map(|dependency| dependency.pkg.as_str()).collect()
}

fn reach<'a>(root: &'a str, linked: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let (mut reached, mut waiting) = (BTreeSet::new(), vec![root]);
    while let Some(id) = waiting.pop() {
        if reached.insert(id) {
            waiting.extend(linked.get(id).into_iter().flatten());
        }
    }
    reached
}

impl Package {
    fn has_binary(&self, name: &str) -> bool {
        let is_binary = |target: &Target| target.kind.iter().any(|kind| kind == "bin");
        self.targets
            .iter()
            .any(|target| target.name == name && is_binary(target))
    }

    fn reference(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }

    fn component(&self) -> Value {
        let mut component = json!({
            "type": "library",
            "bom-ref": self.reference(),
            "name": self.name,
            "version": self.version,
        });
        // What comes from a registry can be looked up by its package URL.
        if self.source.is_some() {
            component["purl"] = self.reference().into();
        }
        if let Some(license) = &self.license {
            // Older manifests separate alternatives by a slash.
            let expression = license.replace('/', " OR ");
            component["licenses"] = json!([{ "expression": expression }]);
        }
        if let Some(repository) = &self.repository {
            component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
        }
        component
    }
}
