//! What stays in Redis of a tenant whose things were all deleted.

#![allow(clippy::expect_used)] // in the helpers of tests, too

mod common;

use common::{DURABLE, Server};
use conformance::{
    PATIENCE, eventually,
    store::{batch, event},
};
use ports::{
    Result, Store, Tenant, Timestamp,
    store::{MAX_PAGE, Put, Query, Read},
};
use redis_store::Options;
use std::{collections::BTreeMap, time::Duration};

async fn keys_naming(server: &Server, tenant: &Tenant) -> Vec<String> {
    let pattern = format!("*{tenant}*");
    let keys = server.command(&["KEYS", &pattern]).await;
    redis::from_redis_value(keys.expect("an answer")).expect("names")
}

fn expiring(key: &str, after: Duration) -> Put {
    Put {
        key: key.to_owned(),
        value: "x".into(),
        expires_at: Some(Timestamp::now() + after),
        due_at: None,
    }
}

/// Nobody ever lists the marks of requests, so no reader could take them out.
#[tokio::test]
async fn names_of_what_expired_go_as_others_come() -> Result<()> {
    const ITEMS: usize = 200;
    let server = Server::start(DURABLE).await;
    let store = redis_store::connect(&server.url(), Options::default()).await?;
    let tenant = Tenant::parse("expiring")?;
    let listed = async || {
        let mut count = 0;
        for key in keys_naming(&server, &tenant).await {
            // The listing's pages, and which of its names expire.
            if key.contains(":k:things:expiring:") {
                let names = server.command(&["ZCARD", &key]).await;
                let names: usize =
                    redis::from_redis_value(names.expect("an answer")).expect("a count");
                count += names;
            }
        }
        count
    };
    let put = async |n: usize, after: Duration| {
        let one = batch(|b| {
            b.put_item(expiring(&format!("things/mark/{n}"), after));
        });
        store.commit(&tenant, one).await
    };
    let kept = put(0, Duration::from_secs(60)).await?;
    for n in 1..=ITEMS {
        put(n, Duration::from_millis(1)).await?;
    }
    let last = format!("things/mark/{ITEMS}");
    eventually(PATIENCE, "the last one expires", async || {
        let item = store.get(&tenant, &last, Read::Strong).await;
        item.is_ok_and(|item| item.is_none()).then_some(())
    })
    .await;
    for n in 0..ITEMS {
        // Renewed, it is a name among those that stay.
        put(n % 4 + ITEMS, Duration::from_secs(60)).await?;
    }
    assert_eq!(listed().await, 2 * 5);
    let first = store.get(&tenant, "things/mark/0", Read::Strong).await?;
    assert_eq!(first.map(|item| item.version), Some(kept.version));
    Ok(())
}

#[tokio::test]
async fn nothing_names_a_tenant_that_was_emptied() -> Result<()> {
    let server = Server::start(DURABLE).await;
    let store = redis_store::connect(&server.url(), Options::default()).await?;
    let tenant = Tenant::parse("emptied")?;
    let full = batch(|b| {
        b.put("things/one", "x").event(event("one"));
        b.put_item(expiring("things/two", Duration::from_secs(60)));
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
        b.delete("things/two");
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
