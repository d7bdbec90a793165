use super::{CATEGORIES, HOME, OTHER, WORK, address, labelled, phone};
use crate::layout::target::{AddressPart, Date, Family, Part, Target, Text};

/// Two columns are called `Titre`: first the one before the name, then the position in the company.
pub(super) fn target(name: &str, again: bool) -> Option<Target> {
    Some(match name {
        "titre" if again => Target::Text(Text::Title),
        "titre" => Target::Text(Text::Prefix),
        "prénom" => Target::Text(Text::Given),
        "deuxième prénom" => Target::Text(Text::Middle),
        "nom" => Target::Text(Text::Family),
        "suffixe" => Target::Text(Text::Suffix),
        "surnom" => Target::Text(Text::Nickname),
        "société" => Target::Text(Text::Organization),
        "service" => Target::Text(Text::Department),
        "notes" => Target::Text(Text::Notes),
        "anniversaire" => Target::Date(Date::Birthday),
        "anniversaire de mariage ou fête" | "anniversaire/fête" => {
            Target::Date(Date::Anniversary)
        }
        "catégories" => CATEGORIES,
        "page web" => Target::Entry(Family::Website, 1, Part::Value),
        "sexe" | "initiales" | "priorité" | "privé" | "critère de diffusion" => Target::Ignored,
        _ => return number(name).or_else(|| email(name)).or_else(|| place(name)),
    })
}

fn number(name: &str) -> Option<Target> {
    Some(match name {
        "téléphone (bureau)" | "téléphone 2 (bureau)" => phone("work"),
        "téléphone (domicile)" | "téléphone 2 (domicile)" => phone("home"),
        "tél. mobile" => phone("mobile"),
        "téléphone (autre)" => phone("other"),
        "récepteur de radiomessagerie" => phone("pager"),
        "téléphone société" => labelled("work"),
        "télécopie (bureau)" | "télécopie (domicile)" | "télécopie (autre)" => {
            labelled("fax")
        }
        "téléphone de l'assistant(e)"
        | "rappel"
        | "téléphone (voiture)"
        | "rnis"
        | "radio téléphone"
        | "radiotéléphone"
        | "téléphone principal"
        | "téléphone tdd/tty"
        | "télex" => labelled("other"),
        _ => return None,
    })
}

/// Older versions say `messagerie`, newer ones `courrier`.
fn email(name: &str) -> Option<Target> {
    let (what, rest) = name.split_once(" de ")?;
    let (service, number) = match rest.rsplit_once(' ') {
        Some((service, "2")) => (service, 2),
        Some((service, "3")) => (service, 3),
        _ => (rest, 1),
    };
    match (what, service) {
        ("adresse", "messagerie" | "courrier") => {
            Some(Target::Entry(Family::Email, number, Part::Value))
        }
        ("type", "messagerie" | "courrier") => Some(Target::Ignored),
        ("nom complet", "l'adresse de messagerie" | "l'adresse de courrier") => {
            Some(Target::Ignored)
        }
        _ => None,
    }
}

fn place(name: &str) -> Option<Target> {
    let (place, part) = match name {
        "b.p. professionnelle" => (WORK, "rue"),
        "boîte postale du domicile" => (HOME, "rue"),
        "autre boîte postale" => (OTHER, "rue"),
        _ => within_parentheses(name)?,
    };
    let part = match part {
        "rue" => AddressPart::Street,
        "ville" => AddressPart::City,
        "dép/région" => AddressPart::Region,
        "code postal" => AddressPart::PostalCode,
        "pays" | "pays/région" => AddressPart::Country,
        _ => return None,
    };
    Some(address(place, part))
}

fn within_parentheses(name: &str) -> Option<((u32, &'static str), &str)> {
    let (part, place) = name.split_once(" (")?;
    let place = match place {
        "bureau)" | "bureau) 2" | "bureau) 3" => WORK,
        "domicile)" | "domicile) 2" | "domicile) 3" => HOME,
        "autre)" | "autre) 2" | "autre) 3" => OTHER,
        _ => return None,
    };
    Some((place, part))
}
