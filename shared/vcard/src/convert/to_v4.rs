//! From 3.0 to 4.0.

use super::{
    common::{assemble, holds_bytes, media, renamed},
    names,
};
use crate::{
    card::Card,
    date::Date,
    draft::{Content, Draft},
    property::Property,
    version::{Target, Version},
};
use std::collections::{HashMap, HashSet, VecDeque};

/// What is longer would make a line that begins with more parameters than a reader takes in.
const MAX_PARAMETER_BYTES: usize = 16 << 10;

pub fn convert(card: &Card) -> Card {
    let mut drafts = Vec::new();
    for property in card.properties() {
        drafts.extend(draft(card, &property).map(|mut draft| {
            parameters(&mut draft);
            draft
        }));
    }
    merge_labels(card, &mut drafts);
    merge_sorting(card, &mut drafts);
    assemble(card, Target::V4_0, drafts)
}

fn draft(card: &Card, property: &Property<'_>) -> Option<Draft> {
    let draft = renamed(property, &names::in_v4(property.name()));
    Some(match property.name() {
        "VERSION" | "PROFILE" => return None,
        "LABEL" | "SORT-STRING" if becomes_parameter(property) => return None,
        name @ ("LABEL" | "SORT-STRING") => Draft {
            name: format!("X-{name}"),
            ..draft
        },
        "X-ABSHOWAS" => return shown_as(card, draft),
        "BDAY" | "X-ANNIVERSARY" | "X-DEATHDATE" => date(property, draft),
        "X-BDAY" if card.first("BDAY").is_none() => text_date(draft),
        "AGENT" if property.is_value("uri") => Draft {
            name: "RELATED".to_owned(),
            ..draft.with_parameter("TYPE", "agent")
        },
        "GEO" => geo(property, draft),
        "TZ" => zone(property, draft),
        "REV" => revision(property, draft),
        "UID" if !property.text().contains(':') => draft.with_parameter("VALUE", "text"),
        name if holds_bytes(name) => {
            media(property, Version::V4_0).unwrap_or_else(|| draft.with_parameter("VALUE", "text"))
        }
        _ => draft,
    })
}

/// As labels and sorting do.
fn becomes_parameter(property: &Property<'_>) -> bool {
    property.text().len() <= MAX_PARAMETER_BYTES
}

fn shown_as(card: &Card, draft: Draft) -> Option<Draft> {
    let company = matches!(&draft.value, Content::Escaped(text) if text.trim().eq_ignore_ascii_case("COMPANY"));
    if company && card.first("X-ADDRESSBOOKSERVER-KIND").is_none() {
        return Some(Draft::text("KIND", "org"));
    }
    Some(draft)
}

/// A day, and the time if there is one (RFC 6350, section 4.3: no hyphens, no colons).
fn date(property: &Property<'_>, mut draft: Draft) -> Draft {
    match Date::read(property) {
        Some(date) => {
            date.write(&mut draft, Version::V4_0);
            let text = property.text();
            let time = text.split_once(['T', 't']).map(|(_, time)| time);
            if let (Some(time), Content::Escaped(date)) = (time, &mut draft.value) {
                date.push('T');
                date.push_str(&basic_time(time));
            }
            draft
        }
        None => text_date(draft),
    }
}

/// What is no date becomes a text, unless it has a form that only 4.0 knows.
fn text_date(mut draft: Draft) -> Draft {
    if draft.name == "X-BDAY" {
        draft.name = "BDAY".to_owned();
    }
    let truncated = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'-')
    };
    if !matches!(&draft.value, Content::Escaped(text) if truncated(text)) {
        draft.set_parameter("VALUE", "text".to_owned());
    }
    draft
}

/// Without colons and fractions.
fn basic_time(time: &str) -> String {
    let (clock, zone) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, ""),
    };
    let clock = clock.split(['.', ',']).next().unwrap_or_default();
    format!("{clock}{zone}").replace(':', "")
}

fn revision(property: &Property<'_>, mut draft: Draft) -> Draft {
    let text = property.text();
    let (date, time) = text
        .trim()
        .split_once(['T', 't'])
        .unwrap_or((text.trim(), "000000Z"));
    draft.remove_parameter("VALUE");
    draft.value = Content::Escaped(format!("{}T{}", date.replace('-', ""), basic_time(time)));
    draft
}

fn geo(property: &Property<'_>, mut draft: Draft) -> Draft {
    let text = property.text();
    let (latitude, longitude) = text.split_once([';', ',']).unwrap_or((&text, ""));
    draft.value = Content::Uri(format!("geo:{},{}", latitude.trim(), longitude.trim()));
    draft
}

fn zone(property: &Property<'_>, mut draft: Draft) -> Draft {
    let text = property.text();
    let text = text.trim();
    draft.remove_parameter("VALUE");
    let is_offset = text.starts_with(['+', '-'])
        && text
            .bytes()
            .skip(1)
            .all(|byte| byte.is_ascii_digit() || byte == b':');
    if is_offset {
        draft.set_parameter("VALUE", "utc-offset".to_owned());
        draft.value = Content::Escaped(text.replace(':', ""));
    }
    draft
}

fn parameters(draft: &mut Draft) {
    let is_preferred = |kind: &String| kind.trim().eq_ignore_ascii_case("pref");
    if draft
        .types_mut()
        .is_some_and(|types| types.iter().any(is_preferred))
    {
        draft.set_preferred(true, Version::V4_0);
    }
    let (is_email, is_phone) = (draft.name == "EMAIL", draft.name == "TEL");
    draft.remove_types(|kind| is_email && kind.eq_ignore_ascii_case("internet"));
    for kind in draft.types_mut().into_iter().flatten() {
        kind.make_ascii_lowercase();
        if is_phone && kind == "msg" {
            "text".clone_into(kind);
        }
    }
    let only_old = ["ptext", "phone-number", "vcard", "binary", "inline", "url"];
    draft.parameters.retain(|(name, values)| {
        !name.eq_ignore_ascii_case("VALUE")
            || !values
                .iter()
                .any(|value| only_old.contains(&value.to_ascii_lowercase().as_str()))
    });
    for (name, _) in &mut draft.parameters {
        *name = names::parameter_in_v4(&name.to_ascii_uppercase());
    }
}

/// `LABEL` becomes a parameter of the address in its group or of its types.
fn merge_labels(card: &Card, drafts: &mut Vec<Draft>) {
    let mut free = Addresses::of(drafts);
    for label in card.named("LABEL").filter(becomes_parameter) {
        let mut wanted = Draft::new("ADR", Content::Components(vec![String::new(); 7]));
        wanted.add_types(label.types().map(str::to_ascii_lowercase));
        wanted.remove_types(|kind| kind == "pref");
        wanted.group = label.group().map(str::to_owned);
        let place = free.take(&wanted).and_then(|place| drafts.get_mut(place));
        match place {
            Some(address) => address.set_parameter("LABEL", label.text()),
            None => {
                wanted.set_parameter("LABEL", label.text());
                drafts.push(wanted);
            }
        }
    }
}

/// The addresses that have no label yet, by what a label may find them by.
#[derive(Default)]
struct Addresses {
    places: HashMap<Key, VecDeque<usize>>,
    taken: HashSet<usize>,
}

#[derive(PartialEq, Eq, Hash)]
enum Key {
    Group(String),
    Types(Vec<String>),
}

impl Addresses {
    fn of(drafts: &[Draft]) -> Self {
        let mut addresses = Self::default();
        let named = |(_, draft): &(usize, &Draft)| draft.name == "ADR";
        for (place, draft) in drafts.iter().enumerate().filter(named) {
            for key in keys(draft) {
                addresses.places.entry(key).or_default().push_back(place);
            }
        }
        addresses
    }

    fn take(&mut self, wanted: &Draft) -> Option<usize> {
        for key in keys(wanted) {
            let places = self.places.get_mut(&key);
            for place in places
                .into_iter()
                .flat_map(|places| std::iter::from_fn(|| places.pop_front()))
            {
                if self.taken.insert(place) {
                    return Some(place);
                }
            }
        }
        None
    }
}

fn keys(draft: &Draft) -> impl Iterator<Item = Key> {
    let group = draft
        .group
        .as_ref()
        .map(|group| Key::Group(group.to_ascii_lowercase()));
    let mut types = draft.types().to_vec();
    types.sort();
    group.into_iter().chain([Key::Types(types)])
}

fn merge_sorting(card: &Card, drafts: &mut [Draft]) {
    let Some(sorting) = card.first("SORT-STRING").filter(becomes_parameter) else {
        return;
    };
    if let Some(name) = drafts.iter_mut().find(|draft| draft.name == "N") {
        name.set_parameter("SORT-AS", sorting.text());
    }
}
