use super::ImageError;
use super::bitmap::Bitmap;
use super::geometry::{Plan, Size};
use super::orientation::Orientation;
use super::planes::Planes;
use super::resize::{resize, resize_planes};
use std::borrow::Cow;

/// What variants are made of.
#[derive(Debug, Clone)]
pub(super) enum Picture {
    Pixels(Bitmap),
    Planes(Planes),
}

impl Picture {
    pub const fn size(&self) -> Size {
        match self {
            Self::Pixels(bitmap) => bitmap.size,
            Self::Planes(planes) => planes.size(),
        }
    }

    pub fn upright(self, orientation: Orientation) -> Self {
        match self {
            Self::Pixels(bitmap) => Self::Pixels(orientation.apply(bitmap)),
            Self::Planes(planes) => Self::Planes(orientation.apply_to_planes(planes)),
        }
    }

    pub fn resized(&self, plan: &Plan) -> Result<Self, ImageError> {
        match self {
            Self::Pixels(bitmap) => resize(bitmap, plan).map(Self::Pixels),
            Self::Planes(planes) => resize_planes(planes, plan).map(Self::Planes),
        }
    }

    pub fn to_bitmap(&self) -> Cow<'_, Bitmap> {
        match self {
            Self::Pixels(bitmap) => Cow::Borrowed(bitmap),
            Self::Planes(planes) => Cow::Owned(planes.to_bitmap()),
        }
    }
}
