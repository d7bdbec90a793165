//! Group, name and parameters.

use super::unfold;
use crate::codec::{caret, charset};
use memchr::memchr2;
use std::borrow::Cow;

/// What stands before the colon.
#[derive(Debug, Clone)]
pub struct Head<'h> {
    pub group: Option<Cow<'h, str>>,
    pub spelled: Cow<'h, str>,
    pub name: Cow<'h, str>,
    pub parameters: Vec<Parameter<'h>>,
}

/// A parameter with its values decoded. The bare ones of 2.1 have the names that they stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter<'h> {
    /// In upper case.
    pub name: Cow<'h, str>,
    pub values: Vec<Cow<'h, str>>,
}

impl<'h> Head<'h> {
    /// `None` without a name.
    pub fn read(raw: &'h [u8]) -> Option<Self> {
        if memchr2(b'\r', b'\n', raw).is_some() {
            let unfolded = unfold::plain(raw);
            return Head::parse(&charset::decode(&unfolded, None)).map(Head::into_owned);
        }
        match charset::decode(raw, None) {
            Cow::Borrowed(text) => Self::parse(text),
            Cow::Owned(text) => Head::parse(&text).map(Head::into_owned),
        }
    }

    fn parse(text: &'h str) -> Option<Self> {
        let mut pieces = outside_quotes(text, b';');
        let full_name = pieces.next()?.trim_ascii();
        let (group, spelled) = match full_name.rsplit_once('.') {
            Some((group, name)) => (Some(Cow::Borrowed(group)), name),
            None => (None, full_name),
        };
        (!spelled.is_empty()).then(|| Self {
            group,
            spelled: Cow::Borrowed(spelled),
            name: upper(spelled),
            parameters: pieces.filter_map(Parameter::parse).collect(),
        })
    }

    fn into_owned(self) -> Head<'static> {
        Head {
            group: self.group.map(owned),
            spelled: owned(self.spelled),
            name: owned(self.name),
            parameters: self
                .parameters
                .into_iter()
                .map(Parameter::into_owned)
                .collect(),
        }
    }
}

impl<'h> Parameter<'h> {
    fn parse(piece: &'h str) -> Option<Self> {
        let piece = piece.trim_ascii();
        let (name, values) = match piece.split_once('=') {
            Some((name, values)) => (upper(name.trim_ascii()), values),
            None if piece.is_empty() => return None,
            None => (Cow::Borrowed(meaning_of(piece)), piece),
        };
        let values = outside_quotes(values, b',').map(unquoted).collect();
        Some(Self { name, values })
    }

    fn into_owned(self) -> Parameter<'static> {
        Parameter {
            name: owned(self.name),
            values: self.values.into_iter().map(owned).collect(),
        }
    }
}

/// What a bare value of 2.1 is a value of.
fn meaning_of(value: &str) -> &'static str {
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(value));
    if is(&["QUOTED-PRINTABLE", "BASE64", "7BIT", "8BIT"]) {
        "ENCODING"
    } else if is(&["URL", "INLINE", "CONTENT-ID", "CID"]) {
        "VALUE"
    } else {
        "TYPE"
    }
}

fn unquoted(value: &str) -> Cow<'_, str> {
    let value = value.trim_ascii();
    let inner = value
        .strip_prefix('"')
        .map(|value| value.trim_end_matches('"'));
    caret::decode(inner.unwrap_or(value))
}

fn upper(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(name.to_ascii_uppercase())
    } else {
        Cow::Borrowed(name)
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

/// The parts between separators that stand outside of quotes.
fn outside_quotes(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut quoted = false;
        let at = text.bytes().position(|byte| {
            quoted ^= byte == b'"';
            byte == separator && !quoted
        });
        rest = at.and_then(|at| text.get(at + 1..));
        Some(at.map_or(text, |at| text.get(..at).unwrap_or_default()))
    })
}
