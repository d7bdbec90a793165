//! Content negotiation by `Accept` (RFC 9110, section 12.5.1) among the formats that a photo is stored in.

use super::Form;

/// How well a format is accepted; the larger, the better. The last member breaks ties: WebP is the smallest for those
/// who ask for it by name, JPEG is what everybody can show.
type Score = (u16, bool, u8);

/// The form to send; `None` when none is acceptable. Without the field, everything is.
#[must_use]
pub fn choose<'a>(accept: Option<&str>, forms: impl Iterator<Item = &'a Form>) -> Option<&'a Form> {
    let accept = accept.unwrap_or("*/*");
    forms
        .filter_map(|form| Some((score(accept, &form.format)?, form)))
        .max_by_key(|(score, _)| *score)
        .map(|(_, form)| form)
}

fn score(accept: &str, format: &str) -> Option<Score> {
    // The most specific range that matches has the say.
    let (specificity, quality) = accept
        .split(',')
        .filter_map(|range| matched(range, format))
        .max_by_key(|(specificity, _)| *specificity)?;
    let by_name = specificity == 2;
    let preference = match (format, by_name) {
        ("webp", true) => 3,
        ("jpeg", _) => 2,
        ("png", _) => 1,
        _ => 0,
    };
    (quality > 0).then_some((quality, by_name, preference))
}

/// How closely a media range names the format, and its weight in thousandths.
fn matched(range: &str, format: &str) -> Option<(u8, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let specificity = match parts.next()?.to_ascii_lowercase().as_str() {
        "*/*" => 0,
        "image/*" => 1,
        name if name.strip_prefix("image/") == Some(format) => 2,
        _ => return None,
    };
    let weight = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    let quality = match weight {
        None => 1.0,
        Some(text) => text
            .parse::<f32>()
            .ok()
            .filter(|q| (0.0..=1.0).contains(q))?,
    };
    Some((specificity, (quality * 1000.0) as u16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chosen(accept: Option<&str>, formats: &[&str]) -> Option<String> {
        let forms: Vec<Form> = formats
            .iter()
            .map(|format| Form {
                size: "thumb".into(),
                format: (*format).to_owned(),
                blob: String::new(),
                sha256: String::new(),
            })
            .collect();
        choose(accept, forms.iter()).map(|form| form.format.clone())
    }

    #[test]
    fn jpeg_unless_webp_is_asked_for_by_name() {
        let all = ["png", "webp", "jpeg"];
        for (accept, format) in [
            (None, "jpeg"),
            (Some("*/*"), "jpeg"),
            (Some("image/*"), "jpeg"),
            (Some("image/webp,*/*"), "webp"),
            (
                Some("image/avif,image/webp,image/apng,image/*,*/*;q=0.8"),
                "webp",
            ),
            (Some("image/jpeg, image/png"), "jpeg"),
            (Some("image/png;q=0.9, image/*;q=0.2"), "png"),
            (Some("image/jpeg;q=0, */*"), "png"),
            (Some("IMAGE/WEBP ; Q=1"), "webp"),
        ] {
            assert_eq!(chosen(accept, &all).as_deref(), Some(format), "{accept:?}");
        }
        assert_eq!(chosen(Some("*/*"), &["webp"]).as_deref(), Some("webp"));
        assert_eq!(chosen(Some("text/html"), &all), None);
        assert_eq!(chosen(Some("image/webp;q=0"), &["webp"]), None);
    }

    proptest! {
        #[test]
        fn never_panics(accept in "\\PC{0,60}|[a-z*/;=,.0-9 ]{0,60}") {
            let _ = chosen(Some(&accept), &["jpeg", "webp"]);
        }
    }
}
