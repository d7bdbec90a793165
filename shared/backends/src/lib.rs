//! From URLs to adapters. The only crate that knows which there are.

use ports::{Blobs, Bus, Error, Result, Store};
use settings::{Secret, Settings};
use std::{path::PathBuf, sync::Arc};

const EMBEDDED: &str = "embedded:";

/// The three doors of a process.
pub struct Opened {
    pub store: Arc<dyn Store>,
    pub bus: Arc<dyn Bus>,
    pub blobs: Arc<dyn Blobs>,
}

/// Opens what the settings name. `embedded:` store and bus share one database in the data folder.
pub async fn open(settings: &Settings) -> Result<Opened> {
    let data = &settings.data_dir.0;
    let (bus_url, store_url) = (settings.bus.url.expose(), settings.store.url.expose());
    let embedded = if bus_url == EMBEDDED || store_url == EMBEDDED {
        let options = embedded::Options {
            outbox_quota: settings.store.outbox_quota,
            ..embedded::Options::default()
        };
        Some(embedded::open_with(data, options)?)
    } else {
        None
    };
    let store: Arc<dyn Store> = match (&embedded, scheme(store_url)) {
        (Some(embedded), _) if store_url == EMBEDDED => embedded.store.clone(),
        (_, "redis" | "rediss" | "redis+cluster") => {
            let options = redis_store::Options {
                allow_unsafe: settings.store.allow_unsafe,
                outbox_quota: settings.store.outbox_quota as u64,
                ..redis_store::Options::default()
            };
            redis_store::connect(store_url, options).await?
        }
        _ => {
            return Err(unknown(
                "SWITCHBOARD__STORE__URL",
                &settings.store.url,
                "embedded:, redis://… or rediss://…",
            ));
        }
    };
    let bus: Arc<dyn Bus> = match (&embedded, scheme(bus_url)) {
        (Some(embedded), _) if bus_url == EMBEDDED => embedded.bus.clone(),
        (_, "amqp" | "amqps") => rabbitmq::connect(bus_url, rabbitmq::Options::default()).await?,
        _ => {
            return Err(unknown(
                "SWITCHBOARD__BUS__URL",
                &settings.bus.url,
                "embedded:, amqp://… or amqps://…",
            ));
        }
    };
    Ok(Opened {
        store,
        bus,
        blobs: blobs::folder(&blob_folder(settings)?)?,
    })
}

fn blob_folder(settings: &Settings) -> Result<PathBuf> {
    let url = settings.blobs.url.as_str();
    match url.strip_prefix("file://") {
        _ if url.is_empty() => Ok(settings.data_dir.0.join("blobs")),
        Some(path) if path.starts_with('/') => Ok(PathBuf::from(path)),
        _ => Err(Error::invalid(format!(
            "SWITCHBOARD__BLOBS__URL is {url:?}; it must be file:///… with an absolute path"
        ))),
    }
}

fn scheme(url: &str) -> &str {
    url.split("://").next().unwrap_or_default()
}

/// URLs can hold passwords: only the scheme is shown.
fn unknown(name: &str, url: &Secret, known: &str) -> Error {
    Error::invalid(format!(
        "{name} has the scheme {:?}; it must be {known}",
        scheme(url.expose())
    ))
}
