//! Uploads in pieces, as the protocol tus 1.0.0 has them.

use crate::{
    client::{self, Reply},
    gallery::LARGEST,
    world::World,
};
use serde_json::Value;
use settings::Millis;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");
const PIECE: (&str, &str) = ("content-type", "application/offset+octet-stream");
const ENDPOINT: &str = "/v1/uploads";

async fn create(world: &World, length: usize, more: &[(&str, &str)]) -> Reply {
    let length = length.to_string();
    let fields = [&[TUS, ("upload-length", length.as_str())], more].concat();
    world.send("POST", ENDPOINT, &fields, b"").await
}

/// The path of a new upload.
async fn created(world: &World, length: usize) -> String {
    let reply = create(world, length, &[]).await;
    assert_eq!((reply.status, reply.field("tus-resumable")), (201, "1.0.0"));
    assert!(reply.field("upload-expires").ends_with(" GMT"));
    reply.field("location").to_owned()
}

async fn patch(world: &World, path: &str, offset: usize, bytes: &[u8]) -> Reply {
    patch_with(world, path, offset, bytes, &[]).await
}

async fn patch_with(
    world: &World,
    path: &str,
    offset: usize,
    bytes: &[u8],
    more: &[(&str, &str)],
) -> Reply {
    let offset = offset.to_string();
    let fields = [&[TUS, PIECE, ("upload-offset", offset.as_str())], more].concat();
    world.send("PATCH", path, &fields, bytes).await
}

async fn head(world: &World, path: &str) -> Reply {
    world.send("HEAD", path, &[TUS], b"").await
}

/// The `Authorization` of a new key with this scope.
async fn new_key(world: &World, scope: &str) -> String {
    let json = ("content-type", "application/json");
    let body = format!(r#"{{"name":"n","scopes":["{scope}"]}}"#);
    let mut made = world
        .send("POST", "/v1/keys", &[json], body.as_bytes())
        .await;
    let made: Value = made.json().await;
    format!("Bearer {}", made["secret"].as_str().expect("a secret"))
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_become_one_upload() {
    let world = World::start().await;
    // image/png, "a b" and "x.png"
    let metadata = "filetype aW1hZ2UvcG5n,title YSBi,filename eC5wbmc=";
    let reply = create(&world, 9, &[("upload-metadata", metadata)]).await;
    let path = reply.field("location").to_owned();
    for (offset, bytes) in [(0, "pix"), (3, "els"), (6, "!!!")] {
        let reply = head(&world, &path).await;
        assert_eq!((reply.status, reply.field("upload-length")), (200, "9"));
        assert_eq!(reply.field("upload-offset"), offset.to_string());
        assert_eq!(reply.field("upload-metadata"), metadata);
        assert_eq!(reply.field("cache-control"), "no-store");
        assert_eq!(world.taken(), 0);
        let reply = patch(&world, &path, offset, bytes.as_bytes()).await;
        assert_eq!(reply.status, 204);
        assert_eq!(reply.field("upload-offset"), (offset + 3).to_string());
        let is_last = offset == 6;
        assert_eq!(
            reply.field("upload-result").starts_with("/pictures/pic_"),
            is_last
        );
    }
    assert_eq!(world.taken(), 1);
    let reply = head(&world, &path).await;
    assert_eq!((reply.status, reply.field("upload-offset")), (200, "9"));
    assert!(reply.field("upload-result").starts_with("/pictures/"));
    // An empty piece at the end changes nothing, another one does not fit.
    assert_eq!(patch(&world, &path, 9, b"").await.status, 204);
    assert_eq!(patch(&world, &path, 6, b"!!!").await.status, 409);
    assert_eq!(world.taken(), 1);
    world.until("one blob", async || world.blobs() == 1).await;
    assert_eq!(world.send("DELETE", &path, &[TUS], b"").await.status, 204);
    assert_eq!(head(&world, &path).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_piece_may_come_with_the_beginning() {
    let world = World::start().await;
    let fields = [
        TUS,
        PIECE,
        ("upload-length", "6"),
        ("idempotency-key", "one"),
    ];
    let reply = world.send("POST", ENDPOINT, &fields, b"pix").await;
    assert_eq!((reply.status, reply.field("upload-offset")), (201, "3"));
    let again = world.send("POST", ENDPOINT, &fields, b"pix").await;
    assert_eq!((again.status, again.field("upload-offset")), (201, "3"));
    assert_eq!(again.field("location"), reply.field("location"));
    assert_eq!(
        patch(&world, reply.field("location"), 3, b"els")
            .await
            .status,
        204
    );
    let fields = [TUS, PIECE, ("upload-length", "6")];
    let whole = world.send("POST", ENDPOINT, &fields, b"pixels").await;
    assert_eq!((whole.status, whole.field("upload-offset")), (201, "6"));
    assert!(whole.field("upload-result").starts_with("/pictures/"));
    let empty = create(&world, 0, &[]).await;
    assert_eq!(empty.status, 201);
    assert_eq!(world.taken(), 3);
}

/// Begins an upload of six bytes with a first piece.
async fn begin_with(world: &World, bytes: &[u8], more: &[(&str, &str)]) -> Reply {
    let fields = [&[TUS, PIECE, ("upload-length", "6")], more].concat();
    world.send("POST", ENDPOINT, &fields, bytes).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_first_piece_shows_before_the_upload_is_there() {
    let world = World::with(|settings| settings.resumable_uploads = 1).await;
    let checksum = ("upload-checksum", "md5 kAFQmDzST7DWlj99KOF/cg==");
    assert_eq!(begin_with(&world, b"abc", &[checksum]).await.status, 400);
    assert_eq!(begin_with(&world, b"pixels!", &[]).await.status, 413);
    let bare = world.send("POST", ENDPOINT, &[TUS, ("upload-length", "0")], b"x");
    assert_eq!(bare.await.status, 413);
    // None of them counts.
    created(&world, 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_whose_first_piece_failed_can_go_on() {
    let world = World::start().await;
    // Of "abc".
    let checksum = ("upload-checksum", "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
    let refused = begin_with(&world, b"abd", &[checksum]).await;
    assert_eq!(refused.status, 460);
    let path = refused.field("location");
    assert_eq!(head(&world, path).await.field("upload-offset"), "0");
    let postponed = begin_with(&world, b"later!", &[]).await;
    assert_eq!(postponed.status, 503);
    let reply = head(&world, postponed.field("location")).await;
    assert!(reply.field("upload-result").starts_with("/pictures/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_offered_needs_no_key_and_all_else_does() {
    let world = World::start().await;
    let reply = world.bare("OPTIONS", ENDPOINT, &[]).await;
    assert_eq!((reply.status, reply.field("tus-version")), (204, "1.0.0"));
    assert_eq!(reply.field("tus-max-size"), LARGEST.to_string());
    assert_eq!(reply.field("tus-checksum-algorithm"), "sha1,sha256");
    assert!(
        reply
            .field("tus-extension")
            .contains("creation-with-upload")
    );
    let reply = world.bare("POST", ENDPOINT, &[TUS]).await;
    assert_eq!((reply.status, reply.field("tus-resumable")), (401, "1.0.0"));
    let path = created(&world, 5).await;
    let allow = world.bare("OPTIONS", &path, &[]).await;
    assert_eq!(allow.field("allow"), "DELETE, HEAD, PATCH, POST, OPTIONS");
    let key = new_key(&world, "images:read").await;
    let fields = [TUS, ("authorization", key.as_str()), ("upload-length", "5")];
    for (method, path) in [("POST", ENDPOINT), ("HEAD", &path), ("DELETE", &path)] {
        assert_eq!(
            world.bare(method, path, &fields).await.status,
            403,
            "{method}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_refused_before_a_byte_is_kept() {
    let world = World::start().await;
    let length = ("upload-length", "5");
    let large = (LARGEST + 1).to_string();
    for (status, fields) in [
        (412, vec![length]),
        (412, vec![length, ("tus-resumable", "0.2.2")]),
        (400, vec![TUS]),
        (400, vec![TUS, ("upload-length", "-1")]),
        (400, vec![TUS, length, ("upload-metadata", "a %")]),
        (400, vec![TUS, ("upload-defer-length", "1")]),
        (413, vec![TUS, ("upload-length", large.as_str())]),
        (
            415,
            vec![
                TUS,
                length,
                ("upload-metadata", "filetype dGV4dC9wbGFpbg=="),
            ],
        ),
        (415, vec![TUS, length, ("content-type", "image/png")]),
    ] {
        let reply = world.send("POST", ENDPOINT, &fields, b"").await;
        assert_eq!(
            (reply.status, reply.field("tus-resumable")),
            (status, "1.0.0"),
            "{fields:?}"
        );
    }
    let path = created(&world, 5).await;
    let offset = ("upload-offset", "0");
    for (status, fields) in [
        (412, vec![PIECE, offset]),
        (415, vec![TUS, offset, ("content-type", "image/png")]),
        (400, vec![TUS, PIECE]),
        (409, vec![TUS, PIECE, ("upload-offset", "3")]),
        (
            400,
            vec![TUS, PIECE, offset, ("upload-checksum", "md5 YQ==")],
        ),
    ] {
        let reply = world.send("PATCH", &path, &fields, b"pix").await;
        assert_eq!(
            (reply.status, reply.field("tus-resumable")),
            (status, "1.0.0"),
            "{fields:?}"
        );
    }
    assert_eq!(patch(&world, &path, 0, b"pixels").await.status, 413);
    let chunked = [
        TUS,
        PIECE,
        offset,
        ("transfer-encoding", "chunked"),
        ("authorization", "Bearer the-root-key"),
    ];
    let reply = client::send_raw(
        world.address(),
        "PATCH",
        &path,
        &chunked,
        b"6\r\npixels\r\n0\r\n\r\n",
    )
    .await;
    assert_eq!(reply.status, 413);
    assert_eq!(head(&world, &path).await.field("upload-offset"), "0");
    for nowhere in [
        "/v1/uploads/x",
        "/v1/uploads/upl_01h455vb4pex5vsknk084sn02q",
    ] {
        assert_eq!(head(&world, nowhere).await.status, 404);
        assert_eq!(patch(&world, nowhere, 0, b"x").await.status, 404);
        assert_eq!(world.send("DELETE", nowhere, &[TUS], b"").await.status, 404);
    }
    assert_eq!((world.taken(), world.blobs()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checksum_decides_over_a_piece() {
    let world = World::start().await;
    let path = created(&world, 6).await;
    // Of "abc".
    let sha1 = ("upload-checksum", "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
    let sha256 = (
        "upload-checksum",
        "sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
    );
    for (offset, checksum) in [(0, sha1), (3, sha256)] {
        let reply = patch_with(&world, &path, offset, b"abd", &[checksum]).await;
        assert_eq!((reply.status, reply.field("tus-resumable")), (460, "1.0.0"));
        assert_eq!(
            head(&world, &path).await.field("upload-offset"),
            offset.to_string()
        );
        let reply = patch_with(&world, &path, offset, b"abc", &[checksum]).await;
        assert_eq!(reply.status, 204);
    }
    assert_eq!(world.taken(), 1);
}

/// A request that has sent its head and these bytes, of ten that it has announced.
async fn halfway(
    world: &World,
    path: &str,
    bytes: &[u8],
    more: &[(&str, &str)],
) -> tokio::net::TcpStream {
    let fields = [
        TUS,
        PIECE,
        ("upload-offset", "0"),
        ("content-length", "10"),
        ("authorization", "Bearer the-root-key"),
    ];
    let fields = [&fields[..], more].concat();
    let mut connection = client::begin(world.address(), "PATCH", path, &fields).await;
    connection.write_all(bytes).await.expect("a connection");
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_before_the_connection_broke_is_kept() {
    let world = World::start().await;
    let path = created(&world, 10).await;
    let connection = halfway(&world, &path, b"pixel", &[]).await;
    world.until("a blob", async || world.blobs() > 0).await;
    drop(connection);
    world
        .until("the first half", async || {
            head(&world, &path).await.field("upload-offset") == "5"
        })
        .await;
    let mut reply = patch(&world, &path, 5, b"pixel").await;
    while reply.status == 423 {
        reply = patch(&world, &path, 5, b"pixel").await;
    }
    assert_eq!((reply.status, world.taken()), (204, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_a_piece_with_a_checksum_is_nothing() {
    let idle = Millis(Duration::from_millis(300));
    let world = World::with(|settings| settings.upload_idle_timeout = idle).await;
    let path = created(&world, 10).await;
    let checksum = ("upload-checksum", "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
    let connection = halfway(&world, &path, b"abc", &[checksum]).await;
    let reply = Reply::read(connection).await;
    assert_eq!(reply.status, 400);
    assert_eq!(head(&world, &path).await.field("upload-offset"), "0");
    // Without one, what has come before the pause is kept.
    let reply = Reply::read(halfway(&world, &path, b"abc", &[]).await).await;
    assert_eq!(reply.status, 408);
    assert_eq!(head(&world, &path).await.field("upload-offset"), "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_at_a_time_works_on_an_upload() {
    let world = World::start().await;
    let path = created(&world, 10).await;
    let mut first = halfway(&world, &path, b"pixel", &[]).await;
    world.until("a blob", async || world.blobs() > 0).await;
    let second = patch(&world, &path, 0, b"x").await;
    assert_eq!((second.status, second.field("retry-after")), (423, "1"));
    first.write_all(b"pixel").await.expect("a connection");
    assert_eq!(Reply::read(first).await.status, 204);
    assert_eq!(world.taken(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_upload_is_gone_also_for_who_is_at_work_on_it() {
    let world = World::start().await;
    let path = created(&world, 10).await;
    let mut first = halfway(&world, &path, b"pixel", &[]).await;
    world.until("a blob", async || world.blobs() > 0).await;
    assert_eq!(world.send("DELETE", &path, &[TUS], b"").await.status, 204);
    first.write_all(b"pixel").await.expect("a connection");
    assert_eq!(Reply::read(first).await.status, 410);
    world
        .until("404", async || head(&world, &path).await.status == 404)
        .await;
    world.until("no blob", async || world.blobs() == 0).await;
    let path = created(&world, 10).await;
    let fields = [TUS, ("x-http-method-override", "DELETE")];
    assert_eq!(world.send("POST", &path, &fields, b"").await.status, 204);
    assert_eq!(world.send("POST", &path, &[TUS], b"").await.status, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_not_wanted_ends() {
    let world = World::start().await;
    let path = created(&world, 4).await;
    assert_eq!(patch(&world, &path, 0, b"no").await.status, 204);
    let mut reply = patch(&world, &path, 2, b"!!").await;
    assert_eq!((reply.status, reply.field("tus-resumable")), (415, "1.0.0"));
    assert_eq!(reply.json().await["detail"], "no picture");
    world
        .until("404", async || head(&world, &path).await.status == 404)
        .await;
    world.until("no blob", async || world.blobs() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_handed_over_now_is_handed_over_later() {
    let world = World::start().await;
    let path = created(&world, 6).await;
    let reply = patch(&world, &path, 0, b"later!").await;
    assert_eq!(reply.status, 503);
    world
        .until("the piece alone", async || world.blobs() == 1)
        .await;
    let reply = head(&world, &path).await;
    assert_eq!((reply.status, reply.field("upload-offset")), (200, "6"));
    assert!(reply.field("upload-result").starts_with("/pictures/"));
    assert_eq!(world.taken(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_brings_an_upload_to_its_end_does_so_for_who_has_begun_it() {
    let world = World::start().await;
    let path = created(&world, 6).await;
    let other = new_key(&world, "images:write").await;
    let fields = [
        TUS,
        PIECE,
        ("upload-offset", "0"),
        ("authorization", other.as_str()),
    ];
    let patch = client::send(world.address(), "PATCH", &path, &fields, b"later!");
    assert_eq!(patch.await.status, 503);
    let reply = head(&world, &path).await;
    assert!(reply.field("upload-result").starts_with("/pictures/"));
    assert_eq!(world.takers(), ["root", "root"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_takes_too_long_leaves_nothing() {
    let lifetime = Millis(Duration::from_secs(2));
    let world = World::with(|settings| settings.resumable_lifetime = lifetime).await;
    let path = created(&world, 10).await;
    assert_eq!(patch(&world, &path, 0, b"pixel").await.status, 204);
    world
        .until("404", async || head(&world, &path).await.status == 404)
        .await;
    assert_eq!(patch(&world, &path, 5, b"pixel").await.status, 404);
    world.until("no blob", async || world.blobs() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_has_so_many_unfinished_uploads() {
    let world = World::with(|settings| {
        settings.resumable_uploads = 3;
        settings.resumable_bytes = 100;
    })
    .await;
    assert_eq!(create(&world, 101, &[]).await.status, 429);
    let path = created(&world, 60).await;
    assert_eq!(create(&world, 50, &[]).await.status, 429);
    world.send("DELETE", &path, &[TUS], b"").await;
    let mut all = Vec::new();
    for _ in 0..8 {
        all.push(create(&world, 1, &[]));
    }
    let replies = futures_util::future::join_all(all).await;
    let made: Vec<_> = replies.iter().filter(|reply| reply.status == 201).collect();
    assert_eq!(made.len(), 3);
    assert!(
        replies
            .iter()
            .all(|reply| matches!(reply.status, 201 | 429))
    );
    let refused = replies
        .iter()
        .find(|reply| reply.status == 429)
        .expect("a refusal");
    assert!(!refused.field("retry-after").is_empty());
    // A finished one makes room.
    assert_eq!(
        patch(&world, made[0].field("location"), 0, b"x")
            .await
            .status,
        204
    );
    assert_eq!(create(&world, 1, &[]).await.status, 201);
}
