//! Whether the stacks fit together: each parameter that is needed is given by a stack before it or by the example.

use super::{PARTS, Templates};
use serde_json::Value;
use std::collections::BTreeSet;

/// Given by the script, for each stack that it deploys.
const BY_SCRIPT: &str = "Service";

pub fn faults(templates: &Templates, example: &str) -> Vec<String> {
    let mut given: BTreeSet<&str> = example
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    given.insert(BY_SCRIPT);
    let mut known = given.clone();
    let mut faults = Vec::new();
    for part in PARTS {
        let template = &templates[part];
        for (name, parameter) in members(&template["Parameters"]) {
            known.insert(name);
            if parameter["Default"].is_null() && !given.contains(name) {
                faults.push(format!("{part}: nobody gives the parameter {name}"));
            }
        }
        given.extend(members(&template["Outputs"]).map(|(name, _)| name));
    }
    let asked = |name: &&str| {
        PARTS
            .iter()
            .any(|part| !templates[*part]["Parameters"][*name].is_null())
    };
    let unasked = known.iter().filter(|name| !asked(name));
    faults.extend(
        unasked.map(|name| format!("parameters.example: no template has a parameter {name}")),
    );
    faults
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, member)| (name.as_str(), member))
}
