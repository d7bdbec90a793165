use super::{RequestError, Selection, bad_attribute, missing, names_in};
use crate::{
    PropName,
    filter::{Collation, MatchType, TextMatch},
    name::DAV,
    xml::Element,
};

/// How many texts a search may be for.
const MAX_SEARCHES: usize = 16;

/// Which principals have these texts in these properties (RFC 3744, section 9.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalPropertySearch {
    pub searches: Vec<PropertySearch>,
    /// One search that succeeds is enough; else all must.
    pub any: bool,
    pub selection: Selection,
}

/// A text that every one of the properties must contain, whatever its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertySearch {
    pub properties: Vec<PropName>,
    text: TextMatch,
}

impl PrincipalPropertySearch {
    pub(super) fn read(root: &Element) -> Result<Self, RequestError> {
        let any = match root.attribute("test") {
            None | Some("allof") => false,
            Some("anyof") => true,
            Some(other) => return Err(bad_attribute(root, "test", other)),
        };
        let searches: Vec<_> = root
            .all(DAV, "property-search")
            .map(PropertySearch::read)
            .collect::<Result<_, _>>()?;
        if searches.is_empty() {
            return Err(missing(root, "property-search"));
        }
        if searches.len() > MAX_SEARCHES {
            return Err(RequestError::TooManyConditions);
        }
        Ok(Self {
            searches,
            any,
            selection: Selection::optional(root)?,
        })
    }

    /// Does a principal match, whose properties have these texts?
    pub fn matches<'a>(&self, text_of: impl Fn(&PropName) -> Option<&'a str>) -> bool {
        let mut outcomes = self.searches.iter().map(|search| search.matches(&text_of));
        if self.any {
            outcomes.any(|outcome| outcome)
        } else {
            outcomes.all(|outcome| outcome)
        }
    }
}

impl PropertySearch {
    fn read(element: &Element) -> Result<Self, RequestError> {
        let prop = element
            .first(DAV, "prop")
            .ok_or_else(|| missing(element, "prop"))?;
        let text = element
            .first(DAV, "match")
            .ok_or_else(|| missing(element, "match"))?;
        Ok(Self {
            properties: names_in(prop)?,
            text: TextMatch::new(
                &text.text,
                MatchType::Contains,
                Collation::UnicodeCasemap,
                false,
            ),
        })
    }

    fn matches<'a>(&self, text_of: impl Fn(&PropName) -> Option<&'a str>) -> bool {
        let has = |name| text_of(name).is_some_and(|text| self.text.matches(text));
        !self.properties.is_empty() && self.properties.iter().all(has)
    }
}
