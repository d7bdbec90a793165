//! Edits of contacts as edits of their cards.

use super::{
    CUSTOM, NotADocument,
    fields::Fields,
    labels::Groups,
    lines::Lines,
    lists::Change,
    read::{self, Reading},
    single::Single,
};
use crate::{
    card::{Card, Edits, Piece},
    codec::escape,
    date::Date,
    draft::{Content, Draft},
    property::Property,
    version::{Target, Version},
};
use serde_json::Value;

/// Writes what changed `before` into `after` into the card. Only the lines of what differs between the two are
/// touched. Afterwards [`document`](super::document) gives `after` in its [`normal`](super::normal) form, if `before`
/// was what it gave first; unless the card holds more than a contact may, and `after` makes room for the rest.
/// `REV` is the caller's to set.
pub fn apply(card: &Card, before: &Value, after: &Value) -> Result<Card, NotADocument> {
    let (before, after) = (Fields::parse(before)?, Fields::parse(after)?);
    if before == after {
        return Ok(card.clone());
    }
    Ok(change(card, &before, &after))
}

/// A card of a contact that has none yet. `rev` is the time of its last change, such as `20260102T030405Z`.
pub fn create(
    document: &Value,
    target: Target,
    uid: &str,
    rev: &str,
) -> Result<Card, NotADocument> {
    let after = Fields::parse(document)?;
    let mut card = Card::empty(target);
    let mut edits = Edits::default();
    let mut identity = Draft::text("UID", uid);
    // Without a parameter, a UID of 4.0 is a URI.
    if target == Target::V4_0 && !uid.contains(':') {
        identity.set_parameter("VALUE", "text".to_owned());
    }
    edits.add(identity);
    edits.add(Draft::text("REV", rev));
    edits.add(Draft::text("FN", after.display()));
    edits.add(Draft::new("N", Content::Components(vec![String::new(); 5])));
    card = card.edited(&edits);
    Ok(change(&card, &Fields::default(), &after))
}

fn change(card: &Card, before: &Fields, after: &Fields) -> Card {
    let reading = read::read(card);
    let mut change = Changes {
        card,
        reading: &reading,
        before,
        after,
        lines: Lines {
            card,
            groups: Groups::of(card),
        },
        edits: Edits::default(),
    };
    change.name();
    change.texts();
    change.organization();
    change.dates();
    change.phones();
    change.emails();
    change.addresses();
    change.urls();
    change.custom();
    card.edited(&change.edits)
}

struct Changes<'c> {
    card: &'c Card,
    reading: &'c Reading,
    before: &'c Fields,
    after: &'c Fields,
    lines: Lines<'c>,
    edits: Edits,
}

impl Changes<'_> {
    fn version(&self) -> Version {
        self.card.version()
    }

    fn name(&mut self) {
        let (before, after) = (&self.before.name, &self.after.name);
        if before.parts() != after.parts() {
            self.components();
        }
        // A display name that only stood in for others has to be written once it does not follow from them.
        let implied = self.reading.places.display_implied
            && after.display.is_some()
            && (self.after.names_somebody() || after.display != self.after.nickname);
        if implied
            || self.before.display() != self.after.display()
            || before.display != after.display
        {
            self.formatted();
        }
    }

    /// `N`, of which only the components that changed are written anew.
    fn components(&mut self) {
        let (old, new) = (&self.reading.fields.name, &self.after.name);
        let present = self.reading.places.name;
        let property = present.and_then(|position| self.card.property(position));
        let mut parts = property
            .as_ref()
            .map_or_else(Vec::new, Property::escaped_components);
        parts.resize(parts.len().max(5), String::new());
        let pairs = [
            (&old.family, &new.family),
            (&old.given, &new.given),
            (&old.middle, &new.middle),
            (&old.prefix, &new.prefix),
            (&old.suffix, &new.suffix),
        ];
        for (part, (old, new)) in parts.iter_mut().zip(pairs) {
            if let Some(new) = self.component(old, new) {
                *part = new;
            }
        }
        let value = Content::Escaped(parts.join(";"));
        let draft = redraft(self.card, present, "N");
        self.put(present, Draft { value, ..draft });
    }

    /// `FN` follows the names, unless it says something that no contact could.
    fn formatted(&mut self) {
        let places = &self.reading.places;
        let given = self.after.name.display.is_some();
        if !given && (places.formatted.is_none() || places.formatted_misfits) {
            return;
        }
        let shown = self.after.display();
        let draft = redraft(self.card, places.formatted, "FN");
        let value = Content::Text(shown);
        self.put(places.formatted, Draft { value, ..draft });
    }

    fn put(&mut self, position: Option<usize>, draft: Draft) {
        match position {
            Some(position) => self.edits.replace(position, draft),
            None => self.edits.add(draft),
        }
    }

    fn texts(&mut self) {
        let places = &self.reading.places;
        let (before, after) = (self.before, self.after);
        if before.nickname != after.nickname {
            self.text(&places.nickname, "NICKNAME", after.nickname.as_deref());
        }
        if before.notes != after.notes {
            self.text(&places.notes, "NOTE", after.notes.as_deref());
        }
        let (before, after) = (&before.organization, &after.organization);
        if before.title != after.title {
            self.text(&places.title, "TITLE", after.title.as_deref());
        }
    }

    fn text(&mut self, places: &Single, name: &str, text: Option<&str>) {
        let Some(text) = text else {
            return places.clear(&mut self.edits);
        };
        let card = self.card;
        places.set(&mut self.edits, false, |place| {
            let mut draft = redraft(card, place, name);
            draft.value = Content::Text(text.to_owned());
            draft
        });
    }

    /// `ORG`: name and department are components of it. Smaller units stay as long as the department does.
    fn organization(&mut self) {
        let (before, after) = (&self.before.organization, &self.after.organization);
        if (&before.name, &before.department) == (&after.name, &after.department) {
            return;
        }
        let old = &self.reading.fields.organization;
        let places = &self.reading.places.organization;
        let present = places.readable.first().copied();
        let property = present.and_then(|position| self.card.property(position));
        let mut parts = property.map_or_else(Vec::new, |property| property.escaped_components());
        let name = if parts.is_empty() {
            String::new()
        } else {
            parts.remove(0)
        };
        let name = self.component(&old.name, &after.name).unwrap_or(name);
        if let Some(department) = self.component(&old.department, &after.department) {
            parts = vec![department];
        }
        parts.insert(0, name);
        while parts.last().is_some_and(String::is_empty) {
            parts.pop();
        }
        if parts.is_empty() {
            return places.clear(&mut self.edits);
        }
        let draft = redraft(self.card, present, "ORG");
        let value = Content::Escaped(parts.join(";"));
        self.put(present, Draft { value, ..draft });
    }

    /// What is to be written for a component that changes.
    fn component(&self, old: &Option<String>, new: &Option<String>) -> Option<String> {
        let text = new.as_deref().unwrap_or_default();
        (old != new).then(|| escape::escape(text, self.version()))
    }

    fn dates(&mut self) {
        let places = &self.reading.places;
        let (before, after) = (self.before, self.after);
        if before.birthday != after.birthday {
            self.date(&places.birthday, "BDAY", after.birthday.as_deref());
        }
        let name = match self.version() {
            Version::V4_0 => "ANNIVERSARY",
            Version::V3_0 | Version::V2_1 => "X-ANNIVERSARY",
        };
        if before.anniversary != after.anniversary {
            self.date(&places.anniversary, name, after.anniversary.as_deref());
        }
    }

    fn date(&mut self, places: &Single, name: &str, text: Option<&str>) {
        let Some(date) = text.and_then(Date::parse) else {
            return places.clear(&mut self.edits);
        };
        let card = self.card;
        places.set(&mut self.edits, true, |place| {
            let mut draft = redraft(card, place, name);
            date.write(&mut draft, card.version());
            draft
        });
    }

    fn phones(&mut self) {
        if self.before.phones == self.after.phones {
            return;
        }
        let change = Change {
            places: &self.reading.places.phones,
            old: &self.reading.fields.phones,
            new: &self.after.phones,
        };
        let lines = &mut self.lines;
        let mut gone = Vec::new();
        change.make(
            &mut self.edits,
            |old, new| old.number == new.number,
            |edits, present, phone| lines.phone(edits, present, phone),
            |_, place| gone.push(place),
        );
        self.forget(&gone);
    }

    /// What is about properties that are gone goes with them.
    fn forget(&mut self, gone: &[usize]) {
        for property in gone.iter().filter_map(|place| self.card.property(*place)) {
            for position in self.lines.groups.attached(property.group()) {
                self.edits.remove(position);
            }
        }
    }

    fn emails(&mut self) {
        if self.before.emails == self.after.emails {
            return;
        }
        let change = Change {
            places: &self.reading.places.emails,
            old: &self.reading.fields.emails,
            new: &self.after.emails,
        };
        let lines = &mut self.lines;
        let mut gone = Vec::new();
        change.make(
            &mut self.edits,
            |old, new| old.address == new.address,
            |edits, present, email| lines.email(edits, present, email),
            |_, place| gone.push(place),
        );
        self.forget(&gone);
    }

    fn addresses(&mut self) {
        if self.before.addresses == self.after.addresses {
            return;
        }
        let change = Change {
            places: &self.reading.places.addresses,
            old: &self.reading.fields.addresses,
            new: &self.after.addresses,
        };
        let lines = &mut self.lines;
        let mut gone = Vec::new();
        change.make(
            &mut self.edits,
            |old, new| old.parts() == new.parts(),
            |edits, present, address| lines.address(edits, present, address),
            |_, place| gone.push(place),
        );
        self.forget(&gone);
    }

    fn urls(&mut self) {
        if self.before.urls == self.after.urls {
            return;
        }
        let change = Change {
            places: &self.reading.places.urls,
            old: &self.reading.fields.urls,
            new: &self.after.urls,
        };
        let card = self.card;
        let mut gone = Vec::new();
        change.make(
            &mut self.edits,
            |old, new| old == new,
            |_, present, url| {
                let draft = redraft(card, present.map(|(place, _)| place), "URL");
                let value = Content::Uri(url.clone());
                vec![Piece::New(Draft { value, ..draft })]
            },
            |_, place| gone.push(place),
        );
        self.forget(&gone);
    }

    fn custom(&mut self) {
        let (before, after) = (&self.before.custom, &self.after.custom);
        let places = &self.reading.places.custom;
        for key in before.keys().filter(|key| !after.contains_key(*key)) {
            for position in places.get(key).into_iter().flatten() {
                self.edits.remove(*position);
            }
        }
        for (key, text) in after
            .iter()
            .filter(|(key, text)| before.get(*key) != Some(*text))
        {
            let value = Content::Components(vec![key.clone(), text.clone()]);
            let place = places.get(key).and_then(|places| places.first()).copied();
            self.put(place, Draft::new(CUSTOM, value));
        }
    }
}

/// The property at this place to be written again, or a new one.
pub(super) fn redraft(card: &Card, place: Option<usize>, name: &str) -> Draft {
    let property = place.and_then(|position| card.property(position));
    property.map_or_else(|| Draft::text(name, ""), |property| Draft::of(&property))
}
