//! Single items, and the store as a whole.

use super::{Sandbox, batch};
use crate::{PATIENCE, eventually, unique};
use bytes::Bytes;
use ports::{
    Result,
    store::{Put, Read},
};
use std::time::Duration;

pub async fn a_missing_item_is_none(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    assert_eq!(t.get(&tenant, "things/none").await?, None);
    t.put(&tenant, "things/one", "1").await?;
    t.commit(&tenant, |b| {
        b.delete("things/one");
    })
    .await?;
    assert_eq!(t.get(&tenant, "things/one").await?, None);
    Ok(())
}

pub async fn an_item_comes_back_as_it_was_put(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    // Odd on purpose: a store that rounds times or reads text out of bytes shows here.
    let soon = t.from_now(Duration::from_micros(3_600_000_001)).await?;
    let puts = [
        (
            "things/all-bytes",
            (0..=255).collect::<Vec<u8>>(),
            None,
            None,
        ),
        ("things/empty", Vec::new(), None, Some(soon)),
        (
            "things/ünï/✓ code",
            b"\r\n\0*$-1".to_vec(),
            Some(soon),
            None,
        ),
    ]
    .map(|(key, value, expires_at, due_at)| Put {
        key: key.to_owned(),
        value: Bytes::from(value),
        expires_at,
        due_at,
    });
    let committed = t
        .commit(&tenant, |b| {
            b.puts.extend(puts.clone());
        })
        .await?;
    for put in puts {
        let item = t.get(&tenant, &put.key).await?.expect("was put");
        assert_eq!(item.value, put.value, "{}", put.key);
        assert_eq!(item.version, committed.version);
        assert_eq!(item.expires_at, put.expires_at);
        assert_eq!(item.due_at, put.due_at);
    }
    Ok(())
}

pub async fn eventual_reads_catch_up(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let version = t.put(&tenant, "things/one", "1").await?;
    eventually(PATIENCE, "a replica has the commit", async || {
        let item = t.store.get(&tenant, "things/one", Read::Eventual).await;
        (item.ok()??.version == version).then_some(())
    })
    .await;
    Ok(())
}

pub async fn batch_get_keeps_the_order_of_its_keys(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let stored = batch(|b| {
        b.put("things/b", "thing b").put("things/a", "thing a");
        b.put("others/a", "other a");
    });
    t.store.commit(&tenant, stored).await?;
    let keys = [
        "things/b",
        "others/a",
        "things/none",
        "nowhere/a",
        "things/a",
        "things/b",
    ]
    .map(str::to_owned);
    let items = t.store.batch_get(&tenant, &keys, Read::Strong).await?;
    let values: Vec<_> = items
        .iter()
        .map(|item| item.as_ref().map(|item| &item.value[..]))
        .collect();
    let expected: [Option<&[u8]>; 6] = [
        Some(b"thing b"),
        Some(b"other a"),
        None,
        None,
        Some(b"thing a"),
        Some(b"thing b"),
    ];
    assert_eq!(values, expected);
    assert!(
        t.store
            .batch_get(&tenant, &[], Read::Strong)
            .await?
            .is_empty()
    );
    Ok(())
}

pub async fn tenants_do_not_see_each_other(t: Sandbox) -> Result<()> {
    let (ours, theirs) = (t.tenant(), t.tenant());
    t.put(&ours, "things/one", "ours").await?;
    assert_eq!(t.get(&theirs, "things/one").await?, None);
    t.put(&theirs, "things/one", "theirs").await?;
    t.commit(&theirs, |b| {
        b.delete("things/one");
    })
    .await?;
    let item = t.get(&ours, "things/one").await?.expect("still there");
    assert_eq!(item.value, "ours");
    Ok(())
}

pub async fn the_clock_goes_on(t: Sandbox) -> Result<()> {
    let start = t.store.now().await?;
    eventually(PATIENCE, "the clock moves", async || {
        let now = t.store.now().await.ok()?;
        assert!(now >= start, "the clock went back");
        (now > start).then_some(())
    })
    .await;
    Ok(())
}

pub async fn the_store_answers_pings(t: Sandbox) -> Result<()> {
    t.store.ping().await?;
    // A ping must not need anything to be stored.
    assert_eq!(
        t.keys(&t.tenant(), &format!("{}/", unique("scope")))
            .await?,
        [""; 0]
    );
    Ok(())
}
