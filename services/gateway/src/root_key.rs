//! The key that an installation starts with.

use crate::domain::key::{self, KeySecret};
use ports::{Batch, Kind, Result, Store, Tenant, Timestamp, store::Read};
use serde::{Deserialize, Serialize};
use settings::Secret;
use std::net::SocketAddr;

const STORED: &str = "gateway/root";

#[derive(Serialize, Deserialize)]
struct Root {
    digest: String,
    created_at: Timestamp,
}

/// The root key's digest, and its secret if it was made just now and must be shown.
pub struct RootKey {
    pub digest: String,
    pub fresh: Option<KeySecret>,
}

/// A key from the settings wins; otherwise the stored one; otherwise a new one, which only its maker ever sees.
pub async fn establish(store: &dyn Store, configured: Option<&Secret>) -> Result<RootKey> {
    if let Some(secret) = configured {
        return Ok(RootKey {
            digest: key::digest(secret.expose()),
            fresh: None,
        });
    }
    let tenant = Tenant::parse(Tenant::DEFAULT)?;
    if let Some(digest) = stored(store, &tenant).await? {
        return Ok(RootKey {
            digest,
            fresh: None,
        });
    }
    let secret = KeySecret::generate(&tenant);
    let digest = key::digest(secret.expose());
    let root = Root {
        digest: digest.clone(),
        created_at: Timestamp::now(),
    };
    let value = serde_json::to_vec(&root)
        .map_err(|e| ports::Error::internal("serialising the root key").with_source(e))?;
    let mut batch = Batch::new();
    batch.expect(STORED, None).put(STORED, value);
    match store.commit(&tenant, batch).await {
        Ok(_) => Ok(RootKey {
            digest,
            fresh: Some(secret),
        }),
        // Another gateway was faster, and shows its key.
        Err(error) if error.kind() == Kind::Conflict => {
            let digest = stored(store, &tenant).await?.ok_or(error)?;
            Ok(RootKey {
                digest,
                fresh: None,
            })
        }
        Err(error) => Err(error),
    }
}

async fn stored(store: &dyn Store, tenant: &Tenant) -> Result<Option<String>> {
    let Some(item) = store.get(tenant, STORED, Read::Strong).await? else {
        return Ok(None);
    };
    let root: Root = serde_json::from_slice(&item.value)
        .map_err(|e| ports::Error::internal("the stored root key").with_source(e))?;
    Ok(Some(root.digest))
}

/// Tells the operator where the API is and, on the first start, the key that nobody can be told again.
#[expect(
    clippy::print_stdout,
    reason = "the secret is for the terminal and must not be in the log"
)]
pub fn show(root: &RootKey, address: SocketAddr) {
    println!("Switchboard listens on http://{address}");
    println!("  API documentation  http://{address}/docs/");
    match &root.fresh {
        Some(secret) => println!(
            "  admin key          {}   (shown this once; keep it)",
            secret.expose()
        ),
        None => println!("  admin key          the one that was set or shown before"),
    }
}
