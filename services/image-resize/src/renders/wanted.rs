use imaging::{Fit, Form, Format, Gravity};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Raised when the same form would come out visibly different: what is kept from before is then not given any more.
const EDITION: u32 = 1;
/// Hexadecimal digits of a name. No two forms of one picture meet by chance in so many.
const DIGITS: usize = 32;

/// A form in a format. Two that cannot differ in a pixel are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub form: Form,
    pub format: Format,
}

impl Wanted {
    #[must_use]
    pub fn new(mut form: Form, format: Format) -> Self {
        form.lossless &= format == Format::WebP;
        if format == Format::Png || form.lossless {
            form.quality = None;
        }
        if form.width.is_none() && form.height.is_none() {
            form.fit = Fit::Inside;
            form.enlarge = false;
        }
        if form.fit == Fit::Inside {
            form.gravity = Gravity::default();
        }
        Self { form, format }
    }

    /// What the rendering is stored by.
    #[must_use]
    pub fn name(&self) -> String {
        let canonical = json!([EDITION, self.format.name(), self.form]).to_string();
        let digest = Sha256::digest(canonical.as_bytes());
        let mut name = String::new();
        for byte in digest.iter().take(DIGITS / 2) {
            // Writing to a string cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn name(form: Value, format: Format) -> String {
        let form = serde_json::from_value(form).unwrap();
        Wanted::new(form, format).name()
    }

    #[test]
    fn what_makes_no_difference_makes_no_other_rendering() {
        let plain = name(json!({"width": 100}), Format::Png);
        for same in [
            json!({"width": 100, "quality": 50}),
            json!({"width": 100, "lossless": true}),
            json!({"width": 100, "gravity": "smart"}),
        ] {
            assert_eq!(name(same.clone(), Format::Png), plain, "{same}");
        }
        let whole = name(json!({}), Format::Jpeg);
        assert_eq!(name(json!({"fit": "cover"}), Format::Jpeg), whole);
    }

    #[test]
    fn what_makes_a_difference_makes_another_rendering() {
        let mut names = vec![name(json!({"width": 100}), Format::WebP)];
        for other in [
            json!({"width": 101}),
            json!({"width": 100, "quality": 50}),
            json!({"width": 100, "lossless": true}),
            json!({"width": 100, "height": 100, "fit": "cover"}),
            json!({"width": 100, "height": 100, "fit": "cover", "gravity": "smart"}),
            json!({"width": 100, "blur": 2.5}),
            json!({"width": 100, "enlarge": true}),
            json!({"width": 100, "background": "#102030"}),
        ] {
            names.push(name(other, Format::WebP));
        }
        names.push(name(json!({"width": 100}), Format::Jpeg));
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(names.iter().all(|name| name.len() == DIGITS));
    }
}
