//! Which cards a query asks for (RFC 6352, section 10.5).

mod card;
mod collation;
mod read;

pub use card::{CardProperties, CardProperty};
pub use collation::Collation;

use std::borrow::Cow;

/// How many property, parameter and text conditions a filter may have in all: every card is held against each.
pub const MAX_CONDITIONS: usize = 128;

/// A condition on a card. Without any property conditions every card fulfils it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    pub test: Test,
    pub properties: Vec<PropFilter>,
}

/// Must any or all of the conditions hold?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Test {
    #[default]
    AnyOf,
    AllOf,
}

/// A condition on the properties of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropFilter {
    /// Without a group, properties with any group or none are meant; with one, only those.
    pub group: Option<String>,
    pub name: String,
    pub rule: PropRule,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PropRule {
    Defined,
    NotDefined,
    /// At least one property fulfils these conditions by itself.
    Matches {
        test: Test,
        texts: Vec<TextMatch>,
        parameters: Vec<ParamFilter>,
    },
}

/// A condition on the parameters of one name of one property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamFilter {
    pub name: String,
    pub rule: ParamRule,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParamRule {
    Defined,
    NotDefined,
    Matches(TextMatch),
}

/// A condition on a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextMatch {
    collation: Collation,
    kind: MatchType,
    negated: bool,
    /// Folded by the collation already.
    wanted: String,
}

/// Where the text is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchType {
    Equals,
    Contains,
    StartsWith,
    EndsWith,
}

impl Filter {
    /// Does this card fulfil the filter?
    pub fn matches(&self, card: &impl CardProperties) -> bool {
        if self.properties.is_empty() {
            return true;
        }
        let outcomes = self.properties.iter().map(|filter| filter.matches(card));
        self.test.holds(outcomes)
    }
}

impl Test {
    fn holds(self, mut outcomes: impl Iterator<Item = bool>) -> bool {
        match self {
            Self::AnyOf => outcomes.any(|outcome| outcome),
            Self::AllOf => outcomes.all(|outcome| outcome),
        }
    }
}

impl PropFilter {
    fn matches(&self, card: &impl CardProperties) -> bool {
        let mut meant = card.properties().filter(|property| self.means(property));
        match &self.rule {
            PropRule::Defined => meant.next().is_some(),
            PropRule::NotDefined => meant.next().is_none(),
            PropRule::Matches {
                test,
                texts,
                parameters,
            } => meant.any(|property| fulfils(&property, *test, texts, parameters)),
        }
    }

    fn means(&self, property: &impl CardProperty) -> bool {
        let same_group = match (&self.group, property.group()) {
            (None, _) => true,
            (Some(wanted), Some(group)) => wanted.eq_ignore_ascii_case(group),
            (Some(_), None) => false,
        };
        same_group && self.name.eq_ignore_ascii_case(property.name())
    }
}

fn fulfils(
    property: &impl CardProperty,
    test: Test,
    texts: &[TextMatch],
    parameters: &[ParamFilter],
) -> bool {
    let value: Cow<'_, str> = property.text();
    let texts = texts.iter().map(|text| text.matches(&value));
    let parameters = parameters.iter().map(|filter| filter.matches(property));
    test.holds(texts.chain(parameters))
}

impl ParamFilter {
    fn matches(&self, property: &impl CardProperty) -> bool {
        let mut values = property
            .parameters()
            .filter(|(name, _)| self.name.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .peekable();
        match &self.rule {
            ParamRule::Defined => values.peek().is_some(),
            ParamRule::NotDefined => values.peek().is_none(),
            ParamRule::Matches(text) => values.peek().is_some() && text.matches_one_of(values),
        }
    }
}

impl TextMatch {
    /// The standard's defaults are [`Collation::UnicodeCasemap`], [`MatchType::Contains`] and no negation.
    #[must_use]
    pub fn new(wanted: &str, kind: MatchType, collation: Collation, negated: bool) -> Self {
        Self {
            collation,
            kind,
            negated,
            wanted: collation.fold(wanted).into_owned(),
        }
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.found_in(text) != self.negated
    }

    /// A parameter with several values has the text when one of them has it, and lacks it when none has.
    fn matches_one_of<'a>(&self, mut values: impl Iterator<Item = &'a str>) -> bool {
        values.any(|value| self.found_in(value)) != self.negated
    }

    fn found_in(&self, text: &str) -> bool {
        let text = self.collation.fold(text);
        match self.kind {
            MatchType::Equals => *text == self.wanted,
            MatchType::Contains => text.contains(&self.wanted),
            MatchType::StartsWith => text.starts_with(&self.wanted),
            MatchType::EndsWith => text.ends_with(&self.wanted),
        }
    }
}
