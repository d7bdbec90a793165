use super::bitmap::Bitmap;
use super::geometry::Size;
use super::ycc;

/// A picture in sRGB as JPEG stores most (ITU-T T.871): luminance, and chrominance at half the size in both directions,
/// each in a plane of its own. What is made of it for another JPEG needs no other colours and half the samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planes {
    pub luma: Plane,
    /// Blue, then red. Of an odd side the last pixel shares its colour with the one before.
    pub chroma: [Plane; 2],
}

/// Eight bits a sample, rows without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plane {
    pub size: Size,
    pub samples: Vec<u8>,
}

impl Planes {
    /// Without samples, which are to be added row by row.
    pub fn with_capacity(size: Size) -> Self {
        let plane = |size: Size| Plane {
            size,
            samples: Vec::with_capacity(size.pixels() as usize),
        };
        Self {
            luma: plane(size),
            chroma: [(); 2].map(|()| plane(size.halved())),
        }
    }

    pub const fn size(&self) -> Size {
        self.luma.size
    }

    pub fn to_bitmap(&self) -> Bitmap {
        let size = self.size();
        let mut pixels = Vec::with_capacity(size.pixels() as usize * 3);
        for y in 0..size.height as usize {
            let chroma = self.chroma.each_ref().map(|plane| {
                let mut row = Vec::with_capacity(size.width as usize);
                plane.double(y, size.width as usize, &mut row);
                row
            });
            let [blue, red] = &chroma;
            ycc::write([self.luma.row(y), blue, red], &mut pixels);
        }
        Bitmap::opaque(size, pixels)
    }
}

impl Plane {
    pub fn row(&self, y: usize) -> &[u8] {
        let width = self.size.width as usize;
        let row = self.samples.get(y * width..(y + 1) * width);
        row.unwrap_or_default()
    }

    /// Adds row `y` of twice the size, with `width` samples.
    pub fn double(&self, y: usize, width: usize, row: &mut Vec<u8>) {
        let samples = self.row((y / 2).min(self.size.height as usize - 1));
        let start = row.len();
        row.resize(start + width, samples.last().copied().unwrap_or_default());
        let (pairs, _) = row.split_at_mut(start).1.as_chunks_mut::<2>();
        for (pair, sample) in pairs.iter_mut().zip(samples) {
            *pair = [*sample; 2];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(width: u32, height: u32, samples: &[u8]) -> Plane {
        Plane {
            size: Size::new(width, height),
            samples: samples.to_vec(),
        }
    }

    #[test]
    fn the_last_of_an_odd_side_shares_its_colour() {
        let chroma = plane(2, 1, &[7, 9]);
        for y in 0..3 {
            let mut row = vec![1];
            chroma.double(y, 5, &mut row);
            assert_eq!(row, [1, 7, 7, 9, 9, 9]);
        }
        let mut row = Vec::new();
        plane(1, 1, &[3]).double(0, 1, &mut row);
        assert_eq!(row, [3]);
    }

    #[test]
    fn gray_stays_gray() {
        let planes = Planes {
            luma: plane(3, 3, &[10, 20, 30, 40, 50, 60, 70, 80, 90]),
            chroma: [plane(1, 1, &[128]), plane(1, 1, &[128])],
        };
        let gray = planes.luma.samples.iter().flat_map(|y| [*y; 3]);
        assert_eq!(planes.to_bitmap().pixels, gray.collect::<Vec<u8>>());
    }
}
