//! One piece of an upload: a blob of its own, then its entry in the upload's item.

use super::{
    Found, Worker, gone,
    intake::{Gauge, Intake},
};
use crate::{
    domain::{
        resumable::{self, MAX_PIECES, Piece, Resumable},
        tus::Checksum,
    },
    edge::body,
};
use ports::{Batch, Kind, TypeId};
use web::{Fault, Problem, ProblemKind};

/// What a request says of the piece that it brings.
pub struct Chunk {
    /// Where it begins.
    pub offset: u64,
    /// Its length in bytes, when that is known beforehand.
    pub length: Option<u64>,
    pub checksum: Option<Checksum>,
}

impl Chunk {
    /// Does it go on where the upload ends?
    pub fn check(&self, found: &Found) -> Result<(), Problem> {
        let there = found.offset();
        if there != self.offset {
            return Err(elsewhere(there));
        }
        let (room, pieces) = match found {
            Found::Open(upload, _) => (upload.draft.length - there, upload.pieces.len()),
            Found::Finished(_) => (0, 0),
        };
        self.check_room(room)?;
        // One without bytes is none: it may be what hands the upload over.
        let is_piece = room > 0 && self.length != Some(0);
        if is_piece && pieces >= MAX_PIECES {
            let detail = format!("an upload has at most {MAX_PIECES} pieces");
            return Err(Problem::new(ProblemKind::BodyTooLarge, detail));
        }
        Ok(())
    }

    /// Does it fit into what the upload lacks?
    pub fn check_room(&self, room: u64) -> Result<(), Problem> {
        match self.length {
            Some(length) if length > room => Err(too_large(room)),
            _ => Ok(()),
        }
    }
}

impl Worker {
    /// Stores what comes, and gives the upload as it is then. What has come before the connection broke counts, unless
    /// it was to be checked as a whole.
    pub(super) async fn add(
        &self,
        upload: Resumable,
        version: u64,
        chunk: Chunk,
        intake: Intake,
    ) -> Result<Found, Problem> {
        let folder = resumable::folder(&self.key.tenant, &upload.id);
        // Of two requests that hold the lock by mistake, none writes into the other's piece.
        let blob = format!("{folder}/{}", TypeId::new("part"));
        let room = upload.draft.length - upload.offset();
        match self.store(&blob, room, chunk.checksum, intake).await? {
            0 => Ok(Found::Open(upload, version)),
            bytes => self.list(upload, version, Piece { blob, bytes }).await,
        }
    }

    /// Writes the piece's blob, and tells its length. One without bytes does not stay.
    async fn store(
        &self,
        blob: &str,
        room: u64,
        checksum: Option<Checksum>,
        intake: Intake,
    ) -> Result<u64, Problem> {
        let blobs = &self.edge.backends.blobs;
        let algorithm = checksum.as_ref().map(|checksum| checksum.algorithm);
        let (gauge, bytes) = Gauge::around(intake, algorithm);
        let stored = blobs.put(blob, bytes, room).await;
        let stored = stored.map_err(|error| match error.kind() {
            Kind::TooLarge => too_large(room),
            _ => error.into(),
        })?;
        let verified = verify(&gauge, checksum.as_ref());
        if verified.is_err() || stored.bytes == 0 {
            blobs.delete(blob).await?;
        }
        verified.map(|()| stored.bytes)
    }

    /// Adds the piece to the upload's item.
    async fn list(
        &self,
        mut upload: Resumable,
        version: u64,
        piece: Piece,
    ) -> Result<Found, Problem> {
        let blob = piece.blob.clone();
        upload.pieces.push(piece);
        let mut batch = Batch::new();
        batch.expect(resumable::key(&upload.id), Some(version));
        upload.put(&mut batch)?;
        let backends = &self.edge.backends;
        match backends.store.commit(&self.key.tenant, batch).await {
            Ok(committed) => Ok(Found::Open(upload, committed.version)),
            Err(error) if error.kind() == Kind::Conflict => {
                backends.blobs.delete(&blob).await?;
                Err(self.overtaken(&upload.id).await)
            }
            // It may have been committed after all, so its bytes stay until the upload ends.
            Err(error) => Err(error.into()),
        }
    }

    /// Somebody else has changed the upload meanwhile.
    async fn overtaken(&self, id: &str) -> Problem {
        match self.find(id).await {
            Ok(found) => elsewhere(found.offset()),
            Err(problem) if problem.kind() == ProblemKind::NotFound => gone(),
            Err(problem) => problem,
        }
    }
}

fn verify(gauge: &Gauge, checksum: Option<&Checksum>) -> Result<(), Problem> {
    let Some(checksum) = checksum else {
        return Ok(());
    };
    if !gauge.is_whole() {
        return Err(body::cut_off());
    }
    if gauge.fits(checksum) {
        return Ok(());
    }
    let detail = "the piece does not hash to what Upload-Checksum says; nothing of it was kept";
    Err(Problem::new(ProblemKind::ChecksumMismatch, detail))
}

fn elsewhere(offset: u64) -> Problem {
    let detail = format!("the upload has {offset} bytes; a piece must begin there");
    Problem::new(ProblemKind::Conflict, detail)
        .fault(Fault::header("Upload-Offset", format!("must be {offset}")))
        .header("upload-offset", offset.to_string())
}

fn too_large(room: u64) -> Problem {
    let detail = format!("the upload lacks {room} bytes only");
    Problem::new(ProblemKind::BodyTooLarge, detail).header("connection", "close")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::resumable::Draft;
    use ports::Timestamp;

    /// An upload that has so many pieces of one byte each.
    fn upload(length: u64, pieces: usize) -> Found {
        let draft = Draft {
            length,
            content_type: String::new(),
            query: String::new(),
            metadata: None,
        };
        let piece = Piece {
            blob: String::new(),
            bytes: 1,
        };
        let upload = Resumable::new(draft, String::new(), Timestamp::now());
        let pieces = vec![piece; pieces];
        Found::Open(Resumable { pieces, ..upload }, 1)
    }

    fn status(found: &Found, length: Option<u64>) -> Option<u16> {
        let chunk = Chunk {
            offset: found.offset(),
            length,
            checksum: None,
        };
        let refused = chunk.check(found).err()?;
        Some(refused.status().as_u16())
    }

    #[test]
    fn only_pieces_with_bytes_count() {
        let most = MAX_PIECES as u64;
        let (whole, part) = (upload(most, MAX_PIECES), upload(most + 2, MAX_PIECES));
        for found in [&whole, &part] {
            assert_eq!(status(found, Some(0)), None);
        }
        assert_eq!(status(&whole, None), None);
        for length in [Some(1), None] {
            assert_eq!(status(&part, length), Some(413));
            assert_eq!(status(&upload(most, MAX_PIECES - 1), length), None);
        }
        assert_eq!(status(&whole, Some(1)), Some(413));
    }
}
