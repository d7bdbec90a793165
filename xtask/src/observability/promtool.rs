//! Prometheus' own checker: the configuration, the rules, the rules' tests, and the grammar of the dashboards' queries.

use super::{FOLDER, Query};
use crate::run::{output, root, run};
use anyhow::{Context, Result};
use serde_json::json;
use std::{fs, path::PathBuf};

pub fn check(queries: &[Query]) -> Result<()> {
    let promtool = promtool()?;
    let configuration = format!("{FOLDER}/prometheus/prometheus.yml");
    run(
        "prometheus",
        &promtool,
        &["check", "config", &configuration],
        &[],
    )?;
    let tests = format!("{FOLDER}/prometheus/alerts_test.yml");
    run("alerts", &promtool, &["test", "rules", &tests], &[])?;
    let folder = root().join("target/observability");
    fs::create_dir_all(&folder)?;
    // JSON is YAML.
    let file = folder.join("queries.yml");
    fs::write(&file, as_rules(queries).to_string())?;
    let file = file.display().to_string();
    run(
        "queries",
        &promtool,
        &["check", "rules", "--lint=none", &file],
        &[],
    )
}

/// Each query as what a rule records, the dashboards' variables replaced by what they may stand for.
fn as_rules(queries: &[Query]) -> serde_json::Value {
    let rule = |(number, query): (usize, &Query)| {
        let expression = query.expression.replace("$__rate_interval", "1m");
        json!({"record": format!("query:{number}"), "expr": expression, "labels": {"place": query.place}})
    };
    let rules: Vec<_> = queries.iter().enumerate().map(rule).collect();
    json!({"groups": [{"name": "queries", "rules": rules}]})
}

/// The one on the path, or the one of Debian's package, unpacked and not installed.
fn promtool() -> Result<String> {
    if output("promtool", &["--version"]).is_ok() {
        return Ok("promtool".to_owned());
    }
    let folder: PathBuf = root().join("target/prometheus");
    let promtool = folder.join("usr/bin/promtool");
    if !promtool.exists() {
        fs::create_dir_all(&folder)?;
        let unpack = "cd target/prometheus && { apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }; } \
            && dpkg-deb --extract prometheus_*.deb . && rm prometheus_*.deb";
        run("promtool", "sh", &["-c", unpack], &[]).context(
            "promtool is needed; it comes with Prometheus, on Debian in the package prometheus",
        )?;
    }
    Ok(promtool.display().to_string())
}
