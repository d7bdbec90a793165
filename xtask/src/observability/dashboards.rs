//! The dashboards: as Grafana can load them, and as people can read them.

use super::{FOLDER, Query};
use crate::run::root;
use anyhow::{Context, Result};
use serde_json::Value;
use std::{collections::BTreeSet, fs};

/// Those of `grafana/provisioning/datasources`.
const SOURCES: [&str; 2] = ["prometheus", "jaeger"];
/// Grafana's grid.
const COLUMNS: u64 = 24;

pub struct Dashboard {
    file: String,
    json: Value,
}

pub fn read() -> Result<Vec<Dashboard>> {
    let mut dashboards = Vec::new();
    for entry in fs::read_dir(root().join(FOLDER).join("grafana/dashboards"))? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().display().to_string();
        let json = serde_json::from_str(&fs::read_to_string(&path)?)
            .with_context(|| format!("{file} is no JSON"))?;
        dashboards.push(Dashboard { file, json });
    }
    Ok(dashboards)
}

/// Of panels, and of the variables that are chosen from.
pub fn queries(dashboards: &[Dashboard]) -> Vec<Query> {
    let mut queries = Vec::new();
    for Dashboard { file, json } in dashboards {
        for panel in list(json, "/panels") {
            for target in list(panel, "/targets") {
                queries.push(Query {
                    place: format!("{file}: {}", text(panel, "/title")),
                    expression: text(target, "/expr").to_owned(),
                });
            }
        }
        for variable in list(json, "/templating/list") {
            let query = text(variable, "/query/query");
            let inner = query.strip_prefix("label_values(").unwrap_or(query);
            if let Some((metric, label)) = inner.trim_end_matches(')').split_once(", ") {
                queries.push(Query {
                    place: format!("{file}: ${}", text(variable, "/name")),
                    expression: format!("count by ({label}) ({metric})"),
                });
            }
        }
    }
    queries
}

pub fn inspect(dashboards: &[Dashboard], faults: &mut Vec<String>) {
    let mut names = BTreeSet::new();
    for Dashboard { file, json } in dashboards {
        for field in ["/uid", "/title"] {
            let name = text(json, field);
            if name.is_empty() || !names.insert(name) {
                faults.push(format!(
                    "{file}: {field} must be there, and be the only one of its name"
                ));
            }
        }
        let mut ids = BTreeSet::new();
        let mut taken = BTreeSet::new();
        for panel in list(json, "/panels") {
            let place = format!("{file}: {}", text(panel, "/title"));
            if !ids.insert(panel["id"].as_u64()) {
                faults.push(format!("{place}: its id is another panel's too"));
            }
            if !cells(panel).all(|cell| taken.insert(cell)) {
                faults.push(format!(
                    "{place}: lies on another panel, or beside the grid"
                ));
            }
            inspect_panel(panel, &place, faults);
        }
    }
}

fn inspect_panel(panel: &Value, place: &str, faults: &mut Vec<String>) {
    if text(panel, "/title").is_empty() {
        faults.push(format!("{place}: a panel has no title"));
    }
    if panel["type"] == "row" {
        return;
    }
    for field in ["/description", "/fieldConfig/defaults/unit"] {
        if text(panel, field).is_empty() {
            faults.push(format!("{place}: {field} is missing"));
        }
    }
    let targets = list(panel, "/targets");
    let sources = targets.iter().map(|target| text(target, "/datasource/uid"));
    if targets.is_empty() || !sources.into_iter().all(|source| SOURCES.contains(&source)) {
        faults.push(format!("{place}: must ask one of {SOURCES:?}"));
    }
}

/// The cells of the grid that a panel covers; one beside the grid is given twice, so that it is noticed.
fn cells(panel: &Value) -> impl Iterator<Item = (u64, u64)> {
    let of = |field: &str| panel["gridPos"][field].as_u64().unwrap_or_default();
    let (x, y, w, h) = (of("x"), of("y"), of("w"), of("h"));
    let fits = w > 0 && h > 0 && x + w <= COLUMNS;
    let columns = if fits { x..x + w } else { 0..0 };
    let outside = (!fits).then_some([(COLUMNS, 0); 2]);
    columns
        .flat_map(move |column| (y..y + h).map(move |row| (column, row)))
        .chain(outside.into_iter().flatten())
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
