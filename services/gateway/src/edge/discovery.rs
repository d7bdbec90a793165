//! Keeps the catalogue of routes up to date with who is there.

use crate::domain::catalogue::{Catalogue, Described};
use contracts::description::Description;
use ports::{
    Result, Store, Tenant,
    store::{MAX_PAGE, Query},
};
use runtime::membership::{self, DESCRIPTIONS};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const EVERY: Duration = Duration::from_millis(500);

/// The catalogue as it is now, and a task that keeps it so.
pub async fn start(
    store: Arc<dyn Store>,
    tasks: &TaskTracker,
    stop: CancellationToken,
) -> Result<watch::Receiver<Arc<Catalogue>>> {
    let mut seen = look(&*store).await?;
    let (sender, receiver) = watch::channel(Arc::new(catalogue(&seen)));
    tasks.spawn(async move {
        while stop
            .run_until_cancelled(tokio::time::sleep(EVERY))
            .await
            .is_some()
        {
            match look(&*store).await {
                Ok(now) if now != seen => {
                    sender.send_replace(Arc::new(catalogue(&now)));
                    seen = now;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "looking for services failed; the known routes stay");
                }
            }
        }
    });
    Ok(receiver)
}

/// Descriptions by the time of their first publication, each with how many live instances have it.
#[derive(PartialEq)]
struct Seen(Vec<(String, u64, usize, bytes::Bytes)>);

async fn look(store: &dyn Store) -> Result<Seen> {
    let mut live: BTreeMap<(String, String), usize> = BTreeMap::new();
    for instance in membership::instances(store).await? {
        *live
            .entry((instance.service, instance.version))
            .or_default() += 1;
    }
    let query = Query {
        prefix: DESCRIPTIONS.to_owned(),
        limit: MAX_PAGE,
        ..Query::default()
    };
    let page = store.query(&Tenant::system(), query).await?;
    let mut seen: Vec<_> = page
        .items
        .into_iter()
        .map(|(key, item)| {
            let name = key
                .strip_prefix(DESCRIPTIONS)
                .and_then(|rest| rest.split_once('/'))
                .unwrap_or_default();
            let live = live
                .get(&(name.0.to_owned(), name.1.to_owned()))
                .copied()
                .unwrap_or(0);
            (key, item.version, live, item.value)
        })
        .collect();
    seen.sort_by_key(|(_, version, ..)| *version);
    Ok(Seen(seen))
}

fn catalogue(Seen(seen): &Seen) -> Catalogue {
    let parse = |(_, _, live, value): &(String, u64, usize, bytes::Bytes)| -> Option<Described> {
        Some((serde_json::from_slice::<Description>(value).ok()?, *live))
    };
    Catalogue::new(&seen.iter().filter_map(parse).collect::<Vec<_>>())
}
