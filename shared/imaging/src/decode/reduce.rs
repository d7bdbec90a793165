use super::Layout;
use crate::geometry::Size;

/// Decoding at 1/1, 1/2, 1/4 or 1/8 of the stored size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reduction(u8);

impl Reduction {
    /// The strongest one that still leaves at least `scale` of the picture.
    pub fn for_scale(scale: f64) -> Self {
        let enough = |factor: &u8| 1.0 / f64::from(*factor) >= scale;
        Self([8, 4, 2].into_iter().find(enough).unwrap_or(1))
    }

    /// For a decoder that can only average: what is left of the way is at least as long again, so that the resampling
    /// decides what the picture looks like.
    pub const fn gentler(self) -> Self {
        match self.0 {
            8 => Self(4),
            4 => Self(2),
            _ => Self(1),
        }
    }

    pub const fn factor(self) -> u32 {
        self.0 as u32
    }

    /// Partial blocks at the right and lower edges count as whole ones.
    pub const fn apply(self, size: Size) -> Size {
        Size::new(
            size.width.div_ceil(self.factor()),
            size.height.div_ceil(self.factor()),
        )
    }
}

/// Averages square blocks of a picture that comes row by row, so that a large one is never held as a whole.
pub struct Reducer {
    factor: usize,
    layout: Layout,
    width: usize,
    /// For each output pixel its samples; colours are weighted by alpha where there is one.
    sums: Vec<u32>,
    rows: usize,
    output: Vec<u8>,
}

impl Reducer {
    pub fn new(size: Size, layout: Layout, reduction: Reduction) -> Self {
        let output = reduction.apply(size);
        let row = output.width as usize * layout.channels();
        Self {
            factor: reduction.factor() as usize,
            layout,
            width: size.width as usize,
            sums: vec![0; row],
            rows: 0,
            output: Vec::with_capacity(row * output.height as usize),
        }
    }

    pub fn push(&mut self, row: &[u8]) {
        if self.factor == 1 {
            self.output.extend_from_slice(row);
            return;
        }
        match self.layout {
            Layout::Gray => self.add::<1, false>(row),
            Layout::GrayAlpha => self.add::<2, true>(row),
            Layout::Rgb => self.add::<3, false>(row),
            Layout::Rgba => self.add::<4, true>(row),
            Layout::Cmyk => self.add::<4, false>(row),
        }
    }

    pub fn finish(mut self) -> Vec<u8> {
        if self.rows > 0 {
            match self.layout {
                Layout::Gray => self.emit::<1, false>(),
                Layout::GrayAlpha => self.emit::<2, true>(),
                Layout::Rgb => self.emit::<3, false>(),
                Layout::Rgba => self.emit::<4, true>(),
                Layout::Cmyk => self.emit::<4, false>(),
            }
        }
        self.output
    }

    fn add<const N: usize, const ALPHA: bool>(&mut self, row: &[u8]) {
        match self.factor {
            2 => self.add_blocks::<N, 2, ALPHA>(row),
            4 => self.add_blocks::<N, 4, ALPHA>(row),
            _ => self.add_blocks::<N, 8, ALPHA>(row),
        }
        self.rows += 1;
        if self.rows == self.factor {
            self.emit::<N, ALPHA>();
        }
    }

    /// Blocks of a known width are several times as fast.
    fn add_blocks<const N: usize, const WIDTH: usize, const ALPHA: bool>(&mut self, row: &[u8]) {
        let (blocks, rest) = row.as_chunks::<N>().0.as_chunks::<WIDTH>();
        let (sums, _) = self.sums.as_chunks_mut::<N>();
        for (block, sum) in blocks.iter().zip(&mut *sums) {
            add_block::<N, ALPHA>(block, sum);
        }
        if let Some(sum) = sums.get_mut(blocks.len()) {
            add_block::<N, ALPHA>(rest, sum);
        }
    }

    fn emit<const N: usize, const ALPHA: bool>(&mut self) {
        let (rows, whole) = (self.rows, self.width / self.factor);
        let (sums, _) = self.sums.as_chunks_mut::<N>();
        let start = self.output.len();
        self.output.resize(start + sums.len() * N, 0);
        let (pixels, _) = self.output.split_at_mut(start).1.as_chunks_mut::<N>();
        let (full, partial) = (self.factor * rows, self.width % self.factor * rows);
        for (index, (sum, pixel)) in sums.iter_mut().zip(pixels).enumerate() {
            let area = if index < whole { full } else { partial };
            *pixel = mean::<N, ALPHA>(sum, area as u32);
            *sum = [0; N];
        }
        self.rows = 0;
    }
}

#[inline(always)]
fn add_block<const N: usize, const ALPHA: bool>(block: &[[u8; N]], sum: &mut [u32; N]) {
    for pixel in block {
        let weight = if ALPHA { u32::from(pixel[N - 1]) } else { 1 };
        let colors = if ALPHA { N - 1 } else { N };
        for channel in 0..colors {
            sum[channel] += u32::from(pixel[channel]) * weight;
        }
        if ALPHA {
            sum[N - 1] += weight;
        }
    }
}

/// Of a block's samples, rounded; colours by what alpha there is.
#[inline(always)]
fn mean<const N: usize, const ALPHA: bool>(sum: &[u32; N], area: u32) -> [u8; N] {
    let weight = if ALPHA { sum[N - 1] } else { area };
    let mut pixel = sum.map(|sum| divided(sum, weight));
    if ALPHA {
        pixel[N - 1] = divided(sum[N - 1], area);
    }
    pixel
}

/// Nearly all areas are powers of two, and shifting is many times as fast as dividing.
#[inline(always)]
fn divided(sum: u32, by: u32) -> u8 {
    let rounded = sum + by / 2;
    if by.is_power_of_two() {
        (rounded >> by.trailing_zeros()) as u8
    } else {
        (rounded / by.max(1)) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduced(size: Size, layout: Layout, factor: u8, samples: &[u8]) -> Vec<u8> {
        let mut reducer = Reducer::new(size, layout, Reduction(factor));
        for row in samples.chunks(size.width as usize * layout.channels()) {
            reducer.push(row);
        }
        reducer.finish()
    }

    #[test]
    fn the_strongest_sufficient_reduction() {
        let factor = |scale| Reduction::for_scale(scale).factor();
        assert_eq!(factor(1.0), 1);
        assert_eq!(factor(0.51), 1);
        assert_eq!(factor(0.5), 2);
        assert_eq!(factor(0.2), 4);
        assert_eq!(factor(0.01), 8);
    }

    #[test]
    fn partial_blocks_are_averaged_over_what_they_have() {
        let gray = [10, 30, 7, 20, 40, 9, 100, 200, 50];
        let size = Size::new(3, 3);
        assert_eq!(reduced(size, Layout::Gray, 2, &gray), [25, 8, 150, 50]);
        assert_eq!(reduced(size, Layout::Gray, 8, &gray), [52]);
        assert_eq!(reduced(size, Layout::Gray, 1, &gray), gray);
    }

    #[test]
    fn a_transparent_pixel_gives_no_colour() {
        let rgba = [200, 0, 0, 255, 0, 255, 0, 0];
        assert_eq!(
            reduced(Size::new(2, 1), Layout::Rgba, 2, &rgba),
            [200, 0, 0, 128]
        );
        let clear = [9, 0];
        assert_eq!(
            reduced(Size::new(1, 1), Layout::GrayAlpha, 2, &clear),
            [0, 0]
        );
    }
}
