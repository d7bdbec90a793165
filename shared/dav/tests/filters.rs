//! Which cards fulfil which filters.
#![allow(clippy::expect_used, clippy::panic)]

use dav::{CardProperties, CardProperty, Filter, Report};
use proptest::prelude::*;
use std::borrow::Cow;

struct Property {
    group: Option<&'static str>,
    name: &'static str,
    parameters: Vec<(&'static str, &'static str)>,
    text: &'static str,
}

struct Card(Vec<Property>);

impl CardProperties for Card {
    fn properties(&self) -> impl Iterator<Item = impl CardProperty> {
        self.0.iter()
    }
}

impl CardProperty for &Property {
    fn group(&self) -> Option<&str> {
        self.group
    }

    fn name(&self) -> &str {
        self.name
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.text)
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().copied()
    }
}

fn property(name: &'static str, text: &'static str) -> Property {
    Property {
        group: None,
        name,
        parameters: vec![],
        text,
    }
}

fn card() -> Card {
    let mut home = property("tel", "+41 44 668 18 00");
    home.parameters = vec![("type", "home"), ("TYPE", "voice"), ("PREF", "")];
    let mut work = property("TEL", "+49 30 123456");
    work.parameters = vec![("TYPE", "work")];
    work.group = Some("item1");
    Card(vec![
        property("FN", "José Müller"),
        property("N", "Müller;José;;;"),
        home,
        work,
        property("EMAIL", "jose@example.org"),
        property("EMAIL", "jm@example.com"),
        property("NOTE", ""),
    ])
}

fn filter(attributes: &str, inside: &str) -> Filter {
    let body = format!(
        r#"<C:addressbook-query xmlns:C="urn:ietf:params:xml:ns:carddav"><C:filter {attributes}>{inside}</C:filter></C:addressbook-query>"#
    );
    match Report::read(body.as_bytes(), 100_000) {
        Ok(Report::Query(query)) => query.filter,
        other => panic!("{body}: {other:?}"),
    }
}

fn fulfils(inside: &str) -> bool {
    filter("", inside).matches(&card())
}

/// A filter on one property with this inside.
fn on(name: &str, inside: &str) -> bool {
    fulfils(&format!(
        "<C:prop-filter name='{name}'>{inside}</C:prop-filter>"
    ))
}

fn text(attributes: &str, wanted: &str) -> String {
    format!("<C:text-match {attributes}>{wanted}</C:text-match>")
}

#[test]
fn no_conditions_mean_every_card() {
    assert!(fulfils(""));
    assert!(filter("test='allof'", "").matches(&Card(vec![])));
    assert!(Filter::default().matches(&card()));
}

#[test]
fn an_empty_condition_asks_whether_it_is_there() {
    assert!(on("fn", ""));
    assert!(on("NOTE", ""));
    assert!(!on("PHOTO", ""));
    assert!(on("PHOTO", "<C:is-not-defined/>"));
    assert!(!on("FN", "<C:is-not-defined/>"));
}

#[test]
fn names_may_have_a_group() {
    assert!(on("ITEM1.tel", ""));
    assert!(!on("item2.TEL", ""));
    assert!(!on("item1.EMAIL", ""));
    assert!(on("TEL", &text("", "+49")));
    assert!(!on("item1.TEL", &text("", "+41")));
    assert!(on("item2.TEL", "<C:is-not-defined/>"));
}

#[test]
fn texts_match_as_they_are_told_to() {
    for (attributes, wanted, expected) in [
        ("", "müller", true),
        ("", "MU\u{308}LLER", true),
        ("", "muller", false),
        ("match-type='equals'", "josé müller", true),
        ("match-type='equals'", "josé", false),
        ("match-type='starts-with'", "JOSÉ", true),
        ("match-type='starts-with'", "müller", false),
        ("match-type='ends-with'", "LLER", true),
        ("match-type='contains'", "é m", true),
        ("collation='i;ascii-casemap'", "MüLLER", true),
        ("collation='i;ascii-casemap'", "MÜLLER", false),
        ("collation='i;octet'", "Müller", true),
        ("collation='i;octet'", "müller", false),
        ("negate-condition='yes'", "müller", false),
        ("negate-condition='yes'", "meier", true),
        ("", "", true),
    ] {
        assert_eq!(
            on("FN", &text(attributes, wanted)),
            expected,
            "{attributes} {wanted}"
        );
    }
}

#[test]
fn negation_needs_a_property_to_negate() {
    assert!(!on("PHOTO", &text("negate-condition='yes'", "x")));
    // One of the two addresses is not at example.org.
    assert!(on("EMAIL", &text("negate-condition='yes'", "example.org")));
}

#[test]
fn any_or_all_of_a_propertys_conditions() {
    let both = text("", "jose") + &text("", ".com");
    let named = |test: &str| {
        fulfils(&format!(
            "<C:prop-filter name='EMAIL' {test}>{both}</C:prop-filter>"
        ))
    };
    assert!(named(""));
    assert!(named("test='anyof'"));
    // No single address has both.
    assert!(!named("test='allof'"));
}

#[test]
fn any_or_all_properties() {
    let inside = "<C:prop-filter name='FN'/><C:prop-filter name='PHOTO'/>";
    assert!(filter("", inside).matches(&card()));
    assert!(filter("test='anyof'", inside).matches(&card()));
    assert!(!filter("test='allof'", inside).matches(&card()));
}

#[test]
fn parameters_are_those_of_one_property() {
    let parameter = |name: &str, inside: &str| {
        format!("<C:param-filter name='{name}'>{inside}</C:param-filter>")
    };
    let work = parameter("type", &text("match-type='equals'", "WORK"));
    let all = |inside: &str| {
        fulfils(&format!(
            "<C:prop-filter name='TEL' test='allof'>{inside}</C:prop-filter>"
        ))
    };
    assert!(all(&(text("", "+49") + &work)));
    assert!(!all(&(text("", "+41") + &work)));
    assert!(all(&(text("", "+41") + &parameter("pref", ""))));
    assert!(!all(&(text("", "+49") + &parameter("PREF", ""))));
    assert!(all(
        &(text("", "+49") + &parameter("PREF", "<C:is-not-defined/>"))
    ));
    assert!(!on("EMAIL", &parameter("TYPE", "")));
    // The home number is a voice number, too; that it is a home number rules it out.
    let not_home = parameter("TYPE", &text("negate-condition='yes'", "home"));
    assert!(!all(&(text("", "+41") + &not_home)));
    assert!(all(&(text("", "+49") + &not_home)));
    assert!(!on("EMAIL", &not_home));
}

proptest! {
    #[test]
    fn negation_is_the_opposite_for_a_single_property(wanted in "[a-zA-Zéüß ]{0,6}", kind in 0..4_usize, collation in 0..3_usize) {
        let kind = ["equals", "contains", "starts-with", "ends-with"][kind];
        let collation = ["i;octet", "i;ascii-casemap", "i;unicode-casemap"][collation];
        let with = |negated: &str| on("FN", &text(&format!("match-type='{kind}' collation='{collation}' negate-condition='{negated}'"), &wanted));
        prop_assert_ne!(with("yes"), with("no"));
    }
}
