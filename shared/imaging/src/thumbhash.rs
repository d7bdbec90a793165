//! ThumbHash: a placeholder of about 25 bytes, the picture's lowest frequencies
//! (<https://evanw.github.io/thumbhash/>).

use std::f32::consts::PI;

/// Longest side that the hash is made of; more would only cost time.
pub(super) const MAX_SIDE: u32 = 100;

/// Brightness, yellow against blue, red against green, and alpha, each from 0 to 1, row by row.
struct Planes {
    luminance: Vec<f32>,
    yellow_blue: Vec<f32>,
    red_green: Vec<f32>,
    alpha: Vec<f32>,
}

/// A plane as the sum of cosines.
struct Waves {
    mean: f32,
    /// From 0 to 1, where the middle is no wave at all.
    factors: Vec<f32>,
    scale: f32,
}

/// The hash of straight RGBA pixels.
pub(super) fn hash(width: usize, height: usize, rgba: &[[u8; 4]]) -> Vec<u8> {
    let opaque = rgba.iter().all(|pixel| pixel[3] == 255);
    let planes = Planes::of(rgba);
    let longest = width.max(height) as f32;
    let detail = if opaque { 7.0 } else { 5.0 };
    let waves = |side: usize| ((detail * side as f32 / longest).round() as usize).max(1);
    let (across, down) = (waves(width), waves(height));
    let of = |plane: &[f32], x: usize, y: usize| Waves::of(plane, (width, height), (x, y));

    let luminance = of(&planes.luminance, across.max(3), down.max(3));
    let yellow_blue = of(&planes.yellow_blue, 3, 3);
    let red_green = of(&planes.red_green, 3, 3);
    let landscape = width > height;
    let head = level(luminance.mean, 63)
        | level(0.5 + yellow_blue.mean / 2.0, 63) << 6
        | level(0.5 + red_green.mean / 2.0, 63) << 12
        | level(luminance.scale, 31) << 18
        | u32::from(!opaque) << 23;
    let shape = if landscape { down } else { across } as u32
        | level(yellow_blue.scale, 63) << 3
        | level(red_green.scale, 63) << 9
        | u32::from(landscape) << 15;
    let mut hash = [&head.to_le_bytes()[..3], &shape.to_le_bytes()[..2]].concat();
    let mut factors = [luminance.factors, yellow_blue.factors, red_green.factors].concat();
    if !opaque {
        let alpha = of(&planes.alpha, 5, 5);
        hash.push((level(alpha.mean, 15) | level(alpha.scale, 15) << 4) as u8);
        factors.extend(alpha.factors);
    }
    let nibbles = factors.chunks(2);
    hash.extend(nibbles.map(|pair| {
        let high = pair.get(1).map_or(0, |factor| level(*factor, 15));
        (level(pair[0], 15) | high << 4) as u8
    }));
    hash
}

fn level(value: f32, steps: u32) -> u32 {
    ((value * steps as f32).round() as u32).min(steps)
}

impl Planes {
    /// What is transparent takes the mean colour, so that it adds no wave.
    fn of(rgba: &[[u8; 4]]) -> Self {
        let unit = |sample: u8| f32::from(sample) / 255.0;
        let total: f32 = rgba.iter().map(|pixel| unit(pixel[3])).sum();
        let mean = [0, 1, 2].map(|channel| {
            let sum: f32 = rgba
                .iter()
                .map(|pixel| unit(pixel[channel]) * unit(pixel[3]))
                .sum();
            if total > 0.0 { sum / total } else { 0.0 }
        });
        let mut planes = Self {
            luminance: Vec::with_capacity(rgba.len()),
            yellow_blue: Vec::with_capacity(rgba.len()),
            red_green: Vec::with_capacity(rgba.len()),
            alpha: Vec::with_capacity(rgba.len()),
        };
        for pixel in rgba {
            let alpha = unit(pixel[3]);
            let [r, g, b] = [0, 1, 2]
                .map(|channel| mean[channel] * (1.0 - alpha) + unit(pixel[channel]) * alpha);
            planes.luminance.push((r + g + b) / 3.0);
            planes.yellow_blue.push((r + g) / 2.0 - b);
            planes.red_green.push(r - g);
            planes.alpha.push(alpha);
        }
        planes
    }
}

impl Waves {
    /// Discrete cosine transform, of which the triangle of lower frequencies is kept.
    fn of(plane: &[f32], (width, height): (usize, usize), (nx, ny): (usize, usize)) -> Self {
        let (mut mean, mut factors) = (0.0, Vec::new());
        for cy in 0..ny {
            let down = cosines(cy, height);
            for cx in (0..nx).take_while(|cx| cx * ny < nx * (ny - cy)) {
                let across = cosines(cx, width);
                let rows = plane.chunks_exact(width).zip(&down);
                let sum: f32 = rows
                    .map(|(row, y)| y * row.iter().zip(&across).map(|(v, x)| v * x).sum::<f32>())
                    .sum();
                let factor = sum / plane.len() as f32;
                if (cx, cy) == (0, 0) {
                    mean = factor;
                } else {
                    factors.push(factor);
                }
            }
        }
        let scale = factors
            .iter()
            .fold(0.0_f32, |most, factor| most.max(factor.abs()));
        if scale > 0.0 {
            factors
                .iter_mut()
                .for_each(|factor| *factor = 0.5 + 0.5 / scale * *factor);
        }
        Self {
            mean,
            factors,
            scale,
        }
    }
}

fn cosines(frequency: usize, length: usize) -> Vec<f32> {
    let step = PI / length as f32 * frequency as f32;
    (0..length)
        .map(|at| (step * (at as f32 + 0.5)).cos())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_colour_is_its_mean_and_no_wave() {
        let hash = hash(32, 16, &[[255, 0, 0, 255]; 512]);
        let head = u32::from_le_bytes([hash[0], hash[1], hash[2], 0]);
        assert_eq!(head & 63, 21, "a third of full brightness");
        assert_eq!(head >> 6 & 63, 47, "yellower than blue");
        assert_eq!(head >> 12 & 63, 63, "red");
        assert_eq!(head >> 18 & 31, 0, "no wave");
        assert_eq!(head >> 23, 0, "opaque");
        let shape = u16::from_le_bytes([hash[3], hash[4]]);
        assert_eq!((shape & 7, shape >> 15), (4, 1), "landscape of 7 to 4");
    }

    #[test]
    fn a_slope_is_the_first_wave_across() {
        let rgba: Vec<[u8; 4]> = (0..64 * 64)
            .map(|at| [(at % 64 * 4) as u8; 3])
            .map(|[r, g, b]| [r, g, b, 255])
            .collect();
        let hash = hash(64, 64, &rgba);
        // Brightness rises to the right: the lowest wave at its most negative, the next ones near none.
        assert_eq!(hash[5] & 15, 0);
        assert!((7..=8).contains(&(hash[5] >> 4)));
    }

    proptest! {
        #[test]
        fn every_picture_has_a_short_hash(
            width in 1..=20_usize, height in 1..=20_usize, seed in prop::collection::vec(any::<[u8; 4]>(), 400), opaque in any::<bool>(),
        ) {
            let mut rgba = seed[..width * height].to_vec();
            if opaque {
                rgba.iter_mut().for_each(|pixel| pixel[3] = 255);
            }
            let hash = hash(width, height, &rgba);
            prop_assert!((5..=40).contains(&hash.len()), "{}", hash.len());
        }
    }
}
