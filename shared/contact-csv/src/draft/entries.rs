//! Pairs of a label and a value, and columns for one type of number.

use super::{Draft, Source};
use crate::layout::google::SEVERAL;
use crate::layout::{Date, Entry, Family};
use serde_json::{Map, Value, json};

impl Source<'_> {
    pub(super) fn entries(&self, draft: &mut Draft) {
        for (&(family, _), entry) in &self.columns.entries {
            for &column in &entry.values {
                self.entry(family, entry, column, draft);
            }
        }
    }

    fn entry(&self, family: Family, entry: &Entry, column: usize, draft: &mut Draft) {
        let label = entry
            .label
            .map(|label| self.cell(label))
            .unwrap_or_default();
        let values = self.cell(column).split(SEVERAL).map(str::trim);
        let labels = Labels::of(label, values.clone().count());
        for (label, value) in labels.zip(values).filter(|(_, value)| !value.is_empty()) {
            match family {
                Family::Phone => draft.phones.push(phone(&label, value)),
                Family::Email => draft.emails.push(email(&label, value)),
                Family::Website => draft.urls.push(value.into()),
                Family::Event if label.text.eq_ignore_ascii_case("anniversary") => {
                    self.date(Date::Anniversary, value, column, draft);
                }
                _ => self.extra(label.text, value, column, draft),
            }
        }
    }

    /// An event, a relation, or a field of the user's own.
    fn extra(&self, label: &str, value: &str, column: usize, draft: &mut Draft) {
        let name = self.name(column);
        let key = if label.is_empty() {
            name.clone()
        } else {
            label.to_owned()
        };
        draft.custom.add(key, value, name);
    }

    pub(super) fn phones(&self, draft: &mut Draft) {
        for &(column, kind, labelled) in &self.columns.phones {
            let number = self.cell(column);
            if !number.is_empty() {
                let label = labelled.then(|| self.name(column));
                draft
                    .phones
                    .push(numbered(number, Some(kind), label.as_deref(), false));
            }
        }
    }
}

/// What Google calls an entry; a star before it marks the one to use first.
#[derive(Clone, Copy)]
pub(super) struct Label<'a> {
    text: &'a str,
    starred: bool,
}

impl<'a> Label<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        match text.trim().strip_prefix('*') {
            Some(rest) => Self {
                text: rest.trim(),
                starred: true,
            },
            None => Self {
                text: text.trim(),
                starred: false,
            },
        }
    }

    /// The API's word for where an e-mail address or a house is.
    pub(super) fn place(&self) -> Option<&'static str> {
        match self.text.to_lowercase().as_str() {
            "" => None,
            "work" => Some("work"),
            "home" => Some("home"),
            _ => Some("other"),
        }
    }
}

/// One label for each value: as many as there are values, or one that is that of all.
struct Labels;

impl Labels {
    fn of(cell: &str, values: usize) -> impl Iterator<Item = Label<'_>> {
        let several = values > 1 && cell.split(SEVERAL).count() == values;
        let shared = Label::of(cell);
        let mut each = cell.split(SEVERAL);
        (0..values).map(move |index| match several {
            true => Label::of(each.next().unwrap_or_default()),
            // Only one number can be the first.
            false => Label {
                starred: shared.starred && index == 0,
                ..shared
            },
        })
    }
}

fn phone(label: &Label<'_>, number: &str) -> Value {
    let lower = label.text.to_lowercase();
    let (kind, told) = match lower.as_str() {
        "" => (None, true),
        "mobile" => (Some("mobile"), true),
        "work" => (Some("work"), true),
        "home" => (Some("home"), true),
        "pager" => (Some("pager"), true),
        "fax" => (Some("fax"), true),
        "other" => (Some("other"), true),
        fax if fax.ends_with(" fax") => (Some("fax"), false),
        _ => (Some("other"), false),
    };
    numbered(number, kind, (!told).then_some(label.text), label.starred)
}

fn numbered(number: &str, kind: Option<&str>, label: Option<&str>, primary: bool) -> Value {
    let mut phone = Map::from_iter([("number".to_owned(), json!(number))]);
    phone.extend(kind.map(|kind| ("type".to_owned(), json!(kind))));
    phone.extend(label.map(|label| ("label".to_owned(), json!(label))));
    phone.extend(primary.then(|| ("primary".to_owned(), json!(true))));
    Value::Object(phone)
}

fn email(label: &Label<'_>, address: &str) -> Value {
    let mut email = Map::from_iter([("address".to_owned(), json!(address))]);
    email.extend(label.place().map(|kind| ("type".to_owned(), json!(kind))));
    email.extend(label.starred.then(|| ("primary".to_owned(), json!(true))));
    Value::Object(email)
}
