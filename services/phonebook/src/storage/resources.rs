//! Contacts by the names that address books know them by.

use super::{Found, contacts, keys};
use crate::domain::{book, contact::ID_PREFIX, group_card::uids};
use ports::{Item, Result, TypeId, store::Query};
use runtime::Invocation;
use std::collections::{BTreeSet, HashMap};

/// Of every name that is made of an id.
const SUFFIX: &str = ".vcf";
/// Books in which a group's members are looked for.
const MAX_BOOKS: usize = 20;
/// Names of which all holders are read together: in each book, a name has up to two.
const CHUNK: usize = 20;

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

/// Whom a group's card means by a member.
#[derive(Clone)]
pub enum Named {
    Contact(Box<Found>),
    /// The name is somebody's who can be no member, such as another group.
    Taken,
    Nobody,
}

/// The contacts that cards of groups name so, in this order: those of the card's own book, else of another one.
pub async fn named(invocation: &Invocation, home: &str, members: &[&str]) -> Result<Vec<Named>> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids: Vec<Option<String>> = vec![None; members.len()];
    for book in books(invocation, home).await? {
        if ids.iter().all(Option::is_some) {
            break;
        }
        let holders = holders(invocation, &book, members).await?;
        for (id, holders) in ids.iter_mut().zip(holders) {
            *id = id.take().or_else(|| holders.into_iter().next());
        }
    }
    let mut named = Vec::new();
    let claimed: Vec<bool> = ids.iter().map(Option::is_some).collect();
    for (id, member) in ids.iter_mut().zip(members) {
        *id = id.take().or_else(|| id_in(member));
    }
    let found = contacts::find_all(invocation, ids.iter().flatten().map(String::as_str)).await?;
    let found: HashMap<String, Found> = found
        .into_iter()
        .map(|found| (found.contact.id.clone(), found))
        .collect();
    for (id, is_claimed) in ids.iter().zip(claimed) {
        named.push(match id.as_ref().and_then(|id| found.get(id)) {
            Some(found) if !found.contact.is_group_card => Named::Contact(Box::new(found.clone())),
            Some(_) => Named::Taken,
            None if is_claimed => Named::Taken,
            None => Named::Nobody,
        });
    }
    Ok(named)
}

/// Every contact that goes by a name, be it by its `UID` or by its id, in this order of the names.
pub async fn all_named(invocation: &Invocation, names: &[&str]) -> Result<Vec<Vec<Found>>> {
    let mut all = Vec::new();
    if names.is_empty() {
        return Ok(all);
    }
    let books = books(invocation, book::DEFAULT).await?;
    for names in names.chunks(CHUNK) {
        all.extend(all_in(invocation, &books, names).await?);
    }
    Ok(all)
}

async fn all_in(
    invocation: &Invocation,
    books: &[String],
    names: &[&str],
) -> Result<Vec<Vec<Found>>> {
    let own = names.iter().map(|name| BTreeSet::from_iter(id_in(name)));
    let mut ids: Vec<BTreeSet<String>> = own.collect();
    for book in books {
        let holders = holders(invocation, book, names).await?;
        for (ids, holders) in ids.iter_mut().zip(holders) {
            ids.extend(holders);
        }
    }
    let wanted: BTreeSet<&str> = ids.iter().flatten().map(String::as_str).collect();
    let found = contacts::find_all(invocation, wanted.into_iter()).await?;
    let of = |ids: &BTreeSet<String>| {
        let found = found.iter().filter(|found| ids.contains(&found.contact.id));
        found.cloned().collect()
    };
    Ok(ids.iter().map(of).collect())
}

/// The book and some others, in the order in which members are looked for.
async fn books(invocation: &Invocation, home: &str) -> Result<Vec<String>> {
    let query = Query {
        prefix: keys::BOOKS.to_owned(),
        limit: MAX_BOOKS,
        ..Query::default()
    };
    let page = invocation.store.query(&invocation.tenant, query).await?;
    let others = page
        .items
        .iter()
        .filter_map(|(key, _)| key.strip_prefix(keys::BOOKS));
    let others = std::iter::once(book::DEFAULT).chain(others.filter(|id| *id != book::DEFAULT));
    let others = others.filter(|id| *id != home);
    Ok(std::iter::once(home)
        .chain(others)
        .map(str::to_owned)
        .collect())
}

/// Who has claimed one of the `UID`s that members have, in a book.
async fn holders(
    invocation: &Invocation,
    book: &str,
    members: &[&str],
) -> Result<Vec<Vec<String>>> {
    let claims = members.iter().flat_map(|member| uids(member));
    let claims: Vec<String> = claims.map(|uid| keys::uid(book, &uid)).collect();
    let claims = invocation.store.batch_get(&invocation.tenant, &claims);
    let claims = claims.await?;
    let holders = |forms: &[Option<Item>]| {
        let holders = forms.iter().filter_map(|claim| holder(claim.as_ref()));
        holders.collect()
    };
    Ok(claims.chunks(2).map(holders).collect())
}

fn holder(claim: Option<&Item>) -> Option<String> {
    let id = std::str::from_utf8(&claim?.value).ok()?;
    Some(id.to_owned())
}

/// The id of a contact, if the text is one.
pub fn id_in(text: &str) -> Option<String> {
    TypeId::parse(ID_PREFIX, text).ok().map(String::from)
}
