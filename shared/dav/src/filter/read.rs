//! From elements to filters.

use super::{
    Collation, Filter, MAX_CONDITIONS, MatchType, ParamFilter, ParamRule, PropFilter, PropRule,
    Test, TextMatch,
};
use crate::{
    RequestError,
    name::CARDDAV,
    request::{bad_attribute, required_attribute},
    xml::Element,
};

impl Filter {
    pub(crate) fn read(element: &Element) -> Result<Self, RequestError> {
        if conditions(element) > MAX_CONDITIONS {
            return Err(RequestError::TooManyConditions);
        }
        Ok(Self {
            test: test(element)?,
            properties: element
                .all(CARDDAV, "prop-filter")
                .map(prop_filter)
                .collect::<Result<_, _>>()?,
        })
    }
}

/// All elements inside, whatever they are; the reader bounds the depth.
fn conditions(element: &Element) -> usize {
    let inside = element.children.iter().map(conditions);
    element.children.len() + inside.sum::<usize>()
}

fn test(element: &Element) -> Result<Test, RequestError> {
    match element.attribute("test") {
        None | Some("anyof") => Ok(Test::AnyOf),
        Some("allof") => Ok(Test::AllOf),
        Some(other) => Err(bad_attribute(element, "test", other)),
    }
}

fn prop_filter(element: &Element) -> Result<PropFilter, RequestError> {
    let name = required_attribute(element, "name")?;
    let (group, name) = match name.split_once('.') {
        Some((group, name)) => (Some(group.to_owned()), name),
        None => (None, name),
    };
    Ok(PropFilter {
        group,
        name: name.to_owned(),
        rule: prop_rule(element)?,
    })
}

fn prop_rule(element: &Element) -> Result<PropRule, RequestError> {
    let texts: Vec<_> = element
        .all(CARDDAV, "text-match")
        .map(text_match)
        .collect::<Result<_, _>>()?;
    let parameters: Vec<_> = element
        .all(CARDDAV, "param-filter")
        .map(param_filter)
        .collect::<Result<_, _>>()?;
    let test = test(element)?;
    let none = texts.is_empty() && parameters.is_empty();
    match (is_not_defined(element), none) {
        (true, true) => Ok(PropRule::NotDefined),
        (true, false) => Err(contradiction(element)),
        (false, true) => Ok(PropRule::Defined),
        (false, false) => Ok(PropRule::Matches {
            test,
            texts,
            parameters,
        }),
    }
}

fn param_filter(element: &Element) -> Result<ParamFilter, RequestError> {
    let text = element.first(CARDDAV, "text-match");
    let rule = match (is_not_defined(element), text) {
        (true, None) => ParamRule::NotDefined,
        (true, Some(_)) => return Err(contradiction(element)),
        (false, None) => ParamRule::Defined,
        (false, Some(text)) => ParamRule::Matches(text_match(text)?),
    };
    Ok(ParamFilter {
        name: required_attribute(element, "name")?.to_owned(),
        rule,
    })
}

fn is_not_defined(element: &Element) -> bool {
    element.first(CARDDAV, "is-not-defined").is_some()
}

fn contradiction(element: &Element) -> RequestError {
    RequestError::Contradiction(element.name.clone())
}

fn text_match(element: &Element) -> Result<TextMatch, RequestError> {
    let collation = match element.attribute("collation") {
        None => Collation::default(),
        Some(name) => Collation::parse(name)
            .ok_or_else(|| RequestError::UnsupportedCollation(crate::xml::excerpt(name)))?,
    };
    let negated = match element.attribute("negate-condition") {
        None | Some("no") => false,
        Some("yes") => true,
        Some(other) => return Err(bad_attribute(element, "negate-condition", other)),
    };
    let kind = match_type(element)?;
    Ok(TextMatch::new(&element.text, kind, collation, negated))
}

fn match_type(element: &Element) -> Result<MatchType, RequestError> {
    match element.attribute("match-type") {
        None | Some("contains") => Ok(MatchType::Contains),
        Some("equals") => Ok(MatchType::Equals),
        Some("starts-with") => Ok(MatchType::StartsWith),
        Some("ends-with") => Ok(MatchType::EndsWith),
        Some(other) => Err(bad_attribute(element, "match-type", other)),
    }
}
