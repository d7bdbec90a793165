//! Contacts that may be the same: neighbours in an ordered index whose terms are equal.

mod reason;
mod run;

use super::{
    Found, contacts,
    page::{Filling, MAX_PAGE_BYTES, Page},
};
use ports::{Result, store::Query};
use reason::{REASONS, Reason};
use run::{Run, step};
use runtime::Invocation;
use serde_json::{Value, json};
use web::Paging;

/// Contacts of one group that are shown: as many as one merge takes into the first. The rest follows once they are one.
const MAX_SHOWN: usize = 20;
/// Shared terms of a group that are looked at to see whether it was told before.
const MAX_SHARED: usize = 5;
/// Index keys that one request looks at.
const MAX_KEYS: usize = 10_000;
/// Contacts that one request reads.
const MAX_READS: usize = 1_000;
/// Index keys read at once.
const KEYS: usize = 500;

/// Does the cursor, if there is one, come from this list?
#[must_use]
pub fn goes_on(paging: &Paging) -> bool {
    paging.after.is_none() || place_of(paging).is_some()
}

fn place_of(paging: &Paging) -> Option<(usize, String)> {
    let key = paging.after.as_deref()?;
    let number = REASONS
        .iter()
        .position(|reason| key.starts_with(&reason.prefix()))?;
    Some((number, key.to_owned()))
}

/// A page of groups. Looks at a bounded number of keys, so a page can be empty and still go on.
pub async fn scan(invocation: &Invocation, paging: &Paging) -> Result<Page> {
    let begun = place_of(paging);
    let (first, place) = begun.unwrap_or((0, String::new()));
    let mut search = Search {
        invocation,
        filling: Filling::new(paging.limit),
        keys_left: MAX_KEYS,
        reads_left: MAX_READS,
        place,
    };
    for reason in REASONS.into_iter().skip(first) {
        if !search.run(reason).await? {
            return Ok(search.filling.end_behind(Some(search.place)));
        }
    }
    Ok(search.filling.end())
}

struct Search<'a> {
    invocation: &'a Invocation,
    filling: Filling,
    keys_left: usize,
    reads_left: usize,
    /// Behind the last term that is done with.
    place: String,
}

impl Search<'_> {
    /// Goes through one index; false when the page ends before it.
    async fn run(&mut self, reason: Reason) -> Result<bool> {
        let prefix = reason.prefix();
        if !self.place.starts_with(&prefix) {
            self.place.clone_from(&prefix);
        }
        let mut run = None;
        let mut after = Some(self.place.clone());
        loop {
            let query = Query {
                prefix: prefix.clone(),
                after,
                limit: KEYS,
                ..Query::default()
            };
            let page = self
                .invocation
                .store
                .index(&self.invocation.tenant, query)
                .await?;
            self.keys_left = self.keys_left.saturating_sub(page.keys.len().max(1));
            let keys = page.keys.iter();
            let ended = keys.filter_map(|key| step(&mut run, &prefix, key));
            let mut ended: Vec<Run> = ended.collect();
            if page.next.is_none()
                || (self.keys_left == 0 && run.as_ref().is_some_and(Run::is_full))
            {
                ended.extend(run.take());
            }
            for run in ended {
                if !self.take(reason, &run).await? {
                    return Ok(false);
                }
                self.place = run.end(&prefix);
            }
            after = page.next;
            if after.is_none() {
                return Ok(true);
            }
            if self.keys_left == 0 {
                return Ok(false);
            }
        }
    }

    /// Tells of a run if it is a group; false when the page is full.
    async fn take(&mut self, reason: Reason, run: &Run) -> Result<bool> {
        if run.ids.len() < 2 || run.term.is_empty() {
            return Ok(true);
        }
        if self.reads_left < run.ids.len() {
            return Ok(false);
        }
        self.reads_left -= run.ids.len();
        let ids = run.ids.iter().take(MAX_SHOWN).map(String::as_str);
        let mut found = contacts::find_all(self.invocation, ids).await?;
        // The index can be a moment ahead of or behind what is then read.
        found.retain(|found| reason.terms(found.index()).contains(run.term.as_str()));
        if found.len() < 2
            || (!run.is_full() && self.is_told_before(reason, &run.term, &found).await?)
        {
            return Ok(true);
        }
        let (view, bytes) = view(reason, &run.term, &found);
        Ok(self.filling.offer(&run.term, bytes, || view))
    }

    /// Is there a group before, and all of it shown, that they are in? One number can be that of a whole company.
    async fn is_told_before(&self, reason: Reason, term: &str, found: &[Found]) -> Result<bool> {
        let shared = shared_before(reason, term, found).into_iter();
        for (other, shared) in shared.take(MAX_SHARED) {
            let query = Query {
                prefix: format!("{}{shared}/", other.prefix()),
                limit: MAX_SHOWN + 1,
                ..Query::default()
            };
            let page = self
                .invocation
                .store
                .index(&self.invocation.tenant, query)
                .await?;
            if page.keys.len() <= MAX_SHOWN && page.next.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What all of them share and are told for before this: something stronger, or the same with a term in front of this one.
fn shared_before(reason: Reason, term: &str, found: &[Found]) -> Vec<(Reason, String)> {
    let mut all = Vec::new();
    for other in REASONS.into_iter().filter(|other| *other <= reason) {
        let mut each = found.iter().map(|found| other.terms(found.index()));
        let first = each.next().unwrap_or_default();
        let shared = each.fold(first, |shared, terms| &shared & &terms);
        let before = shared
            .into_iter()
            .filter(|shared| other < reason || *shared < term);
        all.extend(before.map(|shared| (other, shared.to_owned())));
    }
    all
}

/// The group as the API shows it: at least two contacts, and no more than a page can hold.
fn view(reason: Reason, term: &str, found: &[Found]) -> (Value, usize) {
    let (mut bytes, mut shown) = (0, Vec::new());
    for found in found {
        bytes += found.size();
        if shown.len() >= 2 && bytes > MAX_PAGE_BYTES {
            break;
        }
        shown.push(found.contact.view());
    }
    let value = found
        .first()
        .map(|found| reason.value(&found.contact, term));
    let view = json!({ "reason": reason.name(), "value": value, "contacts": shown });
    (view, bytes)
}
