//! Address books as files, into the phonebook and out of it.

use crate::{Answer, Client, send};
use reqwest::Method;
use serde_json::Value;

impl Client {
    /// Begins an import, and waits for its end as a caller may prefer.
    pub async fn import_preferring(
        &self,
        preference: &str,
        query: &str,
        content_type: &str,
        file: &[u8],
    ) -> Answer {
        let path = format!("/v1/contacts/imports?{query}");
        let request = self
            .request(Method::POST, &path)
            .header("content-type", content_type)
            .header("prefer", preference);
        send(request.body(file.to_vec())).await
    }

    /// The job of an import, once it is over.
    pub async fn import(&self, query: &str, content_type: &str, file: &[u8]) -> Value {
        let answer = self
            .import_preferring("wait=60", query, content_type, file)
            .await;
        let job = answer.expect(200).json();
        assert!(is_over(&job), "{job}");
        job
    }

    /// The address of the job of an import that has just begun.
    pub async fn begin_import(&self, query: &str, content_type: &str, file: &[u8]) -> String {
        let answer = self
            .import_preferring("respond-async", query, content_type, file)
            .await
            .expect(202);
        answer.header("location").expect("a job").to_owned()
    }

    /// An export as bytes.
    pub async fn export(&self, query: &str) -> Vec<u8> {
        let path = format!("/v1/contacts/export?{query}");
        self.get(&path).await.expect(200).body
    }

    /// All contacts as they are shown, by their ids.
    pub async fn contacts_as_shown(&self) -> Vec<Value> {
        let mut all = self.all("/v1/contacts?limit=500").await;
        all.sort_by_key(crate::id_of);
        all
    }
}

#[must_use]
pub fn is_over(job: &Value) -> bool {
    let state = job["state"].as_str().expect("a state");
    matches!(state, "succeeded" | "failed" | "cancelled")
}
