use crate::domain::Fields;

/// What is there now, without what a merge added: values that have been changed since stay as they are. `merged` is
/// what the merge made of `before`. A contact that would say of nobody whom it is about stays whole.
#[must_use]
pub fn take_out(present: &Fields, before: &Fields, merged: &Fields) -> Fields {
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
    after.phones = without(&present.phones, &before.phones, &merged.phones);
    after.emails = without(&present.emails, &before.emails, &merged.emails);
    after.addresses = without(&present.addresses, &before.addresses, &merged.addresses);
    after.urls = without(&present.urls, &before.urls, &merged.urls);
    after.custom.retain(|key, value| {
        merged.custom.get(key) != Some(value) || before.custom.contains_key(key)
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

/// A merge leaves the first entries in their places and appends others, so what it filled in is found by place.
fn without<T: Clone + PartialEq>(present: &[T], before: &[T], merged: &[T]) -> Vec<T> {
    let was = |value: &T| {
        if before.contains(value) {
            return Some(value.clone());
        }
        match merged.iter().position(|made| made == value) {
            Some(place) => before.get(place).cloned(),
            None => Some(value.clone()),
        }
    };
    present.iter().filter_map(was).collect()
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
        Some(appended) => present.replacen(appended, "", 1),
        None => present.to_owned(),
    };
    Some(left).filter(|left| !left.trim().is_empty())
}
