use super::{BLUE, GREEN, RED, YELLOW, pixels};
use crate::geometry::Size;
use gif::{Encoder, Frame, Repeat};

/// The colours of quarters; the fifth is black and for frames that have it clear.
pub fn palette() -> Vec<u8> {
    [RED, GREEN, BLUE, YELLOW, [0; 3]].concat()
}

pub const CLEAR: u8 = 4;

/// A frame of so many pixels, from the index of each.
pub fn frame(size: Size, index: impl Fn(u32, u32) -> u8) -> Frame<'static> {
    let [width, height] = [size.width, size.height].map(|side| u16::try_from(side).unwrap());
    Frame {
        width,
        height,
        delay: 5,
        buffer: pixels(size, |x, y| [index(x, y)]).into(),
        ..Frame::default()
    }
}

/// The index of each pixel's quarter.
pub fn quarter(size: Size) -> impl Fn(u32, u32) -> u8 {
    move |x, y| u8::from(x * 2 >= size.width) + 2 * u8::from(y * 2 >= size.height)
}

pub fn gif(canvas: Size, frames: &[Frame<'_>], repeat: Option<Repeat>) -> Vec<u8> {
    let [width, height] = [canvas.width, canvas.height].map(|side| u16::try_from(side).unwrap());
    let mut encoder = Encoder::new(Vec::new(), width, height, &palette()).unwrap();
    if let Some(repeat) = repeat {
        encoder.set_repeat(repeat).unwrap();
    }
    for frame in frames {
        encoder.write_frame(frame).unwrap();
    }
    encoder.into_inner().unwrap()
}
