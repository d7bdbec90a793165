//! Reading request bodies within bounds of size and time.

use actix_web::web as actix;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use std::time::Duration;
use web::{Problem, ProblemKind};

/// Largest body in bytes of an operation that does not say otherwise.
pub const MAX_JSON: usize = 1 << 20;

/// The whole body, of at most `limit` bytes, which must keep coming: `idle` is the longest pause.
pub async fn read(
    payload: &mut actix::Payload,
    limit: usize,
    idle: Duration,
) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = next(payload, idle).await? {
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit as u64));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The body's next piece; `None` at its end.
pub async fn next(payload: &mut actix::Payload, idle: Duration) -> Result<Option<Bytes>, Problem> {
    let piece = tokio::time::timeout(idle, payload.next()).await;
    let piece = piece.map_err(|_| stalled())?;
    piece.transpose().map_err(|_| cut_off())
}

pub fn stalled() -> Problem {
    Problem::new(ProblemKind::RequestTimeout, "the body stopped coming")
        .header("connection", "close")
}

pub fn cut_off() -> Problem {
    Problem::new(
        ProblemKind::InvalidInput,
        "the body broke off or is framed wrongly",
    )
    .header("connection", "close")
}

pub fn too_large(limit: u64) -> Problem {
    Problem::new(
        ProblemKind::BodyTooLarge,
        format!("the body is larger than {limit} bytes"),
    )
    .header("connection", "close")
}
