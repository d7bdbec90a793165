//! What a client can show before it has the picture.

use super::bitmap::Bitmap;
use super::geometry::{Plan, Size};
use super::picture::Picture;
use super::{Form, ImageError, Side, thumbhash};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The most that a hash is made of.
const SIDE: Side = Side::fixed::<{ thumbhash::MAX_SIDE }>();

pub(super) struct Placeholder {
    /// ThumbHash in base64.
    pub thumbhash: String,
    /// Mean of what is visible, as `#rrggbb`; white where nothing is.
    pub dominant_color: String,
}

pub(super) fn plan(picture: Size) -> Plan {
    let form = Form {
        width: Some(SIDE),
        height: Some(SIDE),
        ..Form::default()
    };
    Plan::new(picture, &form)
}

pub(super) fn placeholder(source: &Picture, plan: &Plan) -> Result<Placeholder, ImageError> {
    let small = source.resized(plan)?;
    let small = small.to_bitmap();
    let rgba = straight(&small);
    let (width, height) = (small.size.width as usize, small.size.height as usize);
    Ok(Placeholder {
        thumbhash: STANDARD.encode(thumbhash::hash(width, height, &rgba)),
        dominant_color: mean(&rgba),
    })
}

fn straight(bitmap: &Bitmap) -> Vec<[u8; 4]> {
    if bitmap.alpha {
        bitmap.straight().as_chunks().0.to_vec()
    } else {
        let rgb = bitmap.pixels.as_chunks().0.iter();
        rgb.map(|&[r, g, b]| [r, g, b, 255]).collect()
    }
}

fn mean(rgba: &[[u8; 4]]) -> String {
    let weight: u64 = rgba.iter().map(|pixel| u64::from(pixel[3])).sum();
    if weight == 0 {
        // What viewers without alpha show behind it.
        return "#ffffff".to_owned();
    }
    let [r, g, b] = [0, 1, 2].map(|channel| {
        let weighted = |pixel: &[u8; 4]| u64::from(pixel[channel]) * u64::from(pixel[3]);
        (rgba.iter().map(weighted).sum::<u64>() + weight / 2) / weight
    });
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_of_what_is_visible() {
        assert_eq!(mean(&[[200, 100, 0, 255], [0, 0, 255, 0]]), "#c86400");
        assert_eq!(mean(&[[10, 20, 30, 255], [20, 40, 60, 255]]), "#0f1e2d");
        assert_eq!(mean(&[[9, 9, 9, 0]]), "#ffffff");
    }
}
