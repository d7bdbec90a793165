//! The presets of a tenant: one stored item, so that whoever makes variants reads them at once, and a commit that rests
//! on them can say so.

use imaging::{Form, Format};
use ports::{Batch, Error, Result};
use runtime::Invocation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const KEY: &str = "image-resize/presets";
/// Each one is made of every upload.
pub const MAX_PRESETS: usize = 50;

/// A named form of every picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    pub name: String,
    pub form: Form,
    /// The name of the only format that its variants are made in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Grows with each change.
    pub version: u64,
    /// Members of a newer version of the program, kept through a rollout.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Preset {
    #[must_use]
    pub fn path(&self) -> String {
        format!("/v1/presets/{}", self.name)
    }

    /// The only format of its variants; without one, callers choose.
    #[must_use]
    pub fn only(&self) -> Option<Format> {
        self.format.as_deref()?.parse().ok()
    }

    /// Is the same asked of a picture, whatever the version?
    #[must_use]
    pub fn asks_the_same(&self, other: &Self) -> bool {
        (&self.form, &self.format) == (&other.form, &other.format)
    }

    /// As the API shows it.
    #[must_use]
    pub fn view(&self) -> Value {
        let form = &self.form;
        json!({
            "name": self.name,
            "width": form.width,
            "height": form.height,
            "fit": form.fit,
            "gravity": form.gravity,
            "background": form.background,
            "blur": form.blur,
            "quality": form.quality,
            "format": self.format,
            "lossless": form.lossless,
            "enlarge": form.enlarge,
            "version": self.version,
        })
    }
}

/// All that a tenant has.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Presets {
    /// Those that were made or changed, by name.
    #[serde(default)]
    changed: BTreeMap<String, Preset>,
    /// The highest version of one that was deleted: a new one begins above it, so that no variant is taken for one that
    /// another preset of the same name made.
    #[serde(default)]
    used_up: u64,
    /// Of the item.
    #[serde(skip)]
    version: Option<u64>,
}

impl Presets {
    pub async fn of(invocation: &Invocation) -> Result<Self> {
        let Some(item) = invocation.store.get(&invocation.tenant, KEY).await? else {
            return Ok(Self::default());
        };
        let read: Self = serde_json::from_slice(&item.value)
            .map_err(|e| Error::internal("stored presets cannot be read").with_source(e))?;
        Ok(Self {
            version: Some(item.version),
            ..read
        })
    }

    /// Those that every tenant starts with, then the others by name.
    #[must_use]
    pub fn all(&self) -> Vec<Preset> {
        let given = given().map(|preset| self.changed.get(&preset.name).cloned().unwrap_or(preset));
        let made = self.changed.values();
        let made = made.filter(|preset| !is_given(&preset.name)).cloned();
        given.chain(made).collect()
    }

    #[must_use]
    pub fn find(&self, name: &str) -> Option<Preset> {
        let changed = self.changed.get(name).cloned();
        changed.or_else(|| given().find(|preset| preset.name == name))
    }

    /// In which order their variants are shown.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.all().into_iter().map(|preset| preset.name).collect()
    }

    /// The version that the first preset of a new name has.
    #[must_use]
    pub const fn next_version(&self) -> u64 {
        self.used_up + 1
    }

    /// With this one, new or changed.
    #[must_use]
    pub fn with(mut self, preset: Preset) -> Self {
        self.changed.insert(preset.name.clone(), preset);
        self
    }

    #[must_use]
    pub fn without(mut self, preset: &Preset) -> Self {
        self.changed.remove(&preset.name);
        self.used_up = self.used_up.max(preset.version);
        self
    }

    /// Writes them back on condition that nobody else did meanwhile.
    pub fn put(&self, batch: &mut Batch) -> Result<()> {
        let value = serde_json::to_vec(self)
            .map_err(|e| Error::internal("serialising presets").with_source(e))?;
        self.expect(batch);
        batch.put(KEY, value);
        Ok(())
    }

    /// Were both read between the same two changes?
    #[must_use]
    pub fn is_of(&self, other: &Self) -> bool {
        self.version == other.version
    }

    /// The commit rests on what was read.
    pub fn expect(&self, batch: &mut Batch) {
        batch.expect(KEY, self.version);
    }
}

/// Does every tenant have it? Such a preset can be changed, but stays.
#[must_use]
pub fn is_given(name: &str) -> bool {
    given().any(|preset| preset.name == name)
}

fn given() -> impl Iterator<Item = Preset> {
    imaging::presets().into_iter().map(|preset| Preset {
        name: preset.name.to_owned(),
        form: preset.form,
        format: None,
        version: 1,
        other: Map::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preset(name: &str, version: u64) -> Preset {
        Preset {
            name: name.to_owned(),
            form: Form::default(),
            format: None,
            version,
            other: Map::new(),
        }
    }

    #[test]
    fn every_tenant_starts_with_three() {
        let presets = Presets::default();
        assert_eq!(presets.names(), ["thumb", "small", "large"]);
        assert_eq!(presets.find("thumb").map(|thumb| thumb.version), Some(1));
        let changed = presets.with(preset("thumb", 2)).with(preset("hero", 1));
        assert_eq!(changed.names(), ["thumb", "small", "large", "hero"]);
        assert_eq!(changed.find("thumb"), Some(preset("thumb", 2)));
    }

    #[test]
    fn versions_of_deleted_presets_are_not_used_again() {
        let presets = Presets::default().with(preset("hero", 4));
        assert_eq!(presets.next_version(), 1);
        let presets = presets.without(&preset("hero", 4));
        assert_eq!((presets.find("hero"), presets.next_version()), (None, 5));
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let mut only = preset("hero", 2);
        only.format = Some("webp".to_owned());
        assert_eq!(only.only(), Some(Format::WebP));
        let presets = Presets::default().with(only.clone());
        let stored = serde_json::to_vec(&presets).unwrap();
        let read: Presets = serde_json::from_slice(&stored).unwrap();
        assert_eq!(read.find("hero"), Some(only));
    }
}
