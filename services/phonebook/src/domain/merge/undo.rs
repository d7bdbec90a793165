use super::lists::same;
use crate::domain::Fields;

/// What is there now, without what a merge added: values that have been changed since stay as they are, and entries of
/// lists that `others`, which were merged too, have as well. `merged` is what the merge made of `before`. A contact that
/// would say of nobody whom it is about stays whole.
#[must_use]
pub fn take_out(present: &Fields, before: &Fields, merged: &Fields, others: &Fields) -> Fields {
    let mut after = present.clone();
    put_back(&mut after.name, &before.name, &merged.name);
    put_back(&mut after.nickname, &before.nickname, &merged.nickname);
    put_back(
        &mut after.organization,
        &before.organization,
        &merged.organization,
    );
    put_back(&mut after.birthday, &before.birthday, &merged.birthday);
    put_back(
        &mut after.anniversary,
        &before.anniversary,
        &merged.anniversary,
    );
    let phones = Lists(&before.phones, &merged.phones, &others.phones);
    let emails = Lists(&before.emails, &merged.emails, &others.emails);
    let addresses = Lists(&before.addresses, &merged.addresses, &others.addresses);
    let urls = Lists(&before.urls, &merged.urls, &others.urls);
    after.phones = phones.leave(&present.phones, same);
    after.emails = emails.leave(&present.emails, same);
    after.addresses = addresses.leave(&present.addresses, PartialEq::eq);
    after.urls = urls.leave(&present.urls, PartialEq::eq);
    after.custom.retain(|key, value| {
        merged.custom.get(key) != Some(value)
            || before.custom.contains_key(key)
            || others.custom.values().any(|other| other == value)
    });
    after.notes = notes(present, before, merged);
    if after.names_somebody() {
        after
    } else {
        present.clone()
    }
}

fn put_back<T: Clone + PartialEq>(present: &mut T, before: &T, merged: &T) {
    if present == merged {
        present.clone_from(before);
    }
}

/// One list before the merge and behind it, and what others have of it.
struct Lists<'a, T>(&'a [T], &'a [T], &'a [T]);

impl<T: Clone + PartialEq> Lists<'_, T> {
    /// What is left of the present entries. A merge leaves the first entries in their places and appends others, so what
    /// it filled in is found by place.
    fn leave(&self, present: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<T> {
        let Self(before, merged, others) = self;
        let was = |value: &T| {
            let place = merged.iter().position(|made| made == value);
            let was_there = before.contains(value);
            match place.filter(|_| !was_there) {
                None => Some(value.clone()),
                Some(place) => before.get(place).cloned().or_else(|| {
                    let is_theirs = others.iter().any(|other| same(other, value));
                    is_theirs.then(|| value.clone())
                }),
            }
        };
        present.iter().filter_map(was).collect()
    }
}

/// Notes without what the merge appended, if it still stands there in one piece.
fn notes(present: &Fields, before: &Fields, merged: &Fields) -> Option<String> {
    if present.notes == merged.notes {
        return before.notes.clone();
    }
    let (present, merged) = (present.notes.as_deref()?, merged.notes.as_deref());
    let appended = match (merged, before.notes.as_deref()) {
        (Some(merged), Some(before)) => merged.strip_prefix(before),
        (merged, _) => merged,
    };
    let left = match appended.filter(|appended| !appended.is_empty()) {
        // Blank lines part what was appended from what stands in front of it.
        Some(appended) => match present.strip_prefix(appended) {
            Some(rest) => rest.trim_start_matches('\n').to_owned(),
            None => present.replacen(appended, "", 1),
        },
        None => present.to_owned(),
    };
    Some(left).filter(|left| !left.trim().is_empty())
}
