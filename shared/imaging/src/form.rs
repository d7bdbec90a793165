//! What is asked of a picture, as a value that is stored, compared and read from a query.

mod bounded;
mod color;
mod gravity;

pub use bounded::{Blur, Dpr, OutOfRange, Part, Quality, Side};
pub use color::Color;
pub use gravity::Gravity;

use serde::{Deserialize, Serialize};
use std::str::FromStr;
use thiserror::Error;

/// How a picture meets the box that its form names. A side that is not named follows from the other one; without either,
/// the box is the picture's own size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Fills the box; what hangs over is cut off.
    Cover,
    /// Lies in a box of exactly this size as a whole; bars fill the rest.
    Contain,
    /// Lies within the box as a whole, which bounds the size only.
    #[default]
    Inside,
}

impl FromStr for Fit {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Self, Misread> {
        match text {
            "cover" => Ok(Self::Cover),
            "contain" => Ok(Self::Contain),
            "inside" => Ok(Self::Inside),
            _ => Err(Misread("a fit must be cover, contain or inside")),
        }
    }
}

/// A text that stands for nothing; says what would.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Misread(pub(super) &'static str);

/// What a variant is to look like. The default is the picture as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<Side>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<Side>,
    pub fit: Fit,
    /// Which part of the picture a cover keeps, and where in its box a contained picture lies.
    pub gravity: Gravity,
    /// What shows through the picture and beside it. Without one that stays clear, or is white where a format cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blur: Option<Blur>,
    /// Without one each format has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// A picture smaller than its box grows to it.
    #[serde(skip_serializing_if = "is_false")]
    pub enlarge: bool,
    /// Every pixel as it is, where the format offers that as a choice: WebP.
    #[serde(skip_serializing_if = "is_false")]
    pub lossless: bool,
}

impl Form {
    /// For a display with so many pixels to each of the form's own.
    pub fn at(&self, dpr: Dpr) -> Result<Self, OutOfRange> {
        let scaled = |side: Option<Side>| side.map(|side| side.times(dpr)).transpose();
        Ok(Self {
            width: scaled(self.width)?,
            height: scaled(self.height)?,
            ..self.clone()
        })
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_form_is_stored_as_it_is_written() {
        let stored = json!({
            "width": 160, "height": 90, "fit": "cover", "gravity": "0.25,1", "background": "#10203080",
            "blur": 2.5, "quality": 70, "enlarge": true, "lossless": true,
        });
        let form: Form = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&form).unwrap(), stored);
        let plain: Form = serde_json::from_str("{}").unwrap();
        assert_eq!(plain, Form::default());
        let plain = serde_json::to_value(plain).unwrap();
        assert_eq!(plain, json!({"fit": "inside", "gravity": "center"}));
    }

    #[test]
    fn what_is_out_of_range_says_so() {
        let refusal = |form| {
            serde_json::from_value::<Form>(form)
                .unwrap_err()
                .to_string()
        };
        for (form, reason) in [
            (json!({"width": 0}), "a side must be from 1 to 10000 pixels"),
            (
                json!({"height": 10_001}),
                "a side must be from 1 to 10000 pixels",
            ),
            (json!({"quality": 101}), "a quality must be from 1 to 100"),
            (
                json!({"blur": 0.2}),
                "a blur must have a sigma from 0.3 to 250 pixels",
            ),
            (
                json!({"gravity": "left"}),
                "a gravity must be center, smart or two parts",
            ),
            (
                json!({"background": "red"}),
                "a color must be six or eight hexadecimal digits",
            ),
        ] {
            let refusal = refusal(form);
            assert!(refusal.starts_with(reason), "{refusal}");
        }
    }

    #[test]
    fn a_dense_display_gets_more_pixels() {
        let form = Form {
            width: Some("160".parse().unwrap()),
            ..Form::default()
        };
        let dense = form.at("2.5".parse().unwrap()).unwrap();
        assert_eq!(
            (dense.width, dense.height),
            (Some("400".parse().unwrap()), None)
        );
        let least = form.at("0.1".parse().unwrap()).unwrap();
        assert_eq!(least.width, Some("16".parse().unwrap()));
        let form = Form {
            width: Some("5000".parse().unwrap()),
            ..form
        };
        assert!(form.at("8".parse().unwrap()).is_err());
    }
}
