//! What a card says, with the places where it says it.

use super::{
    CUSTOM, address,
    fields::{Email, Fields, Phone},
    kinds::PLACES,
    labels::Labels,
    notes::{Notes, fitting, misfit},
    phone,
    single::Single,
};
use crate::{card::Card, codec::escape, date::Date, property::Property, version::Version};
use std::collections::BTreeMap;

const MAX_LINE_CHARS: usize = 200;
const MAX_NAME_CHARS: usize = 500;
const MAX_NOTES_CHARS: usize = 10_000;
const MAX_ADDRESS_CHARS: usize = 254;
const MAX_URL_CHARS: usize = 2_000;
const MAX_KEY_CHARS: usize = 100;
const MAX_CUSTOM_CHARS: usize = 1_000;
const MAX_PHONES: usize = 50;
const MAX_EMAILS: usize = 50;
const MAX_ADDRESSES: usize = 20;
const MAX_URLS: usize = 20;
const MAX_CUSTOM: usize = 50;
/// Of a whole document.
const MAX_BYTES: usize = 192 << 10;

pub struct Reading {
    pub fields: Fields,
    pub places: Places,
    pub notes: Notes,
}

/// Where in the card the fields stand.
#[derive(Debug, Default)]
pub struct Places {
    /// The first one, whether or not it could be read.
    pub formatted: Option<usize>,
    pub formatted_misfits: bool,
    /// Nothing but the nickname says whom the card is about, so it is the display name, too.
    pub display_implied: bool,
    pub name: Option<usize>,
    pub nickname: Single,
    pub organization: Single,
    pub title: Single,
    pub notes: Single,
    pub birthday: Single,
    pub anniversary: Single,
    pub phones: Vec<usize>,
    pub emails: Vec<usize>,
    pub addresses: Vec<usize>,
    pub urls: Vec<usize>,
    pub custom: BTreeMap<String, Vec<usize>>,
}

/// A field, and where it stands.
type Slot = for<'a> fn(&'a mut Fields, &'a mut Places) -> (&'a mut Option<String>, &'a mut Single);

pub fn read(card: &Card) -> Reading {
    let mut reader = Reader {
        version: card.version(),
        labels: Labels::of(card),
        formatted: None,
        reading: Reading {
            fields: Fields::default(),
            places: Places::default(),
            notes: Notes::default(),
        },
    };
    for property in card.properties() {
        reader.take(&property);
    }
    for line in card.unreadable_lines() {
        reader.reading.notes.add(line, "", "is no property");
    }
    reader.finish()
}

struct Reader {
    version: Version,
    labels: Labels,
    formatted: Option<(u64, String)>,
    reading: Reading,
}

impl Reader {
    fn take(&mut self, property: &Property<'_>) {
        match property.name() {
            "FN" => self.formatted(property),
            "N" => self.name(property),
            "NICKNAME" => self.single(property, MAX_LINE_CHARS, |f, p| {
                (&mut f.nickname, &mut p.nickname)
            }),
            "TITLE" => self.single(property, MAX_LINE_CHARS, |f, p| {
                (&mut f.organization.title, &mut p.title)
            }),
            "NOTE" => self.note(property),
            "ORG" => self.organization(property),
            "TEL" => self.phone(property),
            "EMAIL" => self.email(property),
            "ADR" => self.address(property),
            "URL" => self.url(property),
            "BDAY" => self.date(property, |f, p| (&mut f.birthday, &mut p.birthday)),
            "ANNIVERSARY"
            | "X-ANNIVERSARY"
            | "X-EVOLUTION-ANNIVERSARY"
            | "X-KADDRESSBOOK-X-ANNIVERSARY" => self.anniversary(property),
            "X-ABDATE" if self.is_called(property, "Anniversary") => self.anniversary(property),
            CUSTOM => self.custom(property),
            _ => {}
        }
    }

    fn is_called(&self, property: &Property<'_>, name: &str) -> bool {
        let label = self.labels.get(property.group());
        label.is_some_and(|label| label.builtin && label.text.eq_ignore_ascii_case(name))
    }

    /// Judged at the end, when it is known what would be shown without it.
    fn formatted(&mut self, property: &Property<'_>) {
        if self.reading.places.formatted.is_none() {
            self.reading.places.formatted = Some(property.position());
            self.formatted = Some((property.line(), property.text()));
        }
    }

    fn name(&mut self, property: &Property<'_>) {
        if self.reading.places.name.is_some() {
            return;
        }
        self.reading.places.name = Some(property.position());
        let parts = property.escaped_components();
        let mut parts = parts.iter().map(|part| match self.version {
            Version::V2_1 => escape::unescape(part),
            Version::V3_0 | Version::V4_0 => escape::joined_list(part),
        });
        let at = (property.line(), "N");
        let name = &mut self.reading.fields.name;
        for field in [
            &mut name.family,
            &mut name.given,
            &mut name.middle,
            &mut name.prefix,
            &mut name.suffix,
        ] {
            let part = parts.next().unwrap_or_default();
            *field = fitting(part, MAX_LINE_CHARS, at, &mut self.reading.notes);
        }
    }

    /// The first of these that can be read.
    fn single(&mut self, property: &Property<'_>, max_chars: usize, of: Slot) {
        let at = (property.line(), property.name());
        let text = fitting(property.text(), max_chars, at, &mut self.reading.notes);
        self.keep_first(property, text, of);
    }

    fn keep_first(&mut self, property: &Property<'_>, text: Option<String>, of: Slot) {
        let Reading {
            fields,
            places,
            notes,
        } = &mut self.reading;
        let (field, places) = of(fields, places);
        match text {
            None => places.unreadable.push(property.position()),
            Some(_) if field.is_some() => {
                notes.add(property.line(), property.name(), "is not the first one");
                places.readable.push(property.position());
            }
            Some(text) => {
                *field = Some(text);
                places.readable.push(property.position());
            }
        }
    }

    /// Blank ones are notes, too.
    fn note(&mut self, property: &Property<'_>) {
        let text = property.text();
        let reason = misfit(&text, MAX_NOTES_CHARS);
        let fits = reason.is_none() && !text.is_empty();
        if let Some(reason) = reason {
            self.reading.notes.add(property.line(), "NOTE", reason);
        }
        self.keep_first(property, fits.then_some(text), |f, p| {
            (&mut f.notes, &mut p.notes)
        });
    }

    fn organization(&mut self, property: &Property<'_>) {
        let places = &mut self.reading.places.organization;
        places.readable.push(property.position());
        let notes = &mut self.reading.notes;
        if places.readable.len() > 1 {
            return notes.add(property.line(), "ORG", "is not the first one");
        }
        let at = (property.line(), "ORG");
        let mut parts = property.components();
        let units = parts.split_off(1.min(parts.len()));
        let organization = &mut self.reading.fields.organization;
        let name = parts.pop().unwrap_or_default();
        organization.name = fitting(name, MAX_LINE_CHARS, at, notes);
        organization.department = fitting(departments(&units), MAX_LINE_CHARS, at, notes);
    }

    fn phone(&mut self, property: &Property<'_>) {
        let label = self.labels.get(property.group());
        let Reading {
            fields,
            places,
            notes,
        } = &mut self.reading;
        let phone: Option<Phone> = phone::read(property, label, notes);
        if let Some(phone) = phone {
            if fields.phones.len() >= MAX_PHONES {
                return notes.add(property.line(), "TEL", too_many(MAX_PHONES));
            }
            fields.phones.push(phone);
            places.phones.push(property.position());
        }
    }

    fn email(&mut self, property: &Property<'_>) {
        let label = self.labels.get(property.group());
        let Reading {
            fields,
            places,
            notes,
        } = &mut self.reading;
        let at = (property.line(), "EMAIL");
        let address = property.text().trim().to_owned();
        let Some(address) = fitting(address, MAX_ADDRESS_CHARS, at, notes) else {
            return;
        };
        if !is_address(&address) {
            return notes.add(at.0, at.1, "is no e-mail address");
        }
        if fields.emails.len() >= MAX_EMAILS {
            return notes.add(at.0, at.1, too_many(MAX_EMAILS));
        }
        fields.emails.push(Email {
            address,
            kind: phone::kind(&PLACES, property, label).map(str::to_owned),
            primary: phone::is_preferred(property).then_some(true),
        });
        places.emails.push(property.position());
    }

    fn address(&mut self, property: &Property<'_>) {
        let label = self.labels.get(property.group());
        let Reading {
            fields,
            places,
            notes,
        } = &mut self.reading;
        if let Some(address) = address::read(property, label, notes) {
            if fields.addresses.len() >= MAX_ADDRESSES {
                return notes.add(property.line(), "ADR", too_many(MAX_ADDRESSES));
            }
            fields.addresses.push(address);
            places.addresses.push(property.position());
        }
    }

    fn url(&mut self, property: &Property<'_>) {
        let Reading {
            fields,
            places,
            notes,
        } = &mut self.reading;
        let at = (property.line(), "URL");
        let Some(url) = fitting(property.text(), MAX_URL_CHARS, at, notes) else {
            return;
        };
        if fields.urls.len() >= MAX_URLS {
            return notes.add(at.0, at.1, too_many(MAX_URLS));
        }
        fields.urls.push(url);
        places.urls.push(property.position());
    }

    fn anniversary(&mut self, property: &Property<'_>) {
        self.date(property, |f, p| (&mut f.anniversary, &mut p.anniversary));
    }

    fn date(&mut self, property: &Property<'_>, of: Slot) {
        let date = Date::read(property);
        if date.is_none() && !property.raw_value().trim_ascii().is_empty() {
            let reason = "is no whole date, such as 1815-12-10 or --12-10";
            self.reading
                .notes
                .add(property.line(), property.name(), reason);
        }
        self.keep_first(property, date.map(|date| date.to_string()), of);
    }

    fn custom(&mut self, property: &Property<'_>) {
        let Reading {
            fields,
            places,
            notes,
        } = &mut self.reading;
        let at = (property.line(), CUSTOM);
        let mut parts = property.components().into_iter();
        let (key, text) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        if key.is_empty()
            || key.chars().any(char::is_control)
            || key.chars().count() > MAX_KEY_CHARS
        {
            return notes.add(at.0, at.1, "has no key of 1 to 100 characters");
        }
        if let Some(reason) = misfit(&text, MAX_CUSTOM_CHARS) {
            return notes.add(at.0, at.1, reason);
        }
        if fields.custom.len() >= MAX_CUSTOM && !fields.custom.contains_key(&key) {
            return notes.add(at.0, at.1, too_many(MAX_CUSTOM));
        }
        places
            .custom
            .entry(key.clone())
            .or_default()
            .push(property.position());
        fields.custom.entry(key).or_insert(text);
    }

    fn finish(mut self) -> Reading {
        self.display();
        let Reading {
            fields,
            places,
            notes,
        } = &mut self.reading;
        *fields = std::mem::take(fields).normalized();
        fit_whole(fields, notes);
        if !fields.names_somebody() && fields.name.display.is_none() {
            fields.name.display = fields.nickname.clone();
            places.display_implied = fields.nickname.is_some();
            if fields.nickname.is_none() {
                notes.add(1, "", "names nobody");
            }
        }
        self.reading
    }

    fn display(&mut self) {
        let Some((line, text)) = self.formatted.take() else {
            return;
        };
        let fields = &mut self.reading.fields;
        if text == fields.derived_display() {
            fields.name.display =
                (text.chars().count() <= MAX_NAME_CHARS && !text.is_empty()).then_some(text);
            return;
        }
        let blank = text.trim().is_empty();
        fields.name.display = fitting(text, MAX_NAME_CHARS, (line, "FN"), &mut self.reading.notes);
        self.reading.places.formatted_misfits = !blank && fields.name.display.is_none();
    }
}

/// Units below the first one are part of its name.
pub fn departments(units: &[String]) -> String {
    let named = units.iter().filter(|unit| !unit.trim().is_empty());
    named.map(String::as_str).collect::<Vec<_>>().join("; ")
}

fn is_address(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !text.contains(char::is_whitespace)
}

fn too_many(limit: usize) -> String {
    format!("is one more than {limit}")
}

/// The most dispensable goes first.
fn fit_whole(fields: &mut Fields, notes: &mut Notes) {
    // No character takes more than six bytes in JSON, and most documents are far from the limit.
    let custom: usize = fields.custom.values().map(String::len).sum();
    let urls: usize = fields.urls.iter().map(String::len).sum();
    let rest = fields.notes.as_ref().map_or(0, String::len);
    if 6 * (custom + urls + rest) < MAX_BYTES / 4 {
        return;
    }
    for (property, drop) in [
        (CUSTOM, (|f| f.custom.clear()) as fn(&mut Fields)),
        ("NOTE", |f| f.notes = None),
        ("URL", |f| f.urls.clear()),
        ("ADR", |f| f.addresses.clear()),
    ] {
        if size(fields) <= MAX_BYTES {
            return;
        }
        drop(fields);
        notes.add(1, property, "makes the contact larger than 192 KiB");
    }
}

fn size(fields: &Fields) -> usize {
    fields.clone().into_document().to_string().len()
}
