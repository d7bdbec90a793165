//! What tests of the phonebook say often.

use crate::{Answer, Client, send};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Value, json};

/// A text as it stands in a query.
#[must_use]
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[must_use]
pub fn id_of(thing: &Value) -> String {
    thing["id"].as_str().expect("an id").to_owned()
}

impl Client {
    /// A new thing, as the list at this path answers for it.
    pub async fn create(&self, path: &str, thing: &Value) -> Value {
        self.post(path, thing).await.expect(201).json()
    }

    /// The id of a new contact.
    pub async fn contact(&self, contact: &Value) -> String {
        id_of(&self.create("/v1/contacts", contact).await)
    }

    /// The ids of new contacts, as many as one batch takes.
    pub async fn contacts(&self, contacts: &[Value]) -> Vec<String> {
        let operations: Vec<_> = contacts
            .iter()
            .map(|contact| json!({ "op": "create", "contact": contact }))
            .collect();
        let answer = self.post("/v1/contacts/batch", &json!(operations)).await;
        let results = answer.expect(200).json()["results"].clone();
        let results = results.as_array().expect("results").clone();
        results
            .iter()
            .map(|result| {
                assert_eq!(result["status"], 201, "{result}");
                id_of(&result["contact"])
            })
            .collect()
    }

    pub async fn shown(&self, id: &str) -> Value {
        let answer = self.get(&format!("/v1/contacts/{id}")).await;
        answer.expect(200).json()
    }

    /// Every page of a list, one after the other; the path has its query.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let next = cursor.map(|cursor| format!("&cursor={cursor}"));
            let path = format!("{path}{}", next.unwrap_or_default());
            let page = self.get(&path).await.expect(200).json();
            all.extend(page["data"].as_array().expect("data").iter().cloned());
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return all;
            }
        }
    }

    /// The display names of the contacts that a list gives, in its order.
    pub async fn names(&self, query: &str) -> Vec<String> {
        let all = self.all(&format!("/v1/contacts?{query}")).await;
        let name = |contact: &Value| contact["name"]["display"].as_str().map(str::to_owned);
        all.iter().map(|one| name(one).expect("a name")).collect()
    }

    /// Who is found by these words.
    pub async fn found(&self, words: &str) -> Vec<String> {
        self.names(&format!("q={}", encoded(words))).await
    }

    /// With the condition that nothing has changed since this version.
    pub async fn patch_if(&self, path: &str, tag: &str, patch: &Value) -> Answer {
        let request = self.request(Method::PATCH, path).header("if-match", tag);
        let request = request.header("content-type", "application/merge-patch+json");
        send(request.body(patch.to_string())).await
    }

    pub async fn delete_if(&self, path: &str, tag: &str) -> Answer {
        send(self.request(Method::DELETE, path).header("if-match", tag)).await
    }
}
