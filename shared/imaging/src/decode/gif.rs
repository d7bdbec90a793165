use super::canvas::{After, Area, Canvas};
use super::{Animation, Decoder, Frames, Header, Raster, Reduction};
use crate::geometry::Size;
use crate::{Format, ImageError, Limits, Orientation};
use blocks::Blocks;
use gif::{ColorOutput, DisposalMethod, MemoryLimit};
use std::num::NonZero;
use std::time::Duration;

mod blocks;

/// Bytes of each pixel: the canvas, a frame as indices and as colours, and what a frame covered.
const WORKING_SET: u64 = 13;
/// What browsers take for a frame that is to be shown for less than two hundredths of a second.
const USUAL_DELAY: Duration = Duration::from_millis(100);

pub struct Gif;

impl Decoder for Gif {
    fn probe(&self, bytes: &[u8], limits: &Limits) -> Result<Header, ImageError> {
        let blocks = Blocks::read(bytes, limits)?;
        if blocks.frames == 0 {
            return Err(ImageError::truncated());
        }
        limits.check_working_set(blocks.canvas.pixels() * WORKING_SET)?;
        let (frames, loops) = (blocks.frames, blocks.loops);
        let upright = Orientation::Upright;
        let header = Header::new(Format::Gif, blocks.canvas, upright, blocks.has_alpha);
        Ok(header.animated((frames > 1).then_some(Animation { frames, loops })))
    }

    fn decode(
        &self,
        bytes: &[u8],
        reduction: Reduction,
        limits: &Limits,
    ) -> Result<Raster, ImageError> {
        super::first(self.frames(bytes, reduction, limits)?)
    }

    fn frames<'a>(
        &self,
        bytes: &'a [u8],
        reduction: Reduction,
        limits: &Limits,
    ) -> Result<Frames<'a>, ImageError> {
        let blocks = Blocks::read(bytes, limits)?;
        if !blocks.complete {
            return Err(ImageError::truncated());
        }
        let mut reader = open(bytes, blocks.canvas)?;
        let mut canvas = Canvas::new(blocks.canvas);
        let mut next = move || {
            let Some(frame) = reader
                .read_next_frame()
                .map_err(|e| ImageError::broken(&e))?
            else {
                return Ok(None);
            };
            draw(frame, &mut canvas)?;
            Ok(Some(canvas.frame(reduction, None, delay(frame))))
        };
        Ok(Box::new(
            (0..blocks.frames).map(move |_| next()?.ok_or_else(ImageError::truncated)),
        ))
    }
}

fn open(bytes: &[u8], canvas: Size) -> Result<gif::Decoder<&[u8]>, ImageError> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    let frame =
        NonZero::new(canvas.pixels() * 4).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes);
    options.set_memory_limit(frame);
    options.check_frame_consistency(true);
    options.check_lzw_end_code(true);
    options.read_info(bytes).map_err(|e| ImageError::broken(&e))
}

fn draw(frame: &gif::Frame<'_>, canvas: &mut Canvas) -> Result<(), ImageError> {
    let area = Area {
        left: frame.left.into(),
        top: frame.top.into(),
        size: Size::new(frame.width.into(), frame.height.into()),
    };
    let area = area.within(canvas.size)?;
    let after = match frame.dispose {
        DisposalMethod::Any | DisposalMethod::Keep => After::Stay,
        DisposalMethod::Background => After::Clear,
        DisposalMethod::Previous => After::Restore,
    };
    let (pixels, _) = frame.buffer.as_chunks::<4>();
    if pixels.len() as u64 != area.size.pixels() {
        return Err(ImageError::truncated());
    }
    canvas.draw(area, pixels.iter().copied(), true, after);
    Ok(())
}

fn delay(frame: &gif::Frame<'_>) -> Duration {
    match frame.delay {
        0 | 1 => USUAL_DELAY,
        hundredths => Duration::from_millis(u64::from(hundredths) * 10),
    }
}
