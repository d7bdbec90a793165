//! Several contacts become one, and nothing that any of them said is lost.
//!
//! The contact that is merged into keeps all that it has. What it lacks it takes from the others, lists are united, and
//! values that find no room because something else stands there are told in the notes, below a line that names whom
//! they are from. A custom value whose key is taken gets the key with a number behind it.

mod custom;
mod lists;
mod notes;
#[cfg(test)]
mod tests;
mod undo;

pub use undo::take_out;

use super::Fields;
use notes::Lost;
use std::fmt::Display;

/// All that the contacts say, as one contact. Merging again changes nothing, and the order of `from` decides only who
/// comes first.
#[must_use]
pub fn merge<'a>(into: &Fields, from: impl IntoIterator<Item = &'a Fields>) -> Fields {
    from.into_iter().fold(into.clone(), absorb)
}

fn absorb(mut merged: Fields, other: &Fields) -> Fields {
    let mut lost = Lost::default();
    take_name(&mut merged, other, &mut lost);
    take(
        &mut merged.nickname,
        other.nickname.as_ref(),
        "Nickname",
        &mut lost,
    );
    take_organization(&mut merged, other, &mut lost);
    take(
        &mut merged.birthday,
        other.birthday.as_ref(),
        "Birthday",
        &mut lost,
    );
    take(
        &mut merged.anniversary,
        other.anniversary.as_ref(),
        "Anniversary",
        &mut lost,
    );
    lists::phones(&mut merged.phones, &other.phones, &mut lost);
    lists::emails(&mut merged.emails, &other.emails, &mut lost);
    lists::unite(&mut merged.addresses, &other.addresses);
    lists::unite(&mut merged.urls, &other.urls);
    custom::unite(&mut merged.custom, &other.custom);
    merged.notes = lost.note(merged.notes, other);
    merged
}

/// Takes a value that is missing; one that differs from what is there is lost.
fn take<T: Clone + PartialEq + Display>(
    present: &mut Option<T>,
    other: Option<&T>,
    what: &str,
    lost: &mut Lost,
) {
    match (&present, other) {
        (None, Some(_)) => *present = other.cloned(),
        (Some(has), Some(other)) if has != other => lost.add(what, other),
        _ => {}
    }
}

/// Parts of two people's names make no name, so it is taken as a whole or not at all.
fn take_name(merged: &mut Fields, other: &Fields, lost: &mut Lost) {
    if merged.name.is_empty() {
        merged.name = other.name.clone();
        return;
    }
    let parts = other.name.joined();
    if !parts.is_empty() && parts != merged.name.joined() {
        lost.add("Name", &parts);
    }
    if let Some(display) = &other.name.display
        && *display != merged.display()
    {
        lost.add("Display name", display);
    }
}

/// A title is one in its organization: nothing of another one is mixed in.
fn take_organization(merged: &mut Fields, other: &Fields, lost: &mut Lost) {
    let (has, other) = (&mut merged.organization, &other.organization);
    let differ = has.name.is_some() && other.name.is_some() && has.name != other.name;
    if differ {
        let told = [&other.name, &other.department, &other.title];
        let told: Vec<_> = told.into_iter().flatten().map(String::as_str).collect();
        lost.add("Organization", told.join(", "));
        return;
    }
    take(&mut has.name, other.name.as_ref(), "Organization", lost);
    take(
        &mut has.department,
        other.department.as_ref(),
        "Department",
        lost,
    );
    take(&mut has.title, other.title.as_ref(), "Title", lost);
}
