//! The tree of index keys beside the data file: it may be behind after a power cut, and must never be another file's.

#![allow(clippy::expect_used)] // in the helpers of tests, too

use embedded::{Embedded, open};
use ports::{Batch, Store, Tenant, store::Query};
use std::{fs, path::Path};

/// More than what the data file keeps for a tree that is behind.
const MANY_BYTES: usize = 40 << 20;
const KEYS: usize = 900;

fn tenant() -> Tenant {
    Tenant::parse("tenant").expect("a tenant")
}

#[tokio::main(flavor = "current_thread")]
async fn write(folder: &Path, batches: impl IntoIterator<Item = Batch>) {
    let Embedded { store, .. } = open(folder).expect("the folder opens");
    for batch in batches {
        store.commit(&tenant(), batch).await.expect("committed");
    }
}

#[tokio::main(flavor = "current_thread")]
async fn keys(folder: &Path) -> Vec<String> {
    let Embedded { store, .. } = open(folder).expect("the folder opens");
    let query = Query {
        prefix: "things/".into(),
        limit: 500,
        ..Query::default()
    };
    let page = store.index(&tenant(), query).await.expect("readable");
    page.keys
}

fn added(key: &str) -> Batch {
    let mut batch = Batch::new();
    batch.index(format!("things/{key}"));
    batch
}

fn removed(key: &str) -> Batch {
    let mut batch = Batch::new();
    batch.unindex(format!("things/{key}"));
    batch
}

/// Commits of many long keys.
fn many() -> impl Iterator<Item = Batch> {
    let padding = "x".repeat(500);
    (0..MANY_BYTES / (KEYS * padding.len())).map(move |number| {
        let mut batch = Batch::new();
        for key in 0..KEYS {
            batch.index(format!("other/{number}/{key}/{padding}"));
        }
        batch
    })
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("readable") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn a_tree_that_lost_its_latest_writes_catches_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let (index, earlier) = (folder.path().join("index"), folder.path().join("earlier"));
    write(folder.path(), [added("a"), added("b")]);
    copy(&index, &earlier);
    write(
        folder.path(),
        [removed("a"), added("c"), added("a"), removed("b")],
    );
    fs::remove_dir_all(&index).expect("removed");
    fs::rename(&earlier, &index).expect("put back");
    assert_eq!(keys(folder.path()), ["things/a", "things/c"]);
}

#[test]
fn a_tree_that_is_too_old_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), many());
    write(folder.path(), [added("a")]);
    assert_eq!(keys(folder.path()), ["things/a"]);
    fs::remove_dir_all(folder.path().join("index")).expect("removed");
    refused(folder.path(), "older");
}

#[test]
fn a_tree_of_a_later_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), [added("a")]);
    let file = folder.path().join("switchboard.redb");
    let earlier = fs::read(&file).expect("readable");
    write(folder.path(), [added("b")]);
    fs::write(&file, earlier).expect("put back");
    refused(folder.path(), "newer");
    fs::remove_file(&file).expect("removed");
    refused(folder.path(), "newer");
}

fn refused(folder: &Path, how: &str) {
    let error = open(folder).err().expect("refused").to_string();
    assert!(
        error.contains(how) && error.contains("restore both"),
        "{error}"
    );
}
