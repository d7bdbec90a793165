//! The container of WebP (RFC 9649, section 2.3).

use crate::geometry::Size;

const HEADER: usize = 12;

#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    pub kind: [u8; 4],
    pub data: &'a [u8],
}

impl Chunk<'_> {
    pub fn write(&self, target: &mut Vec<u8>) {
        target.extend_from_slice(&self.kind);
        target.extend_from_slice(&(self.data.len() as u32).to_le_bytes());
        target.extend_from_slice(self.data);
        if self.data.len() % 2 == 1 {
            target.push(0);
        }
    }
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

/// The payload of `VP8X`: flags, reserved bytes, and both sides less one. For sides of at least a pixel.
pub fn extended(flags: u8, size: Size) -> [u8; 10] {
    let [w0, w1, w2, _] = (size.width - 1).to_le_bytes();
    let [h0, h1, h2, _] = (size.height - 1).to_le_bytes();
    [flags, 0, 0, 0, w0, w1, w2, h0, h1, h2]
}

/// A file of these chunks. No chunk here comes near the 4 GiB that a length can tell.
pub fn file(chunks: &[Chunk<'_>]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    chunks.iter().for_each(|chunk| chunk.write(&mut body));
    let length = (body.len() as u32).to_le_bytes();
    [b"RIFF".as_slice(), &length, &body].concat()
}
