//! Contacts as callers write them: every fault at once, every length and count bounded.

mod numbers;
mod parts;
mod place;

pub use numbers::Numbers;
pub use place::Place;

use crate::domain::Fields;
use serde_json::Value;
use web::{Fault, Faults, Object, Problem};

/// Bytes of a contact's JSON. With its history, its event and its answer it has to fit into one commit.
pub const MAX_CONTACT_BYTES: usize = 192 << 10;

const MAX_PHONES: usize = 50;
const MAX_EMAILS: usize = 50;
const MAX_ADDRESSES: usize = 20;
const MAX_URLS: usize = 20;
const MAX_URL_CHARS: usize = 2_000;
const MAX_NOTES_CHARS: usize = 10_000;
const MAX_CUSTOM: usize = 50;
const MAX_CUSTOM_CHARS: usize = 1_000;

/// Accepted and ignored, so that what GET gave can be PUT back.
const SERVER_OWNED: [&str; 5] = ["id", "photo", "created_at", "updated_at", "version"];

/// What a caller wrote, and where it is to lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub fields: Fields,
    pub place: Place,
}

/// `faults` are those that were found outside the body.
pub fn contact(
    value: &Value,
    numbers: &Numbers<'_>,
    mut faults: Faults,
) -> Result<Written, Problem> {
    let Some(mut root) = Object::at(value, "#".to_owned(), &mut faults) else {
        return Err(Problem::invalid(faults.into_vec()));
    };
    root.ignore(&SERVER_OWNED);
    let fields = Fields {
        name: root
            .object("name", &mut faults, parts::name)
            .unwrap_or_default(),
        nickname: parts::line(&mut root, "nickname", &mut faults),
        phones: root.objects("phones", MAX_PHONES, &mut faults, |phone, faults| {
            parts::phone(phone, numbers, faults)
        }),
        emails: root.objects("emails", MAX_EMAILS, &mut faults, parts::email),
        organization: root
            .object("organization", &mut faults, parts::organization)
            .unwrap_or_default(),
        addresses: root.objects("addresses", MAX_ADDRESSES, &mut faults, parts::address),
        urls: root.texts("urls", MAX_URLS, MAX_URL_CHARS, &mut faults),
        birthday: parts::date(&mut root, "birthday", &mut faults),
        anniversary: parts::date(&mut root, "anniversary", &mut faults),
        notes: root
            .text("notes", MAX_NOTES_CHARS, &mut faults)
            .filter(|notes| !notes.is_empty()),
        custom: root
            .text_map("custom", MAX_CUSTOM, MAX_CUSTOM_CHARS, &mut faults)
            .into_iter()
            .collect(),
    };
    let place = Place::read(&mut root, value, &mut faults);
    root.finish(&mut faults);
    if faults.is_empty() {
        check_whole(&fields, &mut faults);
    }
    let fields = fields.normalized();
    faults.or(Written { fields, place })
}

fn check_whole(fields: &Fields, faults: &mut Faults) {
    if !fields.names_somebody() {
        let detail = "needs a name, an organization, a phone or an e-mail";
        faults.add(Fault::pointer("#", detail));
    }
    if fields.json_bytes() > MAX_CONTACT_BYTES {
        let detail = format!("is larger than {} KiB", MAX_CONTACT_BYTES >> 10);
        faults.add(Fault::pointer("#", detail));
    }
}

/// What of a contact that was put together is more than a caller may write.
pub fn excess(fields: &Fields) -> Vec<Fault> {
    let chars = |text: &Option<String>| text.as_ref().map_or(0, |text| text.chars().count());
    let mut faults = Vec::new();
    for (name, count, unit, max) in [
        ("phones", fields.phones.len(), "entries", MAX_PHONES),
        ("emails", fields.emails.len(), "entries", MAX_EMAILS),
        (
            "addresses",
            fields.addresses.len(),
            "entries",
            MAX_ADDRESSES,
        ),
        ("urls", fields.urls.len(), "entries", MAX_URLS),
        ("custom", fields.custom.len(), "members", MAX_CUSTOM),
        ("notes", chars(&fields.notes), "characters", MAX_NOTES_CHARS),
    ] {
        if count > max {
            let detail = format!("would hold {count} {unit}; the limit is {max}");
            faults.push(Fault::pointer(format!("#/{name}"), detail));
        }
    }
    if fields.json_bytes() > MAX_CONTACT_BYTES {
        let detail = format!("would be larger than {} KiB", MAX_CONTACT_BYTES >> 10);
        faults.push(Fault::pointer("#", detail));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Phone, Region};
    use proptest::prelude::*;
    use serde_json::json;

    fn fields(value: &Value, numbers: &Numbers<'_>) -> Result<Fields, Problem> {
        super::contact(value, numbers, Faults::new()).map(|written| written.fields)
    }

    fn pointers(problem: &Problem) -> Vec<String> {
        let body: Value = serde_json::from_slice(&problem.body("")).unwrap();
        let mut all: Vec<_> = body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap().to_owned())
            .collect();
        all.sort();
        all
    }

    fn refused(value: &Value) -> Vec<String> {
        pointers(&fields(value, &Numbers::default()).unwrap_err())
    }

    #[test]
    fn every_fault_is_named() {
        let value = json!({
            "name": {"given": 7, "colour": "red"}, "colour": "red", "birthday": "soon",
            "phones": [{"number": "hello"}, {"number": "+49 30 1234567", "type": "satellite"}, {}],
            "emails": [{"address": "nobody"}], "urls": [1], "custom": {"a": 1}, "version": "any",
        });
        assert_eq!(
            refused(&value),
            [
                "#/birthday",
                "#/colour",
                "#/custom/a",
                "#/emails/0/address",
                "#/name/colour",
                "#/name/given",
                "#/phones/0/number",
                "#/phones/1/type",
                "#/phones/2/number",
                "#/urls/0"
            ]
        );
    }

    #[test]
    fn a_contact_says_whom_it_is_about() {
        for nobody in [
            json!({}),
            json!({"notes": "x"}),
            json!({"name": {"given": " "}}),
            json!({"name": null}),
        ] {
            assert_eq!(refused(&nobody), ["#"], "{nobody}");
        }
        for somebody in [
            json!({"name": {"display": "Ada"}}),
            json!({"organization": {"name": "Example"}}),
            json!({"phones": [{"number": "+49 30 1234567"}]}),
            json!({"emails": [{"address": "ada@example.com"}]}),
        ] {
            assert!(fields(&somebody, &Numbers::default()).is_ok(), "{somebody}");
        }
    }

    #[test]
    fn large_contacts_are_refused() {
        let custom: serde_json::Map<_, _> = (0..50)
            .map(|n| (n.to_string(), "\u{1F600}".repeat(1_000).into()))
            .collect();
        assert_eq!(
            refused(&json!({"name": {"given": "A"}, "custom": custom})),
            ["#"]
        );
        let phones = vec![json!({"number": "+49 30 1234567"}); 51];
        assert_eq!(refused(&json!({ "phones": phones })), ["#/phones"]);
        let notes = "n".repeat(10_001);
        assert_eq!(
            refused(&json!({"name": {"given": "A"}, "notes": notes})),
            ["#/notes"]
        );
    }

    #[test]
    fn numbers_keep_their_meaning_when_written_back() {
        let germany = Region::parse("DE");
        let number = json!({"phones": [{"number": "030 1234567", "e164": "ignored"}]});
        let explicit = Numbers {
            region: germany,
            ..Numbers::default()
        };
        let first = fields(&number, &explicit).unwrap();
        assert_eq!(
            first.phones[0].e164.as_ref().unwrap().to_string(),
            "+49301234567"
        );
        let again = Numbers {
            known: &first.phones,
            ..Numbers::default()
        };
        assert_eq!(
            fields(&number, &again).unwrap(),
            first,
            "without the region"
        );
        assert_eq!(refused(&number), ["#/phones/0/number"]);
    }

    #[test]
    fn lenient_keeps_what_is_no_number() {
        let odd = json!({"phones": [{"number": "ask the porter"}]});
        let lenient = Numbers {
            lenient: true,
            ..Numbers::default()
        };
        let kept = fields(&odd, &lenient).unwrap();
        assert_eq!(kept.phones[0].e164, None);
        let again = Numbers {
            known: &kept.phones,
            ..Numbers::default()
        };
        assert!(
            fields(&odd, &again).is_ok(),
            "an unchanged number is not judged again"
        );
    }

    #[test]
    fn what_get_gave_can_be_put_back() {
        let value = json!({
            "name": {"given": "Ada", "family": "Lovelace"}, "birthday": "--12-10", "notes": "a\nb",
            "phones": [{"number": "+44 20 7946 0018", "type": "work", "label": "desk", "primary": true}],
            "addresses": [{"city": "London", "type": "home"}], "urls": ["https://example.com"], "custom": {"k": "v"},
        });
        let written = fields(&value, &Numbers::default()).unwrap();
        let contact = crate::domain::Contact::new(written.clone(), ports::Timestamp::now());
        let known: &[Phone] = &written.phones;
        let numbers = Numbers {
            known,
            ..Numbers::default()
        };
        assert_eq!(fields(&contact.view(), &numbers).unwrap(), written);
    }

    proptest! {
        #[test]
        fn any_json_is_read_or_refused(text in "\\PC{0,40}", number in "\\PC{0,20}", key in "[a-z]{1,8}") {
            for value in [
                json!({"name": {"given": text}, "phones": [{"number": number}]}),
                json!({ key.as_str(): [text, {"number": number}] }),
                json!({ key.as_str(): { key.as_str(): text } }),
                json!({"emails": [{"address": text}], "birthday": number}),
                json!(text),
            ] {
                let _ = fields(&value, &Numbers::default());
            }
        }
    }
}
