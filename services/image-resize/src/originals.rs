//! The pictures as they came.

use crate::model::Image;
use futures_util::{TryStreamExt, future};
use ports::{Error, Kind, Result};
use runtime::Invocation;

/// The whole picture in memory: for whoever has a place to work on it.
pub async fn read(invocation: &Invocation, image: &Image, limit: u64) -> Result<Vec<u8>> {
    let chunks = invocation.blobs.get(&image.blob, None).await?;
    let too_large = || {
        let message = format!("{} holds more than {limit} bytes", image.blob);
        Error::new(Kind::TooLarge, message)
    };
    // All at once, so that nothing is copied as the picture comes in; what the image claims is bound by the limit too.
    let expected = usize::try_from(image.bytes.min(limit)).unwrap_or_default();
    chunks
        .try_fold(Vec::with_capacity(expected), |mut bytes, chunk| {
            bytes.extend_from_slice(&chunk);
            let fits = bytes.len() as u64 <= limit;
            future::ready(fits.then_some(bytes).ok_or_else(too_large))
        })
        .await
}
