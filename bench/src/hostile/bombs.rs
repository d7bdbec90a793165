//! Small files that ask for much: memory, time or both.

use super::samples::{Family, png, progressive};
use anyhow::{Context, Result};
use png::{BitDepth, ColorType};

/// Pixels of a side of a picture that is as large as pictures may be, and as empty.
const LARGEST: u32 = 10_000;
const PROFILE: usize = 64 << 20;

/// With the media type of each.
pub fn bombs(families: &[Family]) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let first = |media_type: &str| -> Result<&Vec<u8>> {
        let family = families.iter().find(|one| one.media_type == media_type);
        let sample = family.and_then(|family| family.samples.first());
        sample.with_context(|| format!("there is no {media_type}"))
    };
    let mut all = Vec::new();
    for side in [65_000, 29_000, 9_000_u16] {
        all.push(("image/jpeg", jpeg_of(first("image/jpeg")?, side)?));
        all.push(("image/jpeg", jpeg_of(&progressive()?, side)?));
    }
    for times in [60, 2_000] {
        all.push(("image/jpeg", scans(&progressive()?, times)?));
    }
    all.push(("image/jpeg", jpeg_of(&scans(&progressive()?, 60)?, 8_000)?));
    for side in [u32::MAX, 20_000, 9_990] {
        let claim = side.to_be_bytes().repeat(2);
        all.push(("image/png", claiming(first("image/png")?, 16, &claim)?));
    }
    all.push(("image/png", empty_png()?));
    all.push(("image/png", unfolding_profile()?));
    let canvas = claiming(first("image/gif")?, 6, &[0xFF; 4])?;
    all.push(("image/gif", canvas));
    for times in [400, 5_000] {
        all.push(("image/gif", frames(first("image/gif")?, times)?));
    }
    for side in [u32::MAX, 20_000, 8_000] {
        all.push(("image/avif", avif_of(first("image/avif")?, side)?));
    }
    Ok(all)
}

/// The file with other bytes at a place.
fn claiming(file: &[u8], at: usize, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut file = file.to_vec();
    let place = file.get_mut(at..at + bytes.len());
    place
        .context("the file is too short")?
        .copy_from_slice(bytes);
    Ok(file)
}

/// Where the first of some bytes stands that are alike.
fn place(file: &[u8], alike: impl Fn(&[u8]) -> bool, length: usize) -> Result<usize> {
    let found = file.windows(length).position(alike);
    found.context("there is no such place")
}

/// The size stands behind the frame's marker, its length and its precision (ITU-T T.81, B.2.2).
fn jpeg_of(file: &[u8], side: u16) -> Result<Vec<u8>> {
    let frame = place(file, |two| matches!(two, [0xFF, 0xC0 | 0xC2]), 2)?;
    claiming(file, frame + 5, &side.to_be_bytes().repeat(2))
}

/// The last scan again and again.
fn scans(file: &[u8], times: usize) -> Result<Vec<u8>> {
    let scan = file.windows(2).rposition(|two| two == [0xFF, 0xDA]);
    let (head, last) = file.split_at(scan.context("there is no scan")?);
    let last = last
        .strip_suffix(&[0xFF, 0xD9])
        .context("it does not end")?;
    Ok([head, &last.repeat(times), &[0xFF, 0xD9]].concat())
}

/// Nothing but black, in a few kilobytes: it may be decoded, and has to be.
fn empty_png() -> Result<Vec<u8>> {
    let row = LARGEST.div_ceil(8) as usize;
    png(
        (LARGEST, LARGEST),
        &vec![0; row * LARGEST as usize],
        |info| {
            (info.color_type, info.bit_depth) = (ColorType::Grayscale, BitDepth::One);
        },
    )
}

fn unfolding_profile() -> Result<Vec<u8>> {
    png((8, 8), &[0; 64], |info| {
        (info.color_type, info.bit_depth) = (ColorType::Grayscale, BitDepth::Eight);
        info.icc_profile = Some(vec![0; PROFILE].into());
    })
}

/// The image that follows the colours, again and again: its descriptor begins with a comma (GIF89a, section 20).
fn frames(file: &[u8], times: usize) -> Result<Vec<u8>> {
    let image = place(file, |five| five == b",\0\0\0\0", 5)?;
    let (head, image) = file.split_at(image);
    let image = image.strip_suffix(b";").context("it does not end")?;
    Ok([head, &image.repeat(times), b";"].concat())
}

/// The size that is told of the picture's item (ISO/IEC 23008-12, section 6.5.3).
fn avif_of(file: &[u8], side: u32) -> Result<Vec<u8>> {
    let told = place(file, |four| four == b"ispe", 4)?;
    claiming(file, told + 8, &side.to_be_bytes().repeat(2))
}

#[cfg(test)]
mod tests {
    use super::{super::samples::families, *};
    use imaging::{Format, Limits};

    /// What one upload may have.
    const MOST: usize = 32 << 20;

    #[test]
    fn bombs_are_small_and_of_their_format() {
        let bombs = bombs(&families().unwrap()).unwrap();
        assert!(bombs.len() > 15);
        for (media_type, bomb) in &bombs {
            let format = Format::sniff(bomb).map(Format::media_type);
            assert_eq!(format, Some(*media_type));
            assert!(bomb.len() < MOST, "{} bytes", bomb.len());
        }
        let refused = bombs
            .iter()
            .filter(|(_, bomb)| imaging::probe(bomb, &Limits::default()).is_err());
        assert!(refused.count() > 8);
    }
}
