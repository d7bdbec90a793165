//! Gaussian blur by repeated means over a window, whose cost does not grow with the window: after three of them the sum
//! is within three per cent of the Gaussian's.

use super::bitmap::Bitmap;
use super::{Blur, Orientation};

const PASSES: usize = 3;

pub(super) fn blur(bitmap: &Bitmap, by: Blur) -> Bitmap {
    let window = Window::new(by.get());
    // Columns, then as columns the rows.
    let turned = Orientation::Transpose.apply(window.blurred(bitmap.clone()));
    Orientation::Transpose.apply(window.blurred(turned))
}

/// So many pixels to each side of the middle with their whole weight, and one more with less, so that any width is there.
#[derive(Debug, Clone, Copy)]
struct Window {
    radius: usize,
    edge: f32,
}

impl Window {
    /// Variances add up: each pass takes its part of the Gaussian's.
    fn new(sigma: f64) -> Self {
        let variance = sigma * sigma / PASSES as f64;
        let radius = (((12.0 * variance + 1.0).sqrt() - 1.0) / 2.0).floor();
        let whole = 2.0 * radius + 1.0;
        // That of the whole pixels, and what is left for the edges.
        let have = radius * (radius + 1.0) * whole / 3.0;
        let left = variance * whole - have;
        let edge = left / (2.0 * ((radius + 1.0).powi(2) - variance));
        Self {
            radius: radius as usize,
            edge: edge.clamp(0.0, 1.0) as f32,
        }
    }

    fn blurred(self, bitmap: Bitmap) -> Bitmap {
        (0..PASSES).fold(bitmap, |bitmap, _| self.pass(&bitmap))
    }

    /// Beyond the edges the outermost row goes on.
    fn pass(self, bitmap: &Bitmap) -> Bitmap {
        let width = bitmap.size.width as usize * bitmap.channels();
        let rows: Vec<&[u8]> = bitmap.pixels.chunks_exact(width).collect();
        let last = rows.len() as isize - 1;
        let row = |y: isize| {
            rows.get(y.clamp(0, last) as usize)
                .copied()
                .unwrap_or_default()
        };
        let radius = self.radius as isize;
        let scale = 1.0 / (2.0 * self.radius as f32 + 1.0 + 2.0 * self.edge);

        let mut sums = vec![0_u32; width];
        for y in -radius..=radius {
            sums.iter_mut()
                .zip(row(y))
                .for_each(|(sum, sample)| *sum += u32::from(*sample));
        }
        let mut pixels = Vec::with_capacity(bitmap.pixels.len());
        for y in 0..=last {
            let (above, below) = (row(y - radius - 1), row(y + radius + 1));
            let edges = above.iter().zip(below);
            pixels.extend(sums.iter().zip(edges).map(|(sum, (above, below))| {
                let edges = f32::from(u16::from(*above) + u16::from(*below));
                ((*sum as f32 + self.edge * edges) * scale + 0.5) as u8
            }));
            let edges = row(y - radius).iter().zip(below);
            for (sum, (leaving, entering)) in sums.iter_mut().zip(edges) {
                *sum = *sum + u32::from(*entering) - u32::from(*leaving);
            }
        }
        Bitmap { pixels, ..*bitmap }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::samples::{photo, pixels};

    fn blurred(size: Size, rgb: Vec<u8>, sigma: f64) -> Bitmap {
        blur(&Bitmap::opaque(size, rgb), sigma.try_into().unwrap())
    }

    #[test]
    fn an_edge_becomes_the_integral_of_a_gaussian() {
        let size = Size::new(200, 3);
        let edge = || pixels(size, |x, _| [if x < 100 { 0 } else { 250 }; 3]);
        for sigma in [0.3, 0.5, 1.0, 2.7, 10.0, 25.0] {
            let blurred = blurred(size, edge(), sigma);
            // Of the normal distribution, at its deviation: 84.1 %.
            let at = (99.5 + sigma) as usize;
            let between = 99.5 + sigma - at as f64;
            let sample = |x: usize| f64::from(blurred.pixels[(200 + x) * 3]);
            let found = sample(at) * (1.0 - between) + sample(at + 1) * between;
            if sigma >= 1.0 {
                assert!((found - 210.3).abs() < 6.0, "{found} at {sigma}");
            }
            assert!(sample(100) < 250.0 && sample(99) > 0.0, "{sigma}");
        }
    }

    #[test]
    fn what_is_even_stays_so_and_the_size_too() {
        let size = Size::new(7, 5);
        let even = pixels(size, |_, _| [10, 200, 77]);
        for sigma in [0.3, 3.0, 250.0] {
            assert_eq!(blurred(size, even.clone(), sigma).pixels, even);
        }
        let spread = blurred(Size::new(64, 48), photo(Size::new(64, 48)), 250.0);
        assert_eq!(spread.size, Size::new(64, 48));
        let (least, most) = (spread.pixels.iter().min(), spread.pixels.iter().max());
        assert!(most.unwrap() - least.unwrap() < 90);
    }
}
