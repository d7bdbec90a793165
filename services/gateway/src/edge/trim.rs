//! Shortens the tenants' logs to their retention.

use ports::{
    Result, Store, Tenant,
    store::{MAX_PAGE, Query},
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(3600);

pub async fn run(store: Arc<dyn Store>, retention: Duration, stop: CancellationToken) {
    while stop
        .run_until_cancelled(tokio::time::sleep(EVERY))
        .await
        .is_some()
    {
        if let Err(error) = trim_all(&*store, retention).await {
            tracing::warn!(%error, "trimming the logs failed; it will be tried again");
        }
    }
}

async fn trim_all(store: &dyn Store, retention: Duration) -> Result<()> {
    let keep = u64::try_from(retention.as_micros()).unwrap_or(u64::MAX);
    let before = store.now().await?.as_micros().saturating_sub(keep);
    let default = Tenant::parse(Tenant::DEFAULT)?;
    store.trim_log(&default, before).await?;
    let prefix = "gateway/tenant/";
    let mut after = None;
    loop {
        let query = Query {
            prefix: prefix.to_owned(),
            after,
            limit: MAX_PAGE,
            ..Query::default()
        };
        let page = store.query(&default, query).await?;
        for tenant in page
            .items
            .iter()
            .filter_map(|(key, _)| Tenant::parse(key.strip_prefix(prefix)?).ok())
        {
            store.trim_log(&tenant, before).await?;
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}
