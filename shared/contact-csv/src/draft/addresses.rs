use super::entries::Label;
use super::{Draft, Source};
use crate::layout::AddressColumns;
use crate::layout::google::SEVERAL;
use serde_json::{Map, Value};

/// One address more than the API takes, so that it refuses what is too much.
const MORE_THAN_FIT: usize = 21;

impl Source<'_> {
    pub(super) fn addresses(&self, draft: &mut Draft) {
        for columns in self.columns.addresses.values() {
            let count = columns.all().map(|column| self.parts(column).count()).max();
            // Several addresses stand side by side: the second city is that of the second street.
            for index in 0..count.unwrap_or_default().min(MORE_THAN_FIT) {
                draft.addresses.extend(self.address(columns, index));
            }
        }
    }

    fn address(&self, columns: &AddressColumns, index: usize) -> Option<Value> {
        let part = |column: Option<usize>| column.and_then(|column| self.part(column, index));
        let lines: Vec<_> = columns
            .street
            .iter()
            .filter_map(|&line| part(Some(line)))
            .collect();
        let street = (!lines.is_empty()).then(|| lines.join("\n"));
        let parts = [
            ("street", street),
            ("city", part(columns.city).map(str::to_owned)),
            ("region", part(columns.region).map(str::to_owned)),
            ("postal_code", part(columns.postal_code).map(str::to_owned)),
            ("country", part(columns.country).map(str::to_owned)),
        ];
        let mut address: Map<String, Value> = parts
            .into_iter()
            .filter_map(|(member, part)| Some((member.to_owned(), part?.into())))
            .collect();
        if address.is_empty() {
            address.insert("street".to_owned(), part(columns.formatted)?.into());
        }
        let kind = columns.kind.or_else(|| {
            let label = part(columns.label).or_else(|| self.part(columns.label?, 0));
            Label::of(label?).place()
        });
        address.extend(kind.map(|kind| ("type".to_owned(), kind.into())));
        Some(Value::Object(address))
    }

    fn parts(&self, column: usize) -> impl Iterator<Item = &str> {
        self.cell(column).split(SEVERAL).map(str::trim)
    }

    fn part(&self, column: usize, index: usize) -> Option<&str> {
        self.parts(column)
            .nth(index)
            .filter(|part| !part.is_empty())
    }
}

impl AddressColumns {
    /// All columns that hold parts of the address.
    fn all(&self) -> impl Iterator<Item = usize> {
        let parts = [
            self.city,
            self.region,
            self.postal_code,
            self.country,
            self.formatted,
        ];
        self.street
            .iter()
            .copied()
            .chain(parts.into_iter().flatten())
    }
}
