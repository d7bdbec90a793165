//! What stays in Redis of a tenant whose things were all deleted.

#![allow(clippy::expect_used)] // in the helpers of tests, too

mod common;

use common::{DURABLE, Server};
use conformance::store::{batch, event};
use ports::{
    Result, Store, Tenant,
    store::{MAX_PAGE, Query, Read},
};
use redis_store::Options;
use std::{collections::BTreeMap, time::Duration};

async fn keys_naming(server: &Server, tenant: &Tenant) -> Vec<String> {
    let pattern = format!("*{tenant}*");
    let keys = server.command(&["KEYS", &pattern]).await;
    redis::from_redis_value(keys.expect("an answer")).expect("names")
}

#[tokio::test]
async fn nothing_names_a_tenant_that_was_emptied() -> Result<()> {
    let server = Server::start(DURABLE).await;
    let store = redis_store::connect(&server.url(), Options::default()).await?;
    let tenant = Tenant::parse("emptied")?;
    let full = batch(|b| {
        b.put("things/one", "x").event(event("one"));
        b.index("things/word/one").index("others/word/one");
    });
    store.commit(&tenant, full).await?;
    assert!(!keys_naming(&server, &tenant).await.is_empty());
    let all_events = Query {
        prefix: "events/".to_owned(),
        limit: MAX_PAGE,
        read: Read::Strong,
        ..Query::default()
    };
    let data = store.query(&tenant, all_events).await?.items;
    let empty = batch(|b| {
        b.deletes.extend(data.into_iter().map(|(key, _)| key));
        b.delete("things/one").unindex("things/word/one");
        b.unindex("others/word/one");
    });
    store.commit(&tenant, empty).await?;
    let lease = store.lease(tenant.shard(), "relay", "test", Duration::from_secs(60));
    let lease = lease.await?.expect("a free lease");
    store.advance(&lease, &BTreeMap::new(), u64::MAX).await?;
    store.trim_log(&tenant, u64::MAX).await?;
    assert_eq!(keys_naming(&server, &tenant).await, [""; 0]);
    // And the log goes on where it was.
    let again = batch(|b| {
        b.event(event("two"));
    });
    let sequence = store.commit(&tenant, again).await?.sequences[0];
    let log = store.read_log(&tenant, 0, MAX_PAGE).await?;
    assert_eq!((log.events.len(), log.oldest), (1, Some(sequence)));
    Ok(())
}
