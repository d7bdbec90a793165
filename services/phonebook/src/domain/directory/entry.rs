use super::{number::Number, text, xml};
use crate::domain::Fields;

/// A line of a desk phone's screen has some 20 to 40 characters. What vendors say: 64 for the items of Cisco's menus (Cisco
/// Unified IP Phone Services Application Development Notes, release 7.1(3)), nothing for those of directories.
const MAX_NAME_CHARS: usize = 64;
/// Bytes that the elements around an entry or a number take in the widest dialect, number included.
const MARKUP_BYTES: usize = 160;

/// A contact, or the part of its numbers that one entry of a vendor's directory can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What to show; never empty.
    pub name: String,
    pub given: String,
    pub family: String,
    /// At least one.
    pub(super) numbers: Vec<Number>,
    /// Others of the same name follow or went before.
    one_of_several: bool,
}

/// Puts each number into the first entry that `has_room` for it, in the contact's order.
pub fn of(contact: &Fields, has_room: impl Fn(&[Number], &Number) -> bool) -> Vec<Entry> {
    let mut groups: Vec<Vec<Number>> = Vec::new();
    for number in contact.phones.iter().filter_map(Number::of) {
        match groups.iter_mut().find(|held| has_room(held, &number)) {
            Some(group) => group.push(number),
            None => groups.push(vec![number]),
        }
    }
    let one_of_several = groups.len() > 1;
    let named = |numbers| Entry::new(contact, numbers, one_of_several);
    groups.into_iter().map(named).collect()
}

impl Entry {
    fn new(contact: &Fields, numbers: Vec<Number>, one_of_several: bool) -> Self {
        let part =
            |text: &Option<String>| text::line(text.as_deref().unwrap_or_default(), MAX_NAME_CHARS);
        let mut name = text::line(&contact.display(), MAX_NAME_CHARS);
        if name.is_empty() {
            name = numbers
                .first()
                .map(|number| number.dial.clone())
                .unwrap_or_default();
        }
        Self {
            name,
            given: part(&contact.name.given),
            family: part(&contact.name.family),
            numbers,
            one_of_several,
        }
    }

    /// The name, with the number's label where only that tells entries apart, for dialects with one number an entry. A long
    /// name makes way for the label.
    pub(super) fn labelled_name(&self) -> String {
        let label = self
            .numbers
            .first()
            .map_or("", |number| number.label.as_str());
        if label.is_empty() || !self.one_of_several {
            return self.name.clone();
        }
        let left = MAX_NAME_CHARS.saturating_sub(label.chars().count() + 3);
        format!("{} ({label})", text::line(&self.name, left))
    }

    /// Bytes that it takes in a document at most.
    pub(super) fn weight(&self) -> usize {
        let texts = [&self.name, &self.given, &self.family].map(|text| xml::escaped(text).len());
        let numbers = self.numbers.iter();
        let numbers = numbers.map(|number| MARKUP_BYTES + xml::escaped(&number.label).len());
        MARKUP_BYTES + texts.iter().sum::<usize>() + numbers.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Name, Phone};

    fn ada(numbers: &[(&str, &str)]) -> Fields {
        let phone = |(number, kind): &(&str, &str)| Phone {
            number: (*number).into(),
            e164: None,
            kind: Some((*kind).into()),
            label: None,
            primary: None,
        };
        Fields {
            name: Name {
                given: Some("Ada".into()),
                family: Some("Lovelace".into()),
                ..Name::default()
            },
            phones: numbers.iter().map(phone).collect(),
            ..Fields::default()
        }
    }

    fn names(contact: &Fields) -> Vec<String> {
        let entries = of(contact, |held, _| held.is_empty());
        entries.iter().map(Entry::labelled_name).collect()
    }

    #[test]
    fn labels_tell_the_numbers_of_a_contact_apart() {
        assert_eq!(names(&ada(&[("11", "work")])), ["Ada Lovelace"]);
        assert_eq!(
            names(&ada(&[("11", "work"), ("none", "fax"), ("12", "mobile")])),
            ["Ada Lovelace (Work)", "Ada Lovelace (Mobile)"]
        );
        assert!(names(&ada(&[("none", "work")])).is_empty());
    }

    #[test]
    fn a_long_name_makes_way_for_the_label() {
        let mut contact = ada(&[("11", "work"), ("12", "mobile")]);
        contact.name.display = Some("Ada ".repeat(30));
        for name in names(&contact) {
            assert!(name.chars().count() <= MAX_NAME_CHARS && name.ends_with(')'));
        }
        contact.name.display = Some("\u{202e}".into());
        assert_eq!(names(&contact), ["11 (Work)", "12 (Mobile)"]);
    }
}
