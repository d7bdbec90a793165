//! Numbers that are within their range by construction.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// A number outside its range, or none at all; says the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct OutOfRange(&'static str);

macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident($number:ty = $named:literal), $range:expr, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = $named, into = $named)]
        pub struct $name($number);

        impl $name {
            #[must_use]
            pub const fn get(self) -> $number {
                self.0
            }
        }

        // No number within a range is unequal to itself.
        impl Eq for $name {}

        impl TryFrom<$number> for $name {
            type Error = OutOfRange;

            fn try_from(number: $number) -> Result<Self, OutOfRange> {
                let within = $range.contains(&number);
                within.then_some(Self(number)).ok_or(OutOfRange($expected))
            }
        }

        impl From<$name> for $number {
            fn from($name(number): $name) -> Self {
                number
            }
        }

        impl FromStr for $name {
            type Err = OutOfRange;

            fn from_str(text: &str) -> Result<Self, OutOfRange> {
                let number = <$number>::from_str(text).map_err(|_| OutOfRange($expected))?;
                number.try_into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

bounded!(
    /// Pixels of a box's side.
    Side(u32 = "u32"), 1..=10_000, "a side must be from 1 to 10000 pixels"
);
bounded!(
    /// From small to good, on each format's own scale.
    Quality(u32 = "u32"), 1..=100, "a quality must be from 1 to 100"
);
bounded!(
    /// Standard deviation of a Gaussian blur, in pixels of the output.
    Blur(f64 = "f64"), 0.3..=250.0, "a blur must have a sigma from 0.3 to 250 pixels"
);
bounded!(
    /// Pixels of a display to each pixel of a form.
    Dpr(f64 = "f64"), 0.1..=8.0, "a dpr must be from 0.1 to 8"
);
bounded!(
    /// A place on a side, from its start to its end.
    Part(f64 = "f64"), 0.0..=1.0, "a part of a side must be from 0 to 1"
);

impl Side {
    /// A side that the program itself names; one out of range does not compile.
    pub(crate) const fn fixed<const PIXELS: u32>() -> Self {
        const { assert!(PIXELS >= 1 && PIXELS <= 10_000) };
        Self(PIXELS)
    }

    /// At least a pixel remains.
    pub(super) fn times(self, dpr: Dpr) -> Result<Self, OutOfRange> {
        let pixels = (f64::from(self.0) * dpr.get()).round() as u32;
        pixels.max(1).try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_within_and_what_is_beyond_is_not() {
        for text in ["1", "10000"] {
            assert_eq!(text.parse::<Side>().unwrap().to_string(), text);
        }
        for text in ["", "0", "10001", "-1", "1.5", "1e3", "99999999999999999999"] {
            assert!(text.parse::<Side>().is_err(), "{text}");
        }
        for text in ["0.3", "250"] {
            assert_eq!(text.parse::<Blur>().unwrap().to_string(), text);
        }
        for text in ["", "0.29", "250.1", "NaN", "inf", "-1"] {
            assert!(text.parse::<Blur>().is_err(), "{text}");
        }
        assert!("8.01".parse::<Dpr>().is_err());
    }
}
