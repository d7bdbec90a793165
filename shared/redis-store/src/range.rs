//! From a query to the bounds of a lexicographic range in a sorted set.

use ports::{
    Error, Result,
    store::{Order, Query},
};

#[derive(Debug, PartialEq, Eq)]
pub struct Range<'q> {
    pub scope: &'q str,
    /// Where to start and where to stop; `None` when nothing can lie between.
    pub bounds: Option<(Vec<u8>, Vec<u8>)>,
    /// As `ZRANGE` wants it.
    pub direction: &'static str,
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
        let low = bound(b'[', rest.as_bytes()).unwrap_or_else(|| b"-".to_vec());
        let high = successor(rest.as_bytes()).unwrap_or_else(|| b"+".to_vec());
        let from = |at: &str| [b"(", &at.as_bytes()[scope.len() + 1..]].concat();
        let (bounds, direction) = match (query.order, cursor) {
            (Order::Ascending, None | Some(Place::Before)) => (Some((low, high)), ""),
            (Order::Ascending, Some(Place::Within(at))) => (Some((from(at), high)), ""),
            (Order::Ascending, Some(Place::Behind)) => (None, ""),
            (Order::Descending, None | Some(Place::Behind)) => (Some((high, low)), "REV"),
            (Order::Descending, Some(Place::Within(at))) => (Some((from(at), low)), "REV"),
            (Order::Descending, Some(Place::Before)) => (None, "REV"),
        };
        Ok(Self {
            scope,
            bounds,
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

fn bound(kind: u8, text: &[u8]) -> Option<Vec<u8>> {
    (!text.is_empty()).then(|| [&[kind], text].concat())
}

/// The first text behind all that start with `text`, excluded. UTF-8 has no byte 255, so the last byte can grow.
fn successor(text: &[u8]) -> Option<Vec<u8>> {
    let mut bound = bound(b'(', text)?;
    if let Some(last) = bound.last_mut() {
        *last = last.saturating_add(1);
    }
    Some(bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What Redis does with a bound.
    fn inside(member: &[u8], low: &[u8], high: &[u8]) -> bool {
        let above = match low[0] {
            b'-' => true,
            b'[' => member >= &low[1..],
            _ => member > &low[1..],
        };
        above && (high == b"+" || member < &high[1..])
    }

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
            let found = range.bounds.is_some_and(|(start, stop)| {
                let (low, high) = if descending { (stop, start) } else { (start, stop) };
                key.split_once('/').is_some_and(|(scope, rest)| {
                    scope == range.scope && inside(rest.as_bytes(), &low, &high)
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
