//! Pages of contacts, read along an ordered index.

use super::{Found, keys};
use crate::domain::{Contact, Index};
use ports::{Result, store::Query};
use runtime::Invocation;
use serde_json::Value;
use web::Paging;

/// Bytes of a page; an answer must fit into one message of the bus.
pub const MAX_PAGE_BYTES: usize = 1 << 20;
/// Index entries that one request looks at. A search for rare combinations of frequent words goes on with the next page.
const MAX_SCANNED: usize = 2_000;
/// Contacts read at once: they can be large.
const CHUNK: usize = 64;
/// Most entries of a search do not become answers, so that a small page still reads some at once.
const MIN_CHUNK: usize = 16;

/// What a list answers.
#[derive(Debug, Default)]
pub struct Page {
    pub data: Vec<Value>,
    /// What the next page continues behind; `None` at the end.
    pub next: Option<String>,
}

/// Fills a page up to its limits in count and bytes.
#[derive(Debug)]
pub struct Filling {
    limit: usize,
    bytes: usize,
    page: Page,
    last: Option<String>,
}

impl Filling {
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            bytes: 0,
            page: Page::default(),
            last: None,
        }
    }

    /// Takes the entry at `place` unless the page is full; then it ends behind the last one taken.
    #[must_use]
    pub fn offer(&mut self, place: &str, bytes: usize, view: impl FnOnce() -> Value) -> bool {
        let taken = self.page.data.len();
        if taken == self.limit || (taken > 0 && self.bytes + bytes > MAX_PAGE_BYTES) {
            self.page.next = self.last.take();
            return false;
        }
        self.bytes += bytes;
        self.page.data.push(view());
        self.last = Some(place.to_owned());
        true
    }

    #[must_use]
    pub fn end(self) -> Page {
        self.page
    }

    /// Ends the page at a place that was looked at, though the page is not full.
    #[must_use]
    pub fn end_behind(mut self, place: Option<String>) -> Page {
        self.page.next = place;
        self.page
    }
}

/// The contacts of an index, `root` being the part of its keys before the entry, whose entries start with `prefix`.
/// `lists` tells whether the contact belongs on the list at that entry: an index can be a moment ahead or behind.
pub async fn scan(
    invocation: &Invocation,
    root: &str,
    prefix: &str,
    paging: &Paging,
    lists: impl Fn(&Index, &str) -> bool,
) -> Result<Page> {
    let mut filling = Filling::new(paging.limit);
    let mut after = paging.after.as_ref().map(|place| format!("{root}{place}"));
    let mut scanned = 0;
    loop {
        let query = Query {
            prefix: format!("{root}{prefix}"),
            after,
            limit: (paging.limit + 1).clamp(MIN_CHUNK, CHUNK),
            ..Query::default()
        };
        let entries = invocation.store.index(&invocation.tenant, query).await?;
        scanned += entries.keys.len().max(1);
        for (place, found) in contacts(invocation, root, &entries.keys).await? {
            let Some((entry, _)) = place.rsplit_once('/') else {
                continue;
            };
            let wanted = lists(found.index(), entry);
            if wanted && !filling.offer(&place, found.size(), || Contact::view(&found.contact)) {
                return Ok(filling.end());
            }
        }
        after = entries.next;
        if after.is_none() {
            return Ok(filling.end());
        }
        if scanned >= MAX_SCANNED {
            let place = after.and_then(|key| key.strip_prefix(root).map(str::to_owned));
            return Ok(filling.end_behind(place));
        }
    }
}

/// The contacts that the entries name, each with its entry's place.
async fn contacts(
    invocation: &Invocation,
    root: &str,
    entries: &[String],
) -> Result<Vec<(String, Found)>> {
    let places: Vec<&str> = entries
        .iter()
        .filter_map(|key| key.strip_prefix(root))
        .collect();
    let keys: Vec<String> = places
        .iter()
        .map(|place| keys::contact(place.rsplit('/').next().unwrap_or_default()))
        .collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let items = invocation
        .store
        .batch_get(&invocation.tenant, &keys)
        .await?;
    let mut found = Vec::new();
    for ((place, key), item) in places.into_iter().zip(keys).zip(items) {
        if let Some(item) = item {
            found.push((place.to_owned(), Found::decode(key, item)?));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(limit: usize, sizes: &[usize]) -> Page {
        let mut filling = Filling::new(limit);
        for (place, size) in sizes.iter().enumerate() {
            if !filling.offer(&place.to_string(), *size, || place.into()) {
                break;
            }
        }
        filling.end()
    }

    #[test]
    fn a_page_ends_at_its_limit_or_its_bytes() {
        assert_eq!(fill(2, &[1, 1]).next, None);
        assert_eq!(fill(2, &[1, 1, 1]).next.as_deref(), Some("1"));
        let large = fill(9, &[MAX_PAGE_BYTES, 1]);
        assert_eq!((large.data.len(), large.next.as_deref()), (1, Some("0")));
        assert_eq!(fill(9, &[MAX_PAGE_BYTES + 1]).data.len(), 1);
    }
}
