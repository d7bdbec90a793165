use crate::model::{Image, Preset};
use imaging::{Form, Format, Header, ImageError, Limits, Rendered, Request};

/// What is to be made of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub name: String,
    pub form: Form,
    pub formats: Formats,
}

impl Order {
    /// Who owns pictures keeps what was made of them as it is, and nothing is made later.
    #[must_use]
    pub fn of(preset: &Preset, image: &Image) -> Self {
        let unnamed = match image.owner {
            Some(_) => Formats::Prompt,
            None => Formats::Usual,
        };
        Self {
            name: preset.name.clone(),
            form: preset.form.clone(),
            formats: preset.only().map_or(unnamed, Formats::Only),
        }
    }
}

/// What it is to be made in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formats {
    Only(Format),
    /// What any client can show as it is meant, and the small one that most take. The others are made when somebody asks.
    Usual,
    /// Each that some client asks for and that is made quickly.
    Prompt,
}

impl Formats {
    fn of(self, header: &Header) -> Vec<Format> {
        match self {
            Self::Only(format) => vec![format],
            Self::Usual => vec![safe(header.has_alpha), Format::WebP],
            Self::Prompt => vec![Format::Jpeg, Format::Png, Format::WebP],
        }
    }
}

/// What any client can show as it is meant.
#[must_use]
pub const fn safe(has_alpha: bool) -> Format {
    if has_alpha { Format::Png } else { Format::Jpeg }
}

/// An order of which it is known what the picture can be made in.
#[derive(Debug, Clone, PartialEq)]
struct Definite {
    name: String,
    form: Form,
    formats: Vec<Format>,
}

/// A variant that cannot be made of just this picture is left out when others can.
pub fn render(bytes: &[u8], orders: Vec<Order>, limits: &Limits) -> Result<Rendered, ImageError> {
    let header = imaging::probe(bytes, limits)?;
    let definite = orders.into_iter().map(|order| Definite {
        name: order.name,
        form: order.form,
        formats: order.formats.of(&header),
    });
    let mut orders = fitting(definite.collect(), &header, limits)?;
    loop {
        match all_of(bytes, &orders, limits) {
            Err(ImageError::Encoding { format, reason }) => {
                orders = without(orders, format);
                if orders.is_empty() {
                    return Err(ImageError::Encoding { format, reason });
                }
            }
            rendered => return rendered,
        }
    }
}

/// What does not ask for too much: known before anything is decoded, so that the picture is decoded once whatever is left
/// out. When nothing is left, the first reason.
fn fitting(
    orders: Vec<Definite>,
    header: &Header,
    limits: &Limits,
) -> Result<Vec<Definite>, ImageError> {
    let mut excessive = None;
    let fitting = only(orders, |order, format| {
        let checked = limits.check(header, &order.form, format);
        let fits = checked.is_ok();
        excessive = excessive.take().or(checked.err());
        fits
    });
    match excessive {
        Some(error) if fitting.is_empty() => Err(error),
        _ => Ok(fitting),
    }
}

/// An encoder that failed may do so again with every order: so the picture is decoded anew once for each format at most.
fn without(orders: Vec<Definite>, failed: Format) -> Vec<Definite> {
    only(orders, |_, format| format != failed)
}

/// The orders in those of their formats that are to stay.
fn only(orders: Vec<Definite>, mut stays: impl FnMut(&Definite, Format) -> bool) -> Vec<Definite> {
    let kept = orders.into_iter().map(|order| {
        let formats = order.formats.iter().copied();
        let formats: Vec<Format> = formats.filter(|&format| stays(&order, format)).collect();
        Definite { formats, ..order }
    });
    kept.filter(|order| !order.formats.is_empty()).collect()
}

fn all_of(bytes: &[u8], orders: &[Definite], limits: &Limits) -> Result<Rendered, ImageError> {
    let requests: Vec<_> = orders
        .iter()
        .map(|order| Request {
            name: &order.name,
            form: &order.form,
            formats: &order.formats,
        })
        .collect();
    imaging::render(bytes, &requests, limits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::picture;
    use serde_json::json;

    fn form(side: u32) -> Form {
        let form = json!({ "width": side, "height": side, "fit": "contain", "enlarge": true });
        serde_json::from_value(form).unwrap()
    }

    fn order(name: &str, side: u32, formats: &[Format]) -> Definite {
        Definite {
            name: name.to_owned(),
            form: form(side),
            formats: formats.to_vec(),
        }
    }

    fn orders() -> Vec<Definite> {
        use Format::{Avif, Jpeg, WebP};
        vec![
            order("huge", 9_000, &[Jpeg, WebP]),
            order("slow", 3_000, &[Avif]),
            order("half", 2_100, &[Jpeg, Avif]),
            order("fine", 20, &[WebP]),
        ]
    }

    #[test]
    fn what_asks_for_too_much_is_left_out_before_anything_is_decoded() {
        let limits = Limits::default();
        let header = imaging::probe(&picture(30, 20), &limits).unwrap();
        let left = fitting(orders(), &header, &limits).unwrap();
        let expected = [
            order("half", 2_100, &[Format::Jpeg]),
            order("fine", 20, &[Format::WebP]),
        ];
        assert_eq!(left, expected);
        let nothing = fitting(orders()[..2].to_vec(), &header, &limits);
        let expected = "the form asks for too many pixels: the limit is 40000000";
        assert_eq!(nothing.unwrap_err().to_string(), expected);
        assert_eq!(fitting(Vec::new(), &header, &limits), Ok(Vec::new()));
    }

    #[test]
    fn what_is_left_is_made() {
        use Format::{Avif, WebP};
        let only = |name: &str, side: u32, format: Format| Order {
            name: name.to_owned(),
            form: form(side),
            formats: Formats::Only(format),
        };
        let orders = vec![
            only("huge", 9_000, WebP),
            only("slow", 3_000, Avif),
            only("fine", 20, WebP),
        ];
        let made = render(&picture(30, 20), orders, &Limits::default()).unwrap();
        let names: Vec<&str> = made.variants.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["fine"]);
        let nothing = render(&picture(30, 20), Vec::new(), &Limits::default()).unwrap();
        assert!(nothing.variants.is_empty() && !nothing.thumbhash.is_empty());
    }

    #[test]
    fn a_picture_is_made_in_what_suits_it() {
        use Format::{Jpeg, Png, WebP};
        let mut header = imaging::probe(&picture(30, 20), &Limits::default()).unwrap();
        for (has_alpha, formats, expected) in [
            (false, Formats::Usual, &[Jpeg, WebP] as &[Format]),
            (true, Formats::Usual, &[Png, WebP]),
            (true, Formats::Prompt, &[Jpeg, Png, WebP]),
            (true, Formats::Only(Jpeg), &[Jpeg]),
        ] {
            header.has_alpha = has_alpha;
            assert_eq!(formats.of(&header), expected, "{formats:?}");
        }
    }

    #[test]
    fn a_format_that_cannot_be_written_takes_no_other_along() {
        let left = without(orders(), Format::WebP);
        let left: Vec<(&str, usize)> = left
            .iter()
            .map(|order| (order.name.as_str(), order.formats.len()))
            .collect();
        assert_eq!(left, [("huge", 1), ("slow", 1), ("half", 2)]);
        // Nothing writes GIF, and it is no reason to do without the others.
        let [gif, png] = [Format::Gif, Format::Png].map(|format| Order {
            name: format.name().to_owned(),
            form: form(9),
            formats: Formats::Only(format),
        });
        let both = vec![gif.clone(), png];
        let made = render(&picture(30, 20), both, &Limits::default()).unwrap();
        assert_eq!(made.variants.len(), 1);
        let error = render(&picture(30, 20), vec![gif], &Limits::default()).unwrap_err();
        assert!(matches!(error, ImageError::Encoding { .. }), "{error}");
    }
}
