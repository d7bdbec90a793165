use super::{Fit, Form, Side};

/// A named form of every picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    pub name: &'static str,
    pub form: Form,
}

/// The presets that every tenant starts with.
#[must_use]
pub fn presets() -> [Preset; 3] {
    [
        square("thumb", Side::fixed::<160>(), Fit::Cover),
        square("small", Side::fixed::<640>(), Fit::Inside),
        square("large", Side::fixed::<1600>(), Fit::Inside),
    ]
}

fn square(name: &'static str, side: Side, fit: Fit) -> Preset {
    let form = Form {
        width: Some(side),
        height: Some(side),
        fit,
        ..Form::default()
    };
    Preset { name, form }
}
