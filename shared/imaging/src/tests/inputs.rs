//! Every kind of file that is accepted.

use super::render_all;
use crate::geometry::Size;
use crate::samples::*;
use crate::{Format, ImageError, Limits, Orientation, probe};
use png::{BitDepth, ColorType};
use rusty_jpeg::encode::ColorType as JpegColor;

const SIZE: Size = Size::new(48, 32);

/// The quarters as a camera held differently would store them.
fn stored(orientation: Orientation) -> (Size, Vec<u8>) {
    use Orientation::*;
    let size = orientation.upright(SIZE);
    let upright = quarters(SIZE);
    let (right, bottom) = (SIZE.width - 1, SIZE.height - 1);
    let samples = pixels(size, |x, y| {
        let (x, y) = match orientation {
            Upright => (x, y),
            MirrorHorizontal => (right - x, y),
            Rotate180 => (right - x, bottom - y),
            MirrorVertical => (x, bottom - y),
            Transpose => (y, x),
            Rotate90 => (right - y, x),
            Transverse => (right - y, bottom - x),
            Rotate270 => (y, bottom - x),
        };
        let at = ((y * SIZE.width + x) * 3) as usize;
        [upright[at], upright[at + 1], upright[at + 2]]
    });
    (size, samples)
}

#[test]
fn every_orientation_in_every_format() {
    for value in 1..=8 {
        let orientation = Orientation::from_exif(value);
        let (size, rgb) = stored(orientation);
        let block = exif(value, value % 2 == 0);
        let jpeg = jpeg_with(size, &rgb, JpegColor::Rgb, |encoder| {
            encoder.add_exif_metadata(&block).unwrap();
        });
        let png = png_with(size, &rgb, (ColorType::Rgb, BitDepth::Eight), |info| {
            info.exif_metadata = Some(block.clone().into());
        });
        let webp = extended_webp(&webp(size, &rgb), size, b"EXIF", &block);
        for file in [jpeg, png, webp] {
            let header = probe(&file, &Limits::default()).unwrap();
            assert_eq!(header.orientation, orientation, "{header:?}");
            assert_eq!(header.size(), SIZE, "{header:?}");
            assert_quarters(&read(&file), 14);
            let rendered = render_all(&file, &crate::presets(), &Limits::default()).unwrap();
            for variant in rendered.variants {
                let bitmap = read(&variant.bytes);
                assert_eq!(bitmap.size, Size::new(variant.width, variant.height));
                assert_quarters(&bitmap, 24);
            }
        }
    }
}

#[test]
fn jpeg_of_every_kind() {
    let rgb = quarters(SIZE);
    let progressive = jpeg_with(SIZE, &rgb, JpegColor::Rgb, |e| e.set_progressive(true));
    assert_quarters(&read(&progressive), 14);
    let restarts = jpeg_with(SIZE, &rgb, JpegColor::Rgb, |e| e.set_restart_interval(2));
    assert_quarters(&read(&restarts), 14);

    let gray = pixels(SIZE, |x, _| [x as u8 * 5]);
    let bitmap = read(&jpeg_with(SIZE, &gray, JpegColor::Luma, |_| {}));
    assert_near(color_at(&bitmap, 0.5, 0.5), &[120; 3], 3);
}

#[test]
fn four_inks() {
    // Pure inks and black, as amounts.
    let inks = |x: u32, y: u32| match (x * 2 < SIZE.width, y * 2 < SIZE.height) {
        (true, true) => [255, 0, 0, 0],
        (false, true) => [0, 255, 0, 0],
        (true, false) => [0, 0, 255, 0],
        (false, false) => [0, 0, 0, 200],
    };
    let cmyk = pixels(SIZE, inks);
    for color in [JpegColor::Cmyk, JpegColor::CmykAsYcck] {
        let file = jpeg_with(SIZE, &cmyk, color, |_| {});
        let bitmap = read(&file);
        assert_near(color_at(&bitmap, 0.25, 0.25), &[0, 255, 255], 12);
        assert_near(color_at(&bitmap, 0.75, 0.25), &[255, 0, 255], 12);
        assert_near(color_at(&bitmap, 0.25, 0.75), &[255, 255, 0], 12);
        assert_near(color_at(&bitmap, 0.75, 0.75), &[55; 3], 12);
    }
}

#[test]
fn inks_without_the_mark_of_adobe_are_not_inverted() {
    let cmyk = pixels(SIZE, |_, _| [255, 0, 0, 0]);
    let mut file = jpeg_with(SIZE, &cmyk, JpegColor::Cmyk, |_| {});
    let mark = file
        .windows(5)
        .position(|window| window == b"Adobe")
        .unwrap();
    file[mark] = b'a';
    // What Adobe would read as cyan is its complement to everyone else.
    assert_near(color_at(&read(&file), 0.5, 0.5), &[0; 3], 12);
}

#[test]
fn png_of_every_kind() {
    let wide = |samples: Vec<u8>| -> Vec<u8> {
        samples
            .into_iter()
            .flat_map(|sample| [sample, 0x7F])
            .collect()
    };
    let rgb = quarters(SIZE);
    let rgb16 = png_with(
        SIZE,
        &wide(rgb.clone()),
        (ColorType::Rgb, BitDepth::Sixteen),
        |_| {},
    );
    assert_quarters(&read(&rgb16), 1);
    assert_quarters(&read(&interlaced_png(SIZE, &rgb)), 0);

    let gray16 = wide(pixels(SIZE, |x, _| [x as u8 * 5]));
    let gray16 = png_with(
        SIZE,
        &gray16,
        (ColorType::Grayscale, BitDepth::Sixteen),
        |_| {},
    );
    assert_near(color_at(&read(&gray16), 0.5, 0.5), &[120; 3], 1);

    let bits = pixels(Size::new(SIZE.width / 8, SIZE.height), |_, _| [0x0F]);
    let bits = png_with(SIZE, &bits, (ColorType::Grayscale, BitDepth::One), |_| {});
    assert_eq!(color_at(&read(&bits), 0.0, 0.0), [0; 3]);
    assert_eq!(color_at(&read(&bits), 0.99, 0.0), [255; 3]);
}

#[test]
fn palettes_with_and_without_transparency() {
    let quarter = |x, y| [u8::from(x * 2 >= SIZE.width) + 2 * u8::from(y * 2 >= SIZE.height)];
    let indices = pixels(SIZE, quarter);
    let palette = [RED, GREEN, BLUE, YELLOW].concat();
    let kind = (ColorType::Indexed, BitDepth::Eight);
    let opaque = png_with(SIZE, &indices, kind, |info| {
        info.palette = Some(palette.clone().into());
    });
    assert!(!probe(&opaque, &Limits::default()).unwrap().has_alpha);
    assert_quarters(&read(&opaque), 0);
    let clear = png_with(SIZE, &indices, kind, |info| {
        info.palette = Some(palette.clone().into());
        info.trns = Some(vec![255, 0].into());
    });
    assert!(probe(&clear, &Limits::default()).unwrap().has_alpha);
    assert_eq!(color_at(&read(&clear), 0.75, 0.25)[3], 0);
    assert_eq!(color_at(&read(&clear), 0.25, 0.25), [220, 30, 40, 255]);
}

#[test]
fn webp_of_every_kind() {
    let rgb = quarters(SIZE);
    assert_quarters(&read(&webp(SIZE, &rgb)), 14);
    let half = pixels(SIZE, |x, _| [200, 100, 50, if x < 24 { 255 } else { 0 }]);
    let lossless = lossless_webp(SIZE, &half);
    let lossy = webp::Encoder::from_rgba(&half, SIZE.width, SIZE.height).encode(90.0);
    for file in [lossless, lossy.to_vec()] {
        assert!(probe(&file, &Limits::default()).unwrap().has_alpha);
        assert_near(color_at(&read(&file), 0.25, 0.5), &[200, 100, 50, 255], 10);
        assert_eq!(color_at(&read(&file), 0.75, 0.5)[3], 0);
    }
}

#[test]
fn chroma_of_every_density() {
    use rusty_jpeg::encode::SamplingFactor;
    let rgb = quarters(SIZE);
    for factor in [
        SamplingFactor::R_4_4_4,
        SamplingFactor::R_4_4_0,
        SamplingFactor::R_4_2_2,
        SamplingFactor::R_4_2_0,
        SamplingFactor::R_4_1_1,
        SamplingFactor::R_4_1_0,
    ] {
        let file = jpeg_with(SIZE, &rgb, JpegColor::Rgb, |e| {
            e.set_sampling_factor(factor);
        });
        assert_quarters(&read(&file), 14);
    }
}

#[test]
fn avif_of_every_kind() {
    for (kind, file) in AVIF {
        let header = probe(file, &Limits::default()).unwrap();
        assert_eq!((header.size(), header.has_alpha), (SIZE, false), "{kind}");
        assert_quarters(&read(file), 14);
    }
    let gray = read(GRAY_AVIF);
    for (across, light) in [(0.25, 88), (0.75, 118)] {
        assert_near(color_at(&gray, across, 0.25), &[light; 3], 4);
    }
    assert!(probe(CLEAR_AVIF, &Limits::default()).unwrap().has_alpha);
    let clear = read(CLEAR_AVIF);
    assert_near(color_at(&clear, 0.25, 0.25), &[220, 30, 40, 255], 10);
    assert_eq!(color_at(&clear, 0.75, 0.25)[3], 0);
}

#[test]
fn gif_of_every_kind() {
    use ::gif::Frame;
    let quarters = || gif::frame(SIZE, gif::quarter(SIZE));
    let interlaced = {
        // Every eighth line, those between, then every second of what is left (GIF89a, appendix E).
        let passes = [(0, 8), (4, 8), (2, 4), (1, 2)];
        let lines = passes.map(|(first, step)| (first..SIZE.height).step_by(step));
        let lines: Vec<u32> = lines.into_iter().flatten().collect();
        let index = gif::quarter(SIZE);
        Frame {
            interlaced: true,
            ..gif::frame(SIZE, move |x, y| index(x, lines[y as usize]))
        }
    };
    let own_colors = Frame {
        palette: Some([[0; 3], RED, GREEN, BLUE, YELLOW].concat()),
        ..gif::frame(SIZE, |x, y| gif::quarter(SIZE)(x, y) + 1)
    };
    for frame in [quarters(), interlaced, own_colors] {
        let file = gif::gif(SIZE, &[frame], None);
        let header = probe(&file, &Limits::default()).unwrap();
        assert_eq!((header.animation, header.has_alpha), (None, false));
        assert_quarters(&read(&file), 0);
    }
    let clear = Frame {
        transparent: Some(1),
        ..quarters()
    };
    let file = gif::gif(SIZE, &[clear], None);
    assert!(probe(&file, &Limits::default()).unwrap().has_alpha);
    assert_eq!(color_at(&read(&file), 0.75, 0.25)[3], 0);
    assert_near(color_at(&read(&file), 0.25, 0.25), &[220, 30, 40, 255], 0);
}

#[test]
fn the_beginning_of_a_file_is_enough_for_its_header() {
    let size = Size::new(300, 200);
    let rgb = photo(size);
    for file in [jpeg(size, &rgb), png(size, &rgb), webp(size, &rgb)] {
        let header = probe(&file[..1000], &Limits::default()).unwrap();
        assert_eq!(header, probe(&file, &Limits::default()).unwrap());
        assert_eq!(header.size(), size);
        let short = probe(&file[..14], &Limits::default());
        assert!(matches!(short, Err(ImageError::Broken(_))), "{short:?}");
    }
}

#[test]
fn the_bytes_tell_the_format() {
    let rgb = quarters(SIZE);
    let format = |file: &[u8]| probe(file, &Limits::default()).map(|header| header.format);
    assert_eq!(format(&jpeg(SIZE, &rgb)), Ok(Format::Jpeg));
    assert_eq!(format(&png(SIZE, &rgb)), Ok(Format::Png));
    assert_eq!(format(&webp(SIZE, &rgb)), Ok(Format::WebP));
    assert_eq!(format(AVIF[0].1), Ok(Format::Avif));
    let gif = gif::gif(SIZE, &[gif::frame(SIZE, gif::quarter(SIZE))], None);
    assert_eq!(format(&gif), Ok(Format::Gif));
    let heic = format(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    assert_eq!(heic, Err(ImageError::Unsupported { found: "HEIC" }));
}
