//! As much of XML as it takes to read what a server listed.

/// The text of every element of this local name that has nothing but text in it. Entities are left as they are: hrefs
/// and tokens of these servers have none.
pub fn texts<'a>(xml: &'a str, local: &'a str) -> impl Iterator<Item = &'a str> {
    xml.split('<').filter_map(move |piece| {
        let (tag, text) = piece.split_once('>')?;
        let name = tag.split_ascii_whitespace().next()?;
        let name = name.rsplit_once(':').map_or(name, |(_, name)| name);
        let opens = !tag.starts_with('/') && !tag.ends_with('/');
        (opens && name == local).then(|| text.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_elements_of_any_prefix() {
        let xml = "<a:multistatus><D:href> /one </D:href><href a=\"b\">/two</href><href/><hrefs>no</hrefs></a:multistatus>";
        assert_eq!(texts(xml, "href").collect::<Vec<_>>(), ["/one", "/two"]);
    }

    proptest! {
        #[test]
        fn never_panics(xml in "[<>/:a ]{0,80}", noise in any::<String>()) {
            let _ = texts(&xml, "a").count() + texts(&noise, "a").count();
        }

        #[test]
        fn finds_what_was_written(words in proptest::collection::vec("[a-z/.]{1,9}", 0..9)) {
            let xml: String = words.iter().map(|word| format!("<d:href>{word}</d:href>")).collect();
            prop_assert_eq!(texts(&xml, "href").collect::<Vec<_>>(), words);
        }
    }
}
