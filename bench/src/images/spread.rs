use crate::table::rate;
use std::fmt;

/// A median with how far the rest lies from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub median: f64,
    /// Half the distance between the lowest and the highest.
    pub half: f64,
}

impl Spread {
    /// Nothing of nothing.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (lowest, highest) = (values.first()?, values.last()?);
        Some(Self {
            median: *values.get(values.len() / 2)?,
            half: (highest - lowest) / 2.0,
        })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ± {}", rate(self.median), rate(self.half))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let spread = Spread::of([4.0, 1.0, 2.0]).unwrap();
        assert_eq!((spread.median, spread.half), (2.0, 1.5));
        assert_eq!(Spread::of([]), None);
    }
}
