//! Radicale from PyPI, in its own server and with its own defaults but for the passwords: files, each write fsynced.

use super::site::Site;
use crate::{
    http::Connection,
    system::{
        child::Child,
        running::{KEY, Running},
        servers::{clean, free_port},
        wait::until,
    },
};
use anyhow::{Context, ensure};
use std::{path::Path, time::Duration};
use tokio::process::Command;

const PYTHON: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../target/python/Radicale-3.9.0/bin/python"
);
const PATIENCE: Duration = Duration::from_secs(60);
const BOOK: &str = "/bench/book";
const BOOK_PROPERTIES: &str = r#"<?xml version="1.0" encoding="utf-8"?><mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><set><prop><resourcetype><collection/><C:addressbook/></resourcetype></prop></set></mkcol>"#;

/// Starts it and makes an empty book.
pub async fn start() -> anyhow::Result<(Running, Site)> {
    ensure!(
        Path::new(PYTHON).exists(),
        "Radicale is missing; install it: cargo xtask carddav"
    );
    let folder = tempfile::tempdir().context("making a folder")?;
    let port = free_port()?;
    let child = Child::start("Radicale", command(port, folder.path()))?.quiet();
    let url = format!("http://127.0.0.1:{port}");
    let mut system = Running::new("Radicale", &url, &[], vec![child], Vec::new(), folder)?;
    system.target = system.target.basic("bench", KEY);
    until("Radicale", PATIENCE, async || {
        Connection::open(&system.target).await.is_ok()
    })
    .await?;
    let site = Site::new(&system.target, BOOK);
    make_book(&site).await?;
    Ok((system, site))
}

fn command(port: u16, folder: &Path) -> Command {
    let mut command = clean(PYTHON);
    let data = folder.join("collections");
    command.args(["-m", "radicale", "--config", "", "--auth-type=none"]);
    command.arg(format!("--server-hosts=127.0.0.1:{port}"));
    command.arg(format!("--storage-filesystem-folder={}", data.display()));
    command.arg("--logging-level=error");
    command
}

async fn make_book(site: &Site) -> anyhow::Result<()> {
    let path = format!("{BOOK}/");
    let body = BOOK_PROPERTIES.as_bytes();
    let request = site.target.send("MKCOL", &path, "application/xml", body);
    let status = site.exchange(&request).await?.status;
    ensure!(status == 201, "Radicale answered MKCOL with {status}");
    Ok(())
}
