use super::path::Path;
use super::{GROUPS, ID, ID_START, MORE};
use serde_json::{Map, Value};

/// Entries of each array that have columns; what is beyond goes to `more`.
const COUNTS: [(&str, usize); 4] = [("phones", 5), ("emails", 4), ("addresses", 3), ("urls", 3)];

/// What the server owns in the API and ignores in what it is sent, but for the id.
const SERVER_OWNED: [&str; 7] = [
    ID,
    "book_id",
    "groups",
    "photo",
    "created_at",
    "updated_at",
    "version",
];

fn paths() -> impl Iterator<Item = Path> {
    let entries = COUNTS
        .into_iter()
        .flat_map(|(member, count)| Path::entries(member, count));
    Path::singles().chain(entries)
}

pub(crate) fn columns() -> Vec<String> {
    let names = paths().map(|path| path.to_string());
    let rest = [GROUPS, MORE].map(str::to_owned);
    let id = std::iter::once(ID.to_owned());
    id.chain(names).chain(rest).collect()
}

pub(crate) fn row(document: &Value, groups: &[String]) -> Vec<String> {
    let mut rest = document.as_object().cloned().unwrap_or_default();
    rest.retain(|member, _| !SERVER_OWNED.contains(&member.as_str()));
    let mut cells = vec![id(document)];
    cells.extend(paths().map(|path| cell(path, &mut rest)));
    cells.push(lines(groups));
    cells.push(remainder(rest));
    cells
}

fn id(document: &Value) -> String {
    let id = document.get(ID).and_then(Value::as_str);
    let id = id.filter(|id| id.starts_with(ID_START));
    id.unwrap_or_default().to_owned()
}

/// What a cell can say exactly: a text that is not empty, or a flag.
fn cell(path: Path, document: &mut Map<String, Value>) -> String {
    let wanted = |value: &Value| match value {
        Value::String(text) => !text.is_empty() && !path.is_flag(),
        Value::Bool(_) => path.is_flag(),
        _ => false,
    };
    match path.take(document, wanted) {
        Some(Value::String(text)) => text,
        Some(flag) => flag.to_string(),
        None => String::new(),
    }
}

fn lines(groups: &[String]) -> String {
    let one_line = |name: &String| name.split(['\r', '\n']).collect::<Vec<_>>().join(" ");
    groups.iter().map(one_line).collect::<Vec<_>>().join("\n")
}

fn remainder(mut rest: Map<String, Value>) -> String {
    for value in rest.values_mut() {
        if let Value::Array(entries) = value {
            let kept = entries.iter().rposition(|entry| !entry.is_null());
            entries.truncate(kept.map_or(0, |last| last + 1));
        }
    }
    rest.retain(|_, value| !is_nothing(value));
    if rest.is_empty() {
        String::new()
    } else {
        Value::Object(rest).to_string()
    }
}

/// What reading makes anyway, or leaves out as the API does.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(entries) => entries.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}
