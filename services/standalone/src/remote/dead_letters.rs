#![expect(clippy::print_stdout, reason = "a command's output is what it is for")]

use super::Client;
use serde_json::{Value, json};

pub async fn list(client: &Client) -> anyhow::Result<()> {
    for letter in all(client).await? {
        let text = |name: &str| letter[name].as_str().unwrap_or("-").replace('\n', " ");
        println!(
            "{}\t{}\t{}\t{}",
            text("id"),
            text("at"),
            text("kind"),
            text("reason")
        );
    }
    Ok(())
}

/// Goes on after a letter that cannot be redriven, and fails in the end.
pub async fn redrive(client: &Client, ids: Vec<String>, everything: bool) -> anyhow::Result<()> {
    let ids = if everything {
        ids_of(&all(client).await?)
    } else {
        ids
    };
    let mut failed = 0;
    for id in &ids {
        let path = format!("/v1/dead-letters/{id}/redrives");
        match client.post(&path, &json!({})).await {
            Ok(_) => println!("{id}\tredriven"),
            Err(error) => {
                failed += 1;
                println!("{id}\t{error:#}");
            }
        }
    }
    anyhow::ensure!(failed == 0, "{failed} of {} were not redriven", ids.len());
    Ok(())
}

fn ids_of(letters: &[Value]) -> Vec<String> {
    let ids = letters.iter().filter_map(|letter| letter["id"].as_str());
    ids.map(str::to_owned).collect()
}

async fn all(client: &Client) -> anyhow::Result<Vec<Value>> {
    let mut letters = Vec::new();
    let mut path = "/v1/dead-letters?limit=500".to_owned();
    loop {
        let mut page = client.get(&path).await?;
        if let Some(data) = page["data"].as_array_mut() {
            letters.append(data);
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/dead-letters?limit=500&cursor={cursor}"),
            None => return Ok(letters),
        }
    }
}
