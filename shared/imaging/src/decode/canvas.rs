use super::reduce::Reducer;
use super::{Frame, Layout, Raster, Reduction};
use crate::{ImageError, geometry::Size};
use std::time::Duration;

/// Where an animation's frames are laid one on the other. Straight RGBA, clear at first.
pub struct Canvas {
    pub size: Size,
    pixels: Vec<[u8; 4]>,
    /// What the last frame's area is to become before the next one is drawn; without pixels it is cleared.
    due: Option<(Area, Option<Vec<[u8; 4]>>)>,
}

/// A rectangle of the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub left: u32,
    pub top: u32,
    pub size: Size,
}

/// What becomes of a frame's area when the frame has been shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    Stay,
    Clear,
    /// It looks again as it did before.
    Restore,
}

impl Area {
    /// Nothing but the canvas was checked against the limits, so nothing may lie beyond it.
    pub fn within(self, canvas: Size) -> Result<Self, ImageError> {
        let fits = |start: u32, length: u32, side: u32| {
            start.checked_add(length).is_some_and(|end| end <= side)
        };
        let inside = fits(self.left, self.size.width, canvas.width)
            && fits(self.top, self.size.height, canvas.height);
        match inside && self.size.pixels() > 0 {
            true => Ok(self),
            false => Err(ImageError::broken("a frame is not as large as it says")),
        }
    }
}

impl Canvas {
    pub fn new(size: Size) -> Self {
        Self {
            size,
            pixels: vec![[0; 4]; size.width as usize * size.height as usize],
            due: None,
        }
    }

    /// The pixels come row by row; `blend` lets what is below show through them.
    pub fn draw(
        &mut self,
        area: Area,
        pixels: impl Iterator<Item = [u8; 4]>,
        blend: bool,
        after: After,
    ) {
        self.settle();
        self.due = match after {
            After::Stay => None,
            After::Clear => Some((area, None)),
            After::Restore => Some((area, Some(self.rows(area).flatten().map(|p| *p).collect()))),
        };
        let targets = self.rows(area).flatten();
        for (target, pixel) in targets.zip(pixels) {
            *target = if blend { over(pixel, *target) } else { pixel };
        }
    }

    /// Does what the frame before left to do.
    fn settle(&mut self) {
        match self.due.take() {
            Some((area, Some(saved))) => {
                let pixels = self.rows(area).flatten();
                pixels.zip(saved).for_each(|(pixel, saved)| *pixel = saved);
            }
            Some((area, None)) => self.rows(area).for_each(|row| row.fill([0; 4])),
            None => {}
        }
    }

    /// What is to be seen now.
    pub fn frame(&self, reduction: Reduction, profile: Option<Vec<u8>>, delay: Duration) -> Frame {
        let mut reducer = Reducer::new(self.size, Layout::Rgba, reduction);
        let rows = self.pixels.chunks_exact(self.size.width as usize);
        rows.for_each(|row| reducer.push(row.as_flattened()));
        let raster = Raster {
            size: reduction.apply(self.size),
            layout: Layout::Rgba,
            samples: reducer.finish(),
            profile,
        };
        Frame { raster, delay }
    }

    fn rows(&mut self, area: Area) -> impl Iterator<Item = &mut [[u8; 4]]> {
        let rows = self.pixels.chunks_exact_mut(self.size.width as usize);
        let (left, width) = (area.left as usize, area.size.width as usize);
        rows.skip(area.top as usize)
            .take(area.size.height as usize)
            .filter_map(move |row| row.get_mut(left..left + width))
    }
}

/// Both with straight alpha, as RFC 9649, section 2.7.1.1, blends them.
fn over(above: [u8; 4], below: [u8; 4]) -> [u8; 4] {
    match (above[3], below[3]) {
        (255, _) | (_, 0) => return above,
        (0, _) => return below,
        _ => {}
    }
    let own = u32::from(above[3]);
    let through = u32::from(below[3]) * (255 - own) / 255;
    let alpha = own + through;
    let mixed = |channel: usize| {
        let sum = u32::from(above[channel]) * own + u32::from(below[channel]) * through;
        ((sum + alpha / 2) / alpha) as u8
    };
    [mixed(0), mixed(1), mixed(2), alpha as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 4] = [255, 0, 0, 255];
    const CLEAR: [u8; 4] = [0; 4];

    fn area(left: u32, width: u32) -> Area {
        Area {
            left,
            top: 0,
            size: Size::new(width, 1),
        }
    }

    #[test]
    fn what_a_frame_leaves_behind() {
        let mut canvas = Canvas::new(Size::new(3, 1));
        let red = || std::iter::repeat(RED);
        canvas.draw(area(0, 1), red(), false, After::Stay);
        canvas.draw(area(1, 1), red(), true, After::Clear);
        assert_eq!(canvas.pixels, [RED, RED, CLEAR]);
        let veil = [[0, 0, 255, 128]; 3].into_iter();
        canvas.draw(area(0, 3), veil, true, After::Restore);
        assert_eq!(canvas.pixels[0], [127, 0, 128, 255]);
        assert_eq!(canvas.pixels[1], [0, 0, 255, 128]);
        canvas.draw(area(2, 1), red(), true, After::Stay);
        assert_eq!(canvas.pixels, [RED, CLEAR, RED]);
    }

    #[test]
    fn nothing_lies_beyond_the_canvas() {
        let canvas = Size::new(3, 1);
        assert!(area(0, 3).within(canvas).is_ok());
        for (left, width) in [(1, 3), (3, 1), (u32::MAX, 2), (0, 0)] {
            assert!(area(left, width).within(canvas).is_err());
        }
    }
}
