//! A contact as documents have it.

use super::NotADocument;
use crate::codec::with_line_feeds;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Fields {
    pub name: Name,
    pub nickname: Option<String>,
    pub phones: Vec<Phone>,
    pub emails: Vec<Email>,
    pub organization: Organization,
    pub addresses: Vec<Address>,
    pub urls: Vec<String>,
    pub birthday: Option<String>,
    pub anniversary: Option<String>,
    pub notes: Option<String>,
    pub custom: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Name {
    pub prefix: Option<String>,
    pub given: Option<String>,
    pub middle: Option<String>,
    pub family: Option<String>,
    pub suffix: Option<String>,
    pub display: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Phone {
    pub number: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub label: Option<String>,
    pub primary: Option<bool>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Email {
    pub address: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub primary: Option<bool>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Organization {
    pub name: Option<String>,
    pub department: Option<String>,
    pub title: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Address {
    pub street: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// The members that are there. Texts are moved, not copied: most of a document's cost are its strings.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let present = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect())
}

fn is_filled(value: &Value) -> bool {
    value.as_object().is_some_and(|members| !members.is_empty())
}

impl Name {
    fn into_value(self) -> Value {
        object([
            ("prefix", self.prefix.map(Value::from)),
            ("given", self.given.map(Value::from)),
            ("middle", self.middle.map(Value::from)),
            ("family", self.family.map(Value::from)),
            ("suffix", self.suffix.map(Value::from)),
            ("display", self.display.map(Value::from)),
        ])
    }

    /// In the order in which they are spoken.
    pub fn parts(&self) -> [&Option<String>; 5] {
        [
            &self.prefix,
            &self.given,
            &self.middle,
            &self.family,
            &self.suffix,
        ]
    }
}

impl Phone {
    fn into_value(self) -> Value {
        object([
            ("number", Some(self.number.into())),
            ("type", self.kind.map(Value::from)),
            ("label", self.label.map(Value::from)),
            ("primary", self.primary.map(Value::from)),
        ])
    }
}

impl Email {
    fn into_value(self) -> Value {
        object([
            ("address", Some(self.address.into())),
            ("type", self.kind.map(Value::from)),
            ("primary", self.primary.map(Value::from)),
        ])
    }
}

impl Organization {
    fn into_value(self) -> Value {
        object([
            ("name", self.name.map(Value::from)),
            ("department", self.department.map(Value::from)),
            ("title", self.title.map(Value::from)),
        ])
    }
}

impl Address {
    fn into_value(self) -> Value {
        object([
            ("street", self.street.map(Value::from)),
            ("city", self.city.map(Value::from)),
            ("region", self.region.map(Value::from)),
            ("postal_code", self.postal_code.map(Value::from)),
            ("country", self.country.map(Value::from)),
            ("type", self.kind.map(Value::from)),
        ])
    }

    pub fn parts_mut(&mut self) -> [&mut Option<String>; 5] {
        [
            &mut self.street,
            &mut self.city,
            &mut self.region,
            &mut self.postal_code,
            &mut self.country,
        ]
    }

    pub const fn parts(&self) -> [&Option<String>; 5] {
        [
            &self.street,
            &self.city,
            &self.region,
            &self.postal_code,
            &self.country,
        ]
    }

    pub fn is_empty(&self) -> bool {
        self.parts().iter().all(|part| part.is_none())
    }
}

impl Fields {
    pub fn parse(document: &Value) -> Result<Self, NotADocument> {
        let fields: Self = serde_json::from_value(tidied(document))?;
        Ok(fields.normalized())
    }

    pub fn into_document(self) -> Value {
        fn list<T>(entries: Vec<T>, value: fn(T) -> Value) -> Option<Value> {
            Some(entries.into_iter().map(value).collect())
        }
        let custom = self
            .custom
            .into_iter()
            .map(|(key, text)| (key, text.into()));
        object([
            ("name", Some(self.name.into_value()).filter(is_filled)),
            ("nickname", self.nickname.map(Value::from)),
            ("phones", list(self.phones, Phone::into_value)),
            ("emails", list(self.emails, Email::into_value)),
            (
                "organization",
                Some(self.organization.into_value()).filter(is_filled),
            ),
            ("addresses", list(self.addresses, Address::into_value)),
            ("urls", list(self.urls, Value::from)),
            ("birthday", self.birthday.map(Value::from)),
            ("anniversary", self.anniversary.map(Value::from)),
            ("notes", self.notes.map(Value::from)),
            ("custom", Some(Value::Object(custom.collect()))),
        ])
    }

    /// What the contact is shown as.
    pub fn display(&self) -> String {
        let display = self.name.display.clone();
        display.unwrap_or_else(|| self.derived_display())
    }

    /// The name's parts; without any, the first of the other things that it can be known by.
    pub fn derived_display(&self) -> String {
        let parts: Vec<_> = self.name.parts().into_iter().flatten().cloned().collect();
        if !parts.is_empty() {
            return parts.join(" ");
        }
        self.nickname
            .as_deref()
            .or(self.organization.name.as_deref())
            .or(self.emails.first().map(|email| email.address.as_str()))
            .or(self.phones.first().map(|phone| phone.number.as_str()))
            .unwrap_or_default()
            .to_owned()
    }

    /// Whether it says whom it is about, even without its display name.
    pub fn names_somebody(&self) -> bool {
        self.name.parts().iter().any(|part| part.is_some())
            || self.organization.name.is_some()
            || !self.phones.is_empty()
            || !self.emails.is_empty()
    }

    pub fn normalized(mut self) -> Self {
        self.addresses.retain(|address| !address.is_empty());
        self.urls.retain(|url| !url.trim().is_empty());
        for phone in &mut self.phones {
            phone.primary = phone.primary.filter(|primary| *primary);
        }
        for email in &mut self.emails {
            email.primary = email.primary.filter(|primary| *primary);
        }
        if self.names_somebody() && self.name.display.as_ref() == Some(&self.derived_display()) {
            self.name.display = None;
        }
        self
    }
}

/// Without nulls and blank members, which count as absent, and with one kind of line break.
fn tidied(value: &Value) -> Value {
    match value {
        Value::String(text) => with_line_feeds(text.clone()).into(),
        Value::Array(entries) => entries.iter().map(tidied).collect(),
        Value::Object(members) => members
            .iter()
            .filter(|(name, value)| !is_absent(name, value))
            .map(|(name, value)| match name.as_str() {
                "custom" => (name.clone(), texts(value)),
                _ => (name.clone(), tidied(value)),
            })
            .collect(),
        other => other.clone(),
    }
}

/// Blank notes are notes.
fn is_absent(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) if name == "notes" => text.is_empty(),
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// The values of `custom` may be blank.
fn texts(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                (
                    name.clone(),
                    value.as_str().map_or_else(
                        || value.clone(),
                        |text| with_line_feeds(text.to_owned()).into(),
                    ),
                )
            })
            .collect(),
        other => other.clone(),
    }
}
