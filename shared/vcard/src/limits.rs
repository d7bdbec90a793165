/// How much a card may ask for. Whatever goes beyond is refused before it is taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From `BEGIN:VCARD` to the end of the line `END:VCARD`.
    pub card_bytes: usize,
    /// One property with all its folds.
    pub line_bytes: usize,
    /// A property's group, name and parameters.
    pub head_bytes: usize,
    pub lines: usize,
    /// Cards within cards, which 2.1 has for `AGENT`.
    pub nesting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            card_bytes: 1 << 20,
            line_bytes: 1 << 20,
            head_bytes: 64 << 10,
            lines: 10_000,
            nesting: 4,
        }
    }
}

impl Limits {
    /// For what was taken in already.
    pub(crate) const NONE: Self = Self {
        card_bytes: usize::MAX,
        line_bytes: usize::MAX,
        head_bytes: usize::MAX,
        lines: usize::MAX,
        nesting: usize::MAX,
    };
}
