//! Names of blobs.

use super::helpers::{ROOMY, chunks, list, put, read};
use crate::{refused, unique};
use ports::{Blobs, Kind, Result};
use std::sync::Arc;

pub async fn hostile_keys_are_refused(blobs: Arc<dyn Blobs>) -> Result<()> {
    let too_long = "k/".repeat(300) + "k";
    let long_segment = format!("a/{}", "k".repeat(251));
    let hostile = [
        "",
        "/",
        "/etc/passwd",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/./b",
        ".hidden",
        "a/.hidden",
        "a\\b",
        "a b",
        "a\0b",
        "a%2e%2e",
        "a#1",
        "é",
        "a:b",
        "a\nb",
        "a*",
        "~",
        too_long.as_str(),
        long_segment.as_str(),
    ];
    for key in hostile {
        let put = blobs.put(key, chunks(["x"]), ROOMY).await;
        assert_eq!(refused(put), Kind::Invalid, "putting {key:?}");
        let get = blobs.get(key, None).await;
        assert_eq!(refused(get), Kind::Invalid, "getting {key:?}");
        let size = blobs.size(key).await;
        assert_eq!(refused(size), Kind::Invalid, "the size of {key:?}");
        let delete = blobs.delete(key).await;
        assert_eq!(refused(delete), Kind::Invalid, "deleting {key:?}");
        let list = blobs.list(key).await;
        assert_eq!(refused(list), Kind::Invalid, "listing {key:?}");
    }
    Ok(())
}

pub async fn every_allowed_character_works(blobs: Arc<dyn Blobs>) -> Result<()> {
    let folder = unique("tenant");
    // Upper and lower case are different letters.
    let keys = ["A-Z_a.z-09/x..y/-", "a-z_A.Z-09/X..Y/-", "a-z_A.Z-09/_"]
        .map(|key| format!("{folder}/{key}"));
    for (key, body) in keys.iter().zip(["first", "second", "third"]) {
        put(&*blobs, key, body).await?;
    }
    for (key, body) in keys.iter().zip(["first", "second", "third"]) {
        assert_eq!(read(&*blobs, key, None).await?, body);
    }
    let mut sorted = keys;
    sorted.sort_unstable();
    assert_eq!(list(&*blobs, &folder).await?, sorted);
    let long = format!("{folder}/{}", "k".repeat(250));
    let deep = format!("{folder}/{}x", "k/".repeat(200));
    for key in [long, deep] {
        put(&*blobs, &key, "far").await?;
        assert_eq!(read(&*blobs, &key, None).await?, "far");
    }
    Ok(())
}

pub async fn listing_sees_whole_segments(blobs: Arc<dyn Blobs>) -> Result<()> {
    let folder = unique("tenant");
    let keys = ["img_1/a", "img_1/b/c", "img_10/a", "img_1x/a"];
    for key in keys {
        put(&*blobs, &format!("{folder}/{key}"), "x").await?;
    }
    let expected = ["img_1/a", "img_1/b/c"].map(|key| format!("{folder}/{key}"));
    assert_eq!(list(&*blobs, &format!("{folder}/img_1")).await?, expected);
    let expected = keys.map(|key| format!("{folder}/{key}"));
    assert_eq!(list(&*blobs, &folder).await?, expected);
    assert_eq!(list(&*blobs, &format!("{folder}/img")).await?, [""; 0]);
    // A tenant whose name begins with another's.
    let longer = format!("{folder}x");
    put(&*blobs, &format!("{longer}/img_1/a"), "x").await?;
    assert_eq!(list(&*blobs, &folder).await?.len(), keys.len());
    Ok(())
}
