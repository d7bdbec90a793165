//! Outlook's columns. The program writes them in its own language, Outlook.com and exports to Outlook in English.

mod english;
mod french;
mod german;

use super::target::{AddressPart, Target};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
    French,
}

/// What separates categories.
const CATEGORIES: Target = Target::Groups(";");

pub(super) fn target(name: &str, again: bool, language: Language) -> Option<Target> {
    match language {
        Language::English => english::target(name),
        Language::German => german::target(name),
        Language::French => french::target(name, again),
    }
}

/// A number of a type that needs no label.
const fn phone(kind: &'static str) -> Target {
    Target::Phone {
        kind,
        labelled: false,
    }
}

/// A number that only the column's name tells from others of its type.
const fn labelled(kind: &'static str) -> Target {
    Target::Phone {
        kind,
        labelled: true,
    }
}

const WORK: (u32, &str) = (1, "work");
const HOME: (u32, &str) = (2, "home");
const OTHER: (u32, &str) = (3, "other");

const fn address((number, kind): (u32, &'static str), part: AddressPart) -> Target {
    Target::Address(number, part, Some(kind))
}
