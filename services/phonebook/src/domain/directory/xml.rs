use quick_xml::escape::escape;
use std::borrow::Cow;

/// A document being written. Elements are closed by construction, texts and attributes escaped; the characters that XML
/// forbids must be out of them already ([`super::text::line`]).
#[derive(Debug)]
pub struct Xml(String);

pub fn escaped(text: &str) -> Cow<'_, str> {
    escape(text)
}

impl Xml {
    pub fn document(root: &str, write: impl FnOnce(&mut Self)) -> String {
        let mut xml = Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned());
        xml.element(root, write);
        xml.0
    }

    pub fn element(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.with(name, None, write);
    }

    pub fn with(
        &mut self,
        name: &str,
        attribute: Option<(&str, &str)>,
        write: impl FnOnce(&mut Self),
    ) {
        self.open(name, attribute);
        self.0.push('\n');
        write(self);
        self.close(name);
    }

    pub fn text(&mut self, name: &str, text: &str) {
        self.text_with(name, None, text);
    }

    pub fn text_with(&mut self, name: &str, attribute: Option<(&str, &str)>, text: &str) {
        self.open(name, attribute);
        self.0.push_str(&escaped(text));
        self.close(name);
    }

    fn open(&mut self, name: &str, attribute: Option<(&str, &str)>) {
        self.0.extend(["<", name]);
        if let Some((attribute, value)) = attribute {
            self.0
                .extend([" ", attribute, "=\"", &escaped(value), "\""]);
        }
        self.0.push('>');
    }

    fn close(&mut self, name: &str) {
        self.0.extend(["</", name, ">\n"]);
    }
}
