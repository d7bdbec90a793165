//! Uploads that come in pieces, over several requests.
//!
//! The item grows with every piece that has been stored; each piece is a blob of its own. Once the last byte is there, the
//! pieces become one upload like any other, and the item makes way for a record of what came of it.

use ports::{
    Batch, Error, Result, Tenant, Timestamp,
    store::{Item, Put},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;
use web::{Problem, ProblemKind};

/// Where they begin.
pub const ENDPOINT: &str = "/v1/uploads";
/// Where one of them goes on.
pub const UPLOAD: &str = "/v1/uploads/{id}";
pub const PREFIX: &str = "gateway/resumable/";
/// Rewritten by every creation, so that of two at once one counts the other.
pub const LEDGER: &str = "gateway/resumables";
const FINISHED: &str = "gateway/resumed/";
const ID: &str = "upl";
/// An upload in more pieces than this was not made by a program that means well.
pub const MAX_PIECES: usize = 1_000;

/// What a caller wants to upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// In bytes.
    pub length: u64,
    pub content_type: String,
    /// Parameters of the request that the upload is to become.
    pub query: String,
    /// `Upload-Metadata` as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Open,
    /// Its bytes are being deleted.
    Swept,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub blob: String,
    pub bytes: u64,
}

/// The stored item of an upload that is not finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumable {
    pub id: String,
    /// Id of the key that has begun it. Empty in an item of a gateway that did not note it.
    #[serde(default)]
    pub creator: String,
    #[serde(flatten)]
    pub draft: Draft,
    pub pieces: Vec<Piece>,
    pub expires_at: Timestamp,
    pub state: State,
}

/// What is left of one that is finished, until it would have expired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    #[serde(flatten)]
    pub draft: Draft,
    /// The path of what was made of it.
    pub result: Option<String>,
    pub expires_at: Timestamp,
}

/// What one tenant's unfinished uploads may come to.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    pub uploads: usize,
    pub bytes: u64,
    pub lifetime: Duration,
}

#[must_use]
pub fn key(id: &str) -> String {
    format!("{PREFIX}{id}")
}

#[must_use]
pub fn finished_key(id: &str) -> String {
    format!("{FINISHED}{id}")
}

#[must_use]
pub fn path(id: &str) -> String {
    format!("{ENDPOINT}/{id}")
}

/// The id at the end of an upload's path; `None` when it cannot be one.
#[must_use]
pub fn id_of(path: &str) -> Option<&str> {
    let id = path.strip_prefix(ENDPOINT)?.strip_prefix('/')?;
    ports::TypeId::parse(ID, id).is_ok().then_some(id)
}

/// Where an upload's pieces lie.
#[must_use]
pub fn folder(tenant: &Tenant, id: &str) -> String {
    format!("{tenant}/resumable/{id}")
}

impl Resumable {
    #[must_use]
    pub fn new(draft: Draft, creator: String, expires_at: Timestamp) -> Self {
        Self {
            id: ports::TypeId::new(ID).into(),
            creator,
            draft,
            pieces: Vec::new(),
            expires_at,
            state: State::Open,
        }
    }

    /// The bytes that are there.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.bytes).sum()
    }

    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.offset() == self.draft.length
    }

    /// It is swept when its time is over.
    pub fn put(&self, batch: &mut Batch) -> Result<()> {
        let due_at = Some(self.expires_at);
        put(batch, self, due_at)
    }

    /// Has its bytes deleted from now on.
    pub fn sweep(self, batch: &mut Batch, now: Timestamp) -> Result<()> {
        let state = State::Swept;
        put(batch, &Self { state, ..self }, Some(now))
    }
}

fn put(batch: &mut Batch, upload: &Resumable, due_at: Option<Timestamp>) -> Result<()> {
    batch.put_item(Put {
        key: key(&upload.id),
        value: encode(upload)?.into(),
        expires_at: None,
        due_at,
    });
    Ok(())
}

impl Finished {
    pub fn put(&self, batch: &mut Batch, id: &str) -> Result<()> {
        batch.put_item(Put {
            key: finished_key(id),
            value: encode(self)?.into(),
            expires_at: Some(self.expires_at),
            due_at: None,
        });
        Ok(())
    }
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|e| Error::internal("serialising an upload").with_source(e))
}

/// Reads a stored item.
pub fn decode<T: DeserializeOwned>(item: &Item) -> Result<T> {
    serde_json::from_slice(&item.value)
        .map_err(|e| Error::internal("a stored upload cannot be read").with_source(e))
}

impl Quota {
    /// Is there room for one more of so many bytes beside these?
    pub fn check(&self, unfinished: &[Resumable], length: u64) -> Result<(), Problem> {
        let held: u64 = unfinished.iter().map(|upload| upload.draft.length).sum();
        let refuse = |detail: String| {
            let problem = Problem::new(ProblemKind::TooManyRequests, detail);
            Err(problem.retry_after(Duration::from_secs(60)))
        };
        if unfinished.len() >= self.uploads {
            return refuse(format!("{} unfinished uploads are the most", self.uploads));
        }
        if held.saturating_add(length) > self.bytes {
            let most = self.bytes;
            return refuse(format!(
                "unfinished uploads may come to {most} bytes in all"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(length: u64) -> Resumable {
        let draft = Draft {
            length,
            content_type: "image/png".to_owned(),
            query: String::new(),
            metadata: None,
        };
        Resumable::new(draft, "key_1".to_owned(), Timestamp::now())
    }

    #[test]
    fn an_upload_has_its_path_and_others_have_none() {
        let upload = upload(5);
        assert_eq!(id_of(&path(&upload.id)), Some(upload.id.as_str()));
        for bad in [
            "/v1/uploads",
            "/v1/uploads/",
            "/v1/uploads/x",
            "/v1/images/x",
        ] {
            assert_eq!(id_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn it_is_complete_when_every_byte_is_there() {
        let mut upload = upload(5);
        for bytes in [2, 3] {
            assert!(!upload.is_complete());
            let blob = String::new();
            upload.pieces.push(Piece { blob, bytes });
        }
        assert!(upload.is_complete());
    }

    #[test]
    fn a_tenant_s_uploads_are_counted_and_measured() {
        let quota = Quota {
            uploads: 2,
            bytes: 10,
            lifetime: Duration::ZERO,
        };
        assert!(quota.check(&[upload(5)], 5).is_ok());
        for (unfinished, length) in [
            (vec![upload(5)], 6),
            (vec![upload(1), upload(1)], 1),
            (vec![upload(1)], u64::MAX),
        ] {
            let refused = quota.check(&unfinished, length).unwrap_err();
            assert_eq!(refused.status().as_u16(), 429);
        }
    }
}
