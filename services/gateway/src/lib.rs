//! The only public door. It knows no domain: what it routes to whom, and under which rules, the services' own
//! descriptions say.

pub mod domain;
pub mod edge;
pub mod handlers;
pub mod root_key;
mod routes;

use actix_web::web::Data;
use domain::resumable::Quota;
use handlers::{erase::Erase, leftovers::Leftovers, own::Own, sweep::Sweep};
use ports::{Blobs, Store};
use runtime::Service;
use std::sync::Arc;

pub use edge::Gateway;

/// Access to every tenant's partition, which only the keeper of tenants and keys has.
#[derive(Clone)]
pub struct Accounts {
    pub store: Arc<dyn Store>,
    pub blobs: Arc<dyn Blobs>,
}

/// The gateway's own resources as a service: keys, tenants, signed URLs, resumable uploads, jobs, dead letters.
#[must_use]
pub fn service(accounts: &Accounts, settings: &settings::Gateway) -> Service {
    let data = Data::new(accounts.clone());
    let quota = Quota {
        uploads: settings.resumable_uploads,
        bytes: settings.resumable_bytes,
        lifetime: settings.resumable_lifetime.0,
    };
    Service {
        name: "gateway",
        openapi: serde_json::from_str(include_str!("../openapi.json")).unwrap_or_default(),
        routes: Arc::new(move |config| routes::configure(config, &data, quota)),
        consumer: None,
        due: vec![
            (
                "uploads",
                Arc::new(Sweep {
                    blobs: accounts.blobs.clone(),
                }),
            ),
            (
                "gateway",
                Arc::new(Own {
                    erase: Erase {
                        accounts: accounts.clone(),
                    },
                    leftovers: Leftovers {
                        blobs: accounts.blobs.clone(),
                    },
                }),
            ),
        ],
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_description_is_json_with_paths() {
        let document: serde_json::Value =
            serde_json::from_str(include_str!("../openapi.json")).unwrap();
        assert!(
            document["paths"]
                .as_object()
                .is_some_and(|paths| paths.len() >= 8)
        );
    }
}
