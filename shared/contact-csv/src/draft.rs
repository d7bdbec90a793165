//! From the cells of another product's row to a contact.

mod addresses;
mod custom;
mod entries;

use crate::DateOrder;
use crate::dates;
use crate::formula::unprotected;
use crate::layout::{Columns, Date, Text};
use crate::reader::column_name;
use crate::row::{Reading, RowFault};
use custom::Custom;
use serde_json::{Map, Value, json};

/// Google's group of all contacts, which says nothing.
const EVERYBODY: [&str; 2] = ["* mycontacts", "* my contacts"];

pub(crate) fn read(
    columns: &Columns,
    names: &[String],
    cells: &[&str],
    order: DateOrder,
) -> Reading {
    let source = Source {
        columns,
        names,
        cells,
        order,
    };
    let mut draft = Draft::default();
    source.texts(&mut draft);
    source.dates(&mut draft);
    source.entries(&mut draft);
    source.phones(&mut draft);
    source.addresses(&mut draft);
    for &column in &columns.unknown {
        draft.custom.add(
            source.name(column),
            source.cell(column),
            source.name(column),
        );
    }
    draft.finish(source.groups())
}

/// A row and what is known about its columns.
struct Source<'a> {
    columns: &'a Columns,
    names: &'a [String],
    cells: &'a [&'a str],
    order: DateOrder,
}

/// What the row has said so far.
#[derive(Default)]
struct Draft {
    members: Map<String, Value>,
    phones: Vec<Value>,
    emails: Vec<Value>,
    addresses: Vec<Value>,
    urls: Vec<Value>,
    custom: Custom,
    faults: Vec<RowFault>,
}

impl<'a> Source<'a> {
    fn cell(&self, column: usize) -> &'a str {
        unprotected(self.cells.get(column).copied().unwrap_or_default().trim()).trim()
    }

    fn name(&self, column: usize) -> String {
        column_name(self.names, column)
    }

    fn texts(&self, draft: &mut Draft) {
        for (&text, &column) in &self.columns.texts {
            draft.text(text, self.cell(column));
        }
    }

    fn dates(&self, draft: &mut Draft) {
        for &(date, column) in &self.columns.dates {
            self.date(date, self.cell(column), column, draft);
        }
    }

    fn date(&self, date: Date, text: &str, column: usize, draft: &mut Draft) {
        if text.is_empty() {
            return;
        }
        match dates::read(text, self.order) {
            Ok(day) => draft
                .members
                .extend(day.map(|day| (date.member().to_owned(), day.into()))),
            Err(reason) => draft
                .faults
                .push(RowFault::column(self.name(column), reason)),
        }
    }

    fn groups(&self) -> Vec<String> {
        let columns = self.columns.groups.iter();
        let all = columns.flat_map(|&(separator, column)| self.cell(column).split(separator));
        all.map(str::trim)
            .filter(|name| !EVERYBODY.contains(&name.to_lowercase().as_str()))
            .map(|name| on_one_line(name.strip_prefix("* ").unwrap_or(name)))
            .filter(|name| !name.is_empty())
            .collect()
    }
}

impl Draft {
    fn text(&mut self, text: Text, value: &str) {
        if value.is_empty() {
            return;
        }
        match text.path() {
            (member, None) => {
                self.members.insert(member.to_owned(), value.into());
            }
            (object, Some(member)) => {
                let object = self.members.entry(object).or_insert_with(|| json!({}));
                if let Some(object) = object.as_object_mut() {
                    object.insert(member.to_owned(), value.into());
                }
            }
        }
    }

    fn finish(mut self, groups: Vec<String>) -> Reading {
        let (custom, notes) = self.custom.finish();
        let arrays = [
            ("phones", Value::Array(self.phones)),
            ("emails", Value::Array(self.emails)),
            ("addresses", Value::Array(self.addresses)),
            ("urls", Value::Array(self.urls)),
            ("custom", custom),
        ];
        let arrays = arrays
            .into_iter()
            .map(|(member, value)| (member.to_owned(), value));
        self.members.extend(arrays);
        let document = Value::Object(self.members);
        Reading {
            document,
            groups,
            notes,
            faults: self.faults,
        }
    }
}

/// Names of groups have no line breaks: they stand on lines of their own in our columns.
fn on_one_line(name: &str) -> String {
    let lines = name.split(['\r', '\n']).map(str::trim);
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}
