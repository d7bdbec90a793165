#![expect(clippy::print_stdout, reason = "a command's output is what it is for")]

use super::Client;
use anyhow::Context;
use serde_json::{Value, json};

pub struct NewKey {
    pub name: String,
    pub scopes: Vec<String>,
    /// Requests a second, and at once.
    pub rate: Option<(f64, u32)>,
    pub per_day: Option<u64>,
    pub expires_at: Option<String>,
}

/// The secret alone goes to standard output, so that a script can take it.
pub async fn create(client: &Client, key: &NewKey) -> anyhow::Result<()> {
    let mut body = json!({ "name": key.name, "scopes": key.scopes });
    if let Some((per_second, burst)) = key.rate {
        body["rate"] = json!({ "per_second": per_second, "burst": burst });
    }
    if let Some(per_day) = key.per_day {
        body["quota"] = json!({ "per_day": per_day });
    }
    if let Some(at) = &key.expires_at {
        body["expires_at"] = Value::from(at.as_str());
    }
    let made = client.post("/v1/keys", &body).await?;
    let secret = made["secret"]
        .as_str()
        .context("the answer has no secret")?;
    println!("{secret}");
    Ok(())
}
