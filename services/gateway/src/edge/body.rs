//! Reading request bodies within bounds of size and time.

use actix_web::web as actix;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use std::time::Duration;
use web::{Problem, ProblemKind};

/// Largest JSON body in bytes.
pub const MAX_JSON: usize = 1 << 20;

/// The whole body, which must keep coming: `idle` is the longest pause.
pub async fn read(payload: &mut actix::Payload, idle: Duration) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = tokio::time::timeout(idle, payload.next())
        .await
        .map_err(|_| stalled())?
    {
        let chunk = chunk.map_err(|_| cut_off())?;
        if body.len() + chunk.len() > MAX_JSON {
            return Err(too_large(MAX_JSON as u64));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
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
