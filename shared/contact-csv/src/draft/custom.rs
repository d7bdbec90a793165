use crate::row::RowFault;
use serde_json::{Map, Value};

/// What the API takes: members of `custom`, characters of a key and of a value.
const MAX_CUSTOM: usize = 50;
const MAX_KEY_CHARS: usize = 100;
const MAX_VALUE_CHARS: usize = 1_000;

/// What has no member of its own, under the name that the file gives it, as far as it fits.
#[derive(Default)]
pub(super) struct Custom {
    members: Map<String, Value>,
    notes: Vec<RowFault>,
}

impl Custom {
    pub fn add(&mut self, key: String, value: &str, column: String) {
        if value.is_empty() {
            return;
        }
        match self.refusal(&key) {
            Some(reason) => self.notes.push(RowFault::column(column, reason)),
            None => {
                let kept: String = value.chars().take(MAX_VALUE_CHARS).collect();
                if kept.len() < value.len() {
                    self.notes
                        .push(RowFault::column(column, "was cut after 1,000 characters"));
                }
                self.members.insert(key, kept.into());
            }
        }
    }

    fn refusal(&self, key: &str) -> Option<&'static str> {
        if key.chars().count() > MAX_KEY_CHARS {
            Some("was left out: its name is longer than 100 characters")
        } else if key.is_empty() || key.chars().any(char::is_control) {
            Some("was left out: its name is empty or holds control characters")
        } else if self.members.contains_key(key) {
            Some("was left out: another column has the same name")
        } else if self.members.len() >= MAX_CUSTOM {
            Some("was left out: a contact has at most 50 custom members")
        } else {
            None
        }
    }

    pub fn finish(self) -> (Value, Vec<RowFault>) {
        (Value::Object(self.members), self.notes)
    }
}
