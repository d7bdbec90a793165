//! What a form asks for.

use crate::bitmap::Bitmap;
use crate::geometry::Size;
use crate::samples::*;
use crate::{Encoded, Fit, Form, Format, ImageError, Limits, Request, probe, render};

const SIZE: Size = Size::new(400, 200);

fn made(file: &[u8], form: &Form, format: Format) -> Result<Encoded, ImageError> {
    let request = Request {
        name: "one",
        form,
        formats: &[format],
    };
    let rendered = render(file, &[request], &Limits::default())?;
    Ok(rendered.variants.into_iter().next().unwrap())
}

/// As PNG, which changes no pixel.
fn shown(file: &[u8], form: &Form) -> Bitmap {
    read(&made(file, form, Format::Png).unwrap().bytes)
}

fn boxed(width: u32, height: u32, fit: Fit) -> Form {
    Form {
        width: Some(width.try_into().unwrap()),
        height: Some(height.try_into().unwrap()),
        fit,
        ..Form::default()
    }
}

#[test]
fn bars_are_clear_or_of_the_background() {
    let file = png(SIZE, &quarters(SIZE));
    let mut form = boxed(100, 100, Fit::Contain);
    let clear = shown(&file, &form);
    assert_eq!(clear.size, Size::new(100, 100));
    assert_eq!(color_at(&clear, 0.5, 0.1)[3], 0);
    assert_near(&color_at(&clear, 0.25, 0.4)[..3], &RED, 4);
    let jpeg = made(&file, &form, Format::Jpeg).unwrap().bytes;
    assert_near(color_at(&read(&jpeg), 0.5, 0.1), &[255; 3], 4);

    form.background = Some("#336699".parse().unwrap());
    let barred = shown(&file, &form);
    assert!(!barred.alpha);
    assert_eq!(color_at(&barred, 0.5, 0.1), [0x33, 0x66, 0x99]);
    form.gravity = "0,0".parse().unwrap();
    assert_near(color_at(&shown(&file, &form), 0.25, 0.1), &RED, 4);
}

#[test]
fn a_background_shows_through() {
    let half = pixels(SIZE, |x, _| [255, 0, 0, if x < 200 { 128 } else { 0 }]);
    let file = lossless_webp(SIZE, &half);
    let on = |color: &str| {
        let background = Some(color.parse().unwrap());
        shown(
            &file,
            &Form {
                background,
                ..Form::default()
            },
        )
    };
    let opaque = on("#0000ff");
    assert_near(color_at(&opaque, 0.25, 0.5), &[128, 0, 127], 1);
    assert_near(color_at(&opaque, 0.75, 0.5), &[0, 0, 255], 0);
    let thin = on("#0000ff80");
    assert_near(&thin.straight()[..4], &[171, 0, 84, 192], 2);
    assert_near(color_at(&thin, 0.75, 0.5), &[0, 0, 128, 128], 1);
}

#[test]
fn a_cut_follows_its_gravity() {
    let file = png(SIZE, &quarters(SIZE));
    let mut form = boxed(50, 100, Fit::Cover);
    for (gravity, left, right) in [
        ("0,0", RED, RED),
        ("1,1", GREEN, GREEN),
        ("center", RED, GREEN),
    ] {
        form.gravity = gravity.parse().unwrap();
        let cut = shown(&file, &form);
        assert_eq!(cut.size, Size::new(50, 100));
        assert_near(color_at(&cut, 0.1, 0.25), &left, 2);
        assert_near(color_at(&cut, 0.9, 0.25), &right, 2);
    }
    let lonely = pixels(SIZE, |x, y| {
        match (x.abs_diff(330) < 20, y.abs_diff(100) < 20) {
            (true, true) => [230, 60, 40],
            _ => [90; 3],
        }
    });
    form.gravity = "smart".parse().unwrap();
    let cut = shown(&png(SIZE, &lonely), &form);
    assert_near(color_at(&cut, 0.5, 0.5), &[230, 60, 40], 2);
}

#[test]
fn only_what_may_grow_does() {
    let file = png(Size::new(20, 10), &quarters(Size::new(20, 10)));
    let mut form = boxed(200, 200, Fit::Inside);
    assert_eq!(shown(&file, &form).size, Size::new(20, 10));
    form.enlarge = true;
    let grown = shown(&file, &form);
    assert_eq!(grown.size, Size::new(200, 100));
    assert_quarters(&grown, 3);
    form = Form {
        width: Some(10_000.try_into().unwrap()),
        height: Some(10_000.try_into().unwrap()),
        fit: Fit::Contain,
        ..form
    };
    let error = made(&file, &form, Format::Png).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the form asks for too many pixels: the limit is 40000000"
    );
}

#[test]
fn what_would_take_minutes_is_refused() {
    let form = Form {
        enlarge: true,
        ..boxed(3000, 3000, Fit::Cover)
    };
    let file = png(SIZE, &photo(SIZE));
    let error = made(&file, &form, Format::Avif).unwrap_err();
    let expected = "the form asks for too many pixels in AVIF: the limit is 4000000";
    assert_eq!(error.to_string(), expected);
    // It is known before.
    let limits = Limits::default();
    let header = probe(&file, &limits).unwrap();
    assert_eq!(limits.check(&header, &form, Format::Avif), Err(error));
    assert_eq!(limits.check(&header, &form, Format::Jpeg), Ok(()));
}

#[test]
fn quality_buys_bytes() {
    let file = png(SIZE, &photo(SIZE));
    let small = Form {
        width: Some(100.try_into().unwrap()),
        ..Form::default()
    };
    let length = |quality: u32, format| {
        let quality = Some(quality.try_into().unwrap());
        made(
            &file,
            &Form {
                quality,
                ..small.clone()
            },
            format,
        )
        .unwrap()
        .bytes
        .len()
    };
    for format in [Format::Jpeg, Format::WebP, Format::Avif] {
        assert!(
            length(20, format) * 3 < length(95, format) * 2,
            "{format:?}"
        );
    }
    assert_eq!(length(1, Format::Png), length(100, Format::Png));
}

#[test]
fn lossless_webp_keeps_every_pixel() {
    let file = png(SIZE, &photo(SIZE));
    let form = Form {
        lossless: true,
        ..Form::default()
    };
    let written = made(&file, &form, Format::WebP).unwrap();
    assert!(read(&written.bytes) == read(&file));
}

#[test]
fn avif_is_written_as_it_is_read() {
    let size = Size::new(64, 48);
    let written = made(&png(size, &quarters(size)), &Form::default(), Format::Avif).unwrap();
    assert_eq!(Format::sniff(&written.bytes), Some(Format::Avif));
    assert_quarters(&read(&written.bytes), 10);
    let half = pixels(size, |x, _| [200, 100, 50, if x < 32 { 255 } else { 0 }]);
    let written = made(&lossless_webp(size, &half), &Form::default(), Format::Avif).unwrap();
    let bitmap = read(&written.bytes);
    assert_near(color_at(&bitmap, 0.25, 0.5), &[200, 100, 50, 255], 10);
    assert_eq!(color_at(&bitmap, 0.75, 0.5)[3], 0);
}

#[test]
fn a_blur_does_not_show_through_what_is_clear() {
    let half = pixels(SIZE, |x, _| {
        if x < 200 {
            [255, 0, 0, 255]
        } else {
            [0, 255, 0, 0]
        }
    });
    let form = Form {
        blur: Some(5.0.try_into().unwrap()),
        ..Form::default()
    };
    let blurred = shown(&lossless_webp(SIZE, &half), &form);
    let [r, g, _, a] = *color_at(&blurred, 0.5, 0.5) else {
        panic!("it has lost its alpha");
    };
    assert!(
        (100..156).contains(&a) && g == 0 && r.abs_diff(a) <= 1,
        "{r} {g} {a}"
    );
}
