use bytes::Bytes;
use futures_util::{
    StreamExt,
    stream::{BoxStream, Fuse},
};
use object_store::PutPayload;
use ports::{Error, Kind, Result, blobs::Stored};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;

/// A body on its way in: cut into parts, hashed and held to its limit. Never more than one part waits in memory, and the
/// piece that filled it.
pub struct Incoming<'k> {
    key: &'k str,
    body: Fuse<BoxStream<'static, Result<Bytes>>>,
    limit: u64,
    part_bytes: usize,
    /// Uncopied, as they came.
    pieces: VecDeque<Bytes>,
    waiting: usize,
    hash: Sha256,
    bytes: u64,
}

impl<'k> Incoming<'k> {
    pub fn new(
        key: &'k str,
        body: BoxStream<'static, Result<Bytes>>,
        limit: u64,
        part_bytes: usize,
    ) -> Self {
        Self {
            key,
            body: body.fuse(),
            limit,
            part_bytes,
            pieces: VecDeque::new(),
            waiting: 0,
            hash: Sha256::new(),
            bytes: 0,
        }
    }

    /// The next part; each but the last has exactly the wanted size, which some stores insist on.
    pub async fn part(&mut self) -> Result<Option<PutPayload>> {
        while self.waiting < self.part_bytes
            && let Some(piece) = self.body.next().await
        {
            self.take(piece?)?;
        }
        Ok((self.waiting > 0).then(|| self.cut()))
    }

    /// What went through, after the last part.
    pub fn stored(self) -> Stored {
        Stored {
            bytes: self.bytes,
            sha256: hex(&self.hash.finalize()),
        }
    }

    fn take(&mut self, piece: Bytes) -> Result<()> {
        self.bytes += piece.len() as u64;
        if self.bytes > self.limit {
            let message = format!("the blob {} is larger than {} bytes", self.key, self.limit);
            return Err(Error::new(Kind::TooLarge, message));
        }
        self.hash.update(&piece);
        self.waiting += piece.len();
        if !piece.is_empty() {
            self.pieces.push_back(piece);
        }
        Ok(())
    }

    fn cut(&mut self) -> PutPayload {
        let mut part = Vec::with_capacity(self.pieces.len());
        let mut room = self.part_bytes;
        while room > 0
            && let Some(mut piece) = self.pieces.pop_front()
        {
            let rest = piece.split_off(room.min(piece.len()));
            if !rest.is_empty() {
                self.pieces.push_front(rest);
            }
            room -= piece.len();
            self.waiting -= piece.len();
            part.push(piece);
        }
        PutPayload::from_iter(part)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt, stream};
    use proptest::prelude::*;

    /// The parts that a body of such pieces is cut into; nothing here ever waits.
    fn parts(pieces: Vec<Vec<u8>>, part_bytes: usize) -> Vec<Vec<u8>> {
        let body = stream::iter(pieces).map(|piece| Ok(Bytes::from(piece)));
        let mut incoming = Incoming::new("key", body.boxed(), u64::MAX, part_bytes);
        let mut parts = Vec::new();
        while let Some(part) = incoming.part().now_or_never().unwrap().unwrap() {
            parts.push(Bytes::from(part).to_vec());
        }
        assert!(incoming.part().now_or_never().unwrap().unwrap().is_none());
        let bytes: usize = parts.iter().map(Vec::len).sum();
        assert_eq!(incoming.stored().bytes, bytes as u64);
        parts
    }

    proptest! {
        #[test]
        fn parts_have_one_size_and_lose_nothing(
            pieces: Vec<Vec<u8>>,
            part_bytes in 1..200_usize,
        ) {
            let whole = pieces.concat();
            let expected: Vec<_> = whole.chunks(part_bytes).map(<[u8]>::to_vec).collect();
            prop_assert_eq!(parts(pieces, part_bytes), expected);
        }
    }
}
