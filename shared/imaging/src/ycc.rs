//! From luminance and chrominance to RGB, as JFIF has it (ITU-T T.871, section 7).

/// Pixels that are converted side by side.
const LANES: usize = 16;
/// What stands for 1 in the fractions of the factors.
const UNIT: f32 = 4096.0;
const RED: i16 = (0.402 * UNIT + 0.5) as i16;
const GREEN: [i16; 2] = [
    (0.344_136 * UNIT + 0.5) as i16,
    (0.714_136 * UNIT + 0.5) as i16,
];
const BLUE: i16 = (0.228 * UNIT + 0.5) as i16;

/// Adds a row of pixels, as many as the shortest plane has.
pub fn write([y, cb, cr]: [&[u8]; 3], pixels: &mut Vec<u8>) {
    let count = y.len().min(cb.len()).min(cr.len());
    let start = pixels.len();
    pixels.resize(start + count * 3, 0);
    let out = pixels.get_mut(start..).unwrap_or_default();
    let chunks = y.chunks(LANES).zip(cb.chunks(LANES)).zip(cr.chunks(LANES));
    for (((y, cb), cr), out) in chunks.zip(out.chunks_mut(LANES * 3)) {
        if let Some(out) = out.first_chunk_mut::<{ LANES * 3 }>() {
            *out = interleaved(converted([lanes(y), lanes(cb), lanes(cr)]));
        } else {
            let rest = interleaved(converted([lanes(y), lanes(cb), lanes(cr)]));
            out.copy_from_slice(rest.get(..out.len()).unwrap_or_default());
        }
    }
}

/// The first samples, with zeros behind if they are too few.
#[inline(always)]
fn lanes(samples: &[u8]) -> [u8; LANES] {
    samples.first_chunk().copied().unwrap_or_else(|| {
        let mut padded = [0; LANES];
        padded
            .iter_mut()
            .zip(samples)
            .for_each(|(to, from)| *to = *from);
        padded
    })
}

/// In 16 bits throughout: three of them behind the point, and whole parts of factors beside their fractions.
#[inline(always)]
fn converted([y, cb, cr]: [[u8; LANES]; 3]) -> [[u8; LANES]; 3] {
    let y = y.map(|y| i16::from(y) << 3);
    let [cb, cr] = [cb, cr].map(|plane| plane.map(|sample| i16::from(sample) - 128));
    let part = |value: i16, of: i16| ((i32::from(value << 7) * i32::from(of)) >> 16) as i16;
    let sample = |value: i16| ((value + 4) >> 3).clamp(0, 255) as u8;
    [
        std::array::from_fn(|n| sample(y[n] + (cr[n] << 3) + part(cr[n], RED))),
        std::array::from_fn(|n| sample(y[n] - part(cb[n], GREEN[0]) - part(cr[n], GREEN[1]))),
        std::array::from_fn(|n| sample(y[n] + (cb[n] << 4) - part(cb[n], BLUE))),
    ]
}

#[inline(always)]
fn interleaved([r, g, b]: [[u8; LANES]; 3]) -> [u8; LANES * 3] {
    let mut pixels = [0; LANES * 3];
    for (n, pixel) in pixels.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        *pixel = [r[n], g[n], b[n]];
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_what_the_standard_says() {
        let mut worst = 0.0_f64;
        for y in (0..=255).step_by(5) {
            for cb in (0..=255).step_by(5) {
                for cr in 0..=255 {
                    let mut found = Vec::new();
                    write([&[y], &[cb], &[cr]], &mut found);
                    let (y, cb, cr) = (f64::from(y), f64::from(cb) - 128.0, f64::from(cr) - 128.0);
                    let expected = [
                        y + 1.402 * cr,
                        y - 0.344_136 * cb - 0.714_136 * cr,
                        y + 1.772 * cb,
                    ];
                    for (found, expected) in found.iter().zip(expected) {
                        let error = (f64::from(*found) - expected.clamp(0.0, 255.0)).abs();
                        worst = worst.max(error);
                    }
                }
            }
        }
        assert!(worst < 1.0, "{worst}");
    }

    #[test]
    fn rows_of_any_length() {
        for length in 0..40 {
            let mut pixels = Vec::new();
            write([&vec![200; length], &[128; 40], &[128; 40]], &mut pixels);
            assert_eq!(pixels, vec![200; length * 3]);
        }
    }
}
