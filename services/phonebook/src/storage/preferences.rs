//! What a tenant wants otherwise than the installation has it.

use super::keys;
use ports::{Batch, Error, Result};
use runtime::Invocation;
use serde::{Deserialize, Serialize};
use web::EntityTag;

/// `None`: as the installation has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// 0 before the first change.
    pub version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

impl Preferences {
    #[must_use]
    pub fn etag(&self) -> EntityTag {
        EntityTag::new(format_args!("v{}", self.version))
    }
}

/// Preferences as they were read.
#[derive(Debug, Default)]
pub struct Found {
    pub preferences: Preferences,
    item_version: Option<u64>,
}

pub async fn find(invocation: &Invocation) -> Result<Found> {
    let (store, tenant) = (&invocation.store, &invocation.tenant);
    let Some(item) = store.get(tenant, keys::PREFERENCES).await? else {
        return Ok(Found::default());
    };
    let unreadable = |e| Error::internal("stored preferences cannot be read").with_source(e);
    Ok(Found {
        preferences: serde_json::from_slice(&item.value).map_err(unreadable)?,
        item_version: Some(item.version),
    })
}

pub fn update(found: &Found, after: &Preferences) -> Result<Batch> {
    let value = serde_json::to_vec(after)
        .map_err(|e| Error::internal("serialising preferences").with_source(e))?;
    let mut batch = Batch::new();
    batch
        .expect(keys::PREFERENCES, found.item_version)
        .put(keys::PREFERENCES, value);
    Ok(batch)
}
