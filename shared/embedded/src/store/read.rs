//! Reads of items, on the caller's thread: a few microseconds for a point, a few milliseconds for the largest page.

use crate::{
    failure::Failure,
    header::visible_item,
    keys::{item_key, item_row},
    tables::{self, ITEMS, Raw},
};
use ports::{
    Error, Item, Result as PortResult, Tenant, Timestamp,
    store::{MAX_KEY_BYTES, MAX_PAGE, Order, Page, Query, split_key},
};
use redb::{AccessGuard, Range, ReadOnlyTable, ReadTransaction, StorageError};
use std::ops::Bound;

/// A page ends when it has so many bytes of values…
const PAGE_BYTES: usize = 4 << 20;
/// … or has passed so many items, expired ones included.
const PAGE_SCAN: usize = 10 * MAX_PAGE;

pub(super) fn get(
    txn: &ReadTransaction,
    tenant: &Tenant,
    key: &str,
    now: Timestamp,
) -> Result<Option<Item>, Failure> {
    find(&tables::read(txn, ITEMS)?, tenant, key, now)
}

pub(super) fn batch_get(
    txn: &ReadTransaction,
    tenant: &Tenant,
    keys: &[String],
    now: Timestamp,
) -> Result<Vec<Option<Item>>, Failure> {
    let items = tables::read(txn, ITEMS)?;
    keys.iter()
        .map(|key| find(&items, tenant, key, now))
        .collect()
}

fn find(
    items: &ReadOnlyTable<Raw, Raw>,
    tenant: &Tenant,
    key: &str,
    now: Timestamp,
) -> Result<Option<Item>, Failure> {
    match items.get(item_row(tenant, key).as_slice())? {
        Some(row) => Ok(visible_item(row.value(), now)?),
        None => Ok(None),
    }
}

pub(super) fn check_query(query: &Query) -> PortResult<()> {
    // What a key must be, but nothing need follow the scope.
    split_key(&format!("{}.", query.prefix))?;
    let longest = query
        .after
        .as_ref()
        .map_or(0, String::len)
        .max(query.prefix.len());
    if longest > MAX_KEY_BYTES {
        return Err(Error::invalid("no key is as long as this query's"));
    }
    super::check_limit(query.limit)
}

pub(super) fn query(
    txn: &ReadTransaction,
    tenant: &Tenant,
    query: &Query,
    now: Timestamp,
) -> Result<Page, Failure> {
    let items = tables::read(txn, ITEMS)?;
    let Some(mut rows) = rows(&items, tenant, query)? else {
        return Ok(Page::default());
    };
    let mut page = Page::default();
    let mut bytes = 0;
    for _ in 0..PAGE_SCAN {
        let Some((key, row)) = step(&mut rows, query.order).transpose()? else {
            page.next = None;
            return Ok(page);
        };
        let key = item_key(tenant, key.value())?;
        if let Some(item) = visible_item(row.value(), now)? {
            if page.items.len() == query.limit || bytes > PAGE_BYTES {
                break; // there is more, so `next` holds
            }
            bytes += item.value.len();
            page.items.push((key.to_owned(), item));
        }
        page.next = Some(key.to_owned());
    }
    Ok(page)
}

/// The rows that the query sees, if there can be any.
fn rows<'t>(
    table: &'t ReadOnlyTable<Raw, Raw>,
    tenant: &Tenant,
    query: &Query,
) -> Result<Option<Range<'t, Raw, Raw>>, Failure> {
    bounds(tenant, query)
        .map(|(first, last)| tables::range(table, as_slice(&first), as_slice(&last)))
        .transpose()
}

/// The next row in the query's order.
fn step<'r>(rows: &mut Range<'r, Raw, Raw>, order: Order) -> Option<Row<'r>> {
    match order {
        Order::Ascending => rows.next(),
        Order::Descending => rows.next_back(),
    }
}

type Row<'r> = Result<(AccessGuard<'r, Raw>, AccessGuard<'r, Raw>), StorageError>;
pub(crate) type Edge = Bound<Vec<u8>>;

/// The range of rows that the query sees, if any.
pub(crate) fn bounds(tenant: &Tenant, query: &Query) -> Option<(Edge, Edge)> {
    let first = item_row(tenant, &query.prefix);
    let mut behind = first.clone();
    behind.push(u8::MAX); // no byte of UTF-8
    let after = query.after.as_ref().map(|after| item_row(tenant, after));
    match (after, query.order) {
        (Some(after), Order::Ascending) if after >= first => {
            (after < behind).then_some((Bound::Excluded(after), Bound::Excluded(behind)))
        }
        (Some(after), Order::Descending) if after < behind => {
            (after > first).then_some((Bound::Included(first), Bound::Excluded(after)))
        }
        _ => Some((Bound::Included(first), Bound::Excluded(behind))),
    }
}

fn as_slice(bound: &Edge) -> Bound<&[u8]> {
    bound.as_ref().map(Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(after: Option<&str>, order: Order) -> Query {
        Query {
            prefix: "a/b".into(),
            after: after.map(str::to_owned),
            limit: 1,
            order,
            ..Query::default()
        }
    }

    #[test]
    fn bounds_stay_within_the_prefix() {
        let tenant = Tenant::system();
        let all = bounds(&tenant, &query(None, Order::Ascending));
        assert!(all.is_some());
        assert_eq!(bounds(&tenant, &query(Some("a/a"), Order::Ascending)), all);
        assert_eq!(bounds(&tenant, &query(Some("a/c"), Order::Descending)), all);
        assert_eq!(bounds(&tenant, &query(Some("a/c"), Order::Ascending)), None);
        assert_eq!(
            bounds(&tenant, &query(Some("a/b"), Order::Descending)),
            None
        );
        assert_ne!(bounds(&tenant, &query(Some("a/bb"), Order::Ascending)), all);
    }

    #[test]
    fn a_query_needs_a_scope_and_a_limit() {
        assert!(check_query(&query(None, Order::Ascending)).is_ok());
        let no_scope = Query {
            prefix: "a".into(),
            ..query(None, Order::Ascending)
        };
        assert!(check_query(&no_scope).is_err());
        let no_limit = Query {
            limit: 0,
            ..query(None, Order::Ascending)
        };
        assert!(check_query(&no_limit).is_err());
    }
}
