//! Contacts by the names that address books know them by.

use super::{Found, contacts, keys};
use crate::domain::contact::ID_PREFIX;
use ports::{Item, Result, TypeId};
use runtime::Invocation;
use std::collections::HashMap;

/// Of every name that is made of an id.
const SUFFIX: &str = ".vcf";

/// The contact at this last segment of an address in a book.
pub async fn find(invocation: &Invocation, book: &str, name: &str) -> Result<Option<Found>> {
    let mut found = find_all(invocation, book, &[name]).await?;
    Ok(found.pop().flatten())
}

/// The contacts at these names, in their order.
pub async fn find_all(
    invocation: &Invocation,
    book: &str,
    names: &[&str],
) -> Result<Vec<Option<Found>>> {
    let claims: Vec<String> = names
        .iter()
        .map(|name| keys::resource(book, name))
        .collect();
    let claims = invocation.store.batch_get(&invocation.tenant, &claims);
    let claims = claims.await?;
    let ids: Vec<Option<String>> = names
        .iter()
        .zip(&claims)
        .map(|(name, claim)| holder(claim.as_ref()).or_else(|| id_in(name.strip_suffix(SUFFIX)?)))
        .collect();
    let found = contacts::find_all(invocation, ids.iter().flatten().map(String::as_str)).await?;
    let found: HashMap<&str, &Found> = found
        .iter()
        .map(|found| (found.contact.id.as_str(), found))
        .collect();
    let at = |(id, name): (&Option<String>, &&str)| {
        let found = found.get(id.as_deref()?)?;
        let is_here = found.contact.book_id() == book && found.contact.resource() == **name;
        is_here.then(|| (*found).clone())
    };
    Ok(ids.iter().zip(names).map(at).collect())
}

/// The contact in a book whose card has this `UID`.
pub async fn with_uid(invocation: &Invocation, book: &str, uid: &str) -> Result<Option<Found>> {
    let claim = keys::uid(book, uid);
    let claim = invocation.store.get(&invocation.tenant, &claim).await?;
    let Some(id) = holder(claim.as_ref()).or_else(|| id_in(uid)) else {
        return Ok(None);
    };
    let found = contacts::find_all(invocation, std::iter::once(id.as_str())).await?;
    let mut here = found
        .into_iter()
        .filter(|found| found.contact.book_id() == book && found.contact.uid() == uid);
    Ok(here.next())
}

fn holder(claim: Option<&Item>) -> Option<String> {
    let id = std::str::from_utf8(&claim?.value).ok()?;
    Some(id.to_owned())
}

fn id_in(text: &str) -> Option<String> {
    TypeId::parse(ID_PREFIX, text).ok().map(String::from)
}
