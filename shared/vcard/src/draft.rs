//! Properties to be written.

mod types;
mod write;

use crate::property::Property;

/// A property to be written into a card, in the form of that card's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub(crate) group: Option<String>,
    pub(crate) name: String,
    pub(crate) parameters: Vec<(String, Vec<String>)>,
    pub(crate) value: Content,
}

/// A value before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// One text; everything that needs it gets escaped.
    Text(String),
    /// The components of a structured value, with semicolons between them.
    Components(Vec<String>),
    /// A URI: commas and semicolons stay.
    Uri(String),
    /// Escaped already, or of a form that needs none, such as dates.
    Escaped(String),
    /// Written as base64.
    Binary(Vec<u8>),
}

impl Draft {
    /// Of the name, only letters, digits and `-` are used.
    #[must_use]
    pub fn new(name: &str, value: Content) -> Self {
        Self {
            group: None,
            name: property_name(name),
            parameters: Vec::new(),
            value,
        }
    }

    #[must_use]
    pub fn text(name: &str, text: impl Into<String>) -> Self {
        Self::new(name, Content::Text(text.into()))
    }

    /// The same property again, to be written with changes. How the value is encoded is for the writer to say.
    #[must_use]
    pub fn of(property: &Property<'_>) -> Self {
        let bytes = property.bytes().filter(|_| property.is_base64());
        let value = bytes.map_or_else(
            || Content::Escaped(property.escaped_text().into_owned()),
            Content::Binary,
        );
        let mut draft = Self::new(property.spelled_name(), value);
        draft.group = property.group().map(token);
        for parameter in property.parameters() {
            let values = parameter.values.iter().map(ToString::to_string);
            match parameter.name.as_ref() {
                "ENCODING" | "CHARSET" => {}
                "TYPE" => draft.add_types(values),
                name => draft.parameters.push((token(name), values.collect())),
            }
        }
        draft
    }

    pub(crate) fn rename(&mut self, name: &str) {
        self.name = property_name(name);
    }

    #[must_use]
    pub fn with_group(mut self, group: Option<&str>) -> Self {
        self.group = group.map(token);
        self
    }

    /// Adds the parameter, or sets it anew.
    #[must_use]
    pub fn with_parameter(mut self, name: &str, value: impl Into<String>) -> Self {
        self.set_parameter(name, value.into());
        self
    }

    pub(crate) fn set_parameter(&mut self, name: &str, value: String) {
        self.remove_parameter(name);
        self.parameters.push((token(name), vec![value]));
    }

    pub(crate) fn remove_parameter(&mut self, name: &str) {
        self.parameters
            .retain(|(found, _)| !found.eq_ignore_ascii_case(name));
    }
}

/// A property that was folded in its middle may have a marker's name: on one line, it would begin or end a card.
fn property_name(name: &str) -> String {
    let name = token(name);
    let is_marker = ["BEGIN", "END"]
        .iter()
        .any(|marker| name.eq_ignore_ascii_case(marker));
    if is_marker { format!("X-{name}") } else { name }
}

/// Names cannot carry anything that would end them.
fn token(name: &str) -> String {
    let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.chars().filter(fits).collect()
}
