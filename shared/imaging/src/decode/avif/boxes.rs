//! Boxes of ISO base media files (ISO/IEC 14496-12, section 4.2).

/// The box's kind and what is in it.
#[derive(Debug, Clone, Copy)]
pub struct IsoBox<'a> {
    pub kind: [u8; 4],
    pub data: &'a [u8],
}

/// The boxes one after the other; the last one may be cut short.
#[derive(Debug, Clone)]
pub struct Boxes<'a>(pub &'a [u8]);

impl<'a> Boxes<'a> {
    pub fn get(&self, kind: &[u8; 4]) -> Option<&'a [u8]> {
        let mut boxes = self.clone();
        boxes
            .find(|found| &found.kind == kind)
            .map(|found| found.data)
    }
}

impl<'a> Iterator for Boxes<'a> {
    type Item = IsoBox<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut cursor = Cursor(self.0);
        let length = cursor.number(4)?;
        let kind = cursor.kind()?;
        let length = match length {
            // To the end of the file.
            0 => self.0.len(),
            1 => cursor.number(8)?,
            length => length,
        };
        let header = self.0.len() - cursor.0.len();
        let length = length.checked_sub(header)?.min(cursor.0.len());
        let (data, rest) = cursor.0.split_at_checked(length)?;
        self.0 = rest;
        Some(IsoBox { kind, data })
    }
}

/// Reads on and on; `None` at the end of the bytes.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// Of so many bytes, at most eight, the most significant one first.
    pub fn number(&mut self, bytes: usize) -> Option<usize> {
        let taken = self.take(bytes)?.iter();
        let number = taken.fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        usize::try_from(number).ok()
    }

    pub fn kind(&mut self) -> Option<[u8; 4]> {
        self.take(4)?.first_chunk().copied()
    }

    /// Version and flags of a full box.
    pub fn version(&mut self) -> Option<(usize, usize)> {
        Some((self.number(1)?, self.number(3)?))
    }
}
