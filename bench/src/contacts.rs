//! Contacts to create: no two alike.

use crate::http::{Connection, Target};
use serde::Deserialize;
use std::{
    cell::Cell,
    time::{SystemTime, UNIX_EPOCH},
};

/// Berlin numbers of eight digits that do not begin with 0 or 1.
const FIRST: u64 = 20_000_000;
const NUMBERS: u64 = 70_000_000;

pub const PATH: &str = "/v1/contacts";

#[derive(Deserialize)]
pub struct Created {
    pub id: String,
}

/// Counts on from the time of day, so that runs against the same system differ as well.
pub struct Contacts(Cell<u64>);

impl Contacts {
    pub fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self(Cell::new(now.map_or(0, |since| {
            u64::try_from(since.as_micros()).unwrap_or_default()
        })))
    }

    /// The JSON of the next one.
    pub fn next(&self) -> String {
        let n = self.0.get();
        self.0.set(n + 1);
        let number = FIRST + n % NUMBERS;
        format!(
            r#"{{"name":{{"given":"Ada","family":"Bench {n}"}},"phones":[{{"number":"+4930{number}"}}]}}"#
        )
    }

    /// Creates one and gives its id.
    pub async fn create(
        &self,
        connection: &mut Connection,
        target: &Target,
    ) -> anyhow::Result<String> {
        let request = target.post_json(PATH, &self.next());
        let created: Created = connection.json(&request).await?;
        Ok(created.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn no_two_are_alike() {
        let contacts = Contacts::new();
        let [first, second] =
            [(); 2].map(|()| -> Value { serde_json::from_str(&contacts.next()).expect("JSON") });
        assert_ne!(first["name"], second["name"]);
        assert_ne!(first["phones"], second["phones"]);
        let number = first["phones"][0]["number"].as_str().unwrap();
        assert_eq!(number.len(), "+493020000000".len());
    }
}
