//! Requests and replies travel many to a message: a version byte, then frames, each
//! `id: u64 | expires_at: u64 (ms since 1970) | status: u8 | length: u32 | body`, big-endian.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use ports::Timestamp;

const VERSION: u8 = 1;
const HEADER_BYTES: usize = 21;
/// More frames than any sender puts into a message.
const MAX_FRAMES: usize = 4096;

/// One request or one reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Chosen by the caller, unique in its process; the reply repeats it.
    pub id: u64,
    /// When the caller stops waiting. The hosts' clocks have to agree to well within a request's time to live.
    pub expires_at: Timestamp,
    pub status: Status,
    pub body: Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Body,
    /// A request that an instance was given and did not answer.
    Redelivered,
    /// In place of a reply that no message can carry.
    OversizedReply,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("unknown batch version")]
    Version,
    #[error("a frame is cut short")]
    Truncated,
    #[error("unknown frame status {0}")]
    Status(u8),
    #[error("too many frames")]
    Count,
}

impl Frame {
    pub fn size(&self) -> usize {
        HEADER_BYTES + self.body.len()
    }

    fn put(&self, out: &mut BytesMut) {
        out.put_u64(self.id);
        out.put_u64(self.expires_at.as_millis());
        out.put_u8(match self.status {
            Status::Body => 0,
            Status::OversizedReply => 1,
            Status::Redelivered => 2,
        });
        // Bodies are bounded by MAX_MESSAGE_BYTES, far below 4 GiB.
        out.put_u32(u32::try_from(self.body.len()).unwrap_or(u32::MAX));
        out.put_slice(&self.body);
    }

    fn take(bytes: &mut Bytes) -> Result<Self, Malformed> {
        if bytes.len() < HEADER_BYTES {
            return Err(Malformed::Truncated);
        }
        let id = bytes.get_u64();
        let expires_at = Timestamp::from_millis(bytes.get_u64());
        let status = match bytes.get_u8() {
            0 => Status::Body,
            1 => Status::OversizedReply,
            2 => Status::Redelivered,
            other => return Err(Malformed::Status(other)),
        };
        let length = bytes.get_u32() as usize;
        if bytes.len() < length {
            return Err(Malformed::Truncated);
        }
        Ok(Self {
            id,
            expires_at,
            status,
            body: bytes.split_to(length),
        })
    }
}

pub fn encode<'a>(frames: impl Iterator<Item = &'a Frame> + Clone) -> Bytes {
    let size = 1 + frames.clone().map(Frame::size).sum::<usize>();
    let mut out = BytesMut::with_capacity(size);
    out.put_u8(VERSION);
    for frame in frames {
        frame.put(&mut out);
    }
    out.freeze()
}

/// Bodies are slices of the message, not copies.
pub fn decode(mut bytes: Bytes) -> Result<Vec<Frame>, Malformed> {
    if bytes.is_empty() || bytes.get_u8() != VERSION {
        return Err(Malformed::Version);
    }
    let mut frames = Vec::new();
    while bytes.has_remaining() {
        if frames.len() == MAX_FRAMES {
            return Err(Malformed::Count);
        }
        frames.push(Frame::take(&mut bytes)?);
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::{Frame, MAX_FRAMES, Malformed, Status, decode, encode};
    use bytes::Bytes;
    use ports::Timestamp;
    use proptest::{collection::vec, prelude::*};

    fn frame() -> impl Strategy<Value = Frame> {
        (
            any::<u64>(),
            0..u64::MAX / 1000,
            0..3usize,
            vec(any::<u8>(), 0..300),
        )
            .prop_map(|(id, millis, status, body)| Frame {
                id,
                expires_at: Timestamp::from_millis(millis),
                status: [Status::Body, Status::OversizedReply, Status::Redelivered][status],
                body: Bytes::from(body),
            })
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(frames in vec(frame(), 0..70)) {
            prop_assert_eq!(decode(encode(frames.iter())), Ok(frames));
        }

        #[test]
        fn hostile_bytes_are_an_error_or_what_they_encode(mut bytes in vec(any::<u8>(), 0..600)) {
            if let Some(first) = bytes.first_mut() {
                *first = 1;
            }
            let bytes = Bytes::from(bytes);
            if let Ok(frames) = decode(bytes.clone()) {
                // Times past the year 586,000 saturate, so only the lengths are sure to come back.
                prop_assert_eq!(encode(frames.iter()).len(), bytes.len());
            }
        }

        #[test]
        fn a_cut_message_is_refused(frames in vec(frame(), 1..5), cut in any::<prop::sample::Index>()) {
            let whole = encode(frames.iter());
            let cut = cut.index(whole.len() - 1) + 1;
            let decoded = decode(whole.slice(..cut));
            prop_assert!(decoded.is_err() || decoded.is_ok_and(|some| some.len() < frames.len()));
        }
    }

    #[test]
    fn other_versions_and_endless_frames_are_refused() {
        assert_eq!(decode(Bytes::new()), Err(Malformed::Version));
        assert_eq!(decode(Bytes::from_static(&[2])), Err(Malformed::Version));
        let empty = Frame {
            id: 0,
            expires_at: Timestamp::from_millis(0),
            status: Status::Body,
            body: Bytes::new(),
        };
        let many = vec![empty; MAX_FRAMES + 1];
        assert_eq!(decode(encode(many.iter())), Err(Malformed::Count));
    }
}
