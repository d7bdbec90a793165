use std::fmt;

/// The versions that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// The consortium's first one, which old phones still write.
    V2_1,
    /// RFC 2426.
    V3_0,
    /// RFC 6350.
    V4_0,
}

/// The versions that new cards are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    V3_0,
    V4_0,
}

impl Version {
    /// The value of a `VERSION` property.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "2.1" => Some(Self::V2_1),
            "3.0" => Some(Self::V3_0),
            "4.0" => Some(Self::V4_0),
            _ => None,
        }
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2_1 => "2.1",
            Self::V3_0 => "3.0",
            Self::V4_0 => "4.0",
        }
    }
}

impl From<Target> for Version {
    fn from(target: Target) -> Self {
        match target {
            Target::V3_0 => Self::V3_0,
            Target::V4_0 => Self::V4_0,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
