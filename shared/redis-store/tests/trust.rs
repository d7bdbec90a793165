//! Which servers and users a store accepts.

#![allow(clippy::expect_used)] // in the helpers of tests, too

mod common;

use common::{DURABLE, Server};
use conformance::{
    refused,
    store::{batch, event},
};
use ports::{
    Kind, Result, Store, Tenant,
    store::{Query, Read},
};
use redis_store::{Options, RedisStore};
use std::sync::Arc;

async fn connect(url: &str, allow_unsafe: bool) -> Result<Arc<RedisStore>> {
    let options = Options {
        allow_unsafe,
        ..Options::default()
    };
    redis_store::connect(url, options).await
}

fn tenant() -> Tenant {
    Tenant::parse("default").expect("a tenant")
}

async fn index(store: &RedisStore, prefix: &str) -> Result<Vec<String>> {
    let query = Query {
        prefix: prefix.to_owned(),
        limit: 10,
        ..Query::default()
    };
    Ok(store.index(&tenant(), query).await?.keys)
}

/// Makes a user with these rights and gives the URL to come in by.
async fn user(server: &Server, rights: &[&str]) -> String {
    let words = [&["ACL", "SETUSER", "phonebook", "on", ">secret"], rights].concat();
    server.command(&words).await.expect("the user is made");
    server
        .url()
        .replace("redis://", "redis://phonebook:secret@")
}

#[tokio::test]
async fn servers_that_forget_are_refused() {
    let evicting: &[&str] = &[
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
        "--maxmemory-policy",
        "allkeys-lru",
    ];
    let everysec: &[&str] = &["--appendonly", "yes"];
    let volatile: &[&str] = &["--appendonly", "no"];
    for (settings, needed) in [
        (evicting, "maxmemory-policy to noeviction"),
        (everysec, "appendfsync to always"),
        (volatile, "appendonly to yes"),
    ] {
        let server = Server::start(settings).await;
        let error = connect(&server.url(), false).await.err().expect(needed);
        assert_eq!(error.kind(), Kind::Invalid);
        assert!(error.to_string().contains(needed), "{error}");
        assert!(connect(&server.url(), true).await.is_ok());
    }
}

/// Redis reads its append-only file with the default user's rights, and drops what they do not allow.
#[tokio::test]
async fn a_server_that_would_not_read_its_log_is_refused() -> Result<()> {
    let server = Server::start(DURABLE).await;
    let url = user(&server, &["~*", "&*", "+@all"]).await;
    connect(&url, false).await?;
    let stripped = ["ACL", "SETUSER", "default", "off", "resetkeys", "-@all"];
    server
        .command(&stripped)
        .await
        .expect("the user is changed");
    let error = connect(&url, false).await.err().expect("a refusal");
    assert_eq!(error.kind(), Kind::Invalid);
    assert!(error.to_string().contains("the user default"), "{error}");
    assert!(connect(&url, true).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn without_config_the_server_s_state_must_do() {
    let everything = ["~*", "&*", "+@all", "-config"];
    let durable = Server::start(DURABLE).await;
    let url = user(&durable, &everything).await;
    assert!(connect(&url, false).await.is_ok());
    let volatile = Server::start(&["--appendonly", "no"]).await;
    let url = user(&volatile, &everything).await;
    assert_eq!(refused(connect(&url, false).await), Kind::Invalid);
}

#[tokio::test]
async fn no_server_is_unavailable() {
    let mut server = Server::start(DURABLE).await;
    server.kill();
    let outcome = connect(&server.url(), false).await;
    assert_eq!(refused(outcome), Kind::Unavailable);
}

/// The rights that the crate's documentation tells a service to be given.
#[tokio::test]
async fn a_user_reaches_its_own_scopes_only() -> Result<()> {
    let server = Server::start(DURABLE).await;
    let rights = [
        "~sb:{s???}:i:phonebook:*",
        "~sb:{s???}:k:phonebook:*",
        "~sb:{s???}:x:phonebook:*",
        "~sb:{s???}:due:phonebook",
        "~sb:{s???}:i:events:*",
        "~sb:{s???}:k:events:*",
        "~sb:{s???}:seq",
        "~sb:{s???}:log:*",
        "~sb:{s???}:out",
        "~sb:{s???}:armed",
        "&sb:hints",
        "+@all",
    ];
    let (tenant, everyone) = (tenant(), connect(&server.url(), false).await?);
    let store = connect(&user(&server, &rights).await, false).await?;
    let own = batch(|b| {
        b.put("phonebook/one", "x").event(event("one"));
        b.index("phonebook/word/one");
    });
    store.commit(&tenant, own).await?;
    assert_eq!(index(&store, "phonebook/").await?, ["phonebook/word/one"]);
    let items = batch(|b| {
        b.put("phonebook/two", "x").put("uploads/one", "x");
    });
    let indexes = batch(|b| {
        b.put("phonebook/two", "x").index("phonebook/word/two");
        b.index("uploads/one");
    });
    // The right to one of two scopes does not write half of the commit.
    for both in [items, indexes] {
        assert_eq!(refused(store.commit(&tenant, both).await), Kind::Invalid);
        let two = everyone.get(&tenant, "phonebook/two", Read::Strong).await?;
        assert_eq!(two, None);
        let words = index(&everyone, "phonebook/").await?;
        assert_eq!(words, ["phonebook/word/one"]);
    }
    assert_eq!(refused(index(&store, "uploads/").await), Kind::Invalid);
    let foreign = store.get(&tenant, "uploads/one", Read::Strong).await;
    assert_eq!(refused(foreign), Kind::Invalid);
    let query = Query {
        prefix: "uploads/".to_owned(),
        limit: 1,
        ..Query::default()
    };
    assert_eq!(refused(store.query(&tenant, query).await), Kind::Invalid);
    Ok(())
}
