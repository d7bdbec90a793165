//! From AV1's planes of luma and chroma to RGB (ITU-T H.273).

use crate::ImageError;
use crate::geometry::Size;
use oxideav_av1::decoder::SpecFrame;

/// Which colours the samples stand for, by the numbers of ITU-T H.273.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coding {
    pub primaries: u8,
    pub transfer: u8,
    pub matrix: u8,
    pub full_range: bool,
}

/// A decoded picture. Its chroma may have fewer samples across and down.
pub struct Planes<'a> {
    frame: &'a SpecFrame,
    conversion: Conversion,
    bytes: usize,
}

#[derive(Debug, Clone, Copy)]
struct Conversion {
    kind: Kind,
    /// Of luma and of chroma: what counts as nothing, and what turns it to parts of one.
    luma: (f32, f32),
    chroma: (f32, f32),
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Green, blue and red.
    Identity,
    /// By the weights of red and of blue.
    Weighted(f32, f32),
}

impl Conversion {
    fn new(coding: Coding, depth: u8) -> Result<Self, ImageError> {
        let kind = match coding.matrix {
            0 => Kind::Identity,
            1 => Kind::Weighted(0.2126, 0.0722),
            // Not told, which is read as BT.601 like JPEG.
            2 | 5 | 6 => Kind::Weighted(0.299, 0.114),
            9 => Kind::Weighted(0.2627, 0.0593),
            _ => {
                return Err(ImageError::Unsupported {
                    found: "AVIF with rare color coefficients",
                });
            }
        };
        let step = f32::from(1_u16 << (depth - 8));
        let most = 256.0 * step - 1.0;
        Ok(Self {
            kind,
            luma: if coding.full_range {
                (0.0, 1.0 / most)
            } else {
                (16.0 * step, 1.0 / (219.0 * step))
            },
            chroma: (
                128.0 * step,
                if coding.full_range {
                    1.0 / most
                } else {
                    1.0 / (224.0 * step)
                },
            ),
        })
    }

    fn luma(self, sample: u16) -> f32 {
        (f32::from(sample) - self.luma.0) * self.luma.1
    }

    fn chroma(self, sample: u16) -> f32 {
        (f32::from(sample) - self.chroma.0) * self.chroma.1
    }

    fn rgb(self, [y, u, v]: [u16; 3]) -> [u8; 3] {
        let luma = self.luma(y);
        match self.kind {
            Kind::Identity => [self.luma(v), luma, self.luma(u)].map(byte),
            Kind::Weighted(red, blue) => {
                let (u, v) = (self.chroma(u), self.chroma(v));
                let r = luma + 2.0 * (1.0 - red) * v;
                let b = luma + 2.0 * (1.0 - blue) * u;
                let g = (luma - red * r - blue * b) / (1.0 - red - blue);
                [r, g, b].map(byte)
            }
        }
    }
}

fn byte(part: f32) -> u8 {
    (part * 255.0 + 0.5) as u8
}

impl<'a> Planes<'a> {
    /// Checks that the planes are as large as they say.
    pub fn new(frame: &'a SpecFrame, coding: Coding) -> Result<Self, ImageError> {
        let odd = || ImageError::broken("its planes are not as large as they say");
        if !matches!(frame.bit_depth, 8 | 10 | 12) || !matches!(frame.planes.len(), 1 | 3) {
            return Err(odd());
        }
        let bytes = if frame.bit_depth == 8 { 1 } else { 2 };
        let mut sizes = frame.planes.iter().zip(&frame.plane_dims);
        let whole = sizes.all(|(plane, (width, height))| {
            *width > 0
                && plane.len() as u64 == u64::from(*width) * u64::from(*height) * bytes as u64
        });
        if !whole || frame.plane_dims.first() != Some(&(frame.width, frame.height)) {
            return Err(odd());
        }
        let conversion = Conversion::new(coding, frame.bit_depth)?;
        Ok(Self {
            frame,
            conversion,
            bytes,
        })
    }

    pub fn size(&self) -> Size {
        Size::new(self.frame.width, self.frame.height)
    }

    pub fn rgb(&self, y: u32) -> impl Iterator<Item = [u8; 3]> {
        let conversion = self.conversion;
        let gray = self.frame.planes.len() == 1;
        let (luma, u, v) = (self.row(0, y), self.row(1, y), self.row(2, y));
        luma.zip(u.zip(v)).map(move |(luma, (u, v))| match gray {
            true => [byte(conversion.luma(luma)); 3],
            false => conversion.rgb([luma, u, v]),
        })
    }

    /// Luma alone, as alpha is told.
    pub fn alpha(&self, y: u32) -> impl Iterator<Item = u8> {
        self.row(0, y)
            .map(|sample| byte(self.conversion.luma(sample)))
    }

    /// A sample for each pixel of a row; nothing but zeros of a plane that is not there.
    fn row(&self, plane: usize, y: u32) -> impl Iterator<Item = u16> {
        let (width, height) = self.frame.plane_dims.get(plane).copied().unwrap_or((1, 1));
        let across = self.frame.width.div_ceil(width).max(1) as usize;
        let down = self.frame.height.div_ceil(height.max(1)).max(1);
        let length = width as usize * self.bytes;
        let start = (y / down) as usize * length;
        let samples = self.frame.planes.get(plane);
        let samples = samples.and_then(|samples| samples.get(start..start + length));
        let samples = samples.unwrap_or(&[0, 0]).chunks_exact(self.bytes);
        let sample = |bytes: &[u8]| match *bytes {
            [low, high] => u16::from_le_bytes([low, high]),
            [only] => only.into(),
            _ => 0,
        };
        let count = self.frame.width as usize;
        samples
            .flat_map(move |bytes| std::iter::repeat_n(sample(bytes), across))
            .chain(std::iter::repeat(0))
            .take(count)
    }
}
