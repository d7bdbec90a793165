use super::path::Path;
use super::{ID, ID_START, MORE, OwnColumn, OwnColumns};
use crate::DateOrder;
use crate::dates;
use crate::formula::unprotected;
use crate::reader::column_name;
use crate::row::{Reading, RowFault};
use serde_json::{Map, Value, json};

impl OwnColumns {
    /// Cells are taken as they are, spaces and all; an empty one says nothing.
    pub fn read(&self, names: &[String], cells: &[&str], order: DateOrder) -> Reading {
        let mut reading = Reading::default();
        let mut document = self.rest(cells).unwrap_or_else(|fault| {
            reading.faults.push(fault);
            Map::new()
        });
        for ((column, name), cell) in self.0.iter().zip(0..).zip(cells) {
            let cell = unprotected(cell);
            if cell.is_empty() {
                continue;
            }
            let name = || column_name(names, name);
            let put = match column {
                OwnColumn::Member(path) => put(*path, cell, order, &mut document),
                OwnColumn::Custom(key) => put_custom(key.clone(), cell, &mut document),
                OwnColumn::Id if cell.trim().starts_with(ID_START) => {
                    document.insert(ID.to_owned(), cell.trim().into());
                    Ok(())
                }
                OwnColumn::Id | OwnColumn::Unknown => put_custom(name(), cell, &mut document),
                OwnColumn::Groups => {
                    reading.groups = groups(cell);
                    Ok(())
                }
                OwnColumn::More => Ok(()),
            };
            reading
                .faults
                .extend(put.err().map(|reason| RowFault::column(name(), reason)));
        }
        reading.document = completed(document);
        reading
    }

    /// What the column `more` holds.
    fn rest(&self, cells: &[&str]) -> Result<Map<String, Value>, RowFault> {
        let columns = self.0.iter().zip(cells);
        let more = columns
            .filter(|(column, _)| **column == OwnColumn::More)
            .map(|(_, cell)| *cell);
        match more.map(str::trim).find(|cell| !cell.is_empty()) {
            None => Ok(Map::new()),
            Some(cell) => serde_json::from_str(unprotected(cell))
                .map_err(|_| RowFault::column(MORE, "is no JSON object")),
        }
    }
}

fn put(
    path: Path,
    cell: &str,
    order: DateOrder,
    document: &mut Map<String, Value>,
) -> Result<(), &'static str> {
    let value = if path.is_flag() {
        Value::Bool(flag(cell).ok_or("must be true or false")?)
    } else if path.is_date() {
        match dates::read(cell.trim(), order)? {
            Some(day) => day.into(),
            None => return Ok(()),
        }
    } else {
        cell.into()
    };
    let place = path.place(document).filter(|place| place.is_null());
    *place.ok_or("says otherwise than the column more")? = value;
    Ok(())
}

/// Spreadsheets write such cells in capitals.
fn flag(cell: &str) -> Option<bool> {
    match cell.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn put_custom(
    key: String,
    cell: &str,
    document: &mut Map<String, Value>,
) -> Result<(), &'static str> {
    let custom = document.entry("custom").or_insert_with(|| json!({}));
    let custom = custom
        .as_object_mut()
        .ok_or("says otherwise than the column more")?;
    match custom.insert(key, cell.into()) {
        None => Ok(()),
        Some(_) => Err("says otherwise than another column"),
    }
}

fn groups(cell: &str) -> Vec<String> {
    let names = cell.split(['\r', '\n']).map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// With every array there, and without the gaps that rows of a spreadsheet may have between entries.
fn completed(mut document: Map<String, Value>) -> Value {
    for array in Path::arrays() {
        let entries = document.entry(array).or_insert_with(|| json!([]));
        if let Some(entries) = entries.as_array_mut() {
            entries.retain(|entry| !entry.is_null());
        }
    }
    document.entry("custom").or_insert_with(|| json!({}));
    Value::Object(document)
}
