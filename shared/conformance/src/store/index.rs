//! Keys without items.

use super::{Sandbox, batch, event};
use crate::refused;
use futures_util::future::join_all;
use ports::{
    Kind, Result, Tenant,
    store::{IndexPage, MAX_COMMIT_BYTES, MAX_INDEX_WRITES, MAX_KEY_BYTES, MAX_PAGE, Order, Query},
};

async fn add(t: &Sandbox, tenant: &Tenant, keys: &[&str]) -> Result<()> {
    t.commit(tenant, |b| {
        for key in keys {
            b.index(*key);
        }
    })
    .await?;
    Ok(())
}

async fn page(
    t: &Sandbox,
    tenant: &Tenant,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
    order: Order,
) -> Result<IndexPage> {
    let query = Query {
        prefix: prefix.to_owned(),
        after: after.map(str::to_owned),
        limit,
        order,
        ..Query::default()
    };
    t.store.index(tenant, query).await
}

/// The index keys under a prefix, walking pages of `limit` from `after` to the end.
async fn walk(
    t: &Sandbox,
    tenant: &Tenant,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
    order: Order,
) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    let mut after = after.map(str::to_owned);
    loop {
        let page = page(t, tenant, prefix, after.as_deref(), limit, order).await?;
        assert!(page.keys.len() <= limit, "a page over its limit");
        keys.extend(page.keys);
        assert!(
            page.next.is_none() || page.next != after,
            "a walk that stands still at {after:?}"
        );
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(keys),
        }
    }
}

async fn listed(t: &Sandbox, tenant: &Tenant, prefix: &str) -> Result<Vec<String>> {
    walk(t, tenant, prefix, None, MAX_PAGE, Order::Ascending).await
}

pub async fn an_index_key_is_listed_until_it_is_removed(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    assert_eq!(listed(&t, &tenant, "things/").await?, [""; 0]);
    add(&t, &tenant, &["things/one", "things/two"]).await?;
    // Adding what is there and removing what is not change nothing.
    t.commit(&tenant, |b| {
        b.index("things/one").unindex("things/none");
        b.unindex("nowhere/none");
    })
    .await?;
    let both = ["things/one", "things/two"];
    assert_eq!(listed(&t, &tenant, "things/").await?, both);
    t.commit(&tenant, |b| {
        b.unindex("things/one").index("things/three");
    })
    .await?;
    let others = ["things/three", "things/two"];
    assert_eq!(listed(&t, &tenant, "things/").await?, others);
    Ok(())
}

pub async fn index_keys_are_in_byte_order(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let mut keys = [
        "things/a/b",
        "things/a",
        "things/a-b",
        "things/B",
        "things/é",
        "things/~",
        "things/10",
        "things/9",
        "things/a b",
        "things/\u{ffff}",
        "things/\u{1f600}",
        "things/aa",
    ];
    add(&t, &tenant, &keys).await?;
    keys.sort_unstable_by_key(|key| key.as_bytes());
    assert_eq!(listed(&t, &tenant, "things/").await?, keys);
    let descending = page(&t, &tenant, "things/", None, MAX_PAGE, Order::Descending).await?;
    keys.reverse();
    assert_eq!(descending.keys, keys);
    Ok(())
}

pub async fn an_index_sees_only_its_prefix(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let keys = [
        "things/word/1",
        "things/word/\u{10ffff}",
        "things/word",
        "things/word-x/1",
        "things/word0",
        "things/wor",
        "thing/word/1",
        "things-x/word/1",
    ];
    add(&t, &tenant, &keys).await?;
    let words = ["things/word/1", "things/word/\u{10ffff}"];
    assert_eq!(listed(&t, &tenant, "things/word/").await?, words);
    assert_eq!(listed(&t, &tenant, "thing/").await?, ["thing/word/1"]);
    assert_eq!(listed(&t, &tenant, "things/").await?.len(), 6);
    for prefix in ["things/w*", "things/[a-z]", "things/wor?", "things/%"] {
        assert_eq!(listed(&t, &tenant, prefix).await?, [""; 0], "{prefix}");
    }
    Ok(())
}

pub async fn an_index_sees_only_its_tenant(t: Sandbox) -> Result<()> {
    let (ours, theirs) = (t.tenant(), t.tenant());
    add(&t, &theirs, &["things/one", "things/theirs"]).await?;
    assert_eq!(listed(&t, &ours, "things/").await?, [""; 0]);
    add(&t, &ours, &["things/one"]).await?;
    t.commit(&ours, |b| {
        b.unindex("things/one").unindex("things/theirs");
    })
    .await?;
    let kept = ["things/one", "things/theirs"];
    assert_eq!(listed(&t, &theirs, "things/").await?, kept);
    Ok(())
}

pub async fn index_pages_visit_each_key_once(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let mut keys: Vec<String> = (0..57).map(|n| format!("things/{n:03}")).collect();
    let borrowed: Vec<&str> = keys.iter().map(String::as_str).collect();
    add(&t, &tenant, &borrowed).await?;
    add(&t, &tenant, &["thinga/before", "thingz/behind"]).await?;
    for order in [Order::Ascending, Order::Descending] {
        for limit in [1, 10, 57] {
            let walked = walk(&t, &tenant, "things/", None, limit, order).await?;
            assert_eq!(walked, keys, "{order:?} in pages of {limit}");
        }
        keys.reverse();
    }
    Ok(())
}

pub async fn an_index_cursor_need_not_exist(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    add(&t, &tenant, &["things/a", "things/c", "things/e"]).await?;
    for (after, order, expected) in [
        ("things/b", Order::Ascending, &["things/c", "things/e"][..]),
        ("things/c", Order::Ascending, &["things/e"]),
        ("things/f", Order::Ascending, &[]),
        ("things/d", Order::Descending, &["things/c", "things/a"]),
        ("things/c", Order::Descending, &["things/a"]),
        ("things/0", Order::Descending, &[]),
    ] {
        let walked = walk(&t, &tenant, "things/", Some(after), 10, order).await?;
        assert_eq!(walked, expected, "{order:?} from {after}");
    }
    Ok(())
}

pub async fn an_index_cursor_cannot_leave_the_prefix(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let keys = [
        "other/secret",
        "things/a/1",
        "things/b/1",
        "things/b/2",
        "things/c/1",
        "zzz/secret",
    ];
    add(&t, &tenant, &keys).await?;
    let whole: &[&str] = &["things/b/1", "things/b/2"];
    let reversed: &[&str] = &["things/b/2", "things/b/1"];
    for (after, order, expected) in [
        ("things/a/0", Order::Ascending, whole),
        ("other/a", Order::Ascending, whole),
        ("things/c/1", Order::Ascending, &[]),
        ("things/c/1", Order::Descending, reversed),
        ("zzz/z", Order::Descending, reversed),
        ("things/a/1", Order::Descending, &[]),
    ] {
        let walked = walk(&t, &tenant, "things/b/", Some(after), 10, order).await?;
        assert_eq!(walked, expected, "{order:?} from {after}");
    }
    Ok(())
}

pub async fn index_keys_and_items_are_apart(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    add(&t, &tenant, &["things/both", "things/index"]).await?;
    assert_eq!(t.get(&tenant, "things/both").await?, None);
    assert_eq!(t.keys(&tenant, "things/").await?, [""; 0]);
    // An index key is no item, so the name is free; and one commit may write to both.
    t.commit(&tenant, |b| {
        b.expect("things/both", None).put("things/both", "x");
        b.put("things/item", "x").unindex("things/item");
        b.index("things/both");
    })
    .await?;
    assert_eq!(
        t.keys(&tenant, "things/").await?,
        ["things/both", "things/item"]
    );
    let index = ["things/both", "things/index"];
    assert_eq!(listed(&t, &tenant, "things/").await?, index);
    t.commit(&tenant, |b| {
        b.delete("things/both").delete("things/index");
    })
    .await?;
    assert_eq!(listed(&t, &tenant, "things/").await?, index);
    t.commit(&tenant, |b| {
        b.unindex("things/both").unindex("things/item");
    })
    .await?;
    assert_eq!(t.keys(&tenant, "things/").await?, ["things/item"]);
    assert_eq!(listed(&t, &tenant, "things/").await?, ["things/index"]);
    Ok(())
}

pub async fn index_writes_share_the_fate_of_their_commit(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    add(&t, &tenant, &["things/kept"]).await?;
    let attempt = |version| {
        batch(|b| {
            b.expect("things/guard", version).put("things/guard", "x");
            b.index("things/new").index("others/new");
            b.unindex("things/kept").event(event("one"));
        })
    };
    let outcome = t.store.commit(&tenant, attempt(Some(1))).await;
    assert_eq!(refused(outcome), Kind::Conflict);
    assert_eq!(listed(&t, &tenant, "things/").await?, ["things/kept"]);
    assert_eq!(listed(&t, &tenant, "others/").await?, [""; 0]);
    t.store.commit(&tenant, attempt(None)).await?;
    assert_eq!(listed(&t, &tenant, "things/").await?, ["things/new"]);
    assert_eq!(listed(&t, &tenant, "others/").await?, ["others/new"]);
    assert!(t.get(&tenant, "things/guard").await?.is_some());
    Ok(())
}

pub async fn index_keys_are_checked(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    for key in ["", "/", "noslash", "things/", "Things/a", "things/a\nb"] {
        let index = batch(|b| {
            b.index(key).put("things/good", "x");
        });
        let unindex = batch(|b| {
            b.unindex(key).put("things/good", "x");
        });
        for batch in [index, unindex] {
            let outcome = t.store.commit(&tenant, batch).await;
            assert_eq!(refused(outcome), Kind::Invalid, "{key:?}");
        }
    }
    assert_eq!(t.get(&tenant, "things/good").await?, None);
    let longest = format!("things/{}", "k".repeat(MAX_KEY_BYTES - "things/".len()));
    add(&t, &tenant, &[&longest]).await?;
    assert_eq!(listed(&t, &tenant, "things/").await?, [longest.as_str()]);
    let longer = format!("{longest}k");
    let outcome = add(&t, &tenant, &[&longer]).await;
    assert_eq!(refused(outcome), Kind::TooLarge);
    Ok(())
}

pub async fn index_page_limits_are_checked(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    for limit in [0, MAX_PAGE + 1] {
        let outcome = page(&t, &tenant, "things/", None, limit, Order::Ascending).await;
        assert_eq!(refused(outcome), Kind::Invalid, "{limit}");
    }
    for prefix in ["", "noslash", "/", "Things/"] {
        let outcome = page(&t, &tenant, prefix, None, 10, Order::Ascending).await;
        assert_eq!(refused(outcome), Kind::Invalid, "{prefix:?}");
    }
    Ok(())
}

pub async fn index_writes_count(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let mut most = batch(|b| {
        for n in 0..MAX_INDEX_WRITES - 1 {
            b.index(format!("things/{n:04}"));
        }
        b.unindex("others/none").put("things/item", "x");
    });
    t.store.commit(&tenant, most.clone()).await?;
    assert_eq!(
        listed(&t, &tenant, "things/").await?.len(),
        MAX_INDEX_WRITES - 1
    );
    most.index("others/too-much");
    let more = t.store.commit(&tenant, most).await;
    assert_eq!(refused(more), Kind::TooLarge);
    assert_eq!(listed(&t, &tenant, "others/").await?, [""; 0]);
    // All are to be removed again, but the bytes of the last key are too many.
    let key = "things/0000";
    let mut large = batch(|b| {
        b.put("big/one", vec![b'x'; MAX_COMMIT_BYTES - "big/one".len()]);
    });
    t.store.commit(&tenant, large.clone()).await?;
    large.unindex(key);
    let more = t.store.commit(&tenant, large).await;
    assert_eq!(refused(more), Kind::TooLarge);
    assert_eq!(listed(&t, &tenant, key).await?, [key]);
    let removal = batch(|b| {
        for n in 0..MAX_INDEX_WRITES - 1 {
            b.unindex(format!("things/{n:04}"));
        }
    });
    t.store.commit(&tenant, removal).await?;
    assert_eq!(listed(&t, &tenant, "things/").await?, [""; 0]);
    Ok(())
}

pub async fn two_writes_to_one_index_key_are_invalid(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let twice = batch(|b| {
        b.index("things/one").index("things/one");
    });
    let both = batch(|b| {
        b.index("things/one").unindex("things/one");
    });
    for batch in [twice, both] {
        let outcome = t.store.commit(&tenant, batch).await;
        assert_eq!(refused(outcome), Kind::Invalid);
    }
    assert_eq!(listed(&t, &tenant, "things/").await?, [""; 0]);
    Ok(())
}

pub async fn concurrent_index_writes_lose_nothing(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let tasks = (0..64).map(|n| {
        let (t, tenant) = (t.clone(), tenant.clone());
        tokio::spawn(async move { add(&t, &tenant, &[&format!("things/{n:02}")]).await })
    });
    for outcome in join_all(tasks).await {
        outcome.expect("no panic")?;
    }
    assert_eq!(listed(&t, &tenant, "things/").await?.len(), 64);
    Ok(())
}
