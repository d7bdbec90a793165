//! What is refused whatever the store holds.

use super::{Sandbox, batch, event};
use crate::refused;
use bytes::Bytes;
use ports::{
    Kind, Result,
    store::{MAX_COMMIT_BYTES, MAX_KEY_BYTES, MAX_PAGE, MAX_WRITES, Order, Read},
};

pub async fn page_limits_are_checked(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    for limit in [0, MAX_PAGE + 1] {
        let page = t
            .page(&tenant, "things/", None, limit, Order::Ascending)
            .await;
        assert_eq!(refused(page), Kind::Invalid, "a query of {limit}");
    }
    let mut keys = vec!["things/one".to_owned(); MAX_PAGE];
    let items = t.store.batch_get(&tenant, &keys, Read::Strong).await?;
    assert_eq!(items.len(), MAX_PAGE);
    keys.push("things/one".to_owned());
    let items = t.store.batch_get(&tenant, &keys, Read::Strong).await;
    assert_eq!(refused(items), Kind::TooLarge);
    Ok(())
}

pub async fn malformed_keys_are_invalid(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    for key in [
        "",
        "/",
        "noslash",
        "things/",
        "/rest",
        "Things/a",
        "th ings/a",
        "things/a\nb",
        "things/\0",
    ] {
        let put = t.put(&tenant, key, "x").await;
        assert_eq!(refused(put), Kind::Invalid, "putting {key:?}");
        let delete = batch(|b| {
            b.delete(key);
        });
        let delete = t.store.commit(&tenant, delete).await;
        assert_eq!(refused(delete), Kind::Invalid, "deleting {key:?}");
        let expect = batch(|b| {
            b.expect(key, None).put("things/good", "x");
        });
        let expect = t.store.commit(&tenant, expect).await;
        assert_eq!(refused(expect), Kind::Invalid, "expecting {key:?}");
    }
    assert_eq!(t.get(&tenant, "things/good").await?, None);
    for prefix in ["", "noslash", "/", "Things/"] {
        let page = t.page(&tenant, prefix, None, 10, Order::Ascending).await;
        assert_eq!(refused(page), Kind::Invalid, "querying {prefix:?}");
    }
    Ok(())
}

pub async fn keys_are_bounded(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let longest = format!("things/{}", "k".repeat(MAX_KEY_BYTES - "things/".len()));
    t.put(&tenant, &longest, "x").await?;
    assert!(t.get(&tenant, &longest).await?.is_some());
    assert_eq!(t.keys(&tenant, "things/").await?, [longest.as_str()]);
    let longer = t.put(&tenant, &format!("{longest}k"), "x").await;
    assert_eq!(refused(longer), Kind::TooLarge);
    Ok(())
}

pub async fn commits_are_bounded_in_writes(t: Sandbox) -> Result<()> {
    t.drain().await?;
    let tenant = t.tenant();
    let mut largest = batch(|b| {
        for n in 0..MAX_WRITES - 2 {
            b.put(format!("things/{n:04}"), "x");
        }
        b.delete("others/none").event(event("one"));
    });
    t.store.commit(&tenant, largest.clone()).await?;
    assert_eq!(t.keys(&tenant, "things/").await?.len(), MAX_WRITES - 2);
    largest.put("others/too-much", "x");
    let more = t.store.commit(&tenant, largest).await;
    assert_eq!(refused(more), Kind::TooLarge);
    assert_eq!(t.get(&tenant, "others/too-much").await?, None);
    assert_eq!(t.log(&tenant, 0).await?.len(), 1);
    Ok(())
}

pub async fn commits_are_bounded_in_bytes(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let fill = |bytes: usize| {
        batch(|b| {
            b.put("things/big", Bytes::from(vec![b'x'; bytes]));
        })
    };
    let most = MAX_COMMIT_BYTES - "things/big".len();
    t.store.commit(&tenant, fill(most)).await?;
    let more = t.store.commit(&tenant, fill(most + 1)).await;
    assert_eq!(refused(more), Kind::TooLarge);
    let item = t.get(&tenant, "things/big").await?.expect("was put");
    assert_eq!(item.value.len(), most);
    Ok(())
}

pub async fn two_writes_to_one_key_are_invalid(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let twice = batch(|b| {
        b.put("things/one", "1").put("things/one", "2");
    });
    let both = batch(|b| {
        b.put("things/one", "1").delete("things/one");
    });
    for batch in [twice, both] {
        let outcome = t.store.commit(&tenant, batch).await;
        assert_eq!(refused(outcome), Kind::Invalid);
    }
    assert_eq!(t.get(&tenant, "things/one").await?, None);
    Ok(())
}
