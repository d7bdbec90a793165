//! `deploy/compose/observability.yml` and what lies beside it: dashboards and alerts ask only for what there is, the
//! guide and the alerts agree, and the containers are as locked up as the services' own.

mod alerts;
mod dashboards;
mod overlay;
mod promql;
mod promtool;

use crate::{
    instruments::Instruments,
    python,
    run::{output, root, run},
};
use anyhow::{Result, bail};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

const FOLDER: &str = "deploy/compose/observability";
const OVERLAY: &str = "deploy/compose/observability.yml";
const PYYAML: (&str, &str) = ("PyYAML", "6.0.2");
const TO_JSON: &str =
    "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
/// Of RabbitMQ, of Prometheus itself, and made of spans by the collector.
const FOREIGN: [&str; 10] = [
    "ALERTS",
    "rabbitmq_alarms_free_disk_space_watermark",
    "rabbitmq_alarms_memory_used_watermark",
    "rabbitmq_detailed_queue_consumers",
    "rabbitmq_detailed_queue_messages",
    "rabbitmq_process_resident_memory_bytes",
    "rabbitmq_resident_memory_limit_bytes",
    "traces_span_metrics_calls_total",
    "traces_span_metrics_duration_seconds_bucket",
    "up",
];
const FOREIGN_LABELS: [&str; 10] = [
    "alertname",
    "alertstate",
    "group",
    "instance",
    "job",
    "le",
    "queue",
    "service",
    "service_name",
    "span_name",
];

/// An expression, and where it is.
pub struct Query {
    pub place: String,
    pub expression: String,
}

pub fn check() -> Result<()> {
    let instruments = Instruments::read()?;
    let alerts = alerts::read()?;
    let dashboards = dashboards::read()?;
    let mut faults = Vec::new();
    dashboards::inspect(&dashboards, &mut faults);
    alerts::inspect(&alerts, &mut faults)?;
    overlay::inspect(&yaml(OVERLAY)?, &mut faults);
    let mut queries = dashboards::queries(&dashboards);
    let used = inspect_queries(&queries, &instruments, &mut faults);
    for metric in instruments.without(&used) {
        faults.push(format!("{metric} is on no dashboard"));
    }
    queries.extend(alerts::queries(&alerts));
    inspect_queries(&queries, &instruments, &mut faults);
    if !faults.is_empty() {
        bail!("{FOLDER} is not as it must be:\n  {}", faults.join("\n  "));
    }
    promtool::check(&queries)?;
    compose()?;
    println!(
        "== observability: {} queries of {} dashboards and {} alerts ask for what there is",
        queries.len(),
        dashboards.len(),
        alerts.len()
    );
    Ok(())
}

/// Every series and label exists; the series asked for.
fn inspect_queries(
    queries: &[Query],
    instruments: &Instruments,
    faults: &mut Vec<String>,
) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for query in queries {
        let names = promql::names(&query.expression);
        let known = |name: &str| instruments.has(name) || FOREIGN.contains(&name);
        for metric in names.metrics.iter().filter(|name| !known(name)) {
            faults.push(format!("{}: nothing has the series {metric}", query.place));
        }
        let known =
            |name: &str| instruments.labels.contains(name) || FOREIGN_LABELS.contains(&name);
        for label in names.labels.iter().filter(|name| !known(name)) {
            faults.push(format!("{}: nothing has the label {label}", query.place));
        }
        if names.metrics.is_empty() {
            faults.push(format!("{}: asks for nothing", query.place));
        }
        used.extend(names.metrics);
    }
    used
}

fn yaml(path: &str) -> Result<Value> {
    let python = python::tool(PYYAML.0, PYYAML.1, "python")?;
    let path = root().join(path).display().to_string();
    let json = output(&python.display().to_string(), &["-c", TO_JSON, &path])?;
    Ok(serde_json::from_str(&json)?)
}

/// What only the engine's client knows: whether both files together are a project.
fn compose() -> Result<()> {
    if output("docker", &["compose", "version"]).is_err() {
        println!("== observability: the overlay is not merged, there is no docker compose here");
        return Ok(());
    }
    let files = ["compose", "-f", "docker-compose.yml", "-f", OVERLAY];
    run(
        "overlay",
        "docker",
        &[&files[..], &["config", "--quiet"]].concat(),
        &[],
    )
}

fn is_file(path: &str) -> bool {
    root().join(Path::new(path)).exists()
}
