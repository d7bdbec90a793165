use super::{Reduced, decode, planes};
use crate::decode::reduce::Reducer;
use crate::decode::{Layout, Reduction};
use crate::geometry::Size;
use crate::samples::{jpeg_with, photo, pixels};
use proptest::prelude::*;
use rusty_jpeg::encode::{ColorType, Encoder, SamplingFactor};

const SIZE: Size = Size::new(203, 117);
const SCALES: [f64; 3] = [0.5, 0.25, 0.125];

type Settings = fn(&mut Encoder<&mut Vec<u8>>);

/// Every form that a baseline picture usually has.
const FORMS: [(ColorType, Settings); 6] = [
    (ColorType::Rgb, |e| {
        e.set_sampling_factor(SamplingFactor::F_2_2);
    }),
    (ColorType::Rgb, |e| {
        e.set_sampling_factor(SamplingFactor::F_1_1);
    }),
    (ColorType::Luma, |_| {}),
    (ColorType::Rgb, |e| e.set_optimized_huffman_tables(true)),
    (ColorType::Rgb, |e| e.set_restart_interval(3)),
    (ColorType::Rgb, |e| {
        e.set_sampling_factor(SamplingFactor::F_2_2);
        e.set_restart_interval(1);
    }),
];

fn file((color, settings): (ColorType, Settings)) -> Vec<u8> {
    let samples = match color {
        ColorType::Luma => pixels(SIZE, |x, y| [(x + y) as u8 / 2]),
        _ => photo(SIZE),
    };
    jpeg_with(SIZE, &samples, color, settings)
}

/// The means of square blocks of the whole picture, which is decoded by another decoder.
fn means(file: &[u8], factor: usize) -> Vec<f64> {
    let mut decoder = rusty_jpeg::Decoder::new(file);
    let samples = decoder.decode().unwrap();
    let (width, height) = (SIZE.width as usize, SIZE.height as usize);
    let channels = samples.len() / (width * height);
    let mean = |x: usize, y: usize, channel: usize| {
        let across = x * factor..width.min((x + 1) * factor);
        let down = y * factor..height.min((y + 1) * factor);
        let count = (across.len() * down.len()) as f64;
        let sample = |x, y| f64::from(samples[(y * width + x) * channels + channel]);
        let rows = down.flat_map(|y| across.clone().map(move |x| (x, y)));
        rows.map(|(x, y)| sample(x, y)).sum::<f64>() / count
    };
    let mut means = Vec::new();
    for y in 0..height.div_ceil(factor) {
        for x in 0..width.div_ceil(factor) {
            means.extend((0..channels).map(|channel| mean(x, y, channel)));
        }
    }
    means
}

fn distance(reduced: &Reduced, expected: &[f64]) -> f64 {
    assert_eq!(reduced.samples.len(), expected.len());
    let pairs = reduced.samples.iter().zip(expected);
    let sum: f64 = pairs.map(|(a, b)| (f64::from(*a) - b).abs()).sum();
    sum / expected.len() as f64
}

#[test]
fn every_form_at_every_scale() {
    for (number, form) in FORMS.into_iter().enumerate() {
        let file = file(form);
        for scale in SCALES {
            let reduction = Reduction::for_scale(scale);
            let reduced = decode(&file, reduction).unwrap().unwrap();
            assert_eq!(reduced.size, reduction.apply(SIZE));
            let gray = form.0 == ColorType::Luma;
            assert_eq!(
                reduced.layout,
                if gray { Layout::Gray } else { Layout::Rgb }
            );
            let distance = distance(&reduced, &means(&file, reduction.factor() as usize));
            assert!(
                distance < 3.0,
                "form {number} at {scale} is {distance} away"
            );
        }
    }
}

/// The means of two by two pixels.
fn halved(size: Size, rgb: &[u8]) -> Vec<u8> {
    let mut reducer = Reducer::new(size, Layout::Rgb, Reduction::for_scale(0.5));
    rgb.chunks(size.width as usize * 3)
        .for_each(|row| reducer.push(row));
    reducer.finish()
}

#[test]
fn planes_have_the_same_colours() {
    for (number, form) in FORMS.into_iter().enumerate() {
        let file = file(form);
        for scale in SCALES {
            let reduction = Reduction::for_scale(scale);
            let in_planes = [0, 5].contains(&number);
            let planes = planes(&file, reduction).map(Result::unwrap);
            assert_eq!(planes.is_some(), in_planes, "form {number}");
            let Some(planes) = planes else { continue };
            let expected = decode(&file, reduction).unwrap().unwrap();
            assert_eq!(planes.size(), expected.size);
            // Where chrominance has one sample, each has the same colour.
            let found = halved(expected.size, &planes.to_bitmap().pixels);
            let expected = halved(expected.size, &expected.samples);
            let pairs = found.iter().zip(&expected);
            let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            let distance = sum as f64 / found.len() as f64;
            assert!(
                distance < 1.5,
                "form {number} at {scale} is {distance} away"
            );
        }
    }
}

#[test]
fn other_kinds_are_left_to_the_other_decoder() {
    let half = Reduction::for_scale(0.5);
    let left = |color, settings: Settings| decode(&file((color, settings)), half).is_none();
    assert!(left(ColorType::Rgb, |e| e.set_progressive(true)));
    assert!(left(ColorType::Rgb, |e| e
        .set_sampling_factor(SamplingFactor::F_2_1)));
    let whole = Reduction::for_scale(1.0);
    assert!(decode(&file(FORMS[0]), whole).is_none());
    assert!(decode(b"", half).is_none());
}

#[test]
fn what_is_cut_short_is_no_picture() {
    for form in FORMS {
        let file = file(form);
        let scan = file
            .windows(2)
            .position(|bytes| bytes == [0xFF, 0xDA])
            .unwrap()
            + 16;
        for end in (scan..file.len() - 20).step_by(97) {
            let cut = [&file[..end], &[0xFF, 0xD9]].concat();
            let cut = decode(&cut, Reduction::for_scale(0.25));
            assert!(cut.unwrap().is_err(), "{end} of {} bytes", file.len());
        }
    }
}

proptest! {
    #[test]
    fn damaged_files_do_no_harm(
        form in 0..FORMS.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        headers in any::<bool>(),
        scale in 0..SCALES.len(),
    ) {
        let mut file = file(FORMS[form]);
        let reach = if headers { file.len().min(700) } else { file.len() };
        // The size stays as it is: limits are checked before pictures come here.
        let frame = file.windows(2).position(|bytes| bytes == [0xFF, 0xC0]).unwrap();
        for (at, byte) in edits {
            let at = at.index(reach);
            if !(frame..frame + 9).contains(&at) {
                file[at] = byte;
            }
        }
        let reduction = Reduction::for_scale(SCALES[scale]);
        if let Some(Ok(reduced)) = decode(&file, reduction) {
            let size = reduction.apply(SIZE);
            let pixels = size.width as usize * size.height as usize;
            prop_assert_eq!(reduced.samples.len(), pixels * reduced.layout.channels());
        }
        if let Some(Ok(planes)) = planes(&file, reduction) {
            let pixels = |size: Size| size.width as usize * size.height as usize;
            prop_assert_eq!(planes.size(), reduction.apply(SIZE));
            for plane in planes.chroma.iter().chain([&planes.luma]) {
                prop_assert_eq!(plane.samples.len(), pixels(plane.size));
            }
        }
    }
}
