//! Other callers of the same gateway: keys with fewer rights, other tenants.

use crate::Client;
use serde_json::{Value, json};

impl Client {
    /// A new key of this caller's tenant with these scopes alone.
    pub async fn with_scopes(&self, scopes: &[&str]) -> Self {
        self.with_new_key(&json!({ "name": "test", "scopes": scopes }))
            .await
            .1
    }

    /// The id of a new key, and a caller who has it.
    pub async fn with_new_key(&self, wanted: &Value) -> (String, Self) {
        let key = self.post("/v1/keys", wanted).await.expect(201).json();
        (text(&key["id"]), self.with_key(&text(&key["secret"])))
    }

    /// The id of a new tenant, and its first admin. For the root key.
    pub async fn with_new_tenant(&self, name: &str) -> (String, Self) {
        let tenant = self
            .post("/v1/tenants", &json!({ "name": name }))
            .await
            .expect(201)
            .json();
        let admin = self.with_key(&text(&tenant["key"]["secret"]));
        (text(&tenant["id"]), admin)
    }

    /// The id of a new contact.
    pub async fn new_contact(&self, given: &str) -> String {
        let contact = json!({ "name": { "given": given } });
        let made = self.post("/v1/contacts", &contact).await.expect(201).json();
        text(&made["id"])
    }

    /// The tenant's log as this caller sees it.
    pub async fn events(&self, types: &str) -> Vec<Value> {
        let path = format!("/v1/events?after=0&limit=500&types={types}");
        let page = self.get(&path).await.expect(200).json();
        page["data"].as_array().expect("events").clone()
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
