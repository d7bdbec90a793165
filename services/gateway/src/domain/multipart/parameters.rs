//! Values with parameters, as `Content-Type` and `Content-Disposition` have them.

/// The value in small letters, and its parameters with their names in small letters.
pub struct Parametrised {
    pub value: String,
    parameters: Vec<(String, String)>,
}

impl Parametrised {
    /// What is no parameter is passed over.
    pub fn parse(field: &str) -> Self {
        let (value, mut rest) = field.split_once(';').unwrap_or((field, ""));
        let mut parameters = Vec::new();
        while let Some((name, after)) = rest.split_once('=') {
            let (text, behind) = text(after.trim_start());
            // A parameter without a value may stand before one that has one.
            let name = name.rsplit(';').next().unwrap_or_default();
            parameters.push((name.trim().to_ascii_lowercase(), text));
            rest = behind.split_once(';').map_or("", |(_, rest)| rest);
        }
        Self {
            value: value.trim().to_ascii_lowercase(),
            parameters,
        }
    }

    /// The first parameter with this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut named = self.parameters.iter().filter(|(known, _)| known == name);
        named.next().map(|(_, text)| text.as_str())
    }
}

/// A token or a quoted string, and what follows it. A backslash stands for itself unless it stands before a quote or
/// another one: some browsers send paths of files.
fn text(from: &str) -> (String, &str) {
    let Some(quoted) = from.strip_prefix('"') else {
        let end = from.find(';').unwrap_or(from.len());
        let (token, rest) = from.split_at(end);
        return (token.trim_end().to_owned(), rest);
    };
    let mut text = String::new();
    let mut rest = quoted.char_indices().peekable();
    while let Some((at, char)) = rest.next() {
        match (char, rest.peek()) {
            ('"', _) => return (text, quoted.get(at + 1..).unwrap_or_default()),
            ('\\', Some((_, escaped @ ('"' | '\\')))) => {
                text.push(*escaped);
                rest.next();
            }
            _ => text.push(char),
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tokens_and_quoted_strings() {
        let read = Parametrised::parse(
            "Form-Data; name=\"a;\\\"b\\\\\"; FileName=\"C:\\x.jpg\"; flag; size = 5 ;name=other",
        );
        assert_eq!(read.value, "form-data");
        assert_eq!(read.get("name"), Some("a;\"b\\"));
        assert_eq!(read.get("filename"), Some("C:\\x.jpg"));
        assert_eq!(read.get("size"), Some("5"));
        assert_eq!(read.get("flag"), None);
        assert_eq!(Parametrised::parse("a/b").get("name"), None);
        assert_eq!(
            Parametrised::parse("a; name=\"open").get("name"),
            Some("open")
        );
    }

    proptest! {
        #[test]
        fn never_panics(field in "\\PC{0,40}", quoted in "[;=\"\\\\aé ]{0,20}") {
            let _ = Parametrised::parse(&field);
            let _ = Parametrised::parse(&quoted);
        }
    }
}
