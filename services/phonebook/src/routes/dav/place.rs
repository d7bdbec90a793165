use dav::Href;

/// What lies where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `/` and `/dav/`, from where clients find the rest.
    Root,
    Principals,
    /// `/dav/principals/me/`: whoever asks.
    Principal,
    /// `/dav/books/`: the home of all books.
    Home,
    /// `/dav/books/<segment>/`
    Book(String),
    /// `/dav/books/<segment>/<name>`
    Card {
        book: String,
        name: String,
    },
}

impl Place {
    /// Collections may be written without their slash. `None`: there is never anything.
    pub fn of(href: &Href) -> Option<Self> {
        let segments: Vec<&str> = href.segments().iter().map(String::as_str).collect();
        match segments.as_slice() {
            [] | ["dav"] => Some(Self::Root),
            ["dav", "principals"] => Some(Self::Principals),
            ["dav", "principals", "me"] => Some(Self::Principal),
            ["dav", "books"] => Some(Self::Home),
            ["dav", "books", book] => Some(Self::Book((*book).to_owned())),
            ["dav", "books", book, name] if !href.is_collection() => Some(Self::Card {
                book: (*book).to_owned(),
                name: (*name).to_owned(),
            }),
            _ => None,
        }
    }
}

pub fn root() -> Href {
    Href::root().collection("dav")
}

pub fn principals() -> Href {
    root().collection("principals")
}

pub fn principal() -> Href {
    principals().collection("me")
}

pub fn home() -> Href {
    root().collection("books")
}

pub fn book(segment: &str) -> Href {
    home().collection(segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found_with_and_without_a_slash() {
        for (path, place) in [
            ("/", Some(Place::Root)),
            ("/dav", Some(Place::Root)),
            ("/dav/principals/me/", Some(Place::Principal)),
            ("/dav/books", Some(Place::Home)),
            ("/dav/books/a%20b/", Some(Place::Book("a b".into()))),
            ("/dav/books/a/b/", None),
            ("/dav/books/a/b/c", None),
            ("/dav/elsewhere", None),
            ("/davy", None),
        ] {
            assert_eq!(Place::of(&Href::parse(path).unwrap()), place, "{path}");
        }
    }
}
