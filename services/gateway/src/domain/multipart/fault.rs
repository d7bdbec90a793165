use std::fmt;

/// What is wrong with a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The `Content-Type` names no boundary, or none that could be one.
    Boundary,
    /// What stands before the first part or behind the last one is too long.
    Around,
    /// A boundary is followed by something else than a line's end.
    Delimiter,
    HeadTooLong,
    /// This line of a part's head cannot be read.
    Head(String),
    /// A part does not say which field it is.
    Nameless,
    /// A field that nobody asked for.
    UnknownField(String),
    /// The file is there already.
    SecondFile,
    NoFile,
    /// The last boundary is missing.
    Truncated,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Boundary => {
                "multipart/form-data needs a boundary of 1 to 70 characters (RFC 2046, section 5.1.1)"
            }
            Self::Around => "there is too much before the form's first part or behind its last one",
            Self::Delimiter => "a boundary in the form is not followed by the end of its line",
            Self::HeadTooLong => "the head of a part of the form is too long",
            Self::Head(line) => {
                return write!(out, "the head of a part of the form is broken at {line:?}");
            }
            Self::Nameless => {
                "a part of the form has no `Content-Disposition: form-data` with a name"
            }
            Self::UnknownField(name) => return write!(out, "the form has no field {name:?}"),
            Self::SecondFile => "the form's field \"file\" is given twice",
            Self::NoFile => "the form lacks its field \"file\"",
            Self::Truncated => "the form ends before its last boundary",
        })
    }
}
