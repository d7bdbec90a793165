//! Fields that a contact has once, though a card may say them several times.

use crate::{card::Edits, draft::Draft};

/// Where such a field stands. The first readable one is the field.
#[derive(Debug, Default)]
pub struct Single {
    pub readable: Vec<usize>,
    /// What a contact cannot hold.
    pub unreadable: Vec<usize>,
}

impl Single {
    /// Without a value, none of those that would take its place stays.
    pub fn clear(&self, edits: &mut Edits) {
        for position in &self.readable {
            edits.remove(*position);
        }
    }

    /// In the place of the present one. `only` is for what a card must not say twice: an unreadable one gives way.
    pub fn set(&self, edits: &mut Edits, only: bool, draft: impl FnOnce(Option<usize>) -> Draft) {
        let unreadable = self.unreadable.first().filter(|_| only);
        let place = self.readable.first().or(unreadable).copied();
        let draft = draft(place);
        match place {
            Some(position) => edits.replace(position, draft),
            None => edits.add(draft),
        }
    }
}
