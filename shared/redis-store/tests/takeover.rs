//! What a store of before there were pages and squeezed values holds.

#![allow(clippy::expect_used)] // in the helpers of tests, too

mod common;

use common::{DURABLE, Server};
use conformance::store::batch;
use ports::{
    Result, Store, Tenant,
    store::{MAX_PAGE, Query, Read},
};
use redis_store::{Options, RedisStore};

/// Items of this version without expiry, and the list of their names.
async fn write_as_before(server: &Server, tenant: &Tenant, names: &[String]) {
    let root = format!("sb:{{s{:03}}}", tenant.shard().0);
    for name in names {
        let key = format!("{root}:i:things:{tenant}:{name}");
        let stored = format!(
            "\x01{}\x05{}value of {name}",
            "\0".repeat(7),
            "\0".repeat(16)
        );
        server.must(&["SET", &key, &stored]).await;
        let listing = format!("{root}:k:things:{tenant}");
        server.must(&["ZADD", &listing, "0", name]).await;
    }
}

async fn listed(store: &RedisStore, tenant: &Tenant) -> Result<Vec<String>> {
    let all = Query {
        prefix: "things/".to_owned(),
        limit: MAX_PAGE,
        read: Read::Strong,
        ..Query::default()
    };
    let page = store.query(tenant, all).await?;
    Ok(page.items.into_iter().map(|(key, _)| key).collect())
}

#[tokio::test]
async fn items_of_before_are_items() -> Result<()> {
    let server = Server::start(DURABLE).await;
    let store = redis_store::connect(&server.url(), Options::default()).await?;
    let tenant = Tenant::parse("default")?;
    let names: Vec<_> = (0..300).map(|n| format!("{n:03}")).collect();
    write_as_before(&server, &tenant, &names).await;
    let mut keys: Vec<_> = names.iter().map(|name| format!("things/{name}")).collect();
    assert_eq!(listed(&store, &tenant).await?, keys);
    let item = store.get(&tenant, &keys[7], Read::Strong).await?;
    let item = item.expect("an item");
    assert_eq!((&item.value[..], item.version), (&b"value of 007"[..], 5));

    let long = "again and ".repeat(40);
    let change = batch(|b| {
        b.expect(&keys[7], Some(5)).put(&keys[7], long.clone());
        b.put("things/007a", "new").put("things/299a", "new");
        b.delete(&keys[0]).delete(&keys[200]);
    });
    store.commit(&tenant, change).await?;
    let item = store.get(&tenant, &keys[7], Read::Strong).await?;
    assert_eq!(item.expect("an item").value, long);
    keys.remove(200);
    keys.remove(0);
    keys.extend(["things/007a", "things/299a"].map(str::to_owned));
    keys.sort();
    assert_eq!(listed(&store, &tenant).await?, keys);
    let all = batch(|b| b.deletes.extend(keys));
    store.commit(&tenant, all).await?;
    let left = server.must(&["DBSIZE"]).await;
    assert_eq!(left, redis::Value::Int(1), "the sequence");
    Ok(())
}
