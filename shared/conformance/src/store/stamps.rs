//! Index keys that hold their commit's version.

use super::{Sandbox, batch};
use crate::refused;
use futures_util::{StreamExt, stream};
use ports::{
    Kind, Result, Tenant,
    store::{MAX_KEY_BYTES, MAX_PAGE, Query, stamp},
};

const CHANGES: &str = "things/change/";

async fn listed(t: &Sandbox, tenant: &Tenant, after: Option<String>) -> Result<Vec<String>> {
    let query = Query {
        prefix: CHANGES.to_owned(),
        after,
        limit: MAX_PAGE,
        ..Query::default()
    };
    Ok(t.store.index(tenant, query).await?.keys)
}

pub async fn a_stamped_key_holds_its_commit_s_version(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let first = t
        .commit(&tenant, |b| {
            b.put("things/item", "1");
            b.stamp(CHANGES, "/item").stamp(CHANGES, "");
        })
        .await?;
    let item = t.get(&tenant, "things/item").await?;
    assert_eq!(item.map(|item| item.version), Some(first.version));
    let name = |version| format!("{CHANGES}{}/item", stamp(version));
    let bare = format!("{CHANGES}{}", stamp(first.version));
    assert_eq!(
        listed(&t, &tenant, None).await?,
        [bare.clone(), name(first.version)]
    );
    // It moves: out where it was, in where this commit is.
    let second = t
        .commit(&tenant, |b| {
            b.unindex(name(first.version)).stamp(CHANGES, "/item");
        })
        .await?;
    assert_eq!(
        listed(&t, &tenant, None).await?,
        [bare, name(second.version)]
    );
    Ok(())
}

/// Writers race while a reader follows the changes from where it was; it must meet each of them.
pub async fn stamped_keys_list_changes_in_order(t: Sandbox) -> Result<()> {
    const WRITES: usize = 200;
    let tenant = t.tenant();
    let write = |n: usize| {
        let (t, tenant) = (&t, &tenant);
        async move {
            t.commit(tenant, |b| {
                b.stamp(CHANGES, format!("/{n}"));
            })
            .await
        }
    };
    let writing = async {
        let done: Vec<_> = stream::iter(0..WRITES)
            .map(write)
            .buffer_unordered(16)
            .collect()
            .await;
        done.into_iter().collect::<Result<Vec<_>>>()
    };
    let following = async {
        let mut seen: Vec<String> = Vec::new();
        while seen.len() < WRITES {
            seen.extend(listed(&t, &tenant, seen.last().cloned()).await?);
            // A store whose reads never wait would let nobody else run.
            tokio::task::yield_now().await;
        }
        Ok::<_, ports::Error>(seen)
    };
    let (_, seen) = futures_util::try_join!(writing, following)?;
    assert_eq!(seen, listed(&t, &tenant, None).await?);
    assert_eq!(seen.len(), WRITES);
    Ok(())
}

pub async fn stamped_keys_are_checked(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    for before in ["", "/", "noslash", "Things/", "things/a\n"] {
        let refusal = t.commit(&tenant, |b| {
            b.stamp(before, "").put("things/good", "x");
        });
        assert_eq!(refused(refusal.await), Kind::Invalid, "{before:?}");
    }
    let long = "k".repeat(MAX_KEY_BYTES - CHANGES.len() - 19);
    let refusal = t.commit(&tenant, |b| {
        b.stamp(CHANGES, long).put("things/good", "x");
    });
    assert_eq!(refused(refusal.await), Kind::TooLarge);
    let twice = batch(|b| {
        b.stamp(CHANGES, "/a").stamp(CHANGES, "/a");
    });
    assert_eq!(refused(t.store.commit(&tenant, twice).await), Kind::Invalid);
    assert_eq!(t.get(&tenant, "things/good").await?, None);
    assert_eq!(listed(&t, &tenant, None).await?, [""; 0]);
    Ok(())
}
