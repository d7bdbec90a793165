use std::borrow::Cow;

/// What a filter has to know of a card.
pub trait CardProperties {
    fn properties(&self) -> impl Iterator<Item = impl CardProperty>;
}

/// What a filter has to know of one property of a card.
pub trait CardProperty {
    /// `item1` in `item1.TEL:…`.
    fn group(&self) -> Option<&str>;
    fn name(&self) -> &str;
    /// The value as a reader of the card sees it: unfolded, decoded, escapes undone. Structured values keep their
    /// separators.
    fn text(&self) -> Cow<'_, str>;
    /// Name and value of each parameter; one with several values comes once for each, one without a value with an
    /// empty one.
    fn parameters(&self) -> impl Iterator<Item = (&str, &str)>;
}
