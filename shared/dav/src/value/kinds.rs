//! The closed lists that values choose from.

/// What a resource is (RFC 4918, section 15.9; RFC 6352, section 5.2; RFC 3744, section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceType {
    Collection,
    AddressBook,
    Principal,
}

impl ResourceType {
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Collection => "D:collection",
            Self::AddressBook => "C:addressbook",
            Self::Principal => "D:principal",
        }
    }
}

/// The reports that can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    AddressbookQuery,
    AddressbookMultiget,
    SyncCollection,
    PrincipalPropertySearch,
    PrincipalSearchPropertySet,
}

impl ReportKind {
    /// Those of an address book.
    pub const ADDRESS_BOOK: [Self; 3] = [
        Self::AddressbookQuery,
        Self::AddressbookMultiget,
        Self::SyncCollection,
    ];

    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::AddressbookQuery => "C:addressbook-query",
            Self::AddressbookMultiget => "C:addressbook-multiget",
            Self::SyncCollection => "D:sync-collection",
            Self::PrincipalPropertySearch => "D:principal-property-search",
            Self::PrincipalSearchPropertySet => "D:principal-search-property-set",
        }
    }
}

/// What a user may do (RFC 3744, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privilege {
    All,
    Read,
    Write,
    WriteProperties,
    WriteContent,
    Bind,
    Unbind,
    ReadCurrentUserPrivilegeSet,
}

impl Privilege {
    /// Of a user who may only look. Aggregates are listed with their parts: clients look for either.
    pub const READER: [Self; 2] = [Self::Read, Self::ReadCurrentUserPrivilegeSet];
    /// Of a user who may change everything.
    pub const WRITER: [Self; 7] = [
        Self::Read,
        Self::ReadCurrentUserPrivilegeSet,
        Self::Write,
        Self::WriteProperties,
        Self::WriteContent,
        Self::Bind,
        Self::Unbind,
    ];

    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::All => "D:all",
            Self::Read => "D:read",
            Self::Write => "D:write",
            Self::WriteProperties => "D:write-properties",
            Self::WriteContent => "D:write-content",
            Self::Bind => "D:bind",
            Self::Unbind => "D:unbind",
            Self::ReadCurrentUserPrivilegeSet => "D:read-current-user-privilege-set",
        }
    }
}

/// The versions of vCard, all of type `text/vcard`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CardVersion {
    V21,
    V30,
    V40,
}

impl CardVersion {
    /// The media type of every card.
    pub const CONTENT_TYPE: &'static str = "text/vcard";

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V21 => "2.1",
            Self::V30 => "3.0",
            Self::V40 => "4.0",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::V21, Self::V30, Self::V40]
            .into_iter()
            .find(|version| version.as_str() == text)
    }
}
