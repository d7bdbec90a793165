//! Checks the CloudFormation templates in `deploy/ecs`: by cfn-lint, and against what the services need to run well.

mod iam;
mod network;
mod parts;
mod service;
mod template;

use crate::{
    python,
    run::{output, root, run},
};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{collections::BTreeMap, fs};

const CFN_LINT: (&str, &str) = ("cfn-lint", "1.58.0");
/// Templates as JSON, the short forms of functions (`!Ref`) in their long ones, by file name.
const READ: &str = "
import json, pathlib, sys
from cfnlint.decode.cfn_yaml import load
json.dump({pathlib.Path(file).stem: load(file) for file in sys.argv[1:]}, sys.stdout)
";
/// In the order in which they are deployed.
const PARTS: [&str; 5] = ["foundation", "broker", "store", "balancer", "service"];

type Templates = BTreeMap<String, Value>;

pub fn check() -> Result<()> {
    let files = PARTS.map(|part| format!("deploy/ecs/{part}.yaml"));
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let tool = |program| {
        let path = python::tool(CFN_LINT.0, CFN_LINT.1, program)?;
        anyhow::Ok(path.display().to_string())
    };
    let lint = [&["--"], &files[..]].concat();
    run("templates for ECS", &tool("cfn-lint")?, &lint, &[])?;
    let read = [&["-c", READ], &files[..]].concat();
    let templates: Templates = serde_json::from_str(&output(&tool("python")?, &read)?)?;

    let faults = [
        service::faults(&templates["service"])?,
        service::queue_faults(&templates["service"], &partitions()?),
        network::faults(&templates),
        network::balancer_faults(&templates["balancer"]),
        iam::faults(&templates),
        parts::faults(&templates, &text("deploy/ecs/parameters.example")?),
    ]
    .concat();
    if faults.is_empty() {
        println!("== templates for ECS: every setting is as the services need it");
        return Ok(());
    }
    bail!("deploy/ecs is wrong:\n  {}", faults.join("\n  "))
}

fn text(path: &str) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| format!("reading {path}"))
}

/// How many partitions the consumer groups of the services that scale by backlog have.
fn partitions() -> Result<Vec<u16>> {
    let in_source = |service: &str| {
        text(&format!("services/{service}/src/lib.rs"))?
            .lines()
            .find_map(|line| line.strip_prefix("const PARTITIONS: u16 = "))
            .and_then(|number| number.trim_end_matches(';').parse().ok())
            .with_context(|| format!("{service} has no constant PARTITIONS"))
    };
    service::SCALED_BY_BACKLOG
        .iter()
        .map(|service| in_source(service))
        .collect()
}
