//! The head of one part.

use super::{Fault, parameters::Parametrised};

/// Header fields of one part at most.
const MAX_FIELDS: usize = 16;
/// Of what is wrong, so much is shown.
const SHOWN: usize = 80;

/// What a part says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The field of the form.
    pub name: String,
    pub content_type: Option<String>,
}

impl Head {
    /// `lines` is all of the head but the empty line at its end.
    pub fn parse(lines: &[u8]) -> Result<Self, Fault> {
        let text = String::from_utf8_lossy(lines);
        let (mut name, mut content_type) = (None, None);
        let fields = text.split("\r\n").filter(|line| !line.is_empty());
        for (index, line) in fields.enumerate() {
            let (field, value) = split(line).ok_or_else(|| broken(line))?;
            if index >= MAX_FIELDS {
                return Err(Fault::HeadTooLong);
            }
            if field.eq_ignore_ascii_case("content-disposition") {
                let disposition = Parametrised::parse(value);
                let is_field = disposition.value == "form-data";
                name = disposition
                    .get("name")
                    .filter(|_| is_field)
                    .map(str::to_owned);
            } else if field.eq_ignore_ascii_case("content-type") {
                content_type = Some(value.to_owned());
            }
        }
        Ok(Self {
            name: name.ok_or(Fault::Nameless)?,
            content_type,
        })
    }
}

/// Lines that go on from the one before are long out of use, and refused.
fn split(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let is_token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    is_token.then_some((name, value.trim()))
}

fn broken(line: &str) -> Fault {
    Fault::Head(line.chars().take(SHOWN).collect())
}
