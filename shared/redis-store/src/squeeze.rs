//! Values made smaller. Most are JSON of the same few kinds, so even a short one repeats what the [`DICTIONARY`] holds.

use crate::fault;
use ports::Result;
use std::ops::RangeInclusive;

/// What the values of this project look like: names of fields, and what often stands in them. It decides how much smaller a
/// value becomes and nothing else. Values can only be read with the one that they were written with, so this one stays
/// as it is: a better one is for a format of its own.
const DICTIONARY: &[u8] = include_bytes!("squeeze/dictionary-1.txt");
/// Bytes of a value that is made smaller. Shorter ones hardly become so. Longer ones are mostly pictures, which do not
/// either, and a page's bytes, which are counted as they are stored, must not become many times as many.
const SIZES: RangeInclusive<usize> = 64..=16 << 10;
/// Of the length in front.
const LENGTH_BYTES: usize = 2;

/// The value as an LZ4 block behind its length (16 bits, big-endian); `None` if it is better stored as it is.
pub fn squeeze(value: &[u8]) -> Option<Vec<u8>> {
    if !SIZES.contains(&value.len()) {
        return None;
    }
    let length = u16::try_from(value.len()).ok()?;
    let block = lz4_flex::block::compress_with_dict(value, DICTIONARY);
    let squeezed = [&length.to_be_bytes()[..], &block].concat();
    (squeezed.len() < value.len()).then_some(squeezed)
}

pub fn expand(squeezed: &[u8]) -> Result<Vec<u8>> {
    let broken = || fault::broken("a squeezed value".to_owned());
    let (length, block) = squeezed
        .split_first_chunk::<LENGTH_BYTES>()
        .ok_or_else(broken)?;
    let mut value = vec![0; usize::from(u16::from_be_bytes(*length))];
    let length = lz4_flex::block::decompress_into_with_dict(block, &mut value, DICTIONARY)
        .map_err(|e| broken().with_source(e))?;
    if length == value.len() {
        Ok(value)
    } else {
        Err(broken())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    /// As it may lie in a store: most of it is taken out of the dictionary.
    const WRITTEN: &[u8] = &[
        0, 79, 9, 162, 2, 3, 159, 0, 11, 10, 3, 224, 50, 84, 48, 51, 58, 48, 52, 58, 48, 53, 46,
        54, 55, 56, 103, 2, 15, 165, 7, 1, 96, 58, 91, 93, 125, 125, 125,
    ];

    #[test]
    fn what_was_written_once_can_be_read() {
        let value =
            br#"{"contact":{"created_at":"2026-01-02T03:04:05.678Z","fields":{"addresses":[]}}}"#;
        assert_eq!(expand(WRITTEN).expect("whole"), value);
    }

    proptest! {
        #[test]
        fn what_is_squeezed_comes_back(
            words in vec("[a-z]{1,3}|\\PC|\"contact\":", 0..200),
            noise in vec(any::<u8>(), 0..300),
        ) {
            let value = [words.concat().into_bytes(), noise].concat();
            if let Some(squeezed) = squeeze(&value) {
                prop_assert!(squeezed.len() < value.len());
                prop_assert_eq!(expand(&squeezed).expect("whole"), value);
            }
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in vec(any::<u8>(), 0..300), cut in 0_usize..300) {
            let _ = expand(&bytes);
            let mut squeezed = squeeze(&DICTIONARY[..200]).expect("smaller");
            squeezed.truncate(cut);
            for (byte, other) in squeezed.iter_mut().zip(&bytes) {
                *byte ^= other & 1;
            }
            let _ = expand(&squeezed);
        }
    }
}
