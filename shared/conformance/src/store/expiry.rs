//! Items hide the instant that they expire.

use super::{Sandbox, batch};
use crate::{PATIENCE, eventually, refused};
use ports::{
    Kind, Result, Tenant, Timestamp,
    store::{Put, Read},
};
use std::time::Duration;

const SOON: Duration = Duration::from_millis(150);

async fn put_until(
    t: &Sandbox,
    tenant: &Tenant,
    key: &str,
    expires_at: Option<Timestamp>,
) -> Result<u64> {
    let put = batch(|b| {
        b.put_item(Put {
            key: key.to_owned(),
            value: "x".into(),
            expires_at,
            due_at: None,
        });
    });
    Ok(t.store.commit(tenant, put).await?.version)
}

/// Looks again and again until the item is hidden, and checks each look against the clock before and after it.
async fn watch_until_hidden(t: &Sandbox, at: Timestamp, seen: impl AsyncFn() -> Result<bool>) {
    eventually(PATIENCE, "the item hides", async || {
        let before = t.store.now().await.ok()?;
        let visible = seen().await.ok()?;
        let after = t.store.now().await.ok()?;
        if visible {
            assert!(before < at, "still seen after it expired");
            None
        } else {
            assert!(after >= at, "hidden before it expired");
            Some(())
        }
    })
    .await;
}

pub async fn items_hide_at_the_instant(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    t.put(&tenant, "things/stays", "x").await?;
    let stays = ["things/stays".to_owned()];
    let keys = ["things/goes".to_owned()];

    let at = t.from_now(SOON).await?;
    put_until(&t, &tenant, "things/goes", Some(at)).await?;
    watch_until_hidden(&t, at, async || {
        Ok(t.get(&tenant, "things/goes").await?.is_some())
    })
    .await;

    let at = t.from_now(SOON).await?;
    put_until(&t, &tenant, "things/goes", Some(at)).await?;
    watch_until_hidden(&t, at, async || {
        let items = t.store.batch_get(&tenant, &keys, Read::Strong).await?;
        Ok(items[0].is_some())
    })
    .await;

    let at = t.from_now(SOON).await?;
    put_until(&t, &tenant, "things/goes", Some(at)).await?;
    watch_until_hidden(&t, at, async || {
        Ok(t.keys(&tenant, "things/").await? != stays)
    })
    .await;
    Ok(())
}

pub async fn expired_items_count_as_absent(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let at = t.from_now(SOON).await?;
    let version = put_until(&t, &tenant, "things/goes", Some(at)).await?;
    t.reach(at).await;
    let stale = t
        .commit(&tenant, |b| {
            b.expect("things/goes", Some(version))
                .put("things/goes", "y");
        })
        .await;
    assert_eq!(refused(stale), Kind::Conflict);
    let fresh = t
        .commit(&tenant, |b| {
            b.expect("things/goes", None).put("things/goes", "z");
        })
        .await?;
    assert!(fresh.version > version);
    let item = t.get(&tenant, "things/goes").await?.expect("put again");
    assert_eq!(item.value, "z");
    Ok(())
}

pub async fn items_put_expired_are_never_seen(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    t.put(&tenant, "things/goes", "x").await?;
    let past = t.a_moment_ago().await?;
    put_until(&t, &tenant, "things/goes", Some(past)).await?;
    assert_eq!(t.get(&tenant, "things/goes").await?, None);
    assert_eq!(t.keys(&tenant, "things/").await?, [""; 0]);
    Ok(())
}

pub async fn putting_again_clears_the_expiry(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let at = t.from_now(SOON).await?;
    put_until(&t, &tenant, "things/stays", Some(at)).await?;
    put_until(&t, &tenant, "things/stays", None).await?;
    t.reach(at).await;
    let item = t.get(&tenant, "things/stays").await?.expect("stays");
    assert_eq!(item.expires_at, None);
    Ok(())
}
