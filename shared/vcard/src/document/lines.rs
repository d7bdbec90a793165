//! The lines of a phone, an e-mail address or a postal address, with the label that belongs to them.

use super::{
    address,
    apply::redraft,
    fields::{Address, Email, Phone},
    kinds::{Kinds, PHONES, PLACES},
    labels::{self, Groups, Label},
    phone,
};
use crate::{
    card::{Card, Edits, Piece},
    draft::{Content, Draft},
    version::Version,
};

/// The card that lines are written for.
pub struct Lines<'c> {
    pub card: &'c Card,
    pub groups: Groups,
}

/// What a line shall be called: its type, and its label where such properties have one.
struct Called<'a> {
    kinds: &'a Kinds,
    kind: Option<&'a str>,
    label: Option<&'a str>,
    /// Whether contacts know labels of such properties at all.
    labelled: bool,
}

impl Lines<'_> {
    pub fn phone(
        &mut self,
        edits: &mut Edits,
        present: Option<(usize, &Phone)>,
        new: &Phone,
    ) -> Vec<Piece> {
        let old = present.map(|(_, old)| old);
        let mut draft = redraft(self.card, present.map(|(place, _)| place), "TEL");
        if old.is_none_or(|old| old.number != new.number) {
            phone::write_number(&mut draft, &new.number);
        }
        if old.is_none_or(|old| old.primary != new.primary) {
            draft.set_preferred(new.primary.is_some(), self.card.version());
        }
        let called = Called {
            kinds: &PHONES,
            kind: new.kind.as_deref(),
            label: new.label.as_deref(),
            labelled: true,
        };
        if old.is_none_or(|old| (&old.kind, &old.label) != (&new.kind, &new.label)) {
            self.call(edits, draft, &called)
        } else {
            vec![Piece::New(draft)]
        }
    }

    pub fn email(
        &mut self,
        edits: &mut Edits,
        present: Option<(usize, &Email)>,
        new: &Email,
    ) -> Vec<Piece> {
        let old = present.map(|(_, old)| old);
        let mut draft = redraft(self.card, present.map(|(place, _)| place), "EMAIL");
        if old.is_none() && self.card.version() != Version::V4_0 {
            draft.add_types(std::iter::once("INTERNET".to_owned()));
        }
        if old.is_none_or(|old| old.address != new.address) {
            draft.value = Content::Text(new.address.clone());
        }
        if old.is_none_or(|old| old.primary != new.primary) {
            draft.set_preferred(new.primary.is_some(), self.card.version());
        }
        self.place(edits, draft, old.map(|old| &old.kind), &new.kind)
    }

    pub fn address(
        &mut self,
        edits: &mut Edits,
        present: Option<(usize, &Address)>,
        new: &Address,
    ) -> Vec<Piece> {
        let property = present.and_then(|(place, _)| self.card.property(place));
        let old = present.map(|(_, old)| old);
        let draft = address::write(property.as_ref().zip(old), new, self.card.version());
        self.place(edits, draft, old.map(|old| &old.kind), &new.kind)
    }

    fn place(
        &mut self,
        edits: &mut Edits,
        draft: Draft,
        old: Option<&Option<String>>,
        new: &Option<String>,
    ) -> Vec<Piece> {
        if old == Some(new) {
            return vec![Piece::New(draft)];
        }
        let called = Called {
            kinds: &PLACES,
            kind: new.as_deref(),
            label: None,
            labelled: false,
        };
        self.call(edits, draft, &called)
    }

    /// Gives the draft its type and its label. What said otherwise goes; a label that no contact could have stays.
    fn call(&mut self, edits: &mut Edits, mut draft: Draft, called: &Called<'_>) -> Vec<Piece> {
        let version = self.card.version();
        called.kinds.write(&mut draft, called.kind, version);
        let group = draft.group.clone();
        let own = self.groups.is_own(group.as_deref());
        let outdated = self.outdated(group.as_deref(), called);
        if own {
            outdated.iter().for_each(|place| edits.remove(*place));
        } else if called.label.is_some() {
            draft.group = Some(self.groups.fresh());
        } else if !outdated.is_empty() {
            draft.group = None;
        }
        let label = called.label.map(|label| {
            let line = Draft::text("X-ABLabel", labels::spelled(label));
            Piece::New(line.with_group(draft.group.as_deref()))
        });
        std::iter::once(Piece::New(draft)).chain(label).collect()
    }

    /// The labels of the group that would say something else than what shall be said.
    fn outdated(&self, group: Option<&str>, called: &Called<'_>) -> Vec<usize> {
        let all = self.groups.labels(group);
        let outdated = all.filter(|place| {
            let property = self.card.property(*place);
            property.is_some_and(|property| {
                let label = Label::read(&property.text());
                let is_kind = label.builtin && called.kinds.of_label(&label.text).is_some();
                is_kind
                    || called.label.is_some()
                    || (called.labelled && phone::is_label(&label.text))
            })
        });
        outdated.collect()
    }
}
