use crate::{
    domain::{Fields, card, photo::sha256},
    routes::{
        dav::{Call, Refusal},
        input, preferences,
    },
    storage::Found,
};
use dav::Condition;
use vcard::{Card, Kind};
use web::{Faults, Problem, ProblemKind};

/// A name is part of index keys.
const MAX_NAME_BYTES: usize = 255;
const MAX_UID_BYTES: usize = 1_000;
/// Besides `text/vcard`, what older clients call it, and what those say that do not know.
const TYPES: [&str; 5] = [
    "text/vcard",
    "text/x-vcard",
    "text/directory",
    "text/plain",
    "application/octet-stream",
];

/// What a client sent: a card that can be kept, and the contact in it.
pub struct Sent {
    pub fields: Fields,
    pub uid: Option<String>,
    pub card: Card,
    pub is_group: bool,
    /// SHA-256 of the picture in it. A group has no photo.
    pub picture: Option<String>,
}

impl Sent {
    pub async fn read(call: &Call, name: &str, present: Option<&Found>) -> Result<Self, Refusal> {
        check_name(name)?;
        check_type(call.header("content-type"))?;
        if !card::fits(&call.body) {
            let detail = format!("a card has at most {} bytes", card::MAX_CARD_BYTES);
            return Err(Refusal::condition(Condition::MaxResourceSize, detail));
        }
        let card = Card::parse(&call.body).map_err(|error| invalid(error.to_string()))?;
        let uid = card.uid();
        if uid.as_ref().is_some_and(|uid| uid.len() > MAX_UID_BYTES) {
            return Err(invalid(format!(
                "the UID has more than {MAX_UID_BYTES} bytes"
            )));
        }
        let is_group = card.kind() == Kind::Group;
        let picture = card::picture(&card).filter(|_| !is_group);
        if present.is_some_and(|found| found.contact.is_group_card != is_group) {
            let detail =
                "a card does not change between a contact's and a group's; delete it first";
            return Err(invalid(detail));
        }
        Ok(Self {
            fields: fields(call, &card, present).await?,
            uid,
            is_group,
            picture: picture.map(|bytes| sha256(&bytes)),
            card,
        })
    }
}

/// What the card says, as far as a contact can say it; the rest stays in the card alone.
async fn fields(call: &Call, card: &Card, present: Option<&Found>) -> Result<Fields, Refusal> {
    let document = vcard::document(card).value;
    let is_local = preferences::has_local_number(&document);
    let config = preferences::apply(&call.ctx, &call.config, is_local).await?;
    let numbers = input::Numbers {
        fallback: config.default_region,
        lenient: true,
        known: present.map_or(&[], |found| &found.contact.fields.phones),
        ..input::Numbers::default()
    };
    let written = input::contact(&document, &numbers, Faults::new());
    let written = written.map_err(|problem| invalid(reasons(&problem)))?;
    Ok(written.fields)
}

/// Every fault in one sentence.
fn reasons(problem: &Problem) -> String {
    let body: serde_json::Value = serde_json::from_slice(&problem.body("")).unwrap_or_default();
    let errors = body["errors"].as_array().into_iter().flatten();
    let details: Vec<&str> = errors
        .filter_map(|error| error["detail"].as_str())
        .collect();
    format!("the card {}", details.join("; it "))
}

fn invalid(detail: impl Into<String>) -> Refusal {
    Refusal::condition(Condition::ValidAddressData, detail)
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.len() <= MAX_NAME_BYTES {
        return Ok(());
    }
    let detail = format!("a card's name has at most {MAX_NAME_BYTES} bytes");
    Err(Problem::new(ProblemKind::UriTooLong, detail).into())
}

fn check_type(content_type: Option<&str>) -> Result<(), Refusal> {
    let essence = content_type.and_then(|text| text.split(';').next());
    let essence = essence.unwrap_or_default().trim();
    if essence.is_empty()
        || TYPES
            .iter()
            .any(|known| known.eq_ignore_ascii_case(essence))
    {
        return Ok(());
    }
    let detail = format!("cards are text/vcard, not {essence}");
    Err(Refusal::condition(Condition::SupportedAddressData, detail))
}

/// RFC 4918, section 9.7.1: collections are not made on the way.
pub fn no_book() -> Problem {
    let detail = "there is no such book; make it with MKCOL";
    Problem::new(ProblemKind::Conflict, detail)
}
