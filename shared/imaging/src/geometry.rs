use super::{Fit, Form, Gravity, Side};

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

    /// Whole pairs of pixels; at least one pixel remains.
    pub fn halved(self) -> Self {
        Self::new((self.width / 2).max(1), (self.height / 2).max(1))
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
    /// Output pixels for each pixel of the picture.
    pub scale: f64,
    pub cut: Cut,
    /// Of the cut-out at this scale.
    pub output: Size,
    /// What the cut-out lies on: larger than it when bars are to fill the rest of a box.
    pub canvas: Size,
}

/// A cut-out as parts of the picture's width and height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cut {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Cut {
    const WHOLE: Self = Self {
        left: 0.0,
        top: 0.0,
        width: 1.0,
        height: 1.0,
    };

    /// As much of the picture, with the point as near to its middle as the edges allow.
    pub fn around(self, (x, y): (f64, f64)) -> Self {
        let start = |point: f64, part: f64| (point - part / 2.0).clamp(0.0, 1.0 - part);
        Self {
            left: start(x, self.width),
            top: start(y, self.height),
            ..self
        }
    }
}

impl Plan {
    pub fn new(picture: Size, form: &Form) -> Self {
        let across = form.width.map(|side| ratio(side, picture.width));
        let down = form.height.map(|side| ratio(side, picture.height));
        let framed = across.zip(down).zip(boxed(form));
        match (form.fit, framed) {
            (Fit::Cover, Some(((across, down), frame))) => {
                cover(picture, form, frame, across.max(down))
            }
            (Fit::Contain, Some((_, frame))) => Self {
                canvas: frame,
                ..inside(picture, form, across, down)
            },
            _ => inside(picture, form, across, down),
        }
    }

    pub fn is_whole(&self) -> bool {
        self.cut == Cut::WHOLE
    }

    /// Where on the canvas the cut-out lies, from the left and from the top.
    pub fn place(&self, gravity: Gravity) -> (u32, u32) {
        let (x, y) = focus(gravity);
        let start = |free: u32, part: f64| (f64::from(free) * part) as u32;
        (
            start(self.canvas.width - self.output.width, x),
            start(self.canvas.height - self.output.height, y),
        )
    }
}

fn ratio(side: Side, of: u32) -> f64 {
    f64::from(side.get()) / f64::from(of)
}

fn boxed(form: &Form) -> Option<Size> {
    Some(Size::new(form.width?.get(), form.height?.get()))
}

/// The middle, unless a point is named.
fn focus(gravity: Gravity) -> (f64, f64) {
    match gravity {
        Gravity::Point(x, y) => (x.get(), y.get()),
        Gravity::Center | Gravity::Smart => (0.5, 0.5),
    }
}

fn most(form: &Form) -> f64 {
    if form.enlarge { f64::INFINITY } else { 1.0 }
}

fn inside(picture: Size, form: &Form, across: Option<f64>, down: Option<f64>) -> Plan {
    let fitting = across.into_iter().chain(down).reduce(f64::min);
    let scale = fitting.unwrap_or(1.0).min(most(form));
    let output = picture.scaled(scale);
    Plan {
        scale,
        cut: Cut::WHOLE,
        output,
        canvas: output,
    }
}

/// A picture smaller than the box is cut to the box's proportions at its own scale, unless it may grow.
fn cover(picture: Size, form: &Form, frame: Size, filling: f64) -> Plan {
    let scale = filling.min(most(form));
    let output = frame.scaled(scale / filling);
    let part = |wanted: u32, side: u32| (f64::from(wanted) / (f64::from(side) * scale)).min(1.0);
    let cut = Cut {
        width: part(output.width, picture.width),
        height: part(output.height, picture.height),
        ..Cut::WHOLE
    };
    Plan {
        scale,
        cut: cut.around(focus(form.gravity)),
        output,
        canvas: output,
    }
}

fn rounded(side: f64) -> u32 {
    (side.round() as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form(width: u32, height: u32, fit: Fit) -> Form {
        Form {
            width: Some(width.try_into().unwrap()),
            height: Some(height.try_into().unwrap()),
            fit,
            ..Form::default()
        }
    }

    #[test]
    fn nothing_is_enlarged() {
        let plan = |w, h, fit| Plan::new(Size::new(w, h), &form(160, 160, fit)).output;
        assert_eq!(plan(4000, 3000, Fit::Cover), Size::new(160, 160));
        assert_eq!(plan(4000, 3000, Fit::Inside), Size::new(160, 120));
        assert_eq!(plan(100, 300, Fit::Cover), Size::new(100, 100));
        assert_eq!(plan(100, 80, Fit::Inside), Size::new(100, 80));
        assert_eq!(plan(30_000, 1, Fit::Inside), Size::new(160, 1));
        assert_eq!(plan(30_000, 1, Fit::Cover), Size::new(1, 1));
    }

    #[test]
    fn what_may_grow_fills_its_box() {
        let plan = |w, h, fit| {
            let form = Form {
                enlarge: true,
                ..form(160, 80, fit)
            };
            Plan::new(Size::new(w, h), &form).output
        };
        assert_eq!(plan(10, 10, Fit::Cover), Size::new(160, 80));
        assert_eq!(plan(10, 10, Fit::Inside), Size::new(80, 80));
        assert_eq!(plan(400, 10, Fit::Cover), Size::new(160, 80));
    }

    #[test]
    fn a_side_that_is_not_named_follows() {
        let one = |fit| Form {
            height: None,
            ..form(100, 1, fit)
        };
        for fit in [Fit::Cover, Fit::Contain, Fit::Inside] {
            let plan = Plan::new(Size::new(400, 200), &one(fit));
            assert_eq!(
                (plan.output, plan.canvas),
                (Size::new(100, 50), Size::new(100, 50))
            );
        }
        let own = Plan::new(Size::new(400, 200), &Form::default());
        assert_eq!(own.output, Size::new(400, 200));
    }

    #[test]
    fn a_cover_cuts_the_longer_side_only() {
        let mut form = form(100, 100, Fit::Cover);
        let picture = Size::new(400, 200);
        let cut = |form: &Form| Plan::new(picture, form).cut;
        let half = |left| Cut {
            left,
            width: 0.5,
            ..Cut::WHOLE
        };
        assert_eq!(cut(&form), half(0.25));
        assert!(!Plan::new(picture, &form).is_whole());
        for (point, left) in [("0,0", 0.0), ("0.6,0", 0.35), ("0.9,1", 0.5)] {
            form.gravity = point.parse().unwrap();
            assert!((cut(&form).left - left).abs() < 1e-9, "{point}");
        }
    }

    #[test]
    fn a_contained_picture_lies_in_its_box() {
        let mut form = form(100, 100, Fit::Contain);
        let plan = Plan::new(Size::new(400, 200), &form);
        assert_eq!(
            (plan.output, plan.canvas),
            (Size::new(100, 50), Size::new(100, 100))
        );
        assert_eq!(plan.place(form.gravity), (0, 25));
        form.gravity = "0,1".parse().unwrap();
        assert_eq!(plan.place(form.gravity), (0, 50));
    }

    proptest! {
        #[test]
        fn outputs_fit_box_and_picture(
            w in 1..30_000_u32, h in 1..30_000_u32, bw in 1..2000_u32, bh in 1..2000_u32,
            fit in prop::sample::select(&[Fit::Cover, Fit::Contain, Fit::Inside]), enlarge: bool,
            x in 0.0..=1.0, y in 0.0..=1.0,
        ) {
            let form = Form { enlarge, gravity: format!("{x},{y}").parse().unwrap(), ..form(bw, bh, fit) };
            let plan = Plan::new(Size::new(w, h), &form);
            prop_assert!(plan.output.width >= 1 && plan.output.height >= 1);
            prop_assert!(plan.output.width <= bw && plan.output.height <= bh);
            prop_assert!(enlarge || plan.output.width <= w && plan.output.height <= h);
            prop_assert!(plan.scale > 0.0 && (enlarge || plan.scale <= 1.0));
            let Cut { left, top, width, height } = plan.cut;
            prop_assert!(left >= 0.0 && width > 0.0 && left + width <= 1.0 + 1e-9);
            prop_assert!(top >= 0.0 && height > 0.0 && top + height <= 1.0 + 1e-9);
            let (x, y) = plan.place(form.gravity);
            prop_assert!(x + plan.output.width <= plan.canvas.width);
            prop_assert!(y + plan.output.height <= plan.canvas.height);
        }
    }
}
