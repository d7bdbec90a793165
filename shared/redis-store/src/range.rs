//! From a query to the bounds of a range of names.

use ports::{
    Error, Result,
    store::{Order, Query},
};

#[derive(Debug, PartialEq, Eq)]
pub struct Range<'q> {
    pub scope: &'q str,
    /// `None` when nothing can lie between.
    pub bounds: Option<Bounds>,
    /// `REV` from the last name on, otherwise empty.
    pub direction: &'static str,
}

/// Empty ones do not bound.
#[derive(Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The first name that may be.
    pub low: Vec<u8>,
    /// The one before which names must be.
    pub high: Vec<u8>,
}

impl<'q> Range<'q> {
    pub fn of(query: &'q Query) -> Result<Self> {
        let (scope, rest) = query
            .prefix
            .split_once('/')
            .filter(|(scope, _)| {
                !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
            })
            .ok_or_else(|| Error::invalid(format!("{:?} is no prefix of keys", query.prefix)))?;
        let cursor = query
            .after
            .as_deref()
            .map(|after| place(after, &query.prefix));
        let (low, high) = (rest.as_bytes().to_vec(), successor(rest.as_bytes()));
        let name = |key: &str| key.as_bytes()[scope.len() + 1..].to_vec();
        let (bounds, direction) = match (query.order, cursor) {
            (Order::Ascending, None | Some(Place::Before)) => (Some((low, high)), ""),
            (Order::Ascending, Some(Place::Within(at))) => (Some((next(name(at)), high)), ""),
            (Order::Ascending, Some(Place::Behind)) => (None, ""),
            (Order::Descending, None | Some(Place::Behind)) => (Some((low, high)), "REV"),
            (Order::Descending, Some(Place::Within(at))) if at != query.prefix => {
                (Some((low, name(at))), "REV")
            }
            (Order::Descending, Some(Place::Before | Place::Within(_))) => (None, "REV"),
        };
        Ok(Self {
            scope,
            bounds: bounds.map(|(low, high)| Bounds { low, high }),
            direction,
        })
    }
}

/// Where a cursor lies, seen from the keys with the prefix.
enum Place<'q> {
    Before,
    Within(&'q str),
    Behind,
}

fn place<'q>(cursor: &'q str, prefix: &str) -> Place<'q> {
    if cursor.starts_with(prefix) {
        Place::Within(cursor)
    } else if cursor < prefix {
        Place::Before
    } else {
        Place::Behind
    }
}

/// The name right behind this one.
fn next(mut name: Vec<u8>) -> Vec<u8> {
    name.push(0);
    name
}

/// The first text behind all that start with `text`. UTF-8 has no byte 255, so the last byte can grow.
fn successor(text: &[u8]) -> Vec<u8> {
    let mut successor = text.to_vec();
    if let Some(last) = successor.last_mut() {
        *last = last.saturating_add(1);
    }
    successor
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bounds_mean_what_the_query_means(
            prefix in "[ab]/[ab\u{ff}\u{10ffff}]{0,3}",
            after in proptest::option::of("[ab]/[ab\u{ff}\u{10ffff}]{0,3}"),
            key in "[ab]/[ab\u{ff}\u{10ffff}]{1,4}",
            descending: bool,
        ) {
            let order = if descending { Order::Descending } else { Order::Ascending };
            let query = Query { prefix, after, order, ..Query::default() };
            let range = Range::of(&query).expect("well formed");
            let beyond = query.after.as_ref().is_none_or(|after| {
                if descending { key < *after } else { key > *after }
            });
            let expected = key.starts_with(&query.prefix) && beyond;
            let found = range.bounds.is_some_and(|Bounds { low, high }| {
                key.split_once('/').is_some_and(|(scope, rest)| {
                    let rest = rest.as_bytes();
                    scope == range.scope && *rest >= *low && (high.is_empty() || *rest < *high)
                })
            });
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn hostile_queries_never_panic(prefix in ".*", after in proptest::option::of(".*")) {
            let _ = Range::of(&Query { prefix, after, ..Query::default() });
        }
    }
}
