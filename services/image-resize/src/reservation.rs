//! Ids of images whose bytes are still to come.

use contracts::uploads::{self, Received};
use ports::{Batch, Error, Result, Timestamp, store::Put};
use runtime::Invocation;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use web::{Fault, Problem, ProblemKind};

/// How long the bytes may take to begin to come.
pub const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// What was announced of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    pub content_type: String,
    /// In bytes.
    pub size: u64,
    /// Names of the presets to make.
    pub presets: Vec<String>,
}

/// Store key of the reservation of an image's id.
#[must_use]
pub fn key(id: &str) -> String {
    format!("image-resize/reservation/{id}")
}

/// The reservation and its version, while it holds.
pub async fn find(invocation: &Invocation, id: &str) -> Result<Option<(Reservation, u64)>> {
    let Some(item) = invocation.store.get(&invocation.tenant, &key(id)).await? else {
        return Ok(None);
    };
    let reservation = serde_json::from_slice(&item.value)
        .map_err(|e| Error::internal("a stored reservation cannot be read").with_source(e))?;
    Ok(Some((reservation, item.version)))
}

impl Reservation {
    /// For a URL that holds until `expires_at`. The store forgets the reservation by itself, but not before an upload that
    /// began at the last moment has ended.
    pub fn put(&self, batch: &mut Batch, id: &str, expires_at: Timestamp) -> Result<()> {
        let value = serde_json::to_vec(self)
            .map_err(|e| Error::internal("serialising a reservation").with_source(e))?;
        batch.expect(key(id), None).put_item(Put {
            key: key(id),
            value: value.into(),
            expires_at: Some(expires_at + uploads::LIFETIME),
            due_at: None,
        });
        Ok(())
    }

    /// Is this what was announced?
    pub fn check(&self, upload: &Received) -> Result<(), Problem> {
        if upload.bytes != self.size {
            let detail = format!("must be {}, as was announced", self.size);
            return Err(Problem::invalid(vec![Fault::header(
                "Content-Length",
                detail,
            )]));
        }
        let essence = upload.content_type.split(';').next().unwrap_or_default();
        if essence.trim().eq_ignore_ascii_case(&self.content_type) {
            return Ok(());
        }
        let detail = format!("the body must be {}, as was announced", self.content_type);
        Err(Problem::new(ProblemKind::UnsupportedMediaType, detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reservation() -> Reservation {
        Reservation {
            content_type: "image/png".to_owned(),
            size: 5,
            presets: Vec::new(),
        }
    }

    #[test]
    fn an_upload_that_began_in_time_is_awaited() {
        let (mut batch, expires_at) = (Batch::new(), Timestamp::now());
        reservation().put(&mut batch, "img_1", expires_at).unwrap();
        let kept = batch.puts[0].expires_at.unwrap();
        assert!(kept >= expires_at + uploads::LIFETIME);
    }

    #[test]
    fn only_what_was_announced_is_taken() {
        let reservation = reservation();
        let check = |bytes, content_type: &str| {
            let upload = Received {
                id: String::new(),
                blob: String::new(),
                version: 1,
                bytes,
                sha256: String::new(),
                content_type: content_type.to_owned(),
            };
            let checked = reservation.check(&upload);
            checked.map_err(|problem| problem.status().as_u16())
        };
        assert_eq!(check(5, "Image/PNG; q=1"), Ok(()));
        assert_eq!(check(4, "image/png"), Err(400));
        assert_eq!(check(5, "image/jpeg"), Err(415));
        assert_eq!(check(5, ""), Err(415));
    }
}
