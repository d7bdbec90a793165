use super::{Misread, Part};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a cut is drawn to: `center`, `smart`, or a point such as `0.3,0.7` in parts of width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Gravity {
    #[default]
    Center,
    /// From the left and from the top.
    Point(Part, Part),
    /// Where most is to be seen.
    Smart,
}

impl FromStr for Gravity {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Self, Misread> {
        let point = || {
            let (x, y) = text.split_once(',')?;
            Some(Self::Point(x.trim().parse().ok()?, y.trim().parse().ok()?))
        };
        match text {
            "center" => Ok(Self::Center),
            "smart" => Ok(Self::Smart),
            _ => point().ok_or(Misread(
                "a gravity must be center, smart or two parts from 0 to 1, such as 0.3,0.7",
            )),
        }
    }
}

impl fmt::Display for Gravity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Center => formatter.write_str("center"),
            Self::Smart => formatter.write_str("smart"),
            Self::Point(x, y) => write!(formatter, "{x},{y}"),
        }
    }
}

impl TryFrom<String> for Gravity {
    type Error = Misread;

    fn try_from(text: String) -> Result<Self, Misread> {
        text.parse()
    }
}

impl From<Gravity> for String {
    fn from(gravity: Gravity) -> Self {
        gravity.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_points() {
        for text in ["center", "smart", "0.3,0.7", "0,1"] {
            assert_eq!(text.parse::<Gravity>().unwrap().to_string(), text);
        }
        for bad in [
            "", "left", "0.3", "0.3,", "1.1,0", "-0.1,0", "NaN,0", "0,0,0",
        ] {
            assert!(bad.parse::<Gravity>().is_err(), "{bad}");
        }
    }
}
