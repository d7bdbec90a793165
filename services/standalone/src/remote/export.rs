use super::Client;
use crate::cli::Export;
use anyhow::Context;
use futures_util::StreamExt;
use reqwest::Method;
use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Streams the export. A file appears under its name when it is whole, so that half an export is never taken for one.
pub async fn run(client: &Client, export: &Export) -> anyhow::Result<()> {
    let path = format!("/v1/contacts/export?format={}", export.format.name());
    let Some(output) = &export.output else {
        return copy(client, &path, &mut io::stdout()).await;
    };
    let unfinished = beside(output);
    let written = to_file(client, &path, &unfinished, output).await;
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written.with_context(|| format!("writing {}", output.display()))
}

async fn to_file(
    client: &Client,
    path: &str,
    unfinished: &Path,
    output: &Path,
) -> anyhow::Result<()> {
    let mut file = File::create(unfinished)?;
    copy(client, path, &mut file).await?;
    file.sync_all()?;
    Ok(fs::rename(unfinished, output)?)
}

fn beside(output: &Path) -> PathBuf {
    let mut name = OsString::from(output);
    name.push(".part");
    name.into()
}

async fn copy(client: &Client, path: &str, to: &mut impl Write) -> anyhow::Result<()> {
    let answer = client.send(client.request(Method::GET, path)).await?;
    let mut body = answer.bytes_stream();
    while let Some(piece) = body.next().await {
        to.write_all(&piece.context("the export broke off")?)?;
    }
    Ok(to.flush()?)
}
