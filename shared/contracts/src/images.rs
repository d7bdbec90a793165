//! What `image-resize` is asked and what it says.

use serde::{Deserialize, Serialize};

/// Message to `image-resize`: adopt an uploaded blob as a new image.
pub const CREATE: &str = "image.create.v1";
/// Message to `image-resize`: delete an image and its bytes.
pub const DELETE: &str = "image.delete.v1";

pub const UPLOADED: &str = "image.uploaded.v1";
pub const READY: &str = "image.ready.v1";
pub const FAILED: &str = "image.failed.v1";
pub const DELETED: &str = "image.deleted.v1";

/// Where the bytes of an image live: the blob keys follow from tenant and image id alone.
#[must_use]
pub fn original_key(tenant: &str, image_id: &str) -> String {
    format!("{tenant}/{image_id}/original")
}

/// Of a variant by that version of its preset. Each version has a place of its own: a writer that was overtaken by a change of
/// the preset leaves the bytes alone that are served since.
#[must_use]
pub fn variant_key(
    tenant: &str,
    image_id: &str,
    variant: &str,
    version: u64,
    extension: &str,
) -> String {
    format!("{tenant}/{image_id}/{variant}.v{version}.{extension}")
}

/// Data of [`CREATE`]. The subject is the image id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CreateImage {
    pub image_id: String,
    /// Blob key of the uploaded bytes, already adopted by the sender's commit.
    pub blob: String,
    pub bytes: u64,
    pub sha256: String,
    #[serde(default)]
    pub presets: Vec<String>,
    /// What the image is for, for example a contact's id; echoed in the image's events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// Data of [`DELETE`]. The subject is the image id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeleteImage {
    pub image_id: String,
}

/// One stored form of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The preset's name.
    pub name: String,
    pub width: u32,
    pub height: u32,
    /// `jpeg`, `png` and so on.
    pub format: String,
    pub bytes: u64,
    pub sha256: String,
    pub url: String,
    /// Of the preset, when it was made.
    #[serde(default = "first")]
    pub version: u64,
    /// Blob key; for services only, the API's answers leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
}

const fn first() -> u64 {
    1
}

/// Data of every `image.*` event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImageChanged {
    pub image_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// `processing`, `ready`, `failed` or `deleted`.
    pub status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    pub bytes: u64,
    pub sha256: String,
    #[serde(default)]
    pub variants: Vec<Variant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
