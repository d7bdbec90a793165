//! Paths with parameters, and which of several fits a request best.

use std::cmp::Reverse;

/// A path's template, read. The smaller one says more, and wins.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Template(Vec<Segment>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    /// Literals sort first, so that `/contacts/export` wins over `/contacts/{id}`.
    Literal(String),
    /// A parameter between literals; the longest literals, counted in bytes, sort first.
    Affixed(Reverse<usize>, String, String),
    Parameter,
    /// Whatever is left of the path, also nothing.
    Rest,
}

impl Template {
    /// `is_wildcard`: the last segment, if it is a parameter, takes the rest of the path.
    pub fn new(template: &str, is_wildcard: bool) -> Self {
        let mut segments: Vec<Segment> = split(template).map(Segment::new).collect();
        if let Some(last @ Segment::Parameter) = segments.last_mut()
            && is_wildcard
        {
            *last = Segment::Rest;
        }
        Self(segments)
    }

    pub fn matches(&self, path: &str) -> bool {
        let mut given = split(path);
        for segment in &self.0 {
            if *segment == Segment::Rest {
                return true;
            }
            if !given.next().is_some_and(|text| segment.takes(text)) {
                return false;
            }
        }
        given.next().is_none()
    }

    /// Does the path, cut off somewhere, match?
    pub fn is_above(&self, path: &str) -> bool {
        let mut given = split(path);
        let segments = match self.0.split_last() {
            Some((Segment::Literal(slash), folder)) if slash.is_empty() && !folder.is_empty() => {
                folder
            }
            _ => &self.0,
        };
        segments.iter().all(|segment| {
            *segment == Segment::Rest || given.next().is_some_and(|text| segment.takes(text))
        })
    }
}

impl Segment {
    fn new(text: &str) -> Self {
        let literals = text.split_once('{').and_then(|(before, rest)| {
            let (_name, after) = rest.split_once('}')?;
            Some((before, after))
        });
        match literals {
            None => Self::Literal(text.to_owned()),
            Some(("", "")) => Self::Parameter,
            Some((before, after)) => Self::Affixed(
                Reverse(before.len() + after.len()),
                before.to_owned(),
                after.to_owned(),
            ),
        }
    }

    fn takes(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => literal == text,
            Self::Affixed(_, before, after) => text
                .strip_prefix(before.as_str())
                .and_then(|rest| rest.strip_suffix(after.as_str()))
                .is_some_and(|value| !value.is_empty()),
            Self::Parameter => !text.is_empty(),
            Self::Rest => true,
        }
    }
}

fn split(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The template that wins, among some that all services could have.
    fn winner(path: &str) -> Option<&'static str> {
        let templates = [
            ("/", false),
            ("/.well-known/carddav", false),
            ("/dav/{path}", true),
            ("/dav/addressbooks/{book}", false),
            ("/dav/addressbooks/main", false),
            ("/v1/directory/{vendor}", false),
            ("/v1/directory/{vendor}.xml", false),
            ("/v1/directory/cisco.xml", false),
            ("/v1/directory/{vendor}.old.xml", false),
        ];
        let fitting = templates
            .into_iter()
            .map(|(text, is_wildcard)| (Template::new(text, is_wildcard), text));
        fitting
            .filter(|(template, _)| template.matches(path))
            .min()
            .map(|(_, text)| text)
    }

    #[test]
    fn what_says_more_wins() {
        for (path, template) in [
            ("/", Some("/")),
            ("/.well-known/carddav", Some("/.well-known/carddav")),
            ("/.well-known/carddav/", None),
            ("/dav", Some("/dav/{path}")),
            ("/dav/", Some("/dav/{path}")),
            ("/dav/a/b/", Some("/dav/{path}")),
            ("/dave", None),
            ("/dav/addressbooks/x", Some("/dav/addressbooks/{book}")),
            ("/dav/addressbooks/x/", Some("/dav/{path}")),
            ("/dav/addressbooks/main", Some("/dav/addressbooks/main")),
            ("/v1/directory/snom", Some("/v1/directory/{vendor}")),
            ("/v1/directory/snom.xml", Some("/v1/directory/{vendor}.xml")),
            (
                "/v1/directory/snom.old.xml",
                Some("/v1/directory/{vendor}.old.xml"),
            ),
            ("/v1/directory/cisco.xml", Some("/v1/directory/cisco.xml")),
            ("/v1/directory/.xml", Some("/v1/directory/{vendor}")),
            ("/v1/directory/", None),
        ] {
            assert_eq!(winner(path), template, "{path}");
        }
    }

    #[test]
    fn a_folder_is_above_what_lies_in_it() {
        let is_above = |template, path| Template::new(template, false).is_above(path);
        assert!(is_above("/dav/{user}/", "/dav/me/card.vcf"));
        assert!(is_above("/dav", "/dav/"));
        assert!(!is_above("/dav", "/v1/dav"));
        assert!(
            !is_above("/", "/v1"),
            "the root alone says nothing of the rest"
        );
    }

    proptest! {
        #[test]
        fn any_template_meets_any_path(template in "[/a{}.]{0,12}", path in "[/a{}.]{0,12}", is_wildcard: bool) {
            let template = Template::new(&template, is_wildcard);
            prop_assert!(!template.matches(&path) || template.is_above(&path));
        }
    }
}
