use super::{E164, PartialDate};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, io};

/// What callers write about a contact. Arrays and `custom` are always there in JSON, the other members only when set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fields {
    #[serde(skip_serializing_if = "Name::is_empty")]
    pub name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    pub phones: Vec<Phone>,
    pub emails: Vec<Email>,
    #[serde(skip_serializing_if = "Organization::is_empty")]
    pub organization: Organization,
    pub addresses: Vec<Address>,
    pub urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthday: Option<PartialDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anniversary: Option<PartialDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    pub custom: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Name {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    /// Only when it differs from what [`Fields::derived_display`] would make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// As it was typed.
    pub number: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e164: Option<E164>,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    pub address: String,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Organization {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

impl Name {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The parts as they are said one after the other.
    #[must_use]
    pub fn joined(&self) -> String {
        self.parts().collect::<Vec<_>>().join(" ")
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        [
            &self.prefix,
            &self.given,
            &self.middle,
            &self.family,
            &self.suffix,
        ]
        .into_iter()
        .flatten()
        .map(String::as_str)
    }
}

impl Organization {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Fields {
    /// A contact must say whom it is about.
    #[must_use]
    pub fn names_somebody(&self) -> bool {
        !self.name.is_empty()
            || self.organization.name.is_some()
            || !self.phones.is_empty()
            || !self.emails.is_empty()
    }

    /// What to show for the contact: its display name, or the best that can be made of the rest.
    #[must_use]
    pub fn display(&self) -> String {
        self.name
            .display
            .clone()
            .unwrap_or_else(|| self.derived_display())
    }

    /// The name's parts; without any, the nickname, the organization, the first e-mail address or number.
    #[must_use]
    pub fn derived_display(&self) -> String {
        let name = self.name.joined();
        if !name.is_empty() {
            return name;
        }
        self.nickname
            .as_deref()
            .or(self.organization.name.as_deref())
            .or(self.emails.first().map(|email| email.address.as_str()))
            .or(self.phones.first().map(|phone| phone.number.as_str()))
            .unwrap_or_default()
            .to_owned()
    }

    /// Forgets a display name that says no more than the rest does, so that it follows the rest when that changes. One
    /// that alone names the contact stays.
    #[must_use]
    pub fn normalized(self) -> Self {
        let mut without = self.clone();
        without.name.display = None;
        let says_more = self.name.display != Some(without.derived_display());
        if says_more || !without.names_somebody() {
            self
        } else {
            without
        }
    }

    /// What a caller's PUT would have to hold to write exactly this.
    #[must_use]
    pub fn document(&self) -> Value {
        json!(self)
    }

    /// How long the document is as JSON.
    #[must_use]
    pub fn json_bytes(&self) -> usize {
        let mut count = Count(0);
        // Neither counting nor writing texts and lists as JSON can fail.
        let _ = serde_json::to_writer(&mut count, self);
        count.0
    }

    /// Names of the members that differ.
    #[must_use]
    pub fn changed_from(&self, before: &Self) -> Vec<String> {
        let (before, after) = (before.document(), self.document());
        let names = |document: &Value| -> Vec<String> {
            document
                .as_object()
                .map(|members| members.keys().cloned().collect())
                .unwrap_or_default()
        };
        let mut all = names(&before);
        all.extend(names(&after));
        all.sort();
        all.dedup();
        all.retain(|name| before.get(name) != after.get(name));
        all
    }
}

/// Counts what is written to it.
struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_counted_as_they_are_written() {
        let mut ada = ada();
        ada.notes = Some("Zo\u{eb}\n\"quoted\"".into());
        assert_eq!(ada.json_bytes(), ada.document().to_string().len());
    }

    fn ada() -> Fields {
        Fields {
            name: Name {
                given: Some("Ada".into()),
                family: Some("Lovelace".into()),
                ..Name::default()
            },
            ..Fields::default()
        }
    }

    #[test]
    fn display_follows_the_parts_until_it_is_set() {
        let mut ada = ada();
        assert_eq!(ada.display(), "Ada Lovelace");
        ada.name.display = Some("Ada Lovelace".into());
        ada = ada.normalized();
        ada.name.given = Some("Augusta".into());
        assert_eq!(ada.display(), "Augusta Lovelace");
        ada.name.display = Some("The Countess".into());
        assert_eq!(ada.normalized().display(), "The Countess");
    }

    #[test]
    fn every_contact_has_something_to_show() {
        let mut fields = Fields::default();
        assert!(!fields.names_somebody());
        fields.emails.push(Email {
            address: "info@example.com".into(),
            kind: None,
            primary: None,
        });
        assert_eq!(fields.display(), "info@example.com");
        fields.organization.name = Some("Example".into());
        assert_eq!(fields.display(), "Example");
        assert!(fields.names_somebody());
    }

    #[test]
    fn a_display_name_that_alone_names_somebody_stays() {
        let mut bob = Fields {
            nickname: Some("Bob".into()),
            ..Fields::default()
        };
        bob.name.display = Some("Bob".into());
        assert!(bob.clone().normalized().names_somebody());
        bob.organization.name = Some("Example".into());
        assert_eq!(bob.normalized().name.display, None);
    }

    #[test]
    fn changes_are_named() {
        let before = ada();
        let mut after = ada();
        assert!(after.changed_from(&before).is_empty());
        after.notes = Some("met in 1843".into());
        after.name.suffix = Some("Countess".into());
        assert_eq!(after.changed_from(&before), ["name", "notes"]);
        assert_eq!(before.changed_from(&after), ["name", "notes"]);
    }
}
