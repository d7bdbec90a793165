#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command's output is what it is for"
)]

use super::{Client, client};
use crate::{cli::Import, progress::Progress};
use anyhow::{Context, bail};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, header};
use serde_json::Value;
use std::{path::Path, time::Duration};

/// How often the job is asked how far it is.
const INTERVAL: Duration = Duration::from_millis(500);

/// Uploads the file, follows the job to its end, and tells what was refused.
pub async fn run(client: &Client, import: &Import) -> anyhow::Result<()> {
    let content_type = content_type(&import.file)?;
    let file = tokio::fs::File::open(&import.file)
        .await
        .with_context(|| format!("opening {}", import.file.display()))?;
    let size = file.metadata().await?.len();
    let request = client
        .request(Method::POST, &path(import))
        .header(header::CONTENT_TYPE, content_type)
        .header(header::CONTENT_LENGTH, size)
        .body(reqwest::Body::wrap_stream(
            tokio_util::io::ReaderStream::new(file),
        ));
    let accepted = client.send(request).await?;
    let job = accepted.headers().get(header::LOCATION);
    let job = job.and_then(|path| path.to_str().ok()).map(str::to_owned);
    let job = job.context("the answer names no job")?;
    client::read(accepted).await?;
    finish(&follow(client, &job).await?)
}

fn path(import: &Import) -> String {
    let given = [("region", &import.region), ("book", &import.book)];
    let parameters = given.into_iter().filter_map(|(name, value)| {
        let value = utf8_percent_encode(value.as_deref()?, NON_ALPHANUMERIC);
        Some(format!("{name}={value}"))
    });
    let parameters: Vec<String> = parameters.collect();
    format!("/v1/contacts/imports?{}", parameters.join("&"))
}

fn content_type(file: &Path) -> anyhow::Result<&'static str> {
    let extension = file.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("vcf" | "vcard") => Ok("text/vcard"),
        Some("csv") => Ok("text/csv"),
        Some("json") => Ok("application/json"),
        _ => bail!(
            "{} is none of .vcf, .csv and .json; its name has to tell what it is",
            file.display()
        ),
    }
}

async fn follow(client: &Client, path: &str) -> anyhow::Result<Value> {
    let mut interval = tokio::time::interval(INTERVAL);
    let progress = Progress::of("contacts");
    loop {
        interval.tick().await;
        let job = client.get(path).await?;
        let number = |name: &str| job[name].as_u64().unwrap_or(0);
        progress.show(number("done"), number("total"));
        if matches!(
            job["state"].as_str(),
            Some("succeeded" | "failed" | "cancelled")
        ) {
            progress.finish();
            return Ok(job);
        }
    }
}

fn finish(job: &Value) -> anyhow::Result<()> {
    let errors = job["errors"].as_array().map_or(&[][..], Vec::as_slice);
    for error in errors {
        let detail = error["detail"].as_str().unwrap_or("refused");
        eprintln!("{}: {detail}", error["index"]);
    }
    let state = job["state"].as_str().unwrap_or_default();
    println!("{} contacts, {} refused", job["done"], errors.len());
    anyhow::ensure!(state == "succeeded", "the import {state}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_s_name_tells_what_it_is() {
        assert_eq!(content_type(Path::new("a/B.VCF")).ok(), Some("text/vcard"));
        assert!(content_type(Path::new("contacts")).is_err());
    }
}
