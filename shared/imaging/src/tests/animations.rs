//! Pictures that move.

use super::render_all;
use crate::geometry::Size;
use crate::samples::*;
use crate::{Animation, Format, Limits, Rendered, presets, probe};
use ::gif::{DisposalMethod, Frame, Repeat};

const SIZE: Size = Size::new(48, 32);

fn moving(file: &[u8]) -> Option<Animation> {
    probe(file, &Limits::default()).unwrap().animation
}

fn webp_of<'a>(rendered: &'a Rendered, name: &str) -> &'a [u8] {
    let mut variants = rendered.variants.iter();
    let found = variants.find(|made| made.name == name && made.format == Format::WebP);
    &found.unwrap().bytes
}

/// One colour all over, at a place.
fn patch(size: Size, (left, top): (u16, u16), index: u8) -> Frame<'static> {
    Frame {
        left,
        top,
        ..gif::frame(size, move |_, _| index)
    }
}

#[test]
fn each_frame_of_a_gif_is_the_whole_canvas() {
    let small = Size::new(4, 4);
    let dispose = |frame, dispose| Frame { dispose, ..frame };
    let frames_in = [
        patch(SIZE, (0, 0), 0),
        dispose(patch(small, (8, 8), 1), DisposalMethod::Background),
        dispose(patch(small, (0, 0), 2), DisposalMethod::Previous),
        patch(small, (20, 20), 3),
    ];
    let file = gif::gif(SIZE, &frames_in, Some(Repeat::Infinite));
    let told = Animation {
        frames: 4,
        loops: 0,
    };
    assert_eq!(moving(&file), Some(told));
    let frames = frames(&file);
    assert_eq!(frames.len(), 4);
    let at = |frame: usize, x: usize, y: usize| {
        let bitmap = &frames[frame].0;
        let at = (y * 48 + x) * bitmap.channels();
        let mut pixel = bitmap.pixels[at..at + bitmap.channels()].to_vec();
        pixel.resize(4, 255);
        pixel
    };
    let opaque = |[r, g, b]: [u8; 3]| [r, g, b, 255];
    assert_eq!(at(0, 9, 9), opaque(RED));
    assert_eq!(
        (at(1, 9, 9), at(1, 0, 0)),
        (opaque(GREEN).into(), opaque(RED).into())
    );
    // What was green is clear, and the corner blue for a while.
    assert_eq!(
        (at(2, 9, 9), at(2, 0, 0)),
        (vec![0; 4], opaque(BLUE).into())
    );
    assert_eq!((at(3, 9, 9), at(3, 0, 0)), (vec![0; 4], opaque(RED).into()));
    assert_eq!(at(3, 21, 21), opaque(YELLOW));
    assert!(frames.iter().all(|(_, delay)| *delay == 50));
}

#[test]
fn repetitions_are_told_by_both_formats() {
    let frame = |index| patch(SIZE, (0, 0), index);
    let loops = |repeat| {
        let file = gif::gif(SIZE, &[frame(0), frame(1)], repeat);
        let rendered = render_all(&file, &presets()[..1], &Limits::default()).unwrap();
        let webp = moving(webp_of(&rendered, "thumb"));
        (moving(&file).unwrap().loops, webp.unwrap().loops)
    };
    assert_eq!(loops(None), (1, 1));
    assert_eq!(loops(Some(Repeat::Infinite)), (0, 0));
    assert_eq!(loops(Some(Repeat::Finite(3))), (4, 4));
}

#[test]
fn an_animation_stays_one_where_the_format_can() {
    let size = Size::new(400, 300);
    let quarters = gif::frame(size, gif::quarter(size));
    let file = gif::gif(
        size,
        &[
            quarters.clone(),
            patch(Size::new(200, 150), (0, 0), 3),
            quarters,
        ],
        None,
    );
    let rendered = render_all(&file, &presets(), &Limits::default()).unwrap();
    assert_eq!(rendered.variants.len(), 9);
    for (name, expected) in [
        ("thumb", Size::new(160, 160)),
        ("small", size),
        ("large", size),
    ] {
        let frames = frames(webp_of(&rendered, name));
        assert_eq!(frames.len(), 3, "{name}");
        for (place, (bitmap, delay)) in frames.iter().enumerate() {
            assert_eq!((bitmap.size, *delay), (expected, 50), "{name}");
            let corner = if place == 1 { YELLOW } else { RED };
            assert_near(&color_at(bitmap, 0.25, 0.25)[..3], &corner, 14);
            assert_near(&color_at(bitmap, 0.75, 0.25)[..3], &GREEN, 14);
        }
    }
    for still in rendered
        .variants
        .iter()
        .filter(|made| made.format != Format::WebP)
    {
        assert_quarters(&read(&still.bytes), 14);
    }
}

#[test]
fn an_animated_webp_is_read_frame_by_frame() {
    let config = webp::WebPConfig::new().unwrap();
    let (first, second) = (quarters(SIZE), pixels(SIZE, |_, _| [0, 0, 0]));
    let mut encoder = webp::AnimEncoder::new(SIZE.width, SIZE.height, &config);
    for (rgb, at) in [(&first, 0), (&second, 100)] {
        encoder.add_frame(webp::AnimFrame::from_rgb(rgb, SIZE.width, SIZE.height, at));
    }
    let file = encoder.encode().to_vec();
    assert_eq!(moving(&file).unwrap().frames, 2);
    assert_quarters(&read(&file), 24);
    let frames = frames(&file);
    assert_quarters(&frames[0].0, 24);
    assert_near(&color_at(&frames[1].0, 0.5, 0.5)[..3], &[0; 3], 10);
    assert_eq!(frames[0].1, 100);
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
