use super::target::{AddressPart, Date, Family, Part, Target, Text};
use std::collections::BTreeMap;

/// The columns of another product's file by what they hold. A column is its index in the row.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    /// How many have a known name.
    pub known: usize,
    pub texts: BTreeMap<Text, usize>,
    pub dates: Vec<(Date, usize)>,
    pub groups: Vec<(&'static str, usize)>,
    pub entries: BTreeMap<(Family, u32), Entry>,
    pub phones: Vec<(usize, &'static str, bool)>,
    pub addresses: BTreeMap<u32, AddressColumns>,
    pub unknown: Vec<usize>,
}

/// A pair of columns.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    pub label: Option<usize>,
    pub values: Vec<usize>,
}

#[derive(Debug, Default)]
pub(crate) struct AddressColumns {
    pub kind: Option<&'static str>,
    pub label: Option<usize>,
    pub street: Vec<usize>,
    pub city: Option<usize>,
    pub region: Option<usize>,
    pub postal_code: Option<usize>,
    pub country: Option<usize>,
    pub formatted: Option<usize>,
}

impl Columns {
    /// `target` is told the name in lower case, and whether there was a column of that name before.
    pub fn of(names: &[String], target: impl Fn(&str, bool) -> Option<Target>) -> Self {
        let mut columns = Self::default();
        let mut seen = std::collections::BTreeSet::new();
        for (column, name) in names.iter().enumerate() {
            let name = name.to_lowercase().replace('’', "'");
            let found = target(&name, seen.contains(&name));
            seen.insert(name);
            columns.known += usize::from(found.is_some());
            if !found.is_some_and(|found| columns.put(found, column)) {
                columns.unknown.push(column);
            }
        }
        columns
    }

    /// Whether there was no such column yet, if there can be only one.
    fn put(&mut self, target: Target, column: usize) -> bool {
        match target {
            Target::Text(text) => return *self.texts.entry(text).or_insert(column) == column,
            Target::Date(date) => self.dates.push((date, column)),
            Target::Groups(separator) => self.groups.push((separator, column)),
            Target::Phone { kind, labelled } => self.phones.push((column, kind, labelled)),
            Target::Entry(family, number, part) => {
                let entry = self.entries.entry((family, number)).or_default();
                match part {
                    Part::Label => return is_new(&mut entry.label, column),
                    Part::Value => entry.values.push(column),
                }
            }
            Target::Address(number, part, kind) => {
                let address = self.addresses.entry(number).or_default();
                address.kind = kind;
                return address.put(part, column);
            }
            Target::Ignored => {}
        }
        true
    }

    pub fn names_somebody(&self) -> bool {
        let by_entry = |(family, _): &(Family, u32), entry: &Entry| {
            matches!(family, Family::Email | Family::Phone) && !entry.values.is_empty()
        };
        self.texts.keys().any(|text| text.names_somebody())
            || !self.phones.is_empty()
            || self.entries.iter().any(|(key, entry)| by_entry(key, entry))
    }
}

impl AddressColumns {
    fn put(&mut self, part: AddressPart, column: usize) -> bool {
        let place = match part {
            AddressPart::Street => {
                self.street.push(column);
                return true;
            }
            AddressPart::Label => &mut self.label,
            AddressPart::City => &mut self.city,
            AddressPart::Region => &mut self.region,
            AddressPart::PostalCode => &mut self.postal_code,
            AddressPart::Country => &mut self.country,
            AddressPart::Formatted => &mut self.formatted,
        };
        is_new(place, column)
    }
}

fn is_new(place: &mut Option<usize>, column: usize) -> bool {
    let free = place.is_none();
    place.get_or_insert(column);
    free
}
