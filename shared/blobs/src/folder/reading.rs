use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use std::{
    io::{self, SeekFrom},
    ops::Range,
};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
};

/// Bytes that are read at once. Each read is a trip to the blocking threads, so small pieces would be slow.
const PIECE: u64 = 128 << 10;

/// The range of an open file, piece by piece. A blob that is replaced meanwhile is read to its own end: the file stays.
pub fn pieces(
    file: std::fs::File,
    range: Range<u64>,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let start = Place {
        file: File::from_std(file),
        seek: Some(range.start),
        left: range.end - range.start,
    };
    stream::try_unfold(start, read)
}

struct Place {
    file: File,
    /// Where to go before the first read.
    seek: Option<u64>,
    left: u64,
}

async fn read(mut place: Place) -> io::Result<Option<(Bytes, Place)>> {
    if let Some(start) = place.seek.take() {
        place.file.seek(SeekFrom::Start(start)).await?;
    }
    if place.left == 0 {
        return Ok(None);
    }
    let wanted = place.left.min(PIECE);
    let mut piece = BytesMut::with_capacity(usize::try_from(wanted).unwrap_or_default());
    let read = (&mut place.file).take(wanted).read_buf(&mut piece).await?;
    if read == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    place.left -= piece.len() as u64;
    Ok(Some((piece.freeze(), place)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt;

    #[tokio::test]
    async fn a_file_that_was_cut_short_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("short");
        std::fs::write(&path, b"12345").unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let outcome: io::Result<Vec<Bytes>> = pieces(file, 3..10).try_collect().await;
        assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
