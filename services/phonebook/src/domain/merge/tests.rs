use super::{merge, notes::holds, take_out};
use crate::domain::{Address, E164, Email, Fields, Name, Organization, PartialDate, Phone};
use proptest::{collection::vec, option, prelude::*};

/// Few words, so that contacts often say the same and often contradict each other.
fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "Ab", "a b", "x\ny", "Name: a"]).prop_map(str::to_owned)
}

fn phone() -> impl Strategy<Value = Phone> {
    let number = prop::sample::select(vec![
        "+49 30 1234567",
        "+493012345 67",
        "+44 20 7946 0018",
        "porter",
    ]);
    let about = (
        option::of(word()),
        option::of(word()),
        option::of(any::<bool>()),
    );
    (number, about).prop_map(|(number, (kind, label, primary))| Phone {
        number: number.to_owned(),
        e164: E164::parse(number, None).ok(),
        kind,
        label,
        primary,
    })
}

fn email() -> impl Strategy<Value = Email> {
    let address = prop::sample::select(vec!["a@example.com", "A@example.com", "b@example.com"]);
    (address, option::of(word())).prop_map(|(address, kind)| Email {
        address: address.to_owned(),
        kind,
        primary: None,
    })
}

fn name() -> impl Strategy<Value = Name> {
    (option::of(word()), option::of(word()), option::of(word())).prop_map(
        |(given, family, display)| Name {
            given,
            family,
            display,
            ..Name::default()
        },
    )
}

fn organization() -> impl Strategy<Value = Organization> {
    (option::of(word()), option::of(word()), option::of(word())).prop_map(
        |(name, department, title)| Organization {
            name,
            department,
            title,
        },
    )
}

fn contact() -> impl Strategy<Value = Fields> {
    let day = prop::sample::select(vec!["1815-12-10", "--12-10"]);
    let city = word().prop_map(|city| Address {
        city: Some(city),
        ..Address::default()
    });
    let lists = (
        vec(phone(), 0..4),
        vec(email(), 0..3),
        vec(city, 0..3),
        vec(word(), 0..3),
    );
    let texts = (option::of(word()), option::of(word()), option::of(day));
    let custom = prop::collection::btree_map(word(), word(), 0..3);
    (name(), organization(), lists, texts, custom).prop_map(
        |(
            name,
            organization,
            (phones, emails, addresses, urls),
            (nickname, notes, day),
            custom,
        )| {
            let fields = Fields {
                name,
                nickname,
                phones,
                emails,
                organization,
                addresses,
                urls,
                birthday: day.map(|day| PartialDate::parse(day).unwrap()),
                anniversary: None,
                notes,
                custom,
            };
            fields.normalized()
        },
    )
}

/// The first value of a contact that is not found in the result.
fn missing(of: &Fields, all: &Fields) -> Option<String> {
    let notes = all.notes.as_deref().unwrap_or_default();
    let told = |what: &str, value: &str| holds(notes, &format!("{what}: {value}"));
    let parts = of.name.joined();
    if !parts.is_empty() && all.name.joined() != parts && !told("Name", &parts) {
        return Some(format!("name {parts:?}"));
    }
    if let Some(display) = &of.name.display
        && all.display() != *display
        && !told("Display name", display)
    {
        return Some(format!("display name {display:?}"));
    }
    if let Some(nickname) = &of.nickname
        && all.nickname.as_ref() != Some(nickname)
        && !told("Nickname", nickname)
    {
        return Some(format!("nickname {nickname:?}"));
    }
    let (has, wanted) = (&all.organization, &of.organization);
    let whole = [&wanted.name, &wanted.department, &wanted.title];
    let whole: Vec<_> = whole.into_iter().flatten().cloned().collect();
    for (what, has, wanted) in [
        ("Organization", &has.name, &wanted.name),
        ("Department", &has.department, &wanted.department),
        ("Title", &has.title, &wanted.title),
    ] {
        if let Some(value) = wanted
            && has != wanted
            && !told(what, value)
            && !told("Organization", &whole.join(", "))
        {
            return Some(format!("{what} {value:?}"));
        }
    }
    if let Some(day) = &of.birthday
        && all.birthday.as_ref() != Some(day)
        && !told("Birthday", &day.to_string())
    {
        return Some(format!("birthday {day}"));
    }
    if let Some(text) = &of.notes
        && !holds(notes, text)
    {
        return Some(format!("notes {text:?}"));
    }
    missing_in_lists(of, all, notes)
}

fn missing_in_lists(of: &Fields, all: &Fields, notes: &str) -> Option<String> {
    for phone in &of.phones {
        let same = |has: &&Phone| match (&has.e164, &phone.e164) {
            (None, None) => has.number == phone.number,
            (has, wanted) => has == wanted,
        };
        let says = |has: &Phone| {
            (phone.kind.is_none() || has.kind == phone.kind)
                && (phone.label.is_none() || has.label == phone.label)
        };
        let about: Vec<_> = [&phone.kind, &phone.label]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        let line = format!("Phone: {} ({})", phone.number, about.join(", "));
        let mut there = all.phones.iter().filter(same).peekable();
        if there.peek().is_none() || !(there.any(says) || holds(notes, &line)) {
            return Some(format!("{phone:?}"));
        }
    }
    let emails = |has: &Email, wanted: &Email| has.address.eq_ignore_ascii_case(&wanted.address);
    for email in &of.emails {
        if !all.emails.iter().any(|has| emails(has, email)) {
            return Some(format!("{email:?}"));
        }
    }
    let address = of.addresses.iter().find(|one| !all.addresses.contains(one));
    let url = of.urls.iter().find(|one| !all.urls.contains(one));
    let custom = of
        .custom
        .values()
        .find(|one| !all.custom.values().any(|has| has == *one));
    address
        .map(|address| format!("{address:?}"))
        .or(url.or(custom).cloned())
}

#[test]
fn what_finds_no_room_is_told_in_the_notes() {
    let named = |given: &str| Fields {
        name: Name {
            given: Some(given.into()),
            ..Name::default()
        },
        ..Fields::default()
    };
    let ada = Fields {
        notes: Some("met in 1833".into()),
        nickname: Some("Countess".into()),
        ..named("Ada")
    };
    let augusta = Fields {
        notes: Some("likes engines".into()),
        nickname: Some("Enchantress".into()),
        birthday: PartialDate::parse("1815-12-10").ok(),
        ..named("Augusta")
    };
    let merged = merge(&ada, [&augusta]);
    assert_eq!(merged.birthday, augusta.birthday);
    assert_eq!(
        merged.notes.unwrap(),
        "met in 1833\n\nMerged from Augusta:\nName: Augusta\nNickname: Enchantress\nlikes engines"
    );
}

#[test]
fn what_was_changed_after_the_merge_stays() {
    let before = Fields {
        urls: vec!["a".into()],
        notes: Some("old".into()),
        nickname: Some("A".into()),
        ..Fields::default()
    };
    let other = Fields {
        urls: vec!["b".into(), "c".into()],
        notes: Some("new".into()),
        birthday: PartialDate::parse("--12-10").ok(),
        emails: vec![Email {
            address: "a@example.com".into(),
            kind: None,
            primary: None,
        }],
        ..Fields::default()
    };
    let merged = merge(&before, [&other]);
    let mut present = merged.clone();
    present.name.given = Some("Ada".into());
    present.urls = vec!["d".into(), "c".into(), "a".into()];
    present.birthday = PartialDate::parse("1815-12-10").ok();
    present.notes = present.notes.map(|notes| format!("{notes}\nmore"));
    let after = take_out(&present, &before, &merged, &Fields::default());
    assert_eq!(after.urls, ["d", "a"]);
    assert_eq!(after.birthday, present.birthday);
    assert_eq!(after.notes.as_deref(), Some("old\nmore"));
    assert!(after.emails.is_empty());
}

proptest! {
    #[test]
    fn nothing_is_lost(into in contact(), from in vec(contact(), 1..4)) {
        let merged = merge(&into, &from);
        for contact in std::iter::once(&into).chain(&from) {
            prop_assert_eq!(missing(contact, &merged), None);
        }
    }

    #[test]
    fn merging_twice_is_merging_once(into in contact(), from in vec(contact(), 1..4)) {
        let once = merge(&into, &from);
        prop_assert_eq!(merge(&once, &from), once);
    }

    #[test]
    fn the_order_decides_only_the_order(into in contact(), from in vec(contact(), 2..4)) {
        let reversed = merge(&into, from.iter().rev());
        for contact in &from {
            prop_assert_eq!(missing(contact, &reversed), None);
        }
        let forth = merge(&into, &from);
        prop_assert_eq!(forth.phones.len(), reversed.phones.len());
        prop_assert_eq!(forth.emails.len(), reversed.emails.len());
        let sorted = |fields: &Fields| {
            let mut all = fields.urls.clone();
            all.sort();
            all
        };
        prop_assert_eq!(sorted(&forth), sorted(&reversed));
    }

    #[test]
    fn undoing_one_of_two_loses_nothing_of_the_other(
        into in contact().prop_filter("names nobody", Fields::names_somebody),
        first in contact(),
        second in contact(),
    ) {
        let merged = merge(&into, [&first]);
        let both = merge(&merged, [&second]);
        let after = take_out(&both, &into, &merged, &second);
        for contact in [&into, &second] {
            let there = |number: &str| after.phones.iter().any(|phone| phone.number == number);
            let known = contact.phones.iter().filter(|phone| phone.e164.is_none());
            prop_assert!(known.into_iter().all(|phone| there(&phone.number)));
            prop_assert!(contact.urls.iter().all(|url| after.urls.contains(url)));
            prop_assert!(contact.addresses.iter().all(|one| after.addresses.contains(one)));
            let mut custom = contact.custom.values();
            prop_assert!(custom.all(|value| after.custom.values().any(|has| has == value)));
        }
    }

    #[test]
    fn taking_out_all_that_was_added_gives_the_first_back(
        into in contact().prop_filter("names nobody", Fields::names_somebody),
        from in vec(contact(), 1..4),
    ) {
        let merged = merge(&into, &from);
        prop_assert_eq!(take_out(&merged, &into, &merged, &Fields::default()), into);
    }
}
