//! What comes out.

use super::render_all;
use crate::geometry::Size;
use crate::samples::*;
use crate::{Format, Limits, Rendered, presets};
use png::{BitDepth, ColorType};

fn rendered(file: &[u8]) -> Rendered {
    render_all(file, &presets(), &Limits::default()).unwrap()
}

fn sizes(rendered: &Rendered, name: &str) -> Vec<(u32, u32)> {
    let named = rendered
        .variants
        .iter()
        .filter(|variant| variant.name == name);
    named
        .map(|variant| (variant.width, variant.height))
        .collect()
}

#[test]
fn three_presets_in_three_formats() {
    let size = Size::new(2000, 1500);
    let rendered = rendered(&jpeg(size, &quarters(size)));
    assert_eq!(sizes(&rendered, "thumb"), [(160, 160); 3]);
    assert_eq!(sizes(&rendered, "small"), [(640, 480); 3]);
    assert_eq!(sizes(&rendered, "large"), [(1600, 1200); 3]);
    for variant in &rendered.variants {
        assert_eq!(Format::sniff(&variant.bytes), Some(variant.format));
        let bitmap = read(&variant.bytes);
        assert_eq!(bitmap.size, Size::new(variant.width, variant.height));
        assert_quarters(&bitmap, 10);
    }
    let hash = rendered.thumbhash;
    assert!((20..=40).contains(&hash.len()), "{hash}");
    assert_eq!(rendered.dominant_color.len(), 7);
}

#[test]
fn a_small_picture_stays_small() {
    let size = Size::new(100, 50);
    let rendered = rendered(&png(size, &quarters(size)));
    assert_eq!(sizes(&rendered, "large"), [(100, 50); 3]);
    assert_eq!(sizes(&rendered, "thumb"), [(50, 50); 3]);
}

#[test]
fn extreme_proportions_keep_a_pixel() {
    for size in [Size::new(5000, 1), Size::new(1, 5000), Size::new(1, 1)] {
        let rgb = pixels(size, |_, _| [10, 20, 30]);
        for file in [png(size, &rgb), jpeg(size, &rgb), webp(size, &rgb)] {
            for variant in rendered(&file).variants {
                assert!(variant.width >= 1 && variant.height >= 1, "{size:?}");
                assert_near(&read(&variant.bytes).pixels[..3], &[10, 20, 30], 4);
            }
        }
    }
}

/// The same picture by way of every reduction, from both kinds of decoder that know one.
#[test]
fn reductions_leave_the_picture_in_its_place() {
    for width in [161, 321, 643, 1283, 2563] {
        let size = Size::new(width, width * 3 / 4);
        let rgb = quarters(size);
        let [thumb, ..] = presets();
        for file in [
            png(size, &rgb),
            jpeg(size, &rgb),
            interlaced_png(size, &rgb),
        ] {
            for variant in render_all(&file, std::slice::from_ref(&thumb), &Limits::default())
                .unwrap()
                .variants
            {
                let bitmap = read(&variant.bytes);
                assert_quarters(&bitmap, 10);
                for (across, down, color) in [(0.44, 0.44, RED), (0.56, 0.56, YELLOW)] {
                    assert_near(color_at(&bitmap, across, down), &color, 24);
                }
            }
        }
    }
}

#[test]
fn what_is_transparent_neither_bleeds_nor_turns_black() {
    // Red stripes beside fully transparent green ones.
    let size = Size::new(800, 800);
    let stripes = pixels(size, |x, _| {
        if x % 2 == 0 {
            [255, 0, 0, 255]
        } else {
            [0, 255, 0, 0]
        }
    });
    let kind = (ColorType::Rgba, BitDepth::Eight);
    let rendered = rendered(&png_with(size, &stripes, kind, |_| {}));
    assert_eq!(rendered.dominant_color, "#ff0000");
    for variant in rendered
        .variants
        .iter()
        .filter(|variant| variant.name == "thumb")
    {
        let bitmap = read(&variant.bytes);
        let middle = color_at(&bitmap, 0.5, 0.5);
        match variant.format {
            Format::Jpeg => assert_near(middle, &[255, 128, 128], 6),
            // Premultiplied: red as strong as alpha, and no green at all.
            _ => assert_near(middle, &[128, 0, 0, 128], 6),
        }
    }
}

#[test]
fn nothing_visible_is_white() {
    let size = Size::new(30, 30);
    let clear = pixels(size, |_, _| [9, 9, 9, 0]);
    let rendered = rendered(&lossless_webp(size, &clear));
    assert_eq!(rendered.dominant_color, "#ffffff");
    let jpeg = rendered
        .variants
        .iter()
        .find(|variant| variant.format == Format::Jpeg);
    assert_near(&read(&jpeg.unwrap().bytes).pixels[..3], &[255; 3], 1);
}

#[test]
fn only_pixels_come_out() {
    let size = Size::new(200, 100);
    let (rgb, secret) = (quarters(size), b"taken at 52.5N 13.4E".as_slice());
    let block = [exif(6, true).as_slice(), secret].concat();
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0".as_slice(), secret].concat();
    let jpeg = jpeg_with(size, &rgb, rusty_jpeg::ColorType::Rgb, |encoder| {
        encoder.add_exif_metadata(&block).unwrap();
        encoder.add_icc_profile(&profile).unwrap();
        encoder.add_app_segment(1, xmp).unwrap();
        encoder.add_app_segment(13, secret.to_vec()).unwrap();
    });
    let png = png_with(size, &rgb, (ColorType::Rgb, BitDepth::Eight), |info| {
        info.exif_metadata = Some(block.clone().into());
        info.icc_profile = Some(profile.clone().into());
        let text = png::text_metadata::TEXtChunk::new("Comment", "taken at 52.5N 13.4E");
        info.uncompressed_latin1_text.push(text);
    });
    let webp = extended_webp(&webp(size, &rgb), size, b"EXIF", &block);
    for file in [jpeg, png, webp] {
        assert!(file.windows(secret.len()).any(|window| window == secret));
        for variant in rendered(&file).variants {
            assert_only_pixels(variant.format, &variant.bytes);
        }
    }
}

fn assert_only_pixels(format: Format, file: &[u8]) {
    let allowed: &[&[u8]] = match format {
        Format::Jpeg => &[],
        Format::Png => &[b"IHDR", b"IDAT", b"IEND"],
        Format::WebP => &[b"VP8 ", b"VP8X", b"ALPH"],
        Format::Gif | Format::Avif => unreachable!("no preset has it"),
    };
    match format {
        Format::Jpeg => {
            let mut rest = &file[2..];
            while rest[1] != 0xDA {
                assert!(
                    !matches!(rest[1], 0xE1..=0xEF | 0xFE),
                    "marker {:x}",
                    rest[1]
                );
                rest = &rest[2 + usize::from(u16::from_be_bytes([rest[2], rest[3]]))..];
            }
        }
        Format::Png => {
            let mut rest = &file[8..];
            while let Some((length, tail)) = rest.split_first_chunk() {
                assert!(allowed.contains(&&tail[..4]), "{:?}", &tail[..4]);
                rest = &tail[8 + u32::from_be_bytes(*length) as usize..];
            }
        }
        Format::WebP => {
            let mut rest = &file[12..];
            while let Some((kind, tail)) = rest.split_first_chunk::<4>() {
                assert!(allowed.contains(&kind.as_slice()), "{kind:?}");
                let length = u32::from_le_bytes(*tail.first_chunk().unwrap()) as usize;
                rest = &tail[4 + length.next_multiple_of(2)..];
            }
        }
        Format::Gif | Format::Avif => {}
    }
}
