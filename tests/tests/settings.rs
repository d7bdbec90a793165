//! The guide lists every setting with its default, and neither it nor the README one that there is not.

use end_to_end::binary;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

/// Shown masked, so that what `config` prints is not the default.
const MASKED: [&str; 2] = ["BUS__URL", "STORE__URL"];

/// Names as in the environment, without the prefix, and what `config` prints where nothing is set.
fn defaults() -> BTreeMap<String, Value> {
    let nowhere = tempfile::tempdir().expect("a folder");
    let output = Command::new(binary("switchboard"))
        .arg("config")
        .env_clear()
        .current_dir(nowhere.path())
        .output()
        .expect("switchboard");
    let mut defaults = BTreeMap::new();
    let printed = serde_json::from_slice(&output.stdout).expect("JSON");
    flatten("", &printed, &mut defaults);
    defaults
}

fn flatten(prefix: &str, value: &Value, into: &mut BTreeMap<String, Value>) {
    let Some(section) = value.as_object() else {
        into.insert(prefix.to_owned(), value.clone());
        return;
    };
    for (name, inner) in section {
        let separator = if prefix.is_empty() { "" } else { "__" };
        let name = format!("{prefix}{separator}{}", name.to_uppercase());
        flatten(&name, inner, into);
    }
}

/// The first two columns of the table that begins with `| setting |`.
fn listed(document: &str) -> BTreeMap<String, String> {
    let path = format!("{}/../{document}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).expect(document);
    let (_, table) = text.split_once("| setting |").expect("a table of settings");
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let row = |row: &str| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let name = cells[1].split('`').nth(1).expect(row);
        (name.to_owned(), cells[2].to_owned())
    };
    rows.map(row).collect()
}

fn written(default: &Value) -> String {
    match default {
        Value::Null => "none".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

#[test]
fn the_guide_has_every_setting_and_the_readme_no_other() {
    let defaults = defaults();
    let names: BTreeSet<_> = defaults.keys().collect();
    let guide = listed("docs/operations.md");
    assert_eq!(guide.keys().collect::<BTreeSet<_>>(), names);
    for name in listed("README.md").keys() {
        assert!(names.contains(name), "{name} is no setting");
    }
}

#[test]
fn the_guide_has_the_defaults() {
    let listed = listed("docs/operations.md");
    for (name, default) in defaults() {
        let expected = if MASKED.contains(&name.as_str()) {
            "`embedded:`".to_owned()
        } else {
            written(&default)
        };
        assert_eq!(listed.get(&name), Some(&expected), "{name}");
    }
}
