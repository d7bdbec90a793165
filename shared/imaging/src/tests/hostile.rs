//! Files made to hurt, and files that were hurt.

use super::render_all;
use crate::geometry::Size;
use crate::samples::*;
use crate::{ImageError, Limits, presets, probe};
use png::{BitDepth, ColorType};
use proptest::prelude::*;
use rusty_jpeg::ColorType as JpegColor;
use std::time::{Duration, Instant};

const SIZE: Size = Size::new(64, 48);

/// One or two files of each format, with everything in them that is parsed.
fn files() -> Vec<Vec<u8>> {
    let (rgb, block) = (photo(SIZE), exif(6, true));
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let jpeg = |progressive| {
        jpeg_with(SIZE, &rgb, JpegColor::Rgb, |encoder| {
            encoder.set_progressive(progressive);
            encoder.add_exif_metadata(&block).unwrap();
            encoder.add_icc_profile(&profile).unwrap();
        })
    };
    let png = png_with(SIZE, &rgb, (ColorType::Rgb, BitDepth::Eight), |info| {
        info.exif_metadata = Some(block.clone().into());
        info.icc_profile = Some(profile.clone().into());
    });
    let rgba = pixels(SIZE, |x, y| [x as u8, y as u8, 99, (x * y) as u8]);
    let webp = webp(SIZE, &rgb);
    vec![
        jpeg(false),
        jpeg(true),
        png,
        interlaced_png(SIZE, &rgb),
        extended_webp(&webp, SIZE, b"EXIF", &block),
        lossless_webp(SIZE, &rgba),
        animation(Size::new(70, 50), (2, 0), SIZE, &webp),
        gif::gif(
            SIZE,
            &[
                gif::frame(SIZE, gif::quarter(SIZE)),
                gif::frame(SIZE, |_, _| 1),
            ],
            Some(::gif::Repeat::Infinite),
        ),
        AVIF[0].1.to_vec(),
        CLEAR_AVIF.to_vec(),
    ]
}

#[track_caller]
fn refused_at_once(file: &[u8], what: &'static str) {
    let started = Instant::now();
    let error = render_all(file, &presets(), &Limits::default()).unwrap_err();
    assert!(
        matches!(error, ImageError::TooLarge { what: found, .. } if found == what),
        "{error}"
    );
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn a_truncated_file_is_never_a_picture() {
    for file in files() {
        assert!(render_all(&file, &presets()[..1], &Limits::default()).is_ok());
        let step = file.len() / 150 + 1;
        for end in (0..file.len()).rev().step_by(step) {
            let cut = render_all(&file[..end], &presets()[..1], &Limits::default());
            assert!(cut.is_err(), "{end} of {} bytes", file.len());
        }
    }
}

#[test]
fn sizes_that_are_only_claimed() {
    let claim = |mut file: Vec<u8>, at: usize, bytes: &[u8]| {
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    let rgb = photo(SIZE);
    let frame = |file: &[u8]| {
        file.windows(2)
            .position(|w| matches!(w, [0xFF, 0xC0 | 0xC2]))
    };
    for progressive in [false, true] {
        let file = jpeg_with(SIZE, &rgb, JpegColor::Rgb, |e| {
            e.set_progressive(progressive);
        });
        let at = frame(&file).unwrap() + 5;
        let file = claim(file, at, &65_000_u16.to_be_bytes().repeat(2));
        refused_at_once(&file, "pixels on its longer side");
    }
    let file = jpeg(SIZE, &rgb);
    let at = frame(&file).unwrap() + 5;
    refused_at_once(
        &claim(file, at, &29_000_u16.to_be_bytes().repeat(2)),
        "pixels",
    );
    let huge = claim(png(SIZE, &rgb), 16, &20_000_u32.to_be_bytes().repeat(2));
    refused_at_once(&huge, "pixels");
    let still = webp(SIZE, &rgb);
    let animated = animation(Size::new(40_000, 40_000), (0, 0), SIZE, &still);
    refused_at_once(&animated, "pixels on its longer side");
}

#[test]
fn memory_that_a_format_cannot_do_without() {
    let rgb = photo(SIZE);
    let mut interlaced = interlaced_png(SIZE, &rgb);
    let side = 9_990_u32.to_be_bytes();
    interlaced[16..24].copy_from_slice(&side.repeat(2));
    let tight = Limits {
        max_working_set: 1 << 20,
        ..Limits::default()
    };
    let refused = |file: &[u8], limits| {
        matches!(
            probe(file, limits),
            Err(ImageError::TooLarge {
                what: "bytes to decode at once",
                ..
            })
        )
    };
    assert!(refused(&interlaced, &tight));
    let size = Size::new(1000, 600);
    let rgb = photo(size);
    let progressive = jpeg_with(size, &rgb, JpegColor::Rgb, |e| e.set_progressive(true));
    assert!(refused(&progressive, &tight));
    assert!(refused(&webp(size, &rgb), &tight));
    assert!(!refused(&jpeg(size, &rgb), &tight));
    assert!(!refused(&png(size, &rgb), &tight));
}

#[test]
fn frames_larger_than_their_canvas() {
    let large = Size::new(3000, 2000);
    let still = webp(large, &photo(large));
    for (canvas, place, claimed) in [
        (SIZE, (0, 0), SIZE),
        (SIZE, (0, 0), large),
        (large, (2, 0), large),
        (large, (0, 0xFF_FFFF), large),
    ] {
        let file = animation(canvas, place, claimed, &still);
        let error = render_all(&file, &presets(), &Limits::default()).unwrap_err();
        assert_eq!(
            error,
            ImageError::broken("a frame is not as large as it says")
        );
    }
}

#[test]
fn animations_without_end() {
    let frame = || gif::frame(Size::new(1, 1), |_, _| 0);
    let one = gif::gif(Size::new(1, 1), &[frame()], None);
    // What is between the colours and the trailer.
    let image = &one[one.len() - 30..];
    let start = image
        .iter()
        .position(|byte| *byte == 0x21 || *byte == 0x2C)
        .unwrap();
    let image = &image[start..image.len() - 1];
    let head = &one[..one.len() - 1];
    let bomb = [head, &image.repeat(3000), b";"].concat();
    refused_at_once(&bomb, "frames");

    // Fewer frames, each of which is a large canvas by the time it is shown.
    let mut bomb = [head, &image.repeat(500), b";"].concat();
    bomb[6..10].copy_from_slice(&[0x10, 0x27, 0x10, 0x17]);
    refused_at_once(&bomb, "pixels over all frames");

    let still = webp(SIZE, &photo(SIZE));
    let many = animation(SIZE, (0, 0), SIZE, &still);
    let (head, frame) = many.split_at(30);
    let mut bomb = [head, &frame.repeat(1500)].concat();
    let length = u32::try_from(bomb.len() - 8).unwrap();
    bomb[4..8].copy_from_slice(&length.to_le_bytes());
    refused_at_once(&bomb, "frames");
}

#[test]
fn what_is_made_of_an_animation_is_bounded_too() {
    use crate::{Form, Format, Request, render};
    let frames = [0, 1].map(|index| gif::frame(SIZE, move |_, _| index));
    let file = gif::gif(SIZE, &frames, None);
    let form = Form {
        width: Some(2000.try_into().unwrap()),
        enlarge: true,
        ..Form::default()
    };
    let request = Request {
        name: "huge",
        form: &form,
        formats: &[Format::WebP],
    };
    let limits = Limits {
        max_frame_pixels: 4_000_000,
        ..Limits::default()
    };
    let error = render(&file, &[request], &limits).unwrap_err();
    assert!(
        matches!(
            error,
            ImageError::Excessive {
                what: "pixels over all frames",
                ..
            }
        ),
        "{error}"
    );
    let header = probe(&file, &limits).unwrap();
    assert_eq!(limits.check(&header, &form, Format::WebP), Err(error));
    assert_eq!(limits.check(&header, &form, Format::Png), Ok(()));
}

#[test]
fn sizes_that_an_avif_only_claims() {
    let file = AVIF[0].1;
    let at = file.windows(4).position(|w| w == b"ispe").unwrap() + 8;
    let claim = |width: u32, height: u32| {
        let mut file = file.to_vec();
        file[at..at + 4].copy_from_slice(&width.to_be_bytes());
        file[at + 4..at + 8].copy_from_slice(&height.to_be_bytes());
        file
    };
    refused_at_once(&claim(40_000, 10), "pixels on its longer side");
    refused_at_once(&claim(20_000, 20_000), "pixels");
    refused_at_once(&claim(9_000, 9_000), "bytes to decode at once");
    // Smaller and larger than the stream's own.
    for (width, height) in [(47, 32), (8, 8), (100, 100), (0, 32)] {
        let error = render_all(&claim(width, height), &presets(), &Limits::default());
        assert!(matches!(error, Err(ImageError::Broken(_))), "{error:?}");
    }
}

/// The sample with an alpha that claims this size. The size lies where two properties of the picture were that nobody reads.
fn avif_with_alpha_of(width: u32, height: u32) -> Vec<u8> {
    let mut file = CLEAR_AVIF.to_vec();
    let at = |kind: &[u8]| CLEAR_AVIF.windows(kind.len()).position(|w| w == kind);
    let start = at(b"pixi").unwrap() - 4;
    let size = [width, height].map(u32::to_be_bytes).concat();
    let properties = [
        b"\0\0\0\x14ispe\0\0\0\0",
        size.as_slice(),
        b"\0\0\0\x08free",
    ]
    .concat();
    file[start..start + properties.len()].copy_from_slice(&properties);
    // The second item has four properties, the first of which was the size of both.
    let associated = at(&[0, 2, 4, 1]).unwrap() + 3;
    file[associated] = 2;
    file
}

#[test]
fn an_alpha_of_another_size_is_not_decoded() {
    let limits = Limits::default();
    let same = avif_with_alpha_of(48, 32);
    assert!(probe(&same, &limits).unwrap().has_alpha);
    render_all(&same, &presets(), &limits).unwrap();
    for (width, height) in [(24, 16), (48, 33), (0, 0), (20_000, 20_000)] {
        let error = probe(&avif_with_alpha_of(width, height), &limits).unwrap_err();
        let expected = "the image is broken: its alpha is of another size";
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn an_avif_of_many_frames() {
    let file = AVIF[0].1;
    let start = file.windows(4).position(|w| w == b"mdat").unwrap() + 4;
    let stream = &file[start..];
    // A box that reaches to the end of the file, in which the item is what was there, again and again.
    let mut bomb = file[..start].to_vec();
    bomb[start - 8..start - 4].copy_from_slice(&[0; 4]);
    bomb.extend(stream.repeat(50));
    let length = u32::try_from(stream.len()).unwrap().to_be_bytes();
    let told = file.windows(4).rposition(|w| w == length).unwrap();
    let all = u32::try_from(stream.len() * 50).unwrap().to_be_bytes();
    bomb[told..told + 4].copy_from_slice(&all);
    refused_at_once(&bomb, "frames in its picture");
}

#[test]
fn strips_and_pictures_of_nothing() {
    let narrow = |file: Vec<u8>, at: usize, sides: &[u8]| {
        let mut file = file;
        file[at..at + sides.len()].copy_from_slice(sides);
        file
    };
    let one = || {
        gif::gif(
            Size::new(1, 1),
            &[gif::frame(Size::new(1, 1), |_, _| 0)],
            None,
        )
    };
    refused_at_once(
        &narrow(one(), 6, &[1, 0, 0xDC, 0xFF]),
        "pixels on its longer side",
    );
    for file in [
        narrow(one(), 6, &[0; 4]),
        narrow(png(SIZE, &photo(SIZE)), 16, &[0; 8]),
    ] {
        let error = probe(&file, &Limits::default()).unwrap_err();
        assert_eq!(error, ImageError::broken("it has no pixels"));
    }
}

#[test]
fn thousands_of_scans() {
    let file = jpeg_with(SIZE, &photo(SIZE), JpegColor::Rgb, |e| {
        e.set_progressive(true);
    });
    let scan = file
        .windows(2)
        .rposition(|window| window == [0xFF, 0xDA])
        .unwrap();
    let (head, last) = file.split_at(scan);
    let last = &last[..last.len() - 2];
    let bomb = [head, &last.repeat(2017), &[0xFF, 0xD9]].concat();
    refused_at_once(&bomb, "scans");

    // Fewer of them, over a picture that claims to be large.
    let mut bomb = [head, &last.repeat(60), &[0xFF, 0xD9]].concat();
    let frame = bomb.windows(2).position(|window| window == [0xFF, 0xC2]);
    let size = frame.unwrap() + 5;
    bomb[size..size + 4].copy_from_slice(&8_000_u16.to_be_bytes().repeat(2));
    refused_at_once(&bomb, "samples in its scans");
}

#[test]
fn profiles_that_unfold_to_gigabytes() {
    let bomb = png_with(
        SIZE,
        &photo(SIZE),
        (ColorType::Rgb, BitDepth::Eight),
        |info| {
            info.icc_profile = Some(vec![0; 100 << 20].into());
        },
    );
    assert!(bomb.len() < 1 << 20);
    let started = Instant::now();
    assert!(render_all(&bomb, &presets()[..1], &Limits::default()).is_ok());
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );

    let rgb = photo(SIZE);
    let heavy = extended_webp(&webp(SIZE, &rgb), SIZE, b"EXIF", &vec![0; 5 << 20]);
    refused_at_once(&heavy, "bytes of metadata");
    let plain = png(SIZE, &rgb);
    let heavy = png_chunk(b"iCCP", &vec![1; 5 << 20]);
    refused_at_once(
        &[&plain[..33], &heavy, &plain[33..]].concat(),
        "bytes of metadata",
    );
}

#[test]
fn a_file_over_the_limit_is_not_even_looked_at() {
    let limits = Limits {
        max_bytes: 10,
        ..Limits::default()
    };
    let error = probe(&[0; 11], &limits).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the image has too many bytes: the limit is 10"
    );
}

#[test]
fn forms_of_jpeg_that_are_not_read_are_named() {
    let file = jpeg(SIZE, &photo(SIZE));
    let frame = file
        .windows(2)
        .position(|window| window == [0xFF, 0xC0])
        .unwrap();
    for (marker, name) in [
        (0xC3, "lossless JPEG"),
        (0xC5, "hierarchical JPEG"),
        (0xC9, "JPEG with arithmetic coding"),
    ] {
        let mut file = file.clone();
        file[frame + 1] = marker;
        let error = probe(&file, &Limits::default()).unwrap_err();
        assert_eq!(error, ImageError::Unsupported { found: name });
    }
}

/// Small enough that a mutation which enlarges the picture stays cheap.
fn limits() -> Limits {
    Limits {
        max_pixels: 1_000_000,
        max_working_set: 16 << 20,
        ..Limits::default()
    }
}

fn within_limits(file: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(rendered) = render_all(file, &presets()[..2], &limits()) {
        let pixels = u64::from(rendered.header.width) * u64::from(rendered.header.height);
        prop_assert!(pixels <= limits().max_pixels);
        for variant in &rendered.variants {
            prop_assert!(variant.width <= 640 && variant.height <= 640);
            prop_assert!(probe(&variant.bytes, &limits()).is_ok());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_bytes_after_any_signature(bytes in prop::collection::vec(any::<u8>(), 0..400), start in 0..7_usize) {
        let starts: [&[u8]; 7] = [
            b"",
            b"\xFF\xD8\xFF",
            b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR",
            b"RIFF\x60\x01\0\0WEBPVP8 ",
            b"RIFF\x60\x01\0\0WEBPVP8X",
            b"GIF89a\x10\0\x10\0\x80\0\0",
            b"\0\0\0\x10ftypavif\0\0\0\0\0\0\x01\0meta\0\0\0\0",
        ];
        within_limits(&[starts[start], &bytes].concat())?;
    }

    #[test]
    fn mutated_files(
        which in 0..files().len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        headers in any::<bool>(),
    ) {
        let mut file = files().swap_remove(which);
        let reach = if headers { file.len().min(700) } else { file.len() };
        for (at, byte) in edits {
            file[at.index(reach)] = byte;
        }
        within_limits(&file)?;
    }

    #[test]
    fn spliced_files(
        which in 0..files().len(),
        from in any::<prop::sample::Index>(),
        length in 0..200_usize,
        to in any::<prop::sample::Index>(),
    ) {
        let mut file = files().swap_remove(which);
        let from = from.index(file.len());
        let piece = file[from..file.len().min(from + length)].to_vec();
        let to = to.index(file.len());
        file.splice(to..to, piece);
        within_limits(&file)?;
    }
}
