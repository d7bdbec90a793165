use super::{CATEGORIES, HOME, OTHER, WORK, address, labelled, phone};
use crate::layout::target::{AddressPart, Date, Family, Part, Target, Text};

pub(super) fn target(name: &str) -> Option<Target> {
    Some(match name {
        "title" => Target::Text(Text::Prefix),
        "first name" => Target::Text(Text::Given),
        "middle name" => Target::Text(Text::Middle),
        "last name" => Target::Text(Text::Family),
        "suffix" => Target::Text(Text::Suffix),
        "nickname" => Target::Text(Text::Nickname),
        "company" => Target::Text(Text::Organization),
        "department" => Target::Text(Text::Department),
        "job title" => Target::Text(Text::Title),
        "notes" => Target::Text(Text::Notes),
        "birthday" => Target::Date(Date::Birthday),
        "anniversary" => Target::Date(Date::Anniversary),
        "categories" => CATEGORIES,
        "e-mail address" => Target::Entry(Family::Email, 1, Part::Value),
        "e-mail 2 address" => Target::Entry(Family::Email, 2, Part::Value),
        "e-mail 3 address" => Target::Entry(Family::Email, 3, Part::Value),
        "web page" => Target::Entry(Family::Website, 1, Part::Value),
        "personal web page" => Target::Entry(Family::Website, 2, Part::Value),
        "e-mail type" | "e-mail 2 type" | "e-mail 3 type" => Target::Ignored,
        "e-mail display name" | "e-mail 2 display name" | "e-mail 3 display name" => {
            Target::Ignored
        }
        "gender" | "initials" | "priority" | "private" | "sensitivity" => Target::Ignored,
        _ => return number(name).or_else(|| place(name)),
    })
}

fn number(name: &str) -> Option<Target> {
    Some(match name {
        "business phone" | "business phone 2" => phone("work"),
        "home phone" | "home phone 2" => phone("home"),
        "mobile phone" => phone("mobile"),
        "other phone" => phone("other"),
        "pager" => phone("pager"),
        "company main phone" => labelled("work"),
        "business fax" | "home fax" | "other fax" => labelled("fax"),
        "assistant's phone" | "callback" | "car phone" | "isdn" | "primary phone"
        | "radio phone" | "telex" | "tty/tdd phone" => labelled("other"),
        _ => return None,
    })
}

fn place(name: &str) -> Option<Target> {
    let (place, part) = name.split_once(' ')?;
    let place = match place {
        "business" => WORK,
        "home" => HOME,
        "other" => OTHER,
        _ => return None,
    };
    let part = match part {
        "street" | "street 2" | "street 3" | "address po box" => AddressPart::Street,
        "city" => AddressPart::City,
        "state" => AddressPart::Region,
        "postal code" => AddressPart::PostalCode,
        "country" | "country/region" => AddressPart::Country,
        "address" => AddressPart::Formatted,
        _ => return None,
    };
    Some(address(place, part))
}
