//! Proactive content negotiation by `Accept` (RFC 9110, section 12.5.1).

/// How exactly a range names a type; an exact one overrules the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    Everything,
    Family,
    Exact,
}

/// One media range with its weight in thousandths. Parameters other than `q` are left aside: no type here has any.
#[derive(Debug, Clone, Copy)]
struct Range<'a> {
    family: &'a str,
    subtype: &'a str,
    quality: u16,
}

/// The place of the best among the offered media types, which come in our own order of preference; `None` when the
/// caller accepts none of them. Elements that cannot be read are skipped; a field without a readable one is no wish at all.
///
/// Between types that the caller likes equally, one that is named beats one that a wildcard covers.
#[must_use]
pub fn choose<T: AsRef<str>>(accept: &str, offered: &[T]) -> Option<usize> {
    let ranges: Vec<Range<'_>> = accept.split(',').filter_map(range).collect();
    if ranges.is_empty() {
        return (!offered.is_empty()).then_some(0);
    }
    let liked = offered
        .iter()
        .enumerate()
        .filter_map(|(place, offer)| Some((liking(&ranges, offer.as_ref())?, place)));
    // Of equals `max_by_key` takes the last, so the walk is backwards.
    liked
        .rev()
        .max_by_key(|(liking, _)| *liking)
        .map(|(_, place)| place)
}

/// The weight of the most precise range that covers the type, and that precision; `None` for not acceptable.
fn liking(ranges: &[Range<'_>], offer: &str) -> Option<(u16, Precision)> {
    let (precision, quality) = ranges
        .iter()
        .filter_map(|range| Some((range.covers(offer)?, range.quality)))
        .max()?;
    (quality > 0).then_some((quality, precision))
}

impl Range<'_> {
    fn covers(&self, offer: &str) -> Option<Precision> {
        let (family, subtype) = offer.split_once('/')?;
        match (self.family, self.subtype) {
            ("*", "*") => Some(Precision::Everything),
            (mine, "*") if mine.eq_ignore_ascii_case(family) => Some(Precision::Family),
            (mine, exact)
                if mine.eq_ignore_ascii_case(family) && exact.eq_ignore_ascii_case(subtype) =>
            {
                Some(Precision::Exact)
            }
            _ => None,
        }
    }
}

fn range(element: &str) -> Option<Range<'_>> {
    let mut parts = element.split(';').map(str::trim);
    let (family, subtype) = parts.next()?.split_once('/')?;
    let readable = !family.is_empty() && !subtype.is_empty() && (family != "*" || subtype == "*");
    let weight = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    let quality = weight.map_or(Some(1000), thousandths)?;
    readable.then_some(Range {
        family,
        subtype,
        quality,
    })
}

/// `qvalue` of RFC 9110, section 12.4.2: 0 to 1 with at most three decimals.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    match (whole, decimals) {
        ("0", decimals) => Some(decimals),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{choose, thousandths};
    use proptest::prelude::*;

    const OFFERED: [&str; 2] = ["image/jpeg", "image/webp"];

    #[test]
    fn what_clients_send() {
        let chrome = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
        for (accept, expected) in [
            ("", Some(0)),
            ("*/*", Some(0)),
            ("image/*", Some(0)),
            (chrome, Some(1)),
            ("image/webp", Some(1)),
            ("IMAGE/WebP ; Q=0.5", Some(1)),
            ("image/webp;q=0.5, image/*", Some(0)),
            ("image/webp;q=0.5, image/jpeg;q=0.4, */*", Some(1)),
            ("image/jpeg;q=0, */*", Some(1)),
            ("image/*;q=0, image/webp", Some(1)),
            ("image/jpeg, image/webp", Some(0)),
            ("image/avif", None),
            ("text/html, */*;q=0", None),
            ("no range at all", Some(0)),
            ("image/webp;q=7", Some(0)),
        ] {
            assert_eq!(choose(accept, &OFFERED), expected, "{accept}");
        }
        assert_eq!(choose::<&str>("*/*", &[]), None);
    }

    #[test]
    fn weights_are_read_to_the_letter() {
        assert_eq!(thousandths("0.25"), Some(250));
        assert_eq!(thousandths("1.000"), Some(1000));
        for bad in ["", ".5", "1.001", "0.1234", "2", "-0", "0.+1"] {
            assert_eq!(thousandths(bad), None, "{bad}");
        }
    }

    fn weights() -> impl Strategy<Value = (u16, u16, u16)> {
        (0..=1000_u16, 0..=1000_u16, 0..=1000_u16)
    }

    fn written(quality: u16) -> String {
        format!("{}.{:03}", quality / 1000, quality % 1000)
    }

    proptest! {
        #[test]
        fn never_panics_and_stays_in_range(accept in "\\PC{0,80}") {
            prop_assert!(choose(&accept, &OFFERED).is_none_or(|place| place < OFFERED.len()));
        }

        #[test]
        fn anything_like_a_field_is_read(accept in "((image|\\*|text)/(\\*|webp|jpeg)(;q=[01](\\.[0-9]{0,4})?)?,? ?){0,6}") {
            prop_assert!(choose(&accept, &OFFERED).is_none_or(|place| place < OFFERED.len()));
        }

        #[test]
        fn the_heavier_named_type_wins_whatever_the_order((jpeg, webp, rest) in weights()) {
            let mut elements = [
                format!("image/jpeg;q={}", written(jpeg)),
                format!("image/webp;q={}", written(webp)),
                format!("*/*;q={}", written(rest)),
            ];
            let expected = match (jpeg, webp) {
                (0, 0) => None,
                _ if webp > jpeg => Some(1),
                _ => Some(0),
            };
            prop_assert_eq!(choose(&elements.join(", "), &OFFERED), expected);
            elements.reverse();
            prop_assert_eq!(choose(&elements.join(","), &OFFERED), expected);
        }
    }
}
