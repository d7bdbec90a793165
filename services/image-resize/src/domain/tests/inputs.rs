//! Every kind of file that is accepted.

use super::render_all;
use crate::domain::geometry::Size;
use crate::domain::samples::*;
use crate::domain::{Format, ImageError, Limits, Orientation, probe};
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
            let rendered =
                render_all(&file, &crate::domain::presets(), &Limits::default()).unwrap();
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
fn an_animation_is_its_first_frame() {
    let config = webp::WebPConfig::new().unwrap();
    let (first, second) = (quarters(SIZE), pixels(SIZE, |_, _| [0, 0, 0]));
    let mut encoder = webp::AnimEncoder::new(SIZE.width, SIZE.height, &config);
    encoder.add_frame(webp::AnimFrame::from_rgb(
        &first,
        SIZE.width,
        SIZE.height,
        0,
    ));
    encoder.add_frame(webp::AnimFrame::from_rgb(
        &second,
        SIZE.width,
        SIZE.height,
        100,
    ));
    let file = encoder.encode().to_vec();
    assert_eq!(probe(&file, &Limits::default()).unwrap().size(), SIZE);
    assert_quarters(&read(&file), 24);
}

#[test]
fn a_frame_smaller_than_its_canvas_lies_in_the_clear() {
    let (canvas, frame) = (Size::new(20, 10), Size::new(4, 6));
    let red = lossless_webp(frame, &pixels(frame, |_, _| [255, 0, 0, 255]));
    let file = animation(canvas, (6, 2), frame, &red);
    assert!(probe(&file, &Limits::default()).unwrap().has_alpha);
    let bitmap = read(&file);
    assert_eq!(bitmap.size, canvas);
    let at = |x: usize, y: usize| &bitmap.pixels[(y * 20 + x) * 4..][..4];
    assert_eq!(at(6, 2), [255, 0, 0, 255]);
    assert_eq!(at(9, 7), [255, 0, 0, 255]);
    for (x, y) in [(5, 2), (6, 1), (10, 2), (6, 8)] {
        assert_eq!(at(x, y), [0; 4], "{x} {y}");
    }
}

#[test]
fn an_animation_with_alpha() {
    let half = pixels(SIZE, |x, _| [200, 100, 50, if x < 24 { 255 } else { 0 }]);
    let lossy = webp::Encoder::from_rgba(&half, SIZE.width, SIZE.height).encode(90.0);
    // Without the still picture's own extended header, as frames are.
    let frame = [&lossy[..12], &lossy[30..]].concat();
    let bitmap = read(&animation(SIZE, (0, 0), SIZE, &frame));
    assert_near(color_at(&bitmap, 0.25, 0.5), &[200, 100, 50, 255], 10);
    assert_eq!(color_at(&bitmap, 0.75, 0.5)[3], 0);
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
    let gif = format(b"GIF89a\x01\0\x01\0\0\0\0;");
    assert_eq!(gif, Err(ImageError::Unsupported { found: "GIF" }));
}
