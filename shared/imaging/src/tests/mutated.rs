//! Each reader against files that somebody has broken: either an error or a whole picture of the promised size.

use crate::decode::{Reduction, decoder};
use crate::geometry::Size;
use crate::samples::*;
use crate::{Limits, color, probe};
use mutate::Campaign;
use rusty_jpeg::ColorType as JpegColor;
use std::panic::{AssertUnwindSafe, catch_unwind};

const SIZE: Size = Size::new(48, 32);
/// More frames than this are not decoded, so that a case takes no longer than the others.
const FRAMES: usize = 20;

/// Small enough that a mutation which enlarges the picture stays cheap.
fn limits() -> Limits {
    Limits {
        max_pixels: 250_000,
        max_working_set: 8 << 20,
        max_frame_pixels: 2_000_000,
        max_scanned: 10_000_000,
        ..Limits::default()
    }
}

fn check(file: &[u8]) {
    let Ok(header) = probe(file, &limits()) else {
        return;
    };
    let (decoder, size) = (
        decoder(header.format),
        header.orientation.upright(header.size()),
    );
    for scale in [1.0, 0.2] {
        let reduction = Reduction::for_scale(scale);
        // What panics is caught where pictures are rendered.
        let decode = AssertUnwindSafe(|| decoder.decode(file, reduction, &limits()));
        let Ok(Ok(raster)) = catch_unwind(decode) else {
            continue;
        };
        // A format may be read at a larger scale than was asked for.
        let scales = [1.0, 0.5, 0.25, 0.125].map(Reduction::for_scale);
        let mut enough = scales
            .iter()
            .filter(|one| one.factor() <= reduction.factor());
        assert!(enough.any(|one| raster.size == one.apply(size)));
        let samples = raster.size.pixels() * raster.layout.channels() as u64;
        assert_eq!(raster.samples.len() as u64, samples);
        let bitmap = color::to_srgb(raster);
        assert_eq!(
            bitmap.pixels.len() as u64,
            bitmap.size.pixels() * bitmap.channels() as u64
        );
    }
    if let Ok(frames) = decoder.frames(file, Reduction::for_scale(1.0), &limits()) {
        for frame in frames.take(FRAMES).map_while(Result::ok) {
            assert_eq!(frame.raster.size, size);
        }
    }
}

fn hunt(name: &str, samples: &[Vec<u8>], words: &[&str]) {
    for sample in samples {
        assert!(
            probe(sample, &limits()).is_ok(),
            "a sample of {name} is no picture"
        );
    }
    Campaign::new(name, samples, words).run(|_, bytes| check(bytes));
}

#[test]
fn jpeg_files() {
    let (rgb, block) = (photo(SIZE), exif(6, true));
    let sample = |progressive, color, samples: &[u8]| {
        jpeg_with(SIZE, samples, color, |encoder| {
            encoder.set_progressive(progressive);
            encoder.set_restart_interval(3);
            encoder.add_exif_metadata(&block).unwrap();
        })
    };
    let cmyk = pixels(SIZE, |x, y| [x as u8, y as u8, 99, 7]);
    let samples = [
        sample(false, JpegColor::Rgb, &rgb),
        sample(true, JpegColor::Rgb, &rgb),
        sample(false, JpegColor::CmykAsYcck, &cmyk),
        sample(false, JpegColor::Luma, &rgb[..rgb.len() / 3]),
    ];
    hunt(
        "jpeg",
        &samples,
        &[
            "Exif\0\0II*\0",
            "Adobe",
            "ICC_PROFILE\0\x01\x01",
            "\0\x08\0\x01",
        ],
    );
}

#[test]
fn png_files() {
    let rgb = photo(SIZE);
    let palette = [RED, GREEN, BLUE, YELLOW].concat();
    let indices = pixels(SIZE, |x, _| [(x % 4) as u8]);
    let kind = (png::ColorType::Indexed, png::BitDepth::Eight);
    let indexed = png_with(SIZE, &indices, kind, |info| {
        info.palette = Some(palette.into());
        info.trns = Some(vec![9, 99].into());
    });
    let samples = [png(SIZE, &rgb), interlaced_png(SIZE, &rgb), indexed];
    hunt(
        "png",
        &samples,
        &[
            "IHDR", "IDAT", "IEND", "acTL", "fcTL", "fdAT", "iCCP", "tRNS", "eXIf",
        ],
    );
}

#[test]
fn webp_files() {
    let rgb = photo(SIZE);
    let rgba = pixels(SIZE, |x, y| [x as u8, y as u8, 99, (x * y) as u8]);
    let still = webp(SIZE, &rgb);
    let samples = [
        extended_webp(&still, SIZE, b"EXIF", &exif(6, false)),
        lossless_webp(SIZE, &rgba),
        animation(Size::new(70, 50), (2, 0), SIZE, &still),
        still,
    ];
    hunt(
        "webp",
        &samples,
        &[
            "RIFF", "WEBP", "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP",
        ],
    );
}

#[test]
fn gif_files() {
    let frame = || gif::frame(SIZE, gif::quarter(SIZE));
    let clear = ::gif::Frame {
        transparent: Some(gif::CLEAR),
        dispose: ::gif::DisposalMethod::Previous,
        ..gif::frame(Size::new(8, 8), |x, _| x as u8 % 5)
    };
    let samples = [
        gif::gif(SIZE, &[frame()], None),
        gif::gif(
            SIZE,
            &[frame(), clear.clone(), clear, frame()],
            Some(::gif::Repeat::Infinite),
        ),
    ];
    hunt(
        "gif",
        &samples,
        &[
            "GIF89a",
            "NETSCAPE2.0",
            "!\u{0}",
            ";",
            ",\0\0\0\0",
            "\x08\0\x08\0",
        ],
    );
}

#[test]
fn avif_files() {
    let mut samples: Vec<Vec<u8>> = AVIF.iter().map(|(_, file)| file.to_vec()).collect();
    samples.extend([GRAY_AVIF.to_vec(), CLEAR_AVIF.to_vec()]);
    hunt(
        "avif",
        &samples,
        &[
            "meta", "iloc", "ispe", "ipma", "mdat", "av01", "grid", "colrnclx", "irot", "clap",
            "\x12\0",
        ],
    );
}
