//! Index keys and lists of keys stand in pages, which nobody sees.

#![allow(clippy::expect_used)] // in the helpers of tests, too

mod common;

use common::{DURABLE, Server};
use conformance::store::batch;
use ports::{
    Batch, Result, Store, Tenant,
    store::{MAX_INDEX_WRITES, MAX_KEY_BYTES, Order, Query},
};
use proptest::{collection::vec, prelude::*, sample::Index, test_runner::TestRunner};
use redis_store::{Options, RedisStore};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};
use tokio::runtime::Runtime;

async fn open(server: &Server) -> Arc<RedisStore> {
    redis_store::connect(&server.url(), Options::default())
        .await
        .expect("the server can be used")
}

async fn integer(server: &Server, words: &[&str]) -> usize {
    let answer = server.command(words).await.expect("an answer");
    redis::from_redis_value(answer).expect("a number")
}

/// A tenant's index in a store, and what it has to hold.
struct Checked<'s> {
    store: &'s RedisStore,
    tenant: Tenant,
    keys: BTreeSet<String>,
}

impl Checked<'_> {
    async fn add(&mut self, keys: &[String]) {
        self.commit(batch(|b| b.indexed.extend(keys.iter().cloned())))
            .await;
        self.keys.extend(keys.iter().cloned());
    }

    async fn remove(&mut self, keys: &[String]) {
        self.commit(batch(|b| b.unindexed.extend(keys.iter().cloned())))
            .await;
        self.keys.retain(|key| !keys.contains(key));
    }

    async fn commit(&self, batch: Batch) {
        let outcome = self.store.commit(&self.tenant, batch).await;
        outcome.expect("a commit");
    }

    /// One page of what lies between, against the same from the set.
    async fn check(&self, prefix: &str, after: Option<&str>, order: Order, limit: usize) {
        let query = Query {
            prefix: prefix.to_owned(),
            after: after.map(str::to_owned),
            order,
            limit,
            ..Query::default()
        };
        let within = |key: &&String| {
            key.starts_with(prefix)
                && after.is_none_or(|after| match order {
                    Order::Ascending => key.as_str() > after,
                    Order::Descending => key.as_str() < after,
                })
        };
        let mut expected: Vec<_> = self.keys.iter().filter(within).cloned().collect();
        if order == Order::Descending {
            expected.reverse();
        }
        let page = self.store.index(&self.tenant, query).await.expect("a page");
        let next = expected.get(limit - 1).filter(|_| expected.len() > limit);
        assert_eq!(page.next.as_ref(), next);
        expected.truncate(limit);
        assert_eq!(page.keys, expected);
    }
}

/// Of few letters, so that many share their beginnings; some as long as keys may be.
fn keys() -> impl Strategy<Value = String> {
    let short = "things/[ab/ä]{1,5}";
    let long = ("[abä]{0,3}", 900..MAX_KEY_BYTES - 20)
        .prop_map(|(end, bytes)| format!("things/{}{end}", "m".repeat(bytes)));
    prop_oneof![30 => short, 1 => long]
}

#[derive(Debug, Clone)]
enum Step {
    Add(Vec<String>),
    /// As many of those that are there, from a place on.
    Remove(Index, usize),
    Read(String, Option<String>, bool, usize),
}

fn steps() -> impl Strategy<Value = Step> {
    let read = (
        "things/[abä]{0,3}",
        proptest::option::of(keys()),
        any::<bool>(),
        1..200_usize,
    );
    prop_oneof![
        3 => vec(keys(), 1..120).prop_map(Step::Add),
        2 => (any::<Index>(), 1..300_usize).prop_map(|(place, count)| Step::Remove(place, count)),
        3 => read.prop_map(|(prefix, after, back, limit)| Step::Read(prefix, after, back, limit)),
    ]
}

async fn take(checked: &mut Checked<'_>, step: Step) {
    match step {
        Step::Add(keys) => {
            let keys: BTreeSet<_> = keys.into_iter().collect();
            checked.add(&keys.into_iter().collect::<Vec<_>>()).await;
        }
        Step::Remove(place, count) => {
            let from = place.index(checked.keys.len() + 1);
            let gone: Vec<_> = checked
                .keys
                .iter()
                .skip(from)
                .take(count)
                .cloned()
                .collect();
            checked.remove(&gone).await;
        }
        Step::Read(prefix, after, back, limit) => {
            let order = if back {
                Order::Descending
            } else {
                Order::Ascending
            };
            checked.check(&prefix, after.as_deref(), order, limit).await;
        }
    }
}

#[test]
fn an_index_is_a_set_in_order() {
    let runtime = Runtime::new().expect("a runtime");
    let (server, store) = runtime.block_on(async {
        let server = Server::start(DURABLE).await;
        let store = open(&server).await;
        (server, store)
    });
    let cases = AtomicUsize::new(0);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(48));
    let outcome = runner.run(&vec(steps(), 1..40), |steps| {
        let case = cases.fetch_add(1, Relaxed);
        let mut checked = Checked {
            store: &store,
            tenant: Tenant::parse(&format!("case-{case}")).expect("a tenant"),
            keys: BTreeSet::new(),
        };
        runtime.block_on(async {
            for step in steps {
                take(&mut checked, step).await;
            }
            checked
                .check("things/", None, Order::Ascending, 1_000)
                .await;
            let rest: Vec<_> = checked.keys.iter().cloned().collect();
            for keys in rest.chunks(500) {
                checked.remove(keys).await;
            }
            let pattern = format!("*{}*", checked.tenant);
            let left = server.command(&["KEYS", &pattern]).await.expect("names");
            assert_eq!(left, redis::Value::Array(Vec::new()));
        });
        Ok(())
    });
    outcome.expect("the index is like the set");
}

fn numbered(n: usize) -> String {
    // Spread, so that they come in no order.
    format!(
        "things/word/{:07}/con_0123456789abcdefghjkmnpqrs",
        n * 7_919 % 1_000_003
    )
}

/// What pages are for, with the keys that services make.
#[tokio::test]
async fn an_index_key_takes_few_bytes() -> Result<()> {
    const KEYS: usize = 20_000;
    let server = Server::start(DURABLE).await;
    let store = open(&server).await;
    let tenant = Tenant::parse("default")?;
    let names: Vec<_> = (0..KEYS).map(numbered).collect();
    for names in names.chunks(500) {
        let some = batch(|b| b.indexed.extend(names.iter().cloned()));
        store.commit(&tenant, some).await?;
    }
    let keys = server.command(&["KEYS", "*:x:things:*"]).await;
    let keys: Vec<String> = redis::from_redis_value(keys.expect("names")).expect("text");
    let mut bytes = 0;
    for key in &keys {
        bytes += integer(&server, &["MEMORY", "USAGE", key, "SAMPLES", "0"]).await;
    }
    assert!(bytes / KEYS < 60, "{} bytes each", bytes / KEYS);
    Ok(())
}

/// As stores held their names before there were pages.
async fn as_before(server: &Server, tenant: &Tenant, keys: &[String]) {
    let index = format!("sb:{{s{:03}}}:x:things:{tenant}", tenant.shard().0);
    for keys in keys.chunks(1_000) {
        let mut words = vec!["ZADD", &index];
        for key in keys {
            words.extend(["0", key.strip_prefix("things/").expect("of the scope")]);
        }
        server.must(&words).await;
    }
}

#[tokio::test]
async fn an_index_of_before_is_taken_over() -> Result<()> {
    let server = Server::start(DURABLE).await;
    let store = open(&server).await;
    let tenant = Tenant::parse("default")?;
    let old: Vec<_> = (0..9_000).map(numbered).collect();
    as_before(&server, &tenant, &old).await;
    let mut checked = Checked {
        store: &store,
        tenant: tenant.clone(),
        keys: old.iter().cloned().collect(),
    };
    let directory = format!("sb:{{s{:03}}}:x:things:{tenant}", tenant.shard().0);
    let mut members = old.len();
    // At first more than one call may take into pages, and keys between those that were and those that were not.
    for from in [20_000, 30_000, 40_000] {
        let new: Vec<_> = (from..from + 1_500).map(numbered).collect();
        checked.add(&new).await;
        checked.remove(&old[from / 10..from / 10 + 700]).await;
        for order in [Order::Ascending, Order::Descending] {
            checked.check("things/", None, order, 1_000).await;
            checked.check("things/word/04", None, order, 999).await;
            checked.check("things/", Some(&old[4]), order, 300).await;
        }
        let now = integer(&server, &["ZCARD", &directory]).await;
        assert!(now < members, "{now} of {members} stay as they were");
        members = now;
    }
    let all: Vec<_> = checked.keys.iter().cloned().collect();
    for keys in all.chunks(MAX_INDEX_WRITES) {
        checked.remove(keys).await;
    }
    checked.check("things/", None, Order::Ascending, 10).await;
    assert_eq!(integer(&server, &["DBSIZE"]).await, 1, "the sequence");
    Ok(())
}

/// A page is named by its first key, which may be somebody's name.
#[tokio::test]
async fn a_removed_key_is_left_nowhere() -> Result<()> {
    let server = Server::start(DURABLE).await;
    let store = open(&server).await;
    let tenant = Tenant::parse("default")?;
    let all = ["things/wanna/1", "things/wanna/2", "things/wbob/1"];
    let some = batch(|b| b.indexed.extend(all.map(str::to_owned)));
    store.commit(&tenant, some).await?;
    let anna = batch(|b| b.unindexed.extend(all[..2].iter().map(ToString::to_string)));
    store.commit(&tenant, anna).await?;
    let directory = format!("sb:{{s{:03}}}:x:things:{tenant}", tenant.shard().0);
    let members = server.must(&["ZRANGE", &directory, "0", "-1"]).await;
    let members: Vec<String> = redis::from_redis_value(members).expect("text");
    let (first, _) = members[0].split_once('\0').expect("a page");
    assert_eq!((members.len(), first), (1, "wbob/1"));
    let mut checked = Checked {
        store: &store,
        tenant,
        keys: BTreeSet::from([all[2].to_owned()]),
    };
    checked.add(&all.map(str::to_owned)).await;
    checked.check("things/", None, Order::Ascending, 10).await;
    Ok(())
}
