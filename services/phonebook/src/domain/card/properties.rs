use dav::{CardProperties, CardProperty};
use std::borrow::Cow;
use vcard::{Card, Property};

/// A card as filters look at it.
pub struct Properties<'c>(pub &'c Card);

struct One<'c>(Property<'c>);

impl CardProperties for Properties<'_> {
    fn properties(&self) -> impl Iterator<Item = impl CardProperty> {
        self.0.properties().map(One)
    }
}

impl CardProperty for One<'_> {
    fn group(&self) -> Option<&str> {
        self.0.group()
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.text())
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.parameters().iter().flat_map(|parameter| {
            let values = parameter.values.iter();
            let none = parameter.values.is_empty().then_some("");
            let values = values.map(AsRef::as_ref).chain(none);
            values.map(|value| (parameter.name.as_ref(), value))
        })
    }
}
