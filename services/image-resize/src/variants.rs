//! Variants on their way into the blob store.

use crate::model::{Image, Preset};
use bytes::Bytes;
use contracts::images::{self, Variant};
use futures_util::{StreamExt, future, stream};
use imaging::Encoded;
use ports::{Result, blobs::Stored};
use runtime::Invocation;

/// Writes what was made, in the order of the presets.
pub async fn store(
    invocation: &Invocation,
    image: &Image,
    presets: &[Preset],
    mut made: Vec<Encoded>,
) -> Result<Vec<Variant>> {
    let place = |name: &str| presets.iter().position(|preset| preset.name == name);
    made.sort_by_key(|encoded| place(&encoded.name));
    let version = |name: &str| {
        let preset = presets.iter().find(|preset| preset.name == name);
        preset.map_or(1, |preset| preset.version)
    };
    let writes = made.into_iter().map(|encoded| {
        let version = version(&encoded.name);
        write(invocation, image, encoded, version)
    });
    future::try_join_all(writes).await
}

async fn write(
    invocation: &Invocation,
    image: &Image,
    encoded: Encoded,
    version: u64,
) -> Result<Variant> {
    let (tenant, id, name) = (invocation.tenant.as_str(), &image.id, &encoded.name);
    let extension = encoded.format.extension();
    let key = images::variant_key(tenant, id, name, version, extension);
    let url = format!("/v1/images/{id}/{name}?v={version}");
    let stored = put(invocation, &key, encoded.bytes).await?;
    Ok(Variant {
        url,
        name: encoded.name,
        width: encoded.width,
        height: encoded.height,
        format: encoded.format.name().to_owned(),
        bytes: stored.bytes,
        sha256: stored.sha256,
        version,
        blob: Some(key),
    })
}

/// Writes bytes that are in memory.
pub async fn put(invocation: &Invocation, key: &str, bytes: Vec<u8>) -> Result<Stored> {
    let limit = bytes.len() as u64;
    let body = stream::once(future::ready(Ok(Bytes::from(bytes)))).boxed();
    invocation.blobs.put(key, body, limit).await
}
