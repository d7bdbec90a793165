//! Pages of contacts, read along ordered indexes.

mod lead;
mod range;

use super::{Found, contacts, keys};
use crate::domain::Contact;
use ports::{Result, store::Query};
use range::Candidate;
pub use range::Range;
use runtime::Invocation;
use serde_json::Value;
use web::Paging;

/// Bytes of a page; an answer must fit into one message of the bus.
pub const MAX_PAGE_BYTES: usize = 1 << 20;
/// Index keys that one request looks at. A search for rare combinations of frequent words goes on with the next page.
const MAX_KEYS: usize = 10_000;
/// Contacts that one request reads to see whether they belong on the list.
const MAX_READS: usize = 1_000;
/// Of both, what a request goes on for that has found something. Nobody is to wait for the last few.
const ENOUGH_KEYS: usize = 2_000;
const ENOUGH_READS: usize = 100;
/// Index keys read at once by a request that has looked through many. It begins with a page's worth.
const KEYS: usize = 500;
/// Contacts read at once: they can be large.
const CHUNK: usize = 64;
/// Most candidates of some lists do not become answers, so that a small page still reads some at once.
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

    fn has_some(&self) -> bool {
        !self.page.data.is_empty()
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

/// What a request has looked at.
#[derive(Debug, Default)]
struct Spent {
    keys: usize,
    reads: usize,
}

impl Spent {
    fn is_enough(&self, paging: &Paging, found: bool) -> bool {
        let (keys, reads) = if found {
            (ENOUGH_KEYS, ENOUGH_READS)
        } else {
            (MAX_KEYS, MAX_READS)
        };
        self.keys >= keys || self.reads >= reads + paging.limit
    }
}

/// The contacts of some ranges, one after the other. `wanted` decides what the ranges cannot tell. A cursor names the
/// range and the key in it.
pub async fn scan(
    invocation: &Invocation,
    ranges: &[Range],
    paging: &Paging,
    wanted: impl Fn(&Contact) -> bool,
) -> Result<Page> {
    let mut filling = Filling::new(paging.limit);
    let begun = place_of(paging, ranges);
    let first = begun.as_ref().map_or(0, |(number, _)| *number);
    let mut after = begun.map(|(_, key)| key);
    let mut spent = Spent::default();
    let size = (paging.limit + 1).clamp(MIN_CHUNK, CHUNK);
    for range in ranges.iter().skip(first) {
        let mut keys_at_once = size;
        let mut position = after.take().or_else(|| range.start().cloned());
        loop {
            let query = Query {
                prefix: range.prefix().to_owned(),
                after: position,
                limit: keys_at_once,
                ..Query::default()
            };
            let entries = invocation.store.index(&invocation.tenant, query).await?;
            keys_at_once = KEYS.min(4 * keys_at_once);
            spent.keys += entries.keys.len().max(1);
            let candidates: Vec<_> = entries
                .keys
                .iter()
                .filter_map(|key| range.candidate(key))
                .collect();
            for chunk in candidates.chunks(size) {
                for (candidate, found) in read(invocation, chunk).await? {
                    let place = range.place(candidate.key);
                    let belongs = range.lists(&found.contact, found.index(), candidate.entry);
                    if belongs
                        && !found.contact.is_group_card
                        && wanted(&found.contact)
                        && !filling.offer(&place, found.size(), || found.contact.view())
                    {
                        return Ok(filling.end());
                    }
                }
                spent.reads += chunk.len();
                if spent.is_enough(paging, filling.has_some()) {
                    let last = chunk.last().map(|last| range.place(last.key));
                    return Ok(filling.end_behind(last));
                }
            }
            position = entries.next;
            let Some(key) = &position else {
                break;
            };
            if spent.is_enough(paging, filling.has_some()) {
                let place = range.place(key);
                return Ok(filling.end_behind(Some(place)));
            }
        }
    }
    Ok(filling.end())
}

/// Is the cursor, if there is one, of these ranges?
#[must_use]
pub fn goes_on(paging: &Paging, ranges: &[Range]) -> bool {
    paging.after.is_none() || place_of(paging, ranges).is_some()
}

/// The range that a page begins in, and the key that it begins behind.
fn place_of(paging: &Paging, ranges: &[Range]) -> Option<(usize, String)> {
    let cursor = paging.after.as_deref()?;
    let begun = |(number, range): (usize, &Range)| Some((number, range.key_of(cursor)?));
    ranges.iter().enumerate().find_map(begun)
}

async fn read<'c, 'k>(
    invocation: &Invocation,
    candidates: &'c [Candidate<'k>],
) -> Result<Vec<(&'c Candidate<'k>, Found)>> {
    let keys: Vec<String> = candidates
        .iter()
        .map(|one| keys::contact(&one.id))
        .collect();
    let items = invocation
        .store
        .batch_get(&invocation.tenant, &keys)
        .await?;
    let mut found = Vec::new();
    for ((candidate, key), item) in candidates.iter().zip(keys).zip(items) {
        if let Some(item) = item {
            found.push((candidate, contacts::Found::decode(key, item)?));
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
