//! Long work that a caller can follow at `/v1/jobs/{id}`.

use serde::{Deserialize, Serialize};

/// Store key of a job; the scope is shared by all services, the gateway shows it.
#[must_use]
pub fn key(id: &str) -> String {
    format!("jobs/{id}")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

impl State {
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    pub index: u64,
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub id: String,
    /// For example `image` or `contact.photo`.
    pub kind: String,
    pub state: State,
    pub done: u64,
    pub total: u64,
    #[serde(default)]
    pub steps: Vec<String>,
    #[serde(default)]
    pub errors: Vec<JobError>,
    /// What was done in another way than asked for, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<JobError>,
    /// Path of what the job makes: the answer to a caller who waited for it.
    #[serde(default)]
    pub result: Option<String>,
    pub created_at: String,
    pub updated_at: String,
}
