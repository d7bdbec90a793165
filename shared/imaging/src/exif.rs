//! The one EXIF tag that changes what is seen. EXIF is a TIFF file (TIFF 6.0, section 2) inside the image.

use super::Orientation;

const ORIENTATION: u16 = 0x0112;
const SHORT: u16 = 3;
const ENTRY: usize = 12;

/// Bytes before the TIFF header in JPEG, and by mistake in some WebP and PNG files.
pub(super) const PREFIX: &[u8] = b"Exif\0\0";

/// Upright when the block says nothing or cannot be read: broken metadata is no reason to refuse a picture.
pub(super) fn orientation(block: &[u8]) -> Orientation {
    let tiff = block.strip_prefix(PREFIX).unwrap_or(block);
    read(tiff).map_or_else(Orientation::default, Orientation::from_exif)
}

struct Tiff<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl<'a> Tiff<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.get(..4)? {
            b"II*\0" => false,
            b"MM\0*" => true,
            _ => return None,
        };
        Some(Self { bytes, big_endian })
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let (first, second) = (self.short(at)?.into(), self.short(at + 2)?.into());
        let (high, low): (u32, u32) = if self.big_endian {
            (first, second)
        } else {
            (second, first)
        };
        Some(high << 16 | low)
    }
}

fn read(bytes: &[u8]) -> Option<u16> {
    let tiff = Tiff::new(bytes)?;
    let directory = usize::try_from(tiff.long(4)?).ok()?;
    let entries = directory.checked_add(2)?;
    let count = usize::from(tiff.short(directory)?);
    let entry = (0..count)
        .map_while(|index| entries.checked_add(index * ENTRY))
        .take_while(|entry| *entry < bytes.len())
        .find(|entry| tiff.short(*entry) == Some(ORIENTATION))?;
    (tiff.short(entry + 2)? == SHORT).then(|| tiff.short(entry + 8))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::exif;
    use proptest::prelude::*;

    #[test]
    fn both_byte_orders_with_and_without_prefix() {
        for big_endian in [false, true] {
            let tiff = exif(6, big_endian);
            assert_eq!(orientation(&tiff), Orientation::Rotate90);
            assert_eq!(
                orientation(&[PREFIX, &tiff].concat()),
                Orientation::Rotate90
            );
        }
        assert_eq!(orientation(&exif(9, true)), Orientation::Upright);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(mut bytes in prop::collection::vec(any::<u8>(), 0..64), magic in 0..3) {
            let magic: &[u8] = match magic { 0 => b"", 1 => b"II*\0", _ => b"MM\0*" };
            bytes.splice(0..0, magic.iter().copied());
            orientation(&bytes);
        }

        #[test]
        fn a_changed_byte_is_harmless(at in 0..64_usize, byte in any::<u8>()) {
            let mut tiff = exif(6, true);
            let at = at % tiff.len();
            tiff[at] = byte;
            orientation(&tiff);
        }
    }
}
