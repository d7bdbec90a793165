use serde::{Deserialize, Serialize};

/// What an upload is made into: one of these for each preset and format.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Variant {
    pub name: String,
    pub format: String,
    pub width: u32,
    pub height: u32,
    pub bytes: usize,
}

/// What is answered of a picture; an image of the service has more members.
#[derive(Debug, Serialize, Deserialize)]
pub struct Made {
    pub variants: Vec<Variant>,
}

impl Made {
    #[must_use]
    pub fn sorted(mut self) -> Vec<Variant> {
        self.variants.sort();
        self.variants
    }
}
