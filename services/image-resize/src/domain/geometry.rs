use super::{Fit, Preset};

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub width: u32,
    pub height: u32,
}

impl Size {
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    pub const fn transposed(self) -> Self {
        Self::new(self.height, self.width)
    }

    /// At least one pixel remains.
    fn scaled(self, scale: f64) -> Self {
        Self::new(
            rounded(f64::from(self.width) * scale),
            rounded(f64::from(self.height) * scale),
        )
    }
}

/// How one variant is cut out of the upright picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plan {
    /// Output pixels for each pixel of the picture; never over 1.
    pub scale: f64,
    /// The cut-out as parts of the picture's width and height, centred; `(1, 1)` is the whole.
    pub cut: (f64, f64),
    pub output: Size,
}

impl Plan {
    pub fn new(picture: Size, preset: &Preset) -> Self {
        let (across, down) = (
            f64::from(preset.width) / f64::from(picture.width),
            f64::from(preset.height) / f64::from(picture.height),
        );
        match preset.fit {
            Fit::Inside => {
                let scale = across.min(down).min(1.0);
                Self {
                    scale,
                    cut: (1.0, 1.0),
                    output: picture.scaled(scale),
                }
            }
            Fit::Cover => cover(picture, preset, across.max(down)),
        }
    }

    pub fn is_whole(&self) -> bool {
        self.cut == (1.0, 1.0)
    }
}

/// A picture smaller than the box is cut to the box's proportions at its own scale.
fn cover(picture: Size, preset: &Preset, filling: f64) -> Plan {
    let scale = filling.min(1.0);
    let wanted = Size::new(preset.width, preset.height).scaled(scale / filling);
    let part = |wanted: u32, side: u32| (f64::from(wanted) / (f64::from(side) * scale)).min(1.0);
    Plan {
        scale,
        cut: (
            part(wanted.width, picture.width),
            part(wanted.height, picture.height),
        ),
        output: wanted,
    }
}

fn rounded(side: f64) -> u32 {
    (side.round() as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn preset(width: u32, height: u32, fit: Fit) -> Preset {
        Preset {
            name: "test",
            width,
            height,
            fit,
        }
    }

    #[test]
    fn nothing_is_enlarged() {
        let plan = |w, h, fit| Plan::new(Size::new(w, h), &preset(160, 160, fit)).output;
        assert_eq!(plan(4000, 3000, Fit::Cover), Size::new(160, 160));
        assert_eq!(plan(4000, 3000, Fit::Inside), Size::new(160, 120));
        assert_eq!(plan(100, 300, Fit::Cover), Size::new(100, 100));
        assert_eq!(plan(100, 80, Fit::Inside), Size::new(100, 80));
        assert_eq!(plan(30_000, 1, Fit::Inside), Size::new(160, 1));
        assert_eq!(plan(30_000, 1, Fit::Cover), Size::new(1, 1));
    }

    #[test]
    fn a_cover_cuts_the_longer_side_only() {
        let plan = Plan::new(Size::new(400, 200), &preset(100, 100, Fit::Cover));
        assert_eq!((plan.scale, plan.cut), (0.5, (0.5, 1.0)));
        assert!(!plan.is_whole());
    }

    proptest! {
        #[test]
        fn outputs_fit_box_and_picture(
            w in 1..30_000_u32, h in 1..30_000_u32, bw in 1..2000_u32, bh in 1..2000_u32, cover in any::<bool>(),
        ) {
            let fit = if cover { Fit::Cover } else { Fit::Inside };
            let plan = Plan::new(Size::new(w, h), &preset(bw, bh, fit));
            prop_assert!(plan.output.width >= 1 && plan.output.height >= 1);
            prop_assert!(plan.output.width <= bw.min(w) && plan.output.height <= bh.min(h));
            prop_assert!(plan.scale > 0.0 && plan.scale <= 1.0);
            prop_assert!(plan.cut.0 > 0.0 && plan.cut.0 <= 1.0 && plan.cut.1 > 0.0 && plan.cut.1 <= 1.0);
        }
    }
}
