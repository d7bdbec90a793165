//! From URLs to adapters. The only crate that knows which there are.

mod credentials;

use ports::{Blobs, Bus, Error, Result, Store};
use settings::Settings;
use std::{path::Path, sync::Arc};

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
        (_, "redis" | "rediss" | "redis+cluster" | "rediss+cluster") => {
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
                store_url,
                "embedded:, redis://…, rediss://…, redis+cluster://… or rediss+cluster://…",
            ));
        }
    };
    let bus: Arc<dyn Bus> = match (&embedded, scheme(bus_url)) {
        (Some(embedded), _) if bus_url == EMBEDDED => embedded.bus.clone(),
        (_, "amqp" | "amqps") => rabbitmq::connect(bus_url, rabbitmq::Options::default()).await?,
        _ => {
            return Err(unknown(
                "SWITCHBOARD__BUS__URL",
                bus_url,
                "embedded:, amqp://… or amqps://…",
            ));
        }
    };
    Ok(Opened {
        store,
        bus,
        blobs: open_blobs(settings).await?,
    })
}

async fn open_blobs(settings: &Settings) -> Result<Arc<dyn Blobs>> {
    let url = settings.blobs.url.as_str();
    match url.strip_prefix("file://") {
        _ if url.is_empty() => blobs::folder(&settings.data_dir.0.join("blobs")),
        Some(path) if path.starts_with('/') => blobs::folder(Path::new(path)),
        None if scheme(url) == "s3" => {
            blobs::s3(url, credentials::with_files(environment())?).await
        }
        _ => Err(unknown(
            "SWITCHBOARD__BLOBS__URL",
            url,
            "file:///… with an absolute path, or s3://bucket",
        )),
    }
}

/// What is no text can be nothing of ours.
fn environment() -> impl Iterator<Item = (String, String)> {
    let variables = std::env::vars_os();
    variables
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

fn scheme(url: &str) -> &str {
    url.split("://").next().unwrap_or_default()
}

/// URLs can hold passwords: only the scheme is shown.
fn unknown(name: &str, url: &str, known: &str) -> Error {
    Error::invalid(format!(
        "{name} has the scheme {:?}; it must be {known}",
        scheme(url)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::Kind;

    async fn opened(url: &str) -> (Result<Arc<dyn Blobs>>, tempfile::TempDir) {
        let data = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        settings.data_dir.0 = data.path().to_owned();
        settings.blobs.url = url.to_owned();
        (open_blobs(&settings).await, data)
    }

    #[tokio::test]
    async fn blobs_are_in_the_data_folder_unless_told_otherwise() {
        let (blobs, data) = opened("").await;
        assert!(blobs.is_ok());
        assert!(data.path().join("blobs").is_dir());
        let elsewhere = data.path().join("elsewhere");
        let (blobs, _) = opened(&format!("file://{}", elsewhere.display())).await;
        assert!(blobs.is_ok());
        assert!(elsewhere.is_dir());
    }

    #[tokio::test]
    async fn other_urls_of_blobs_are_refused_unseen() {
        for url in [
            "file://relative",
            "s3://",
            "s3://hidden:hidden@bucket",
            "http://hidden@bucket",
        ] {
            let error = opened(url).await.0.err().unwrap();
            assert_eq!(error.kind(), Kind::Invalid, "{url}");
            assert!(!error.to_string().contains("hidden"), "{error}");
        }
    }
}
