use super::Misread;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A colour in sRGB with straight alpha, written `#rrggbb` or `#rrggbbaa`; the mark may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Color {
    pub rgb: [u8; 3],
    /// From 0 (clear) to 255.
    pub alpha: u8,
}

impl Color {
    pub(crate) const WHITE: Self = Self {
        rgb: [255; 3],
        alpha: 255,
    };

    /// The samples with premultiplied alpha.
    pub(crate) fn premultiplied(self) -> [u8; 4] {
        let shown = |sample: u8| ((u16::from(sample) * u16::from(self.alpha) + 127) / 255) as u8;
        let [r, g, b] = self.rgb.map(shown);
        [r, g, b, self.alpha]
    }
}

impl FromStr for Color {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Self, Misread> {
        read(text).ok_or(Misread(
            "a color must be six or eight hexadecimal digits, such as #336699",
        ))
    }
}

fn read(text: &str) -> Option<Color> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    // Number parsers take a sign, a color has none.
    let number = || u32::from_str_radix(digits, 16).ok();
    let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let [r, g, b, alpha] = match digits.len() {
        6 if plain => (number()? << 8 | 0xFF).to_be_bytes(),
        8 if plain => number()?.to_be_bytes(),
        _ => return None,
    };
    Some(Color {
        rgb: [r, g, b],
        alpha,
    })
}

impl fmt::Display for Color {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.rgb;
        write!(formatter, "#{r:02x}{g:02x}{b:02x}")?;
        match self.alpha {
            255 => Ok(()),
            alpha => write!(formatter, "{alpha:02x}"),
        }
    }
}

impl TryFrom<String> for Color {
    type Error = Misread;

    fn try_from(text: String) -> Result<Self, Misread> {
        text.parse()
    }
}

impl From<Color> for String {
    fn from(color: Color) -> Self {
        color.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_mark_and_the_alpha_may_be_left_out() {
        let written = |text: &str| text.parse::<Color>().map(|color| color.to_string());
        assert_eq!(written("336699").unwrap(), "#336699");
        assert_eq!(written("#33669980").unwrap(), "#33669980");
        assert_eq!(written("#336699FF").unwrap(), "#336699");
        for bad in [
            "", "#", "red", "#fff", "##336699", "+36699", "3366999", "é3669",
        ] {
            assert!(written(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(rgb in any::<[u8; 3]>(), alpha: u8) {
            let color = Color { rgb, alpha };
            prop_assert_eq!(color.to_string().parse(), Ok(color));
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,10}") {
            let _ = text.parse::<Color>();
        }
    }
}
