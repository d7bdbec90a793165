//! Pages of contacts, read along ordered indexes.

use super::{Found, contacts, keys};
use crate::domain::{Contact, Index, Search, index::class};
use ports::{Result, Timestamp, store::Query};
use runtime::Invocation;
use serde_json::Value;
use web::Paging;

/// Bytes of a page; an answer must fit into one message of the bus.
pub const MAX_PAGE_BYTES: usize = 1 << 20;
/// Index keys that one request looks at. A search for rare combinations of frequent words goes on with the next page.
const MAX_KEYS: usize = 10_000;
/// Contacts that one request reads to see whether they belong on the list.
const MAX_READS: usize = 1_000;
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

/// Part of an index, whose entries are candidates for a list.
#[derive(Debug, Clone)]
pub struct Range<'a> {
    prefix: String,
    /// Candidates are behind this key.
    start: Option<String>,
    rule: Rule<'a>,
}

/// Which of a range's entries are on the list. An index can be a moment ahead of or behind what is then read.
#[derive(Debug, Clone)]
enum Rule<'a> {
    /// `…<label>/<id>`, all of them.
    Label,
    /// `<term>/<label>/<id>`: the display name consists of such words.
    Name(&'a Search),
    /// `<term>/<label>/<id>`: the display name has words that begin so, and not all are whole.
    NameBegins(&'a Search),
    /// `<term>/…/<id>`: anything matches, and the display name alone does not.
    Anything(&'a Search, char),
    /// `<stamp>/<book>/<id>`, changed at that time or later.
    Changed(Timestamp),
}

/// An entry that may be on the list.
struct Candidate<'k> {
    key: &'k str,
    id: &'k str,
    /// What its rule compares: a term or a label.
    entry: &'k str,
}

impl Range<'_> {
    /// All contacts, or those of a book or a group, by display name; `prefix` is one of an index by label.
    #[must_use]
    pub fn by_name(prefix: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            start: None,
            rule: Rule::Label,
        }
    }

    /// Contacts by their latest change, from a time on.
    #[must_use]
    pub fn changed_since(since: Timestamp) -> Self {
        // Services' clocks and the store's differ by less than this.
        let slack = std::time::Duration::from_secs(60);
        let from = since.as_micros().saturating_sub(slack.as_micros() as u64);
        Self {
            prefix: keys::CHANGES.to_owned(),
            start: Some(keys::changes_after(from)),
            rule: Rule::Changed(since),
        }
    }

    /// What a search finds: whose name consists of the words, then whose name begins with them, then the rest.
    #[must_use]
    pub fn found_by(search: &Search) -> Vec<Range<'_>> {
        let range = |class: char, end: &str, rule| Range {
            prefix: format!("{}{class}{}{end}", keys::FIND, search.lead()),
            start: None,
            rule,
        };
        let mut ranges = Vec::new();
        if let Some(class) = search
            .classes()
            .first()
            .filter(|class| **class != class::DIGITS)
        {
            ranges.push(range(*class, "/", Rule::Name(search)));
            ranges.push(range(*class, "", Rule::NameBegins(search)));
        }
        let classes = search.classes().iter();
        ranges.extend(classes.map(|class| range(*class, "", Rule::Anything(search, *class))));
        ranges
    }

    /// Reads an index key; `None` when it cannot be on the list.
    fn candidate<'k>(&self, key: &'k str) -> Option<Candidate<'k>> {
        let (place, id) = key.rsplit_once('/')?;
        let term_and_label = || {
            let (term, label) = key.strip_prefix(keys::FIND)?.split_once('/')?;
            let term = term.get(1..)?;
            Some((term, label.rsplit_once('/').map_or("", |(label, _)| label)))
        };
        let entry = match &self.rule {
            Rule::Label => place.rsplit_once('/')?.1,
            Rule::Name(search) => {
                let (term, label) = term_and_label()?;
                (search.is_name(label) && search.lists_name(label, term)).then_some(label)?
            }
            Rule::NameBegins(search) => {
                let (term, label) = term_and_label()?;
                let listed = search.begins_name(label)
                    && search.lists_name(label, term)
                    && !search.is_name(label);
                listed.then_some(label)?
            }
            Rule::Anything(search, _) => {
                let (term, label) = term_and_label()?;
                (!search.begins_name(label)).then_some(term)?
            }
            Rule::Changed(_) => {
                let (stamp, _) = place.strip_prefix(keys::CHANGES)?.split_once('/')?;
                // One part more is a contact that is gone.
                (key.strip_prefix(keys::CHANGES)?.split('/').count() == 3).then_some(stamp)?
            }
        };
        Some(Candidate { key, id, entry })
    }

    /// Is this what the index promised?
    fn lists(&self, contact: &Contact, index: &Index, entry: &str) -> bool {
        match &self.rule {
            Rule::Label | Rule::Name(_) | Rule::NameBegins(_) => index.label == entry,
            Rule::Anything(search, class) => {
                search.lists(index, *class, entry) && !search.begins_name(&index.label)
            }
            Rule::Changed(since) => contact.updated_at >= *since,
        }
    }
}

/// The contacts of some ranges, one after the other. `wanted` decides what the ranges cannot tell. A cursor names the
/// range and the key in it.
pub async fn scan(
    invocation: &Invocation,
    ranges: &[Range<'_>],
    paging: &Paging,
    wanted: impl Fn(&Contact) -> bool,
) -> Result<Page> {
    let mut filling = Filling::new(paging.limit);
    let begun = place_of(paging, ranges);
    let first = begun.as_ref().map_or(0, |(number, _)| *number);
    let mut after = begun.map(|(_, key)| key);
    let (mut keys_left, mut reads_left) = (MAX_KEYS, MAX_READS + paging.limit);
    let size = (paging.limit + 1).clamp(MIN_CHUNK, CHUNK);
    for (number, range) in ranges.iter().enumerate().skip(first) {
        let mut keys_at_once = size;
        let mut position = after.take().or_else(|| range.start.clone());
        loop {
            let query = Query {
                prefix: range.prefix.clone(),
                after: position,
                limit: keys_at_once,
                ..Query::default()
            };
            let entries = invocation.store.index(&invocation.tenant, query).await?;
            keys_at_once = KEYS.min(4 * keys_at_once);
            keys_left = keys_left.saturating_sub(entries.keys.len().max(1));
            let candidates: Vec<_> = entries
                .keys
                .iter()
                .filter_map(|key| range.candidate(key))
                .collect();
            for chunk in candidates.chunks(size) {
                for (candidate, found) in read(invocation, chunk).await? {
                    let place = format!("{number}:{}", candidate.key);
                    let belongs = range.lists(&found.contact, found.index(), candidate.entry);
                    if belongs
                        && !found.contact.is_group_card
                        && wanted(&found.contact)
                        && !filling.offer(&place, found.size(), || found.contact.view())
                    {
                        return Ok(filling.end());
                    }
                }
                reads_left = reads_left.saturating_sub(chunk.len());
                if reads_left == 0 {
                    let last = chunk.last().map(|last| format!("{number}:{}", last.key));
                    return Ok(filling.end_behind(last));
                }
            }
            position = entries.next;
            if position.is_none() {
                break;
            }
            if keys_left == 0 {
                return Ok(filling.end_behind(position.map(|key| format!("{number}:{key}"))));
            }
        }
    }
    Ok(filling.end())
}

/// Is the cursor, if there is one, of these ranges?
#[must_use]
pub fn goes_on(paging: &Paging, ranges: &[Range<'_>]) -> bool {
    paging.after.is_none() || place_of(paging, ranges).is_some()
}

/// The range that a page begins in, and the key that it begins behind.
fn place_of(paging: &Paging, ranges: &[Range<'_>]) -> Option<(usize, String)> {
    let (number, key) = paging.after.as_deref()?.split_once(':')?;
    let number = number.parse().ok()?;
    let range: &Range<'_> = ranges.get(number)?;
    key.starts_with(&range.prefix)
        .then(|| (number, key.to_owned()))
}

async fn read<'c, 'k>(
    invocation: &Invocation,
    candidates: &'c [Candidate<'k>],
) -> Result<Vec<(&'c Candidate<'k>, Found)>> {
    let keys: Vec<String> = candidates.iter().map(|one| keys::contact(one.id)).collect();
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
