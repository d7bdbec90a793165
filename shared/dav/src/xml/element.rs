use crate::PropName;

/// An element that was read. Attributes are those without a namespace: the standards define no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: PropName,
    pub(crate) attributes: Vec<(String, String)>,
    /// The text directly inside, without that of the children.
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn is(&self, namespace: &str, local: &str) -> bool {
        self.name.is(namespace, local)
    }

    pub(crate) fn all<'a>(
        &'a self,
        namespace: &'a str,
        local: &'a str,
    ) -> impl Iterator<Item = &'a Self> {
        self.children
            .iter()
            .filter(move |child| child.is(namespace, local))
    }

    pub(crate) fn first(&self, namespace: &str, local: &str) -> Option<&Self> {
        self.children
            .iter()
            .find(|child| child.is(namespace, local))
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The names of the children, each once, in order.
    pub(crate) fn child_names(&self) -> Vec<PropName> {
        let mut names: Vec<PropName> = Vec::new();
        for child in &self.children {
            if !names.contains(&child.name) {
                names.push(child.name.clone());
            }
        }
        names
    }

    /// All text inside, that of children included, without white space around it.
    pub(crate) fn inner_text(&self) -> String {
        let mut text = String::new();
        self.collect_text(&mut text);
        text.trim().to_owned()
    }

    // The reader bounds the depth.
    fn collect_text(&self, text: &mut String) {
        text.push_str(&self.text);
        for child in &self.children {
            child.collect_text(text);
        }
    }
}
