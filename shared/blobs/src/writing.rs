use crate::failure::failed;
use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use object_store::{MultipartUpload, PutPayload};
use ports::{Error, Kind, Result, blobs::Stored};
use sha2::{Digest, Sha256};

/// Bytes that are gathered before they are written.
const PART: usize = 1 << 20;

/// Writes part by part, hashing on the way; nothing is visible until the upload is completed.
pub async fn write(
    key: &str,
    upload: &mut dyn MultipartUpload,
    mut body: BoxStream<'static, Result<Bytes>>,
    limit: u64,
) -> Result<Stored> {
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut part = Part::default();
    while let Some(piece) = body.next().await {
        let piece = piece?;
        bytes += piece.len() as u64;
        if bytes > limit {
            let message = format!("the blob {key} is larger than {limit} bytes");
            return Err(Error::new(Kind::TooLarge, message));
        }
        hash.update(&piece);
        part.add(piece);
        if part.bytes >= PART {
            part.flush(key, upload).await?;
        }
    }
    part.flush(key, upload).await?;
    Ok(Stored {
        bytes,
        sha256: hex(&hash.finalize()),
    })
}

/// Pieces that wait to be written together, uncopied.
#[derive(Default)]
struct Part {
    pieces: Vec<Bytes>,
    bytes: usize,
}

impl Part {
    fn add(&mut self, piece: Bytes) {
        self.bytes += piece.len();
        if !piece.is_empty() {
            self.pieces.push(piece);
        }
    }

    async fn flush(&mut self, key: &str, upload: &mut dyn MultipartUpload) -> Result<()> {
        if self.pieces.is_empty() {
            return Ok(());
        }
        let payload = PutPayload::from_iter(std::mem::take(self).pieces);
        let written = upload.put_part(payload).await;
        written.map_err(|error| failed("writing", key, error))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
