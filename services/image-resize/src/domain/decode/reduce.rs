use super::Layout;
use crate::domain::geometry::Size;

/// Decoding at 1/1, 1/2, 1/4 or 1/8 of the stored size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reduction(u8);

impl Reduction {
    /// The strongest one that still leaves at least `scale` of the picture.
    pub fn for_scale(scale: f64) -> Self {
        let enough = |factor: &u8| 1.0 / f64::from(*factor) >= scale;
        Self([8, 4, 2].into_iter().find(enough).unwrap_or(1))
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
        self.rows += 1;
        if self.rows == self.factor {
            self.emit();
        }
    }

    pub fn finish(mut self) -> Vec<u8> {
        if self.rows > 0 {
            self.emit();
        }
        self.output
    }

    fn add<const N: usize, const ALPHA: bool>(&mut self, row: &[u8]) {
        let (pixels, _) = row.as_chunks::<N>();
        let (sums, _) = self.sums.as_chunks_mut::<N>();
        for (block, sum) in pixels.chunks(self.factor).zip(sums) {
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
    }

    fn emit(&mut self) {
        let channels = self.layout.channels();
        let alpha = matches!(self.layout, Layout::GrayAlpha | Layout::Rgba);
        for (index, sum) in self.sums.chunks_exact_mut(channels).enumerate() {
            let columns = self.factor.min(self.width - index * self.factor);
            let area = (columns * self.rows) as u32;
            let weight = if alpha { sum[channels - 1] } else { area };
            let colors = if alpha { channels - 1 } else { channels };
            let mean = |sum: u32, weight: u32| ((sum + weight / 2) / weight.max(1)) as u8;
            self.output
                .extend(sum[..colors].iter().map(|color| mean(*color, weight)));
            if alpha {
                self.output.push(mean(weight, area));
            }
            sum.fill(0);
        }
        self.rows = 0;
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
