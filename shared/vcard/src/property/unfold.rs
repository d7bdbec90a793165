//! Values on one line.

use crate::{
    physical::{self, cut},
    scan::Shape,
};
use std::borrow::Cow;

/// Everything after the colon without line ends, folds and soft line breaks.
pub fn value(raw: &[u8], shape: Shape) -> Cow<'_, [u8]> {
    if shape == Shape::Nested {
        return Cow::Borrowed(raw.trim_ascii());
    }
    match physical::line_at(raw, 0, 0, true) {
        None => Cow::Borrowed(raw),
        Some(first) if first.next == raw.len() && shape != Shape::QuotedPrintable => {
            Cow::Borrowed(cut(raw, 0, first.end))
        }
        Some(_) => Cow::Owned(match shape {
            Shape::QuotedPrintable => quoted_printable(raw),
            _ => plain(raw),
        }),
    }
}

/// One space or tab at the beginning of a line is the fold's.
pub fn plain(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    for (index, line) in physical::lines(raw, 0).enumerate() {
        let text = cut(raw, line.start, line.end);
        let fold = usize::from(index > 0 && physical::is_folded(text));
        out.extend_from_slice(text.get(fold..).unwrap_or_default());
    }
    out
}

/// After a soft line break, the next line counts as it stands.
fn quoted_printable(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut soft = true;
    for line in physical::lines(raw, 0) {
        let text = cut(raw, line.start, line.end);
        let fold = usize::from(!soft && physical::is_folded(text));
        let text = text.get(fold..).unwrap_or_default();
        let broken = physical::before_soft_break(text);
        soft = broken.is_some();
        out.extend_from_slice(broken.unwrap_or(text));
    }
    out
}
