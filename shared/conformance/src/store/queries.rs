//! Ordered ranges under a prefix.

use super::Sandbox;
use ports::{
    Result, Tenant,
    store::{MAX_PAGE, Order},
};

async fn put_all(t: &Sandbox, tenant: &Tenant, keys: &[&str]) -> Result<()> {
    t.commit(tenant, |b| {
        for key in keys {
            b.put(*key, "x");
        }
    })
    .await?;
    Ok(())
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("things/{n:03}")).collect()
}

async fn put_numbered(t: &Sandbox, tenant: &Tenant, count: usize) -> Result<Vec<String>> {
    let keys = numbered(count);
    let borrowed: Vec<&str> = keys.iter().map(String::as_str).collect();
    put_all(t, tenant, &borrowed).await?;
    Ok(keys)
}

pub async fn a_query_is_in_byte_order(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let mut keys = [
        "things/a/b",
        "things/a",
        "things/a-b",
        "things/B",
        "things/é",
        "things/z",
        "things/~",
        "things/10",
        "things/9",
        "things/a b",
        "things/Z",
        "things/\u{ffff}",
        "things/\u{1f600}",
        "things/_",
        "things/aa",
    ];
    put_all(&t, &tenant, &keys).await?;
    keys.sort_unstable_by_key(|key| key.as_bytes());
    assert_eq!(t.keys(&tenant, "things/").await?, keys);
    let page = t
        .page(&tenant, "things/", None, MAX_PAGE, Order::Descending)
        .await?;
    let descending: Vec<_> = page.items.into_iter().map(|(key, _)| key).collect();
    keys.reverse();
    assert_eq!(descending, keys);
    Ok(())
}

pub async fn a_query_sees_only_its_prefix(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    put_all(
        &t,
        &tenant,
        &[
            "things/contact/1",
            "things/contact/\u{10ffff}",
            "things/contact",
            "things/contact-x/1",
            "things/contact0",
            "things/contacts/1",
            "things/contac",
            "thing/contact/1",
            "things-x/contact/1",
            "thingsx/contact/1",
        ],
    )
    .await?;
    assert_eq!(
        t.keys(&tenant, "things/contact/").await?,
        ["things/contact/1", "things/contact/\u{10ffff}"]
    );
    assert_eq!(
        t.keys(&tenant, "things/contact/1").await?,
        ["things/contact/1"]
    );
    assert_eq!(t.keys(&tenant, "thing/").await?, ["thing/contact/1"]);
    assert_eq!(t.keys(&tenant, "things/").await?.len(), 7);
    // Characters that mean something to pattern languages mean nothing here.
    for prefix in ["things/c*", "things/[a-z]", "things/contact?", "things/%"] {
        assert_eq!(t.keys(&tenant, prefix).await?, [""; 0], "{prefix}");
    }
    Ok(())
}

pub async fn a_query_sees_only_its_tenant(t: Sandbox) -> Result<()> {
    let ours = t.tenant();
    // A neighbour on the same shard whose name begins with ours.
    let neighbour = (0_u32..)
        .filter_map(|n| Tenant::parse(&format!("{ours}{n}")).ok())
        .find(|tenant| tenant.shard() == t.shard)
        .expect("some number hashes to the shard");
    put_all(&t, &neighbour, &["things/theirs", "other/theirs"]).await?;
    assert_eq!(t.keys(&ours, "things/").await?, [""; 0]);
    put_all(&t, &ours, &["things/ours"]).await?;
    assert_eq!(t.keys(&ours, "things/").await?, ["things/ours"]);
    assert_eq!(t.keys(&neighbour, "things/").await?, ["things/theirs"]);
    Ok(())
}

pub async fn pages_visit_each_item_once(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let mut keys = put_numbered(&t, &tenant, 57).await?;
    put_all(&t, &tenant, &["thinga/before", "thingz/behind"]).await?;
    for limit in [1, 10, 57] {
        let walked = t
            .walk(&tenant, "things/", None, limit, Order::Ascending)
            .await?;
        assert_eq!(walked, keys, "in pages of {limit}");
    }
    keys.reverse();
    for limit in [1, 10, 57] {
        let walked = t
            .walk(&tenant, "things/", None, limit, Order::Descending)
            .await?;
        assert_eq!(walked, keys, "descending in pages of {limit}");
    }
    Ok(())
}

pub async fn a_cursor_need_not_exist(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    put_all(&t, &tenant, &["things/a", "things/c", "things/e"]).await?;
    for (after, order, expected) in [
        ("things/b", Order::Ascending, &["things/c", "things/e"][..]),
        ("things/c", Order::Ascending, &["things/e"]),
        ("things/f", Order::Ascending, &[]),
        ("things/d", Order::Descending, &["things/c", "things/a"]),
        ("things/c", Order::Descending, &["things/a"]),
        ("things/0", Order::Descending, &[]),
    ] {
        let walked = t.walk(&tenant, "things/", Some(after), 10, order).await?;
        assert_eq!(walked, expected, "{order:?} from {after}");
    }
    Ok(())
}

pub async fn a_cursor_cannot_leave_the_prefix(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    put_all(
        &t,
        &tenant,
        &[
            "other/secret",
            "things/a/1",
            "things/b/1",
            "things/b/2",
            "things/c/1",
            "zzz/secret",
        ],
    )
    .await?;
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
        let walked = t.walk(&tenant, "things/b/", Some(after), 10, order).await?;
        assert_eq!(walked, expected, "{order:?} from {after}");
    }
    Ok(())
}

pub async fn items_put_behind_the_cursor_are_found(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    put_numbered(&t, &tenant, 10).await?;
    let first = t
        .page(&tenant, "things/", None, 5, Order::Ascending)
        .await?;
    let next = first.next.expect("there is more");
    t.commit(&tenant, |b| {
        b.put("things/007-new", "x");
        b.delete("things/008");
        // The cursor's own item may go.
        b.delete(next.clone());
    })
    .await?;
    let rest = t
        .walk(&tenant, "things/", Some(&next), 5, Order::Ascending)
        .await?;
    assert!(rest.contains(&"things/007-new".to_owned()));
    assert!(!rest.contains(&"things/008".to_owned()));
    assert!(rest.contains(&"things/009".to_owned()));
    Ok(())
}
