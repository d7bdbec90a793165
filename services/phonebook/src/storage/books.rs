//! Books and what lies in them.

use super::{
    chain::{Link, Rest},
    group_cards, keys,
};
use crate::domain::{Book, book};
use ports::{Batch, Error, Result, TypeId};
use runtime::Invocation;

/// A book as it was read.
pub struct Found {
    pub book: Book,
    /// `None` for the default book before anybody changed it.
    pub item_version: Option<u64>,
}

pub fn decode(value: &[u8]) -> Result<Book> {
    serde_json::from_slice(value)
        .map_err(|e| Error::internal("a stored book cannot be read").with_source(e))
}

pub async fn find(invocation: &Invocation, id: &str) -> Result<Option<Found>> {
    let item = invocation
        .store
        .get(&invocation.tenant, &keys::book(id))
        .await?;
    match item {
        Some(item) => Ok(Some(Found {
            book: decode(&item.value)?,
            item_version: Some(item.version),
        })),
        None => Ok((id == book::DEFAULT).then(|| Found {
            book: Book::default_one(),
            item_version: None,
        })),
    }
}

/// The book with this last segment in an address book's addresses: the name that a client chose, or its id.
pub async fn find_by_segment(invocation: &Invocation, segment: &str) -> Result<Option<Found>> {
    if TypeId::parse(book::ID_PREFIX, segment).is_ok() {
        return find(invocation, segment).await;
    }
    let key = keys::book_name(segment);
    let holder = invocation.store.get(&invocation.tenant, &key).await?;
    match holder.as_ref().map(|item| std::str::from_utf8(&item.value)) {
        Some(Ok(id)) => find(invocation, id).await,
        _ => Ok(None),
    }
}

pub fn create(_: &Invocation, book: &Book) -> Result<Batch> {
    let mut batch = write(None, book)?;
    if let Some(name) = &book.resource {
        let key = keys::book_name(name);
        batch.expect(key.clone(), None).put(key, book.id.clone());
    }
    Ok(batch)
}

pub fn update(_: &Invocation, found: &Found, after: &Book) -> Result<Batch> {
    write(found.item_version, after)
}

fn write(before: Option<u64>, book: &Book) -> Result<Batch> {
    let value = serde_json::to_vec(book)
        .map_err(|e| Error::internal(format!("serialising {}", book.id)).with_source(e))?;
    let key = keys::book(&book.id);
    let mut batch = Batch::new();
    batch.expect(key.clone(), before).put(key, value);
    Ok(batch)
}

/// The book goes at once, and as many of its contacts with it as one commit holds; the rest follows.
pub async fn delete(invocation: &Invocation, found: &Found) -> Result<Batch> {
    let id = &found.book.id;
    let key = keys::book(id);
    let mut batch = Batch::new();
    batch.expect(key.clone(), found.item_version).delete(key);
    if let Some(name) = &found.book.resource {
        batch.delete(keys::book_name(name));
    }
    empty(invocation, id, batch, &Rest::new(keys::EMPTYING, id)).await
}

/// Puts the contacts of a book that is gone into the bin.
pub async fn empty(
    invocation: &Invocation,
    id: &str,
    batch: Batch,
    rest: &Rest<'_>,
) -> Result<Batch> {
    let (mut link, lying) = Link::begin(invocation, &keys::shelf(id), batch).await?;
    for contact in &lying {
        if !link.take(group_cards::bin(invocation, contact).await?) {
            break;
        }
    }
    Ok(link.end(rest, invocation.now))
}
