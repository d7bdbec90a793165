//! The container of WebP (RFC 9649, section 2.3).

const HEADER: usize = 12;

#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    pub kind: [u8; 4],
    pub data: &'a [u8],
}

/// The chunks of a file; what comes after its end is none of it.
pub fn chunks(file: &[u8]) -> Chunks<'_> {
    let end = end(file).unwrap_or(file.len()).min(file.len());
    Chunks(file.get(HEADER..end).unwrap_or_default())
}

/// The file is as long as it says.
pub fn is_complete(file: &[u8]) -> bool {
    end(file).is_some_and(|end| end <= file.len())
}

fn end(file: &[u8]) -> Option<usize> {
    let size = u32::from_le_bytes(*file.get(4..)?.first_chunk()?);
    usize::try_from(size).ok()?.checked_add(8)
}

/// The last chunk may be cut short.
pub struct Chunks<'a>(pub &'a [u8]);

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, rest) = self.0.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (data, rest) = rest.split_at(length.min(rest.len()));
        // Chunks begin at even places.
        self.0 = rest.get(length % 2..).unwrap_or_default();
        Some(Chunk { kind: *kind, data })
    }
}

/// A file of these chunks. No chunk here comes near the 4 GiB that a length can tell.
pub fn file(chunks: &[Chunk<'_>]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for chunk in chunks {
        body.extend_from_slice(&chunk.kind);
        body.extend_from_slice(&(chunk.data.len() as u32).to_le_bytes());
        body.extend_from_slice(chunk.data);
        if chunk.data.len() % 2 == 1 {
            body.push(0);
        }
    }
    let length = (body.len() as u32).to_le_bytes();
    [b"RIFF".as_slice(), &length, &body].concat()
}
