//! Commands that speak to a running gateway, as any client would.

mod client;
mod dead_letters;
mod export;
mod import;
mod keys;

use crate::cli::{DeadLetters, Keys, Remote};
use client::Client;

pub fn run(command: Remote) -> anyhow::Result<()> {
    // One TLS stack for everything; a second installation of the same is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match command {
            Remote::Keys(Keys::Create {
                gateway,
                name,
                scopes,
                per_second,
                burst,
                per_day,
                expires_at,
            }) => {
                let key = keys::NewKey {
                    name,
                    scopes,
                    rate: per_second.zip(burst),
                    per_day,
                    expires_at,
                };
                keys::create(&Client::new(&gateway)?, &key).await
            }
            Remote::Import(import) => import::run(&Client::new(&import.gateway)?, &import).await,
            Remote::Export(export) => export::run(&Client::new(&export.gateway)?, &export).await,
            Remote::DeadLetters(DeadLetters::List { gateway }) => {
                dead_letters::list(&Client::new(&gateway)?).await
            }
            Remote::DeadLetters(DeadLetters::Redrive { gateway, ids, all }) => {
                dead_letters::redrive(&Client::new(&gateway)?, ids, all).await
            }
        }
    })
}
