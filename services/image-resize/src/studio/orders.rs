use crate::model::Preset;
use imaging::{Form, Format, Header, ImageError, Limits, Rendered, Request};

/// What is to be made of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub name: String,
    pub form: Form,
    pub formats: Vec<Format>,
}

impl From<&Preset> for Order {
    fn from(preset: &Preset) -> Self {
        Self {
            name: preset.name.clone(),
            form: preset.form.clone(),
            formats: preset.formats(),
        }
    }
}

/// A variant that cannot be made of just this picture is left out when others can.
pub fn render(bytes: &[u8], orders: Vec<Order>, limits: &Limits) -> Result<Rendered, ImageError> {
    let header = imaging::probe(bytes, limits)?;
    let mut orders = fitting(orders, &header, limits)?;
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
fn fitting(orders: Vec<Order>, header: &Header, limits: &Limits) -> Result<Vec<Order>, ImageError> {
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
fn without(orders: Vec<Order>, failed: Format) -> Vec<Order> {
    only(orders, |_, format| format != failed)
}

/// The orders in those of their formats that are to stay.
fn only(orders: Vec<Order>, mut stays: impl FnMut(&Order, Format) -> bool) -> Vec<Order> {
    let kept = orders.into_iter().map(|order| {
        let formats = order.formats.iter().copied();
        let formats: Vec<Format> = formats.filter(|&format| stays(&order, format)).collect();
        Order { formats, ..order }
    });
    kept.filter(|order| !order.formats.is_empty()).collect()
}

fn all_of(bytes: &[u8], orders: &[Order], limits: &Limits) -> Result<Rendered, ImageError> {
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

    fn order(name: &str, side: u32, formats: &[Format]) -> Order {
        let form = json!({ "width": side, "height": side, "fit": "contain", "enlarge": true });
        Order {
            name: name.to_owned(),
            form: serde_json::from_value(form).unwrap(),
            formats: formats.to_vec(),
        }
    }

    fn orders() -> Vec<Order> {
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
        let made = render(&picture(30, 20), orders(), &Limits::default()).unwrap();
        let mut names: Vec<&str> = made.variants.iter().map(|one| one.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["fine", "half"]);
        let nothing = render(&picture(30, 20), Vec::new(), &Limits::default()).unwrap();
        assert!(nothing.variants.is_empty() && !nothing.thumbhash.is_empty());
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
        let orders = vec![order("one", 9, &[Format::Gif, Format::Png])];
        let made = render(&picture(30, 20), orders, &Limits::default()).unwrap();
        assert_eq!(made.variants.len(), 1);
        let orders = vec![order("one", 9, &[Format::Gif])];
        let error = render(&picture(30, 20), orders, &Limits::default()).unwrap_err();
        assert!(matches!(error, ImageError::Encoding { .. }), "{error}");
    }
}
