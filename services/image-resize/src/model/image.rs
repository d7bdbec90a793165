use contracts::images::{CreateImage, Variant};
use imaging::Header;
use ports::{Batch, Error, Result};
use runtime::Invocation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The stored item of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    pub id: String,
    /// Blob key of the bytes as they came.
    pub blob: String,
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// Names of the presets to make; never empty.
    pub presets: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The job that shows this image's progress, when a caller is following it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// What the header told, or the decoded picture when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Facts>,
    pub state: State,
    /// How often the work on it was begun, and how often it was put off in good order. What is missing between the two
    /// broke off: the process died of something, perhaps of this very picture.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempts: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub put_off: u32,
    /// Members of a newer version, kept through a rollout.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Of the upright picture, in pixels.
    pub width: u32,
    pub height: u32,
    pub format: String,
    #[serde(default)]
    pub has_alpha: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum State {
    Processing,
    Ready(Ready),
    Failed { error: String },
}

/// What was made of the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// In base64.
    pub thumbhash: String,
    /// `#rrggbb`.
    pub dominant_color: String,
    pub variants: Vec<Variant>,
}

impl Facts {
    #[must_use]
    pub fn of(header: &Header) -> Self {
        Self {
            width: header.width,
            height: header.height,
            format: header.format.name().to_owned(),
            has_alpha: header.has_alpha,
        }
    }
}

impl State {
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Ready(_) => "ready",
            Self::Failed { .. } => "failed",
        }
    }
}

impl Image {
    /// An image whose variants are still to be made.
    #[must_use]
    pub fn new(create: CreateImage, presets: Vec<String>) -> Self {
        Self {
            id: create.image_id,
            blob: create.blob,
            bytes: create.bytes,
            sha256: create.sha256,
            presets,
            owner: create.owner,
            job: None,
            facts: None,
            state: State::Processing,
            attempts: 0,
            put_off: 0,
            other: Map::new(),
        }
    }

    #[must_use]
    pub fn variants(&self) -> &[Variant] {
        match &self.state {
            State::Ready(ready) => &ready.variants,
            State::Processing | State::Failed { .. } => &[],
        }
    }

    /// The variants of one preset, each in its format.
    pub fn variants_of(&self, name: &str) -> impl Iterator<Item = &Variant> {
        let variants = self.variants().iter();
        variants.filter(move |variant| variant.name == name)
    }

    /// Is some of it transparent?
    #[must_use]
    pub fn has_alpha(&self) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.has_alpha)
    }

    /// How often the work on it broke off.
    #[must_use]
    pub const fn broken_off(&self) -> u32 {
        self.attempts.saturating_sub(self.put_off)
    }

    #[must_use]
    pub fn error(&self) -> Option<&str> {
        match &self.state {
            State::Failed { error } => Some(error),
            State::Processing | State::Ready(_) => None,
        }
    }

    pub fn put(&self, batch: &mut Batch) -> Result<()> {
        let value = serde_json::to_vec(self)
            .map_err(|e| Error::internal(format!("serialising {}", self.id)).with_source(e))?;
        batch.put(key(&self.id), value);
        Ok(())
    }
}

/// An image as it was read, with the version to write it back by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub image: Image,
    pub version: u64,
}

/// What the keys of images begin with: they lie in the order in which they came.
pub const IMAGES: &str = "image-resize/image/";

/// Store key of an image.
#[must_use]
pub fn key(id: &str) -> String {
    format!("{IMAGES}{id}")
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

pub fn decode(value: &[u8]) -> Result<Image> {
    serde_json::from_slice(value)
        .map_err(|e| Error::internal("a stored image cannot be read").with_source(e))
}

pub async fn find(invocation: &Invocation, id: &str) -> Result<Option<Found>> {
    let Some(item) = invocation.store.get(&invocation.tenant, &key(id)).await? else {
        return Ok(None);
    };
    Ok(Some(Found {
        image: decode(&item.value)?,
        version: item.version,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_of_a_newer_version_survive() {
        let stored = json!({
            "id": "img_1", "blob": "t/uploads/u", "bytes": 5, "sha256": "ab", "presets": ["thumb"],
            "state": {"status": "failed", "error": "broken"}, "caption": {"en": "later"},
        });
        let image = decode(stored.to_string().as_bytes()).unwrap();
        assert_eq!(image.error(), Some("broken"));
        assert_eq!(serde_json::to_value(&image).unwrap(), stored);
    }
}
