//! A look at the first bytes of an upload, to refuse at once what will never become an image.

use crate::model::Facts;
use contracts::uploads::Received;
use futures_util::TryStreamExt;
use imaging::{ImageError, Limits};
use runtime::Ctx;
use web::{Problem, ProblemKind};

/// How far to look, in bytes: headers are short, unless a camera or an editor has put much of its own into them.
const LOOKS: [u64; 2] = [64 << 10, 1 << 20];

/// What the header tells; `None` when it goes on behind our last look and nothing speaks against it so far.
pub async fn inspect(
    ctx: &Ctx,
    upload: &Received,
    limits: &Limits,
) -> Result<Option<Facts>, Problem> {
    for reach in LOOKS {
        let head = head(ctx, upload, reach).await?;
        match imaging::probe(&head, limits) {
            Ok(header) => return Ok(Some(Facts::of(&header))),
            // What seems broken may only have been cut short by us.
            Err(ImageError::Broken(_)) if (head.len() as u64) < upload.bytes => {}
            Err(error) => return Err(refusal(&error)),
        }
    }
    Ok(None)
}

async fn head(ctx: &Ctx, upload: &Received, reach: u64) -> Result<Vec<u8>, Problem> {
    let end = reach.min(upload.bytes);
    if end == 0 {
        return Ok(Vec::new());
    }
    let chunks = ctx.blobs.get(&upload.blob, Some(0..end)).await?;
    let bytes = chunks
        .try_fold(Vec::new(), |mut bytes, chunk| async move {
            bytes.extend_from_slice(&chunk);
            Ok(bytes)
        })
        .await?;
    Ok(bytes)
}

fn refusal(error: &ImageError) -> Problem {
    let kind = match error {
        ImageError::NotAnImage | ImageError::Unsupported { .. } => {
            ProblemKind::UnsupportedMediaType
        }
        ImageError::Broken(_)
        | ImageError::TooLarge { .. }
        | ImageError::Excessive { .. }
        | ImageError::Encoding { .. } => ProblemKind::Unprocessable,
    };
    Problem::new(kind, error.to_string())
}
