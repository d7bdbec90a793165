use super::bitmap::Bitmap;
use super::geometry::Size;
use super::planes::{Plane, Planes};

/// What a viewer must do to see the picture upright: the values of EXIF tag 0x0112 (CIPA DC-008, section 4.6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Orientation {
    #[default]
    Upright = 1,
    MirrorHorizontal,
    Rotate180,
    MirrorVertical,
    Transpose,
    Rotate90,
    Transverse,
    Rotate270,
}

impl Orientation {
    /// A value outside 1 to 8 means nothing and counts as upright, as viewers do.
    pub(super) const fn from_exif(value: u16) -> Self {
        match value {
            2 => Self::MirrorHorizontal,
            3 => Self::Rotate180,
            4 => Self::MirrorVertical,
            5 => Self::Transpose,
            6 => Self::Rotate90,
            7 => Self::Transverse,
            8 => Self::Rotate270,
            _ => Self::Upright,
        }
    }

    const fn swaps_sides(self) -> bool {
        matches!(
            self,
            Self::Transpose | Self::Rotate90 | Self::Transverse | Self::Rotate270
        )
    }

    /// The upright size of a picture stored at `size`.
    pub(super) const fn upright(self, size: Size) -> Size {
        if self.swaps_sides() {
            size.transposed()
        } else {
            size
        }
    }

    pub(super) fn apply(self, bitmap: Bitmap) -> Bitmap {
        if self == Self::Upright {
            return bitmap;
        }
        let pixels = match bitmap.channels() {
            3 => self.turned::<3>(bitmap.size, &bitmap.pixels),
            _ => self.turned::<4>(bitmap.size, &bitmap.pixels),
        };
        Bitmap {
            size: self.upright(bitmap.size),
            alpha: bitmap.alpha,
            pixels,
        }
    }

    pub(super) fn apply_to_planes(self, planes: Planes) -> Planes {
        if self == Self::Upright {
            return planes;
        }
        let turned = |plane: Plane| Plane {
            size: self.upright(plane.size),
            samples: self.turned::<1>(plane.size, &plane.samples),
        };
        Planes {
            luma: turned(planes.luma),
            chroma: planes.chroma.map(turned),
        }
    }

    fn turned<const N: usize>(self, size: Size, samples: &[u8]) -> Vec<u8> {
        let (source, _) = samples.as_chunks::<N>();
        let (width, height) = (size.width as usize, size.height as usize);
        let upright = self.upright(size);
        let mut pixels = Vec::with_capacity(samples.len());
        for y in 0..upright.height as usize {
            for x in 0..upright.width as usize {
                let (from_x, from_y) = match self {
                    Self::Upright => (x, y),
                    Self::MirrorHorizontal => (width - 1 - x, y),
                    Self::Rotate180 => (width - 1 - x, height - 1 - y),
                    Self::MirrorVertical => (x, height - 1 - y),
                    Self::Transpose => (y, x),
                    Self::Rotate90 => (y, height - 1 - x),
                    Self::Transverse => (width - 1 - y, height - 1 - x),
                    Self::Rotate270 => (width - 1 - y, x),
                };
                pixels.extend_from_slice(&source[from_y * width + from_x]);
            }
        }
        pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The eight ways to store the letter-like picture `a b / c d / e f`, by the standard's words on row 0 and column 0.
    #[test]
    fn every_orientation_comes_upright() {
        let stored = [
            (1, 2, "abcdef"),
            (2, 2, "badcfe"),
            (3, 2, "fedcba"),
            (4, 2, "efcdab"),
            (5, 3, "acebdf"),
            (6, 3, "bdface"),
            (7, 3, "fdbeca"),
            (8, 3, "ecafdb"),
        ];
        for (value, width, letters) in stored {
            let bitmap = Bitmap {
                size: Size::new(width, 6 / width),
                alpha: false,
                pixels: letters.bytes().flat_map(|b| [b; 3]).collect(),
            };
            let upright = Orientation::from_exif(value).apply(bitmap);
            assert_eq!(upright.size, Size::new(2, 3), "orientation {value}");
            let seen: Vec<u8> = upright.pixels.iter().copied().step_by(3).collect();
            assert_eq!(seen, b"abcdef", "orientation {value}");
        }
    }
}
