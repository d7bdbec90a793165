//! A tenant for one run: all that the run leaves behind goes with it.

use crate::http::{Connection, Target};
use anyhow::ensure;
use serde::Deserialize;

/// What the gateway answers to who founds a tenant.
#[derive(Deserialize)]
pub struct Founded {
    pub id: String,
    pub key: Key,
}

#[derive(Deserialize)]
pub struct Key {
    pub secret: String,
}

pub struct Tenant {
    /// The same gateway, with a key that may do everything in the tenant.
    pub target: Target,
    id: String,
}

impl Tenant {
    pub async fn found(root: &Target) -> anyhow::Result<Self> {
        let request = root.post_json("/v1/tenants", r#"{"name":"bench"}"#);
        let founded: Founded = Connection::open(root).await?.json(&request).await?;
        let url = format!("http://{}", root.address);
        Ok(Self {
            target: Target::new(&url, &founded.key.secret)?,
            id: founded.id,
        })
    }

    /// Its bytes go a little later.
    pub async fn erase(self, root: &Target) -> anyhow::Result<()> {
        let request = root.request("DELETE", &format!("/v1/tenants/{}", self.id));
        let status = Connection::open(root)
            .await?
            .exchange(&request)
            .await?
            .status;
        ensure!(
            (200..300).contains(&status),
            "erasing the tenant {}: {status}",
            self.id
        );
        Ok(())
    }
}
