//! Along which of its words a search goes.

use super::{super::keys, Range};
use crate::domain::Search;
use futures_util::future::try_join_all;
use ports::{Result, store::Query};
use runtime::Invocation;
use web::Paging;

/// Entries that are counted of a word: enough to tell a rare one from a frequent one.
const COUNTED: usize = 64;
/// Words that are counted.
const MAX_WORDS: usize = 4;

impl Range {
    /// What a search finds, the best first. It goes along the word that the fewest contacts have, and later pages along
    /// that of the first.
    pub async fn found_by(
        invocation: &Invocation,
        search: Search,
        paging: &Paging,
    ) -> Result<Vec<Self>> {
        let lead = match &paging.after {
            Some(cursor) => begun_along(cursor),
            None if search.words().len() > 1 => rarest(invocation, &search).await?,
            None => None,
        };
        let search = match lead {
            Some(lead) => search.led_by(lead),
            None => search,
        };
        Ok(Self::found_along(search))
    }
}

fn begun_along(cursor: &str) -> Option<usize> {
    cursor.split_once('.')?.0.parse().ok()
}

/// The place of the one word that is rare; `None` when there is none, or nothing else.
async fn rarest(invocation: &Invocation, search: &Search) -> Result<Option<usize>> {
    let words = search.words().iter().take(MAX_WORDS);
    let counts = try_join_all(words.map(|word| count(invocation, search, word))).await?;
    let rare = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count < COUNTED);
    Ok(rare
        .min_by_key(|(_, count)| **count)
        .map(|(place, _)| place))
}

/// How many entries begin with a word, as far as they are counted.
async fn count(invocation: &Invocation, search: &Search, word: &str) -> Result<usize> {
    let mut count = 0;
    for class in search.classes() {
        let query = Query {
            prefix: format!("{}{class}{word}", keys::FIND),
            limit: COUNTED,
            ..Query::default()
        };
        let entries = invocation.store.index(&invocation.tenant, query).await?;
        count += entries.keys.len();
        if count >= COUNTED {
            break;
        }
    }
    Ok(count)
}
