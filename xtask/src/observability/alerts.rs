//! The rules for alerts, the test that makes each of them fire, and the guide that says what to do then.

use super::{FOLDER, Query, yaml};
use crate::run::root;
use anyhow::Result;
use serde_json::Value;
use std::{collections::BTreeSet, fs};

pub struct Alert {
    name: String,
    expression: String,
    rule: Value,
}

pub fn read() -> Result<Vec<Alert>> {
    let file = yaml(&format!("{FOLDER}/prometheus/alerts.yml"))?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let rules = list(&file["groups"])
        .into_iter()
        .flat_map(|group| list(&group["rules"]));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let alert = |rule: Value| Alert {
        name: text(&rule["alert"]),
        expression: text(&rule["expr"]),
        rule,
    };
    Ok(rules.map(alert).collect())
}

pub fn queries(alerts: &[Alert]) -> impl Iterator<Item = Query> {
    alerts.iter().map(|alert| Query {
        place: format!("alert {}", alert.name),
        expression: alert.expression.clone(),
    })
}

pub fn inspect(alerts: &[Alert], faults: &mut Vec<String>) -> Result<()> {
    let tests = fs::read_to_string(root().join(FOLDER).join("prometheus/alerts_test.yml"))?;
    let guide = fs::read_to_string(root().join("docs/operations.md"))?;
    let listed = listed(&guide);
    for Alert { name, rule, .. } in alerts {
        if !listed.contains(name.as_str()) {
            faults.push(format!("docs/operations.md does not list the alert {name}"));
        }
        if !tests.contains(&format!("alertname=\"{name}\"")) {
            faults.push(format!("no test makes the alert {name} fire"));
        }
        for field in ["/labels/severity", "/annotations/summary"] {
            if rule.pointer(field).and_then(Value::as_str).is_none() {
                faults.push(format!("the alert {name} has no {field}"));
            }
        }
    }
    for name in listed {
        if !alerts.iter().any(|alert| alert.name == name) {
            faults.push(format!(
                "docs/operations.md lists the alert {name}, which is no rule"
            ));
        }
    }
    Ok(())
}

/// The first column of the guide's table.
fn listed(guide: &str) -> BTreeSet<&str> {
    let table = guide
        .split_once("| alert | when |")
        .map_or("", |(_, table)| table);
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| row.split('`').nth(1)).collect()
}
