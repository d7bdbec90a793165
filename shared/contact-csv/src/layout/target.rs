/// What a column of another product means for a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Text(Text),
    Date(Date),
    /// Names of groups, with what separates them.
    Groups(&'static str),
    /// Half of a numbered pair of columns, such as `Phone 1 - Value`.
    Entry(Family, u32, Part),
    /// A column for one type of number. What the type does not tell, the column's name does, as the label.
    Phone {
        kind: &'static str,
        labelled: bool,
    },
    /// Part of the address with this number, and the type of that address when the column tells it.
    Address(u32, AddressPart, Option<&'static str>),
    /// What these products write into every row, and what is of no use elsewhere.
    Ignored,
}

/// A member that is one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Text {
    Prefix,
    Given,
    Middle,
    Family,
    Suffix,
    Display,
    Nickname,
    Organization,
    Department,
    Title,
    Notes,
}

impl Text {
    /// The member and, in an object, the one in it.
    pub const fn path(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Prefix => ("name", Some("prefix")),
            Self::Given => ("name", Some("given")),
            Self::Middle => ("name", Some("middle")),
            Self::Family => ("name", Some("family")),
            Self::Suffix => ("name", Some("suffix")),
            Self::Display => ("name", Some("display")),
            Self::Nickname => ("nickname", None),
            Self::Organization => ("organization", Some("name")),
            Self::Department => ("organization", Some("department")),
            Self::Title => ("organization", Some("title")),
            Self::Notes => ("notes", None),
        }
    }

    pub fn names_somebody(self) -> bool {
        matches!(self.path(), ("name", _)) || matches!(self, Self::Organization)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Date {
    Birthday,
    Anniversary,
}

impl Date {
    pub const fn member(self) -> &'static str {
        match self {
            Self::Birthday => "birthday",
            Self::Anniversary => "anniversary",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    Email,
    Phone,
    Website,
    Event,
    Relation,
    CustomField,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Label,
    Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressPart {
    Label,
    /// One of the lines that make up `street`, in the order of the columns.
    Street,
    City,
    Region,
    PostalCode,
    Country,
    /// The whole address, for those who have no parts.
    Formatted,
}
