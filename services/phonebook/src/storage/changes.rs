//! What has changed in a book, in the order of the commits.

use super::keys;
use crate::domain::sync::Position;
use ports::{
    Result,
    store::{Order, Query},
};
use runtime::Invocation;

/// Index keys read at once.
const KEYS: usize = 500;

/// The latest change of a contact in a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub stamp: u64,
    pub id: String,
    /// It is there no more; this was the last segment of its address.
    pub gone: Option<String>,
}

impl Change {
    fn read(key: &str, book: &str) -> Option<Self> {
        let mut parts = key.strip_prefix(keys::CHANGES)?.splitn(4, '/');
        let stamp = parts.next()?.parse().ok()?;
        let of = parts.next()?;
        let id = keys::contact_id(parts.next()?);
        let gone = parts.next().map(str::to_owned);
        (of == keys::changed(book)).then_some(Self { stamp, id, gone })
    }

    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            stamp: self.stamp,
            id: Some(self.id.clone()),
        }
    }
}

/// Some changes, and where the next ones are; the end when that is nowhere.
pub struct Page {
    pub changes: Vec<Change>,
    pub next: Option<String>,
}

/// Changes of one book behind an index key. Those of other books are passed over, so there may be none though there are
/// more.
pub async fn page(invocation: &Invocation, book: &str, after: String) -> Result<Page> {
    let query = Query {
        prefix: keys::CHANGES.to_owned(),
        after: Some(after),
        limit: KEYS,
        ..Query::default()
    };
    let page = invocation.store.index(&invocation.tenant, query).await?;
    let changes = page.keys.iter().filter_map(|key| Change::read(key, book));
    Ok(Page {
        changes: changes.collect(),
        next: page.next,
    })
}

/// The stamp of the latest change in any book; 0 before the first.
pub async fn newest(invocation: &Invocation) -> Result<u64> {
    let mut after = None;
    loop {
        let query = Query {
            prefix: keys::CHANGES.to_owned(),
            after,
            limit: 1,
            order: Order::Descending,
            ..Query::default()
        };
        let page = invocation.store.index(&invocation.tenant, query).await?;
        let stamp = page.keys.first().and_then(|key| {
            let behind = key.strip_prefix(keys::CHANGES)?;
            behind.split('/').next()?.parse().ok()
        });
        after = page.next;
        if stamp.is_some() || after.is_none() {
            return Ok(stamp.unwrap_or_default());
        }
    }
}
