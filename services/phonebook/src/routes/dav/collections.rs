//! What the collections say of themselves.

use super::{Call, place};
use crate::domain::{
    Book, card,
    sync::{self, Position},
};
use dav::{CardVersion, Collation, Property, ReportKind, ResourceType, Value, prop};
use ports::Timestamp;
use time::OffsetDateTime;

/// Whom principals' searches find: there is one, whoever asks.
pub const PRINCIPAL_NAME: &str = "Switchboard";

/// What every resource has: who asks, and what they may do.
pub fn common(call: &Call) -> Vec<Property> {
    let privileges = Value::Privileges(call.privileges());
    vec![
        (
            prop::CURRENT_USER_PRINCIPAL,
            Value::href(place::principal()),
        )
            .into(),
        (prop::CURRENT_USER_PRIVILEGE_SET, privileges).into(),
        (prop::OWNER, Value::href(place::principal())).into(),
        (
            prop::PRINCIPAL_COLLECTION_SET,
            Value::href(place::principals()),
        )
            .into(),
    ]
}

/// Of a collection that only leads to others.
pub fn plain(call: &Call, name: &'static str) -> Vec<Property> {
    let types = Value::ResourceType(vec![ResourceType::Collection]);
    let mut all = common(call);
    all.extend([
        (prop::RESOURCETYPE, types).into(),
        (prop::DISPLAYNAME, Value::text(name)).into(),
        (prop::SUPPORTED_REPORT_SET, principal_reports()).into(),
    ]);
    all
}

pub fn principal(call: &Call) -> Vec<Property> {
    let types = vec![ResourceType::Collection, ResourceType::Principal];
    let mut all = common(call);
    all.extend([
        (prop::RESOURCETYPE, Value::ResourceType(types)).into(),
        (prop::DISPLAYNAME, Value::text(PRINCIPAL_NAME)).into(),
        (prop::PRINCIPAL_URL, Value::href(place::principal())).into(),
        (prop::ADDRESSBOOK_HOME_SET, Value::href(place::home())).into(),
        (prop::SUPPORTED_REPORT_SET, principal_reports()).into(),
    ]);
    all
}

fn principal_reports() -> Value {
    Value::Reports(vec![
        ReportKind::PrincipalPropertySearch,
        ReportKind::PrincipalSearchPropertySet,
    ])
}

/// `newest` is the stamp of the latest change.
pub fn book(call: &Call, book: &Book, newest: u64) -> Vec<Property> {
    let token = sync::token(&book.id, &Position::behind(newest));
    let mut all = common(call);
    all.extend([
        (prop::RESOURCETYPE, Value::address_book()).into(),
        (prop::DISPLAYNAME, Value::text(book.name.clone())).into(),
        (prop::GETCTAG, Value::text(token.clone())).into(),
        (prop::SYNC_TOKEN, Value::text(token)).into(),
        (
            prop::SUPPORTED_REPORT_SET,
            Value::Reports(ReportKind::ADDRESS_BOOK.to_vec()),
        )
            .into(),
        (
            prop::SUPPORTED_ADDRESS_DATA,
            Value::CardVersions(vec![CardVersion::V30, CardVersion::V40]),
        )
            .into(),
        (
            prop::SUPPORTED_COLLATION_SET,
            Value::Collations(Collation::ALL.to_vec()),
        )
            .into(),
        (
            prop::MAX_RESOURCE_SIZE,
            Value::Number(card::MAX_CARD_BYTES as u64),
        )
            .into(),
    ]);
    if let Some(description) = &book.description {
        let value = Value::text(description.clone());
        all.push((prop::ADDRESSBOOK_DESCRIPTION, value).into());
    }
    all.extend(times(book.created_at, book.updated_at));
    all
}

/// When something was made and changed, as far as that is known.
pub fn times(created: Option<Timestamp>, modified: Option<Timestamp>) -> Vec<Property> {
    let created = created.and_then(moment).map(Value::Created);
    let modified = modified.and_then(moment).map(Value::Modified);
    let named = [
        (prop::CREATIONDATE, created),
        (prop::GETLASTMODIFIED, modified),
    ];
    let known = named
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?).into()));
    known.collect()
}

fn moment(at: Timestamp) -> Option<OffsetDateTime> {
    let seconds = i64::try_from(at.as_secs()).ok()?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}
