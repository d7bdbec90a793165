//! Where most is to be seen in a picture: edges, skin, and strong colours.

use super::bitmap::Bitmap;
use super::geometry::{Cut, Plan};
use super::picture::Picture;
use super::{Form, ImageError, Side};

/// Enough to tell a face, and few enough to cost nothing.
const SIDE: Side = Side::fixed::<96>();
const EDGES: f64 = 1.0;
const SKIN: f64 = 0.8;
const COLORS: f64 = 0.3;
/// How skin is among the colours, by direction: as red, green and blue of length one.
const SKIN_COLOR: [f64; 3] = [0.78, 0.57, 0.44];

/// The cut, drawn to where most is to be seen; to the middle where that is no matter.
pub(super) fn aim(cut: Cut, source: &Picture) -> Result<Cut, ImageError> {
    let form = Form {
        width: Some(SIDE),
        height: Some(SIDE),
        ..Form::default()
    };
    let small = source.resized(&Plan::new(source.size(), &form))?;
    let (columns, rows) = profiles(&small.to_bitmap());
    let middle = |profile: &[f64], part: f64| start(profile, part) + part / 2.0;
    Ok(cut.around((middle(&columns, cut.width), middle(&rows, cut.height))))
}

/// How much there is to be seen in each column and in each row.
fn profiles(bitmap: &Bitmap) -> (Vec<f64>, Vec<f64>) {
    let (width, height) = (bitmap.size.width as usize, bitmap.size.height as usize);
    let (mut columns, mut rows) = (vec![0.0; width], vec![0.0; height]);
    let pixels: Vec<[f64; 3]> = bitmap
        .pixels
        .chunks_exact(bitmap.channels())
        .map(color)
        .collect();
    let lines: Vec<&[[f64; 3]]> = pixels.chunks_exact(width).collect();
    for (y, row) in rows.iter_mut().enumerate() {
        for (x, column) in columns.iter_mut().enumerate() {
            let at = |x: usize, y: usize| lines.get(y).and_then(|line| line.get(x)).copied();
            let here = at(x, y).unwrap_or_default();
            let around = [
                at(x + 1, y),
                at(x, y + 1),
                x.checked_sub(1).and_then(|x| at(x, y)),
            ];
            let score = score(here, around.into_iter().flatten());
            *row += score;
            *column += score;
        }
    }
    (columns, rows)
}

fn color(pixel: &[u8]) -> [f64; 3] {
    match *pixel {
        [r, g, b, ..] => [r, g, b].map(|sample| f64::from(sample) / 255.0),
        _ => [0.0; 3],
    }
}

fn score(here: [f64; 3], around: impl Iterator<Item = [f64; 3]>) -> f64 {
    let edges: f64 = around.map(|other| (light(here) - light(other)).abs()).sum();
    EDGES * edges + SKIN * skin(here) + COLORS * saturation(here)
}

/// Luma of ITU-R BT.601.
fn light([r, g, b]: [f64; 3]) -> f64 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// From 0, and 1 for the very colour; neither the darkest nor the brightest counts.
fn skin(color: [f64; 3]) -> f64 {
    let length = color
        .iter()
        .map(|sample| sample * sample)
        .sum::<f64>()
        .sqrt();
    if !(0.2..0.95).contains(&light(color)) {
        return 0.0;
    }
    let squares = color
        .iter()
        .zip(SKIN_COLOR)
        .map(|(a, b)| (a / length - b).powi(2));
    let distance = squares.sum::<f64>().sqrt();
    (1.0 - distance / 0.2).max(0.0)
}

fn saturation(color: [f64; 3]) -> f64 {
    let most = color.into_iter().fold(0.0, f64::max);
    let least = color.into_iter().fold(1.0, f64::min);
    let light = light(color);
    // Of what is nearly black or white nobody sees the colour.
    if (0.1..0.9).contains(&light) {
        most - least
    } else {
        0.0
    }
}

/// Where, as a part of the side, the window with the highest sum begins; of equal ones the one nearest to the middle.
fn start(profile: &[f64], part: f64) -> f64 {
    let side = profile.len();
    let length = ((side as f64 * part).round() as usize).clamp(1, side);
    let middle = (side - length) as f64 / 2.0;
    let best = profile
        .windows(length)
        .enumerate()
        .map(|(at, window)| {
            // Sums of the same numbers in another order differ in their last digits.
            let sum = (window.iter().sum::<f64>() * 1e6).round();
            (at as f64, sum)
        })
        .reduce(|best, next| {
            let off = |(at, _): (f64, f64)| (at - middle).abs();
            let better = next.1 > best.1 || next.1 == best.1 && off(next) < off(best);
            if better { next } else { best }
        });
    match best {
        Some((at, sum)) if sum > 0.0 && at != middle.floor() => at / side as f64,
        _ => (1.0 - part) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fit;
    use crate::geometry::Size;
    use crate::samples::pixels;

    /// The cut that a square takes of a picture of 400 by 100.
    fn aimed(pixel: impl Fn(u32, u32) -> [u8; 3]) -> Cut {
        let size = Size::new(400, 100);
        let side = Some(Side::fixed::<50>());
        let form = Form {
            width: side,
            height: side,
            fit: Fit::Cover,
            ..Form::default()
        };
        let cut = Plan::new(size, &form).cut;
        let bitmap = Bitmap::opaque(size, pixels(size, pixel));
        aim(cut, &Picture::Pixels(bitmap)).unwrap()
    }

    #[test]
    fn nothing_to_be_seen_is_the_middle() {
        assert!((aimed(|_, _| [90, 90, 90]).left - 0.375).abs() < 1e-9);
    }

    #[test]
    fn a_face_is_found_on_either_side() {
        for (at, from, to) in [(60, 0.0, 0.1), (330, 0.65, 0.75)] {
            let face = |x: u32, y: u32| {
                let inside = x.abs_diff(at).pow(2) + y.abs_diff(50).pow(2) < 30 * 30;
                if inside {
                    [224, 172, 140]
                } else {
                    [70, 110, 160]
                }
            };
            let cut = aimed(face);
            assert!((from..=to).contains(&cut.left), "{cut:?}");
            assert_eq!((cut.top, cut.height), (0.0, 1.0));
        }
    }

    #[test]
    fn detail_beats_what_is_even() {
        let cut = aimed(|x, y| {
            let busy = (250..330).contains(&x);
            if busy && (x / 8 + y / 8) % 2 == 0 {
                [200; 3]
            } else {
                [60; 3]
            }
        });
        assert!((0.55..=0.65).contains(&cut.left), "{cut:?}");
    }
}
